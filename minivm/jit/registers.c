// Register allocation. In: uops over values. Out: the same over registers and spill slots, with
// moves, spills and reloads between them, followed by the exits' uops.
//
// A linear scan over a trace, which has no branches: at each uop the inputs are brought into
// registers, the value whose next use is furthest away making room (Belady's rule), and the output
// takes the register of an input that ends there where the stencil wants the two to be one. Around
// a call of C no register keeps its value.
#include "registers.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "uses.h"

enum { MOST_SCANS = 3 };

// --- emitting
// ----------------------------------------------------------------------------------------

mvm_uop *register_emit(allocator *a, uint16_t opcode) {
    mvm_trace *trace = a->trace;
    if (trace->uop_count + 1 >= MVM_TRACE_UOPS) mvm_trace_abort(trace, MVM_ABORT_TOO_LONG);
    mvm_uop *uop = &trace->uops[trace->abort ? 0 : trace->uop_count++];
    *uop = (mvm_uop){.opcode = opcode, .exit = MVM_NO_EXIT, .origin = a->origin};
    return uop;
}

static uint64_t spill_offset(uint32_t spill) { return offsetof(mvm_vm, spills) + spill * 8; }

void register_emit_move(allocator *a, uint32_t class, uint32_t to, uint32_t from) {
    mvm_uop *uop = register_emit(a, class ? MVM_UOP_MOVE_FLOAT : MVM_UOP_MOVE_INT);
    uop->inputs[0] = (uint16_t)from;
    uop->output = (uint16_t)to;
}

void register_emit_reload(allocator *a, uint32_t class, uint32_t to, uint32_t spill) {
    mvm_uop *uop = register_emit(a, class ? MVM_UOP_RELOAD_FLOAT : MVM_UOP_RELOAD_INT);
    uop->operands[0] = spill_offset(spill);
    uop->output = (uint16_t)to;
}

void register_emit_spill(allocator *a, uint32_t class, uint32_t from, uint32_t spill) {
    mvm_uop *uop = register_emit(a, class ? MVM_UOP_SPILL_FLOAT : MVM_UOP_SPILL_INT);
    uop->operands[0] = spill_offset(spill);
    uop->inputs[0] = (uint16_t)from;
}

void register_emit_constant(allocator *a, uint32_t to, uint16_t value) {
    mvm_uop *uop =
        register_emit(a, register_class(a, value) ? MVM_UOP_CONST_FLOAT : MVM_UOP_CONST_INT);
    uop->operands[0] = a->trace->values[value].constant.bits;
    uop->output = (uint16_t)to;
}

void register_emit_spill_constant(allocator *a, uint16_t value, uint32_t spill) {
    mvm_uop *uop = register_emit(a, MVM_UOP_SPILL_CONST);
    uop->operands[0] = spill_offset(spill);
    uop->operands[1] = a->trace->values[value].constant.bits;
}

// --- registers and spill slots
// -----------------------------------------------------------------------

int register_free(const allocator *a, uint32_t class) {
    for (int i = 0; i < MVM_REGISTERS; i++) {
        if (a->held[class][i] == MVM_NO_VALUE && !(a->pinned[class] >> i & 1)) return i;
    }
    return MVM_NO_PLACE;
}

void register_put(allocator *a, uint16_t value, uint32_t number) {
    a->held[register_class(a, value)][number] = value;
    a->places[value].in_register = (int16_t)number;
}

static void take_away(allocator *a, uint16_t value) {
    a->held[register_class(a, value)][a->places[value].in_register] = MVM_NO_VALUE;
    a->places[value].in_register = MVM_NO_PLACE;
}

// Where the value is wanted at the trace's end, or else where no other one is.
static int free_spill_for(const allocator *a, uint16_t value) {
    int chosen = MVM_NO_PLACE;
    for (int i = MVM_SPILL_SLOTS; i-- > 0;) {
        uint16_t wanted = a->link_spilled[i];
        if (a->spilled[i] != MVM_NO_VALUE) continue;
        if (wanted == value) return i;
        if (wanted == MVM_NO_VALUE || chosen == MVM_NO_PLACE) chosen = i;
    }
    return chosen;
}

int register_take_spill(allocator *a, uint16_t value) {
    int spill = free_spill_for(a, value);
    if (spill == MVM_NO_PLACE) {
        mvm_trace_abort(a->trace, MVM_ABORT_REGISTERS);
        return 0;
    }
    a->spilled[spill] = value;
    return spill;
}

