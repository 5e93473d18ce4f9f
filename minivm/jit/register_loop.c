// Register allocation at a loop's two ends: its top notes where everything is, its end brings every
// value, or what it has become, back to that place.
#include <string.h>

#include "registers.h"
#include "uses.h"

enum { KEPT_FREE = 3 };  // registers of a class that constants must leave

static uint32_t count_free(const allocator *a, uint32_t class) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < MVM_REGISTERS; i++) count += a->held[class][i] == MVM_NO_VALUE;
    return count;
}

// Constants that the loop needs in registers are loaded once while there is room.
static void load_constants(allocator *a) {
    for (uint32_t i = a->at; i < a->count; i++) {
        const mvm_uop *uop = &a->before[i];
        const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
        uint16_t inputs[MVM_MAX_INPUTS];
        if (info->flags & (MVM_FLAG_SPILLED | MVM_FLAG_CALLS)) continue;
        uint32_t count = mvm_typed_inputs(uop, inputs);
        for (uint32_t j = 0; j < count; j++) {
            uint16_t value = inputs[j];
            uint32_t class = register_class(a, value);
            bool wanted = is_constant(a, value) && a->places[value].in_register == MVM_NO_PLACE;
            if (!wanted || count_free(a, class) <= KEPT_FREE) continue;
            uint32_t number = (uint32_t)register_free(a, class);
            register_emit_constant(a, number, value);
            register_put(a, value, number);
            a->last_use[value] = a->count;
        }
    }
}

// Whether values that come into the loop in registers of a class will have to make room in it.
static bool is_crowded(const allocator *a, uint32_t class) {
    if (count_free(a, class) == 0) return true;
    for (uint32_t i = a->at; i < a->count; i++) {
        if (mvm_uop_has(a->before[i].opcode, MVM_FLAG_CALLS)) return true;
    }
    return false;
}

// What does not change in the loop is stored once, in front of it, and not in each iteration.
static void spill_invariants(allocator *a) {
    for (uint32_t class = 0; class < MVM_REGISTER_CLASSES; class++) {
        if (!is_crowded(a, class)) continue;
        for (uint32_t i = 0; i < MVM_REGISTERS; i++) {
            uint16_t value = a->held[class][i];
            if (value == MVM_NO_VALUE || is_constant(a, value)) continue;
            if (a->successor[value] == value) register_spill(a, value);
        }
    }
}

// What had to make room in the last scan does not come in in a register: it is loaded where it is
// needed, rather than at the loop's end to be there at the top.
static void lend_registers(allocator *a) {
    for (uint32_t class = 0; class < MVM_REGISTER_CLASSES; class++) {
        for (uint32_t i = 0; i < MVM_REGISTERS; i++) {
            uint16_t value = a->held[class][i];
            if (!a->is_lent[value] || a->places[value].in_spill == MVM_NO_PLACE) continue;
            a->held[class][i] = MVM_NO_VALUE;
            a->places[value].in_register = MVM_NO_PLACE;
        }
    }
}

void register_enter_loop(allocator *a) {
    const mvm_trace *trace = a->trace;
    // A loop value's spill slot would be out of date in the next iteration.
    for (uint32_t i = 0; i < trace->loop_value_count; i++) {
        register_place *place = &a->places[trace->loop_values[i].to];
        if (place->in_register != MVM_NO_PLACE && place->in_spill != MVM_NO_PLACE) {
            a->spilled[place->in_spill] = MVM_NO_VALUE;
            place->in_spill = MVM_NO_PLACE;
        }
        // Alone in a spill slot: the slot has to be free again at the loop's end.
        if (place->in_spill != MVM_NO_PLACE) a->kept_spills[place->in_spill] = true;
    }
    spill_invariants(a);
    lend_registers(a);
    load_constants(a);
    memcpy(a->top_held, a->held, sizeof a->held);
    memcpy(a->top_places, a->places, trace->value_count * sizeof *a->places);
    register_note_top(a);
    a->trace->loop_start = a->trace->uop_count;
}

// Registers to fill at the loop's end, and where from: a register, a spill slot or a constant.
typedef struct pending_move {
    uint32_t class, to;
    uint16_t value;
    int16_t from_register, from_spill;
} pending_move;

static uint32_t collect_moves(const allocator *a, pending_move *moves) {
    uint32_t count = 0;
    for (uint32_t class = 0; class < MVM_REGISTER_CLASSES; class++) {
        for (uint32_t to = 0; to < MVM_REGISTERS; to++) {
            uint16_t value = register_value_at_end(a, class, to);
            register_place place = a->places[value];
            if (value == MVM_NO_VALUE || place.in_register == (int16_t)to) continue;
            moves[count++] = (pending_move){class, to, value, place.in_register, place.in_spill};
        }
    }
    return count;
}