void register_spill(allocator *a, uint16_t value) {
    register_place *place = &a->places[value];
    if (place->in_spill != MVM_NO_PLACE) return;
    place->in_spill = (int16_t)register_take_spill(a, value);
    if (is_constant(a, value)) {
        register_emit_spill_constant(a, value, (uint32_t)place->in_spill);
        return;
    }
    assert(place->in_register != MVM_NO_PLACE);
    register_emit_spill(a, register_class(a, value), (uint32_t)place->in_register,
                        (uint32_t)place->in_spill);
}

static bool takes(const mvm_uop *uop, uint16_t value) {
    uint16_t inputs[MVM_MAX_INPUTS];
    uint32_t count = mvm_typed_inputs(uop, inputs);
    for (uint32_t i = 0; i < count; i++) {
        if (inputs[i] == value) return true;
    }
    return false;
}

// How far away the next uop that takes the value is; exits can read a spill slot as well.
static uint32_t next_use(const allocator *a, uint16_t value) {
    for (uint32_t i = a->at + 1; i < a->count; i++) {
        if (takes(&a->before[i], value)) return i;
    }
    return a->count;
}

// The registers that loop values start from; another value there would have to move at the loop's
// end.
static bool is_for_loop_value(const allocator *a, uint32_t class, uint32_t number) {
    uint16_t value = register_value_at_end(a, class, number);
    return value != MVM_NO_VALUE && value != a->top_held[class][number];
}

int register_evict(allocator *a, uint32_t class) {
    int chosen = MVM_NO_PLACE;
    uint32_t furthest = 0;
    for (int i = 0; i < MVM_REGISTERS; i++) {
        if (a->pinned[class] >> i & 1) continue;
        uint32_t use = next_use(a, a->held[class][i]);
        if (chosen == MVM_NO_PLACE || use > furthest) {
            chosen = i;
            furthest = use;
        }
    }
    if (chosen == MVM_NO_PLACE) {
        mvm_trace_abort(a->trace, MVM_ABORT_REGISTERS);
        return 0;
    }
    uint16_t value = a->held[class][chosen];
    if (!is_constant(a, value)) register_spill(a, value);
    take_away(a, value);
    return chosen;
}

static int free_register_for(const allocator *a, uint32_t class, uint16_t value) {
    int fallback = MVM_NO_PLACE;
    for (int i = 0; i < MVM_REGISTERS; i++) {
        if (a->held[class][i] != MVM_NO_VALUE || (a->pinned[class] >> i & 1)) continue;
        if (!is_for_loop_value(a, class, (uint32_t)i)) {
            if (fallback == MVM_NO_PLACE || is_for_loop_value(a, class, (uint32_t)fallback))
                fallback = i;
        } else if (register_value_at_end(a, class, (uint32_t)i) == value) {
            return i;  // where it has to be at the end
        } else if (fallback == MVM_NO_PLACE) {
            fallback = i;
        }
    }
    return fallback;
}

static uint32_t take_register(allocator *a, uint32_t class, uint16_t value) {
    int number = free_register_for(a, class, value);
    if (number == MVM_NO_PLACE) number = register_evict(a, class);
    a->pinned[class] |= 1u << number;
    return (uint32_t)number;
}

// --- one uop
// -------------------------------------------------------------------------------------------

// The register that holds an input, loaded if it must be.
static uint32_t bring_in(allocator *a, uint16_t value) {
    uint32_t class = register_class(a, value);
    register_place *place = &a->places[value];
    if (place->in_register == MVM_NO_PLACE) {
        uint32_t number = take_register(a, class, value);
        if (place->in_spill != MVM_NO_PLACE) {
            register_emit_reload(a, class, number, (uint32_t)place->in_spill);
        } else {
            assert(is_constant(a, value));
            register_emit_constant(a, number, value);
        }
        register_put(a, value, number);
    }
    a->pinned[class] |= 1u << place->in_register;
    return (uint32_t)place->in_register;
}

static bool ends_here(const allocator *a, uint16_t value) { return a->last_use[value] <= a->at; }

static bool is_typed_input(const mvm_uop *uop, const mvm_uop_info *info, uint32_t i) {
    return info->inputs[i] != MVM_TYPE_ANY && !(uop->is_immediate && i == info->input_count - 1u);
}

// Whether its spill slot is all that is needed of a value from here on.
static bool is_done_in_registers(const allocator *a, uint16_t value) {
    bool is_for_end = a->last_use[value] == a->count && !a->is_lent[value];
    return a->places[value].in_spill != MVM_NO_PLACE && !is_for_end &&
           next_use(a, value) == a->count;
}

// A stencil that overwrites its first input: let that be a value that ends here, or a copy.
static uint32_t place_tied(allocator *a, mvm_uop *uop, const mvm_uop_info *info, uint16_t *values,
                           uint16_t output) {
    uint32_t tied = (uint32_t)info->tied;
    uint32_t other = info->input_count - 1u;
    bool may_swap = (info->flags & MVM_FLAG_COMMUTES) && !uop->is_immediate;
    if (may_swap && !ends_here(a, values[tied]) && ends_here(a, values[other])) {
        uint16_t value = values[tied], number = uop->inputs[tied];
        values[tied] = values[other];
        uop->inputs[tied] = uop->inputs[other];
        values[other] = value;
        uop->inputs[other] = number;
    }
    if (ends_here(a, values[tied])) return uop->inputs[tied];
    if (is_done_in_registers(a, values[tied])) {
        take_away(a, values[tied]);
        return uop->inputs[tied];
    }
    uint32_t class = register_class(a, values[tied]);
    uint32_t copy = take_register(a, class, output);
    register_emit_move(a, class, copy, uop->inputs[tied]);
    uop->inputs[tied] = (uint16_t)copy;
    return copy;
}

static void release_ended(allocator *a, uint16_t value) {
    if (!ends_here(a, value)) return;
    register_place *place = &a->places[value];
    if (place->in_register != MVM_NO_PLACE) take_away(a, value);
    if (place->in_spill != MVM_NO_PLACE) {
        if (!a->kept_spills[place->in_spill]) a->spilled[place->in_spill] = MVM_NO_VALUE;
        place->in_spill = MVM_NO_PLACE;
    }
}

// Everything held anywhere that no later uop and no exit needs: first in registers.
static void release_ended_registers(allocator *a) {
    for (uint32_t class = 0; class < MVM_REGISTER_CLASSES; class++) {
        for (uint32_t i = 0; i < MVM_REGISTERS; i++) {
            if (a->held[class][i] != MVM_NO_VALUE) release_ended(a, a->held[class][i]);
        }
    }
}

static void release_all_ended(allocator *a) {
    release_ended_registers(a);
    for (uint32_t i = 0; i < MVM_SPILL_SLOTS; i++) {
        if (a->spilled[i] != MVM_NO_VALUE) release_ended(a, a->spilled[i]);
    }
}

// A stencil that chooses its output's register: an input's that ends here will do.
static uint32_t place_untied(allocator *a, uint16_t output) {
    uint32_t class = register_class(a, output);
    for (uint32_t i = 0; i < MVM_REGISTERS; i++) {
        if (a->held[class][i] == MVM_NO_VALUE) a->pinned[class] &= ~(1u << i);
    }
    return take_register(a, class, output);
}

static void allocate_in_registers(allocator *a, mvm_uop uop, const mvm_uop_info *info) {
    uint16_t values[MVM_MAX_INPUTS];
    memcpy(values, uop.inputs, sizeof values);
    for (uint32_t i = 0; i < info->input_count; i++) {
        if (is_typed_input(&uop, info, i)) uop.inputs[i] = (uint16_t)bring_in(a, values[i]);
    }
    bool defines = mvm_defines_value(&uop);
    uint16_t output = uop.output;
    uint32_t number = 0;
    if (defines && info->tied >= 0) {
        number = place_tied(a, &uop, info, values, output);
    }
    if (uop.exit != MVM_NO_EXIT) register_note_exit(a, uop.exit);
    release_ended_registers(a);
    // What makes room for the output must not be spilled over what the uop's exit still reads.
    if (defines && info->tied < 0) number = place_untied(a, output);
    release_all_ended(a);
    if (defines) {
        uop.output = (uint16_t)number;
        register_put(a, output, number);
        a->places[output].in_spill = MVM_NO_PLACE;
    }
    *register_emit(a, uop.opcode) = uop;
    if (defines) release_ended(a, output);
}

// Around a call nothing stays in registers.
static void leave_registers(allocator *a) {
    for (uint32_t class = 0; class < MVM_REGISTER_CLASSES; class++) {
        for (uint32_t i = 0; i < MVM_REGISTERS; i++) {
            uint16_t value = a->held[class][i];
            if (value == MVM_NO_VALUE) continue;
            if (!is_constant(a, value) && a->last_use[value] >= a->at) register_spill(a, value);
            take_away(a, value);
        }
    }
}