static bool is_source(const pending_move *moves, uint32_t count, uint32_t class, uint32_t number) {
    for (uint32_t i = 0; i < count; i++) {
        if (moves[i].class == class && moves[i].from_register == (int16_t)number) return true;
    }
    return false;
}

static void emit_pending(allocator *a, const pending_move *move) {
    if (move->from_register != MVM_NO_PLACE) {
        register_emit_move(a, move->class, move->to, (uint32_t)move->from_register);
    } else if (move->from_spill != MVM_NO_PLACE) {
        register_emit_reload(a, move->class, move->to, (uint32_t)move->from_spill);
    } else {
        register_emit_constant(a, move->to, move->value);
    }
}

// A cycle of moves: one source goes through a register that nothing needs, or else a spill slot.
static void break_cycle(allocator *a, pending_move *move) {
    for (uint32_t i = 0; i < MVM_REGISTERS; i++) {
        if (a->held[move->class][i] || register_value_at_end(a, move->class, i)) continue;
        register_emit_move(a, move->class, i, (uint32_t)move->from_register);
        a->held[move->class][i] = move->value;
        move->from_register = (int16_t)i;
        return;
    }
    int spill = register_take_spill(a, move->value);
    register_emit_spill(a, move->class, (uint32_t)move->from_register, (uint32_t)spill);
    move->from_register = MVM_NO_PLACE;
    move->from_spill = (int16_t)spill;
}

static void emit_moves(allocator *a, pending_move *moves, uint32_t count) {
    while (count > 0 && !a->trace->abort) {
        uint32_t ready = count;
        for (uint32_t i = 0; i < count && ready == count; i++) {
            pending_move move = moves[i];
            moves[i].from_register = MVM_NO_PLACE;  // its own source does not stand in its way
            if (!is_source(moves, count, move.class, move.to)) ready = i;
            moves[i] = move;
        }
        if (ready == count) {
            break_cycle(a, &moves[0]);
            continue;
        }
        emit_pending(a, &moves[ready]);
        moves[ready] = moves[--count];
    }
}

// A loop value that was in a spill slot alone at the top goes back there.
static bool store_spilled(allocator *a) {
    const mvm_trace *trace = a->trace;
    for (uint32_t i = 0; i < trace->loop_value_count; i++) {
        uint16_t to = trace->loop_values[i].to, from = trace->loop_values[i].from;
        register_place top = a->top_places[to], now = a->places[from];
        if (top.in_register != MVM_NO_PLACE || top.in_spill == MVM_NO_PLACE) continue;
        if (now.in_spill == top.in_spill) continue;
        uint32_t class = register_class(a, to);
        // Another loop value may still have to be read from this slot.
        for (uint32_t j = 0; j < trace->loop_value_count; j++) {
            if (j != i && a->places[trace->loop_values[j].from].in_spill == top.in_spill) {
                return mvm_trace_abort(a->trace, MVM_ABORT_REGISTERS);
            }
        }
        int number = now.in_register;
        if (number == MVM_NO_PLACE) {
            number = register_free(a, class);
            if (number == MVM_NO_PLACE) return mvm_trace_abort(a->trace, MVM_ABORT_REGISTERS);
            if (now.in_spill != MVM_NO_PLACE) {
                register_emit_reload(a, class, (uint32_t)number, (uint32_t)now.in_spill);
            } else {
                register_emit_constant(a, (uint32_t)number, from);
            }
        }
        register_emit_spill(a, class, (uint32_t)number, (uint32_t)top.in_spill);
    }
    return true;
}

void register_move_to_end(allocator *a) {
    pending_move moves[MVM_REGISTER_CLASSES * MVM_REGISTERS];
    uint32_t count = collect_moves(a, moves);
    emit_moves(a, moves, count);
}

// What does not change and is in its spill slot alone now.
static void note_lent(allocator *a) {
    for (uint32_t class = 0; class < MVM_REGISTER_CLASSES; class++) {
        for (uint32_t i = 0; i < MVM_REGISTERS; i++) {
            uint16_t value = a->top_held[class][i];
            bool changes = a->successor[value] != value;
            if (value == MVM_NO_VALUE || changes || is_constant(a, value)) continue;
            if (a->places[value].in_register != MVM_NO_PLACE) continue;
            a->is_lent[value] = a->lends = true;
        }
    }
}

bool register_close_loop(allocator *a) {
    if (!store_spilled(a)) return false;
    note_lent(a);
    register_move_to_end(a);
    return !a->trace->abort;
}