static void note_spilled_objects(allocator *a) {
    uint64_t mask = 0;
    for (uint32_t i = 0; i < MVM_SPILL_SLOTS; i++) {
        uint16_t value = a->spilled[i];
        if (value == MVM_NO_VALUE || a->places[value].in_spill != (int16_t)i) continue;
        uint8_t type = a->trace->values[value].type;
        if (mvm_is_object((mvm_value){.tag = mvm_type_infos[type].tag})) mask |= UINT64_C(1) << i;
    }
    mvm_uop *uop = register_emit(a, MVM_UOP_SPILLED_OBJECTS);
    uop->operands[0] = mask;
    uop->operands[1] = (a->trace->extent - 1) * sizeof(mvm_value);
}

static void allocate_in_spills(allocator *a, mvm_uop uop, const mvm_uop_info *info) {
    for (uint32_t i = 0; i < info->input_count; i++) {
        if (!is_typed_input(&uop, info, i)) continue;
        register_spill(a, uop.inputs[i]);
        uop.inputs[i] = (uint16_t)a->places[uop.inputs[i]].in_spill;
    }
    if (info->flags & MVM_FLAG_CALLS) leave_registers(a);
    if (info->flags & MVM_FLAG_ALLOCATES) note_spilled_objects(a);
    if (uop.exit != MVM_NO_EXIT) register_note_exit(a, uop.exit);
    uint16_t output = uop.output;
    bool defines = mvm_defines_value(&uop);
    if (defines) {
        // Not an input's slot: that one may still be read after the output is written.
        a->places[output].in_spill = (int16_t)register_take_spill(a, output);
        uop.output = (uint16_t)a->places[output].in_spill;
    }
    *register_emit(a, uop.opcode) = uop;
    release_all_ended(a);
}

// --- the scan
// --------------------------------------------------------------------------------------------

static void note_last_uses(allocator *a) {
    const mvm_trace *trace = a->trace;
    uint32_t loop_start = trace->closes ? trace->loop_start : a->count;
    uint16_t inputs[MVM_MAX_INPUTS];
    uint32_t defined[MVM_TRACE_VALUES];
    for (uint32_t i = 0; i < trace->value_count; i++) defined[i] = 0;
    for (uint32_t i = 0; i < a->count; i++) {
        const mvm_uop *uop = &a->before[i];
        if (mvm_defines_value(uop)) defined[uop->output] = i;
        uint32_t count = mvm_typed_inputs(uop, inputs);
        for (uint32_t j = 0; j < count; j++) a->last_use[inputs[j]] = i;
        register_note_arguments(a, i);
        if (uop->exit == MVM_NO_EXIT) continue;
        const mvm_snapshot *snapshot = &trace->snapshots[uop->exit];
        for (uint32_t j = 0; j < snapshot->entry_count; j++) {
            const mvm_snapshot_entry *entry = &trace->entries[snapshot->first_entry + j];
            if (entry->kind == MVM_PLACE_VALUE && !entry->in_memory) a->last_use[entry->value] = i;
        }
    }
    // What comes into the loop and does not change there is needed in every iteration.
    for (uint32_t i = 1; i < trace->value_count; i++) {
        a->successor[i] = (uint16_t)i;
        if (defined[i] < loop_start && a->last_use[i] >= loop_start) a->last_use[i] = a->count;
    }
    for (uint32_t i = 0; i < trace->loop_value_count; i++) {
        a->successor[trace->loop_values[i].to] = trace->loop_values[i].from;
    }
}

// A loop value changes at the end: it need not live longer than its own last use.
static void shorten_loop_values(allocator *a) {
    const mvm_trace *trace = a->trace;
    for (uint32_t i = 0; i < trace->loop_value_count; i++) {
        uint16_t to = trace->loop_values[i].to;
        uint32_t last = trace->loop_start;
        for (uint32_t j = trace->loop_start; j < a->count; j++) {
            const mvm_uop *uop = &a->before[j];
            bool used = takes(uop, to);
            if (uop->exit != MVM_NO_EXIT) {
                const mvm_snapshot *snapshot = &trace->snapshots[uop->exit];
                for (uint32_t k = 0; k < snapshot->entry_count && !used; k++) {
                    const mvm_snapshot_entry *entry = &trace->entries[snapshot->first_entry + k];
                    used =
                        entry->kind == MVM_PLACE_VALUE && !entry->in_memory && entry->value == to;
                }
            }
            if (used) last = j;
        }
        a->last_use[to] = last;
    }
    for (uint32_t i = 0; i < trace->loop_value_count; i++) {
        a->last_use[trace->loop_values[i].from] = a->count;
    }
}

// Behind a call of another trace nothing is in any register or spill slot.
static void forget_all(allocator *a) {
    memset(a->held, 0, sizeof a->held);
    memset(a->spilled, 0, sizeof a->spilled);
    for (uint32_t i = 0; i < a->trace->value_count; i++) {
        assert(is_constant(a, (uint16_t)i) || a->places[i].in_register == MVM_NO_PLACE ||
               a->last_use[i] <= a->at);
        a->places[i] = (register_place){MVM_NO_PLACE, MVM_NO_PLACE};
    }
}

// A side trace's values are where its parent had them.
static void inherit(allocator *a, const mvm_placed_value *inherited) {
    if (inherited->kind == MVM_PLACE_REGISTER) {
        register_put(a, inherited->value, inherited->place);
    } else {
        a->spilled[inherited->place] = inherited->value;
        a->places[inherited->value].in_spill = (int16_t)inherited->place;
    }
}

static void begin(allocator *a, mvm_trace *trace) {
    memset(&a->trace, 0, sizeof *a - offsetof(allocator, trace));
    a->trace = trace;
    a->count = trace->uop_count;
    memcpy(a->before, trace->uops, trace->uop_count * sizeof *trace->uops);
    for (uint32_t i = 0; i < trace->value_count; i++) {
        a->places[i] = (register_place){MVM_NO_PLACE, MVM_NO_PLACE};
        a->last_use[i] = 0;
    }
    register_begin_calls(a);
    note_last_uses(a);
    shorten_loop_values(a);
    register_begin_link(a);
    trace->front = a->before;
    trace->front_count = trace->loop_start;
    trace->uop_count = 0;
    for (uint32_t i = 0; i < trace->inherited_count; i++) inherit(a, &trace->inherited[i]);
}

// An end that always goes on in the same trace: its uops stand right there. Any other end is an
// exit like those of guards, which may come to have a side trace.
static void end_in_link(allocator *a, const mvm_uop *uop) {
    register_note_exit(a, uop->exit);
    register_lower_exit(a, uop->exit);
}

static bool scan(allocator *a) {
    mvm_trace *trace = a->trace;
    uint32_t loop_start = trace->loop_start;
    for (uint32_t i = 0; i < a->count && !trace->abort; i++) {
        const mvm_uop *uop = &a->before[i];
        const mvm_uop_info *info = &mvm_uop_infos[uop->opcode];
        a->at = i;
        a->origin = uop->origin;
        memset(a->pinned, 0, sizeof a->pinned);
        if (trace->closes && i == loop_start) register_enter_loop(a);
        if (uop->opcode == MVM_UOP_JUMP_TO_TOP && !register_close_loop(a)) return false;
        if (uop->opcode == MVM_UOP_LEAVE && trace->snapshots[uop->exit].link) {
            end_in_link(a, uop);
        } else if (uop->opcode == MVM_UOP_LINK_LOOP) {
            if (!register_link(a, uop)) return false;
        } else if (mvm_calls_trace(uop)) {
            register_call(a, uop);
            forget_all(a);
        } else if (uop->opcode == MVM_UOP_CALL_ROOT) {
            register_call_root(a, uop);
        } else if (info->flags & (MVM_FLAG_SPILLED | MVM_FLAG_CALLS)) {
            allocate_in_spills(a, *uop, info);
        } else {
            allocate_in_registers(a, *uop, info);
        }
    }
    return !trace->abort;
}

// The trace as it was before the scan.
static void undo(allocator *a) {
    mvm_trace *trace = a->trace;
    memcpy(trace->uops, a->before, a->count * sizeof *a->before);
    trace->uop_count = a->count;
    trace->loop_start = trace->front_count;
    for (uint32_t i = 0; i < trace->entry_count; i++) {
        mvm_snapshot_entry *entry = &trace->entries[i];
        bool is_placed = entry->kind == MVM_PLACE_REGISTER || entry->kind == MVM_PLACE_SPILL;
        if (is_placed) entry->kind = MVM_PLACE_VALUE;
    }
}

// A loop is scanned again where what does not change in it had to make room for something else.
bool mvm_allocate_registers(mvm_trace *trace) {
    allocator *a = trace->pass_memory;
    memset(a->is_lent, false, trace->value_count * sizeof *a->is_lent);
    begin(a, trace);
    if (!scan(a)) return false;
    for (int scans = 1; a->lends && scans < MOST_SCANS; scans++) {
        undo(a);
        begin(a, trace);
        if (!scan(a)) return false;
    }
    return register_lower_exits(a);
}

uint64_t mvm_allocator_size(void) { return sizeof(allocator); }
