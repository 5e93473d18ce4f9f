// Register allocation where a trace goes on in another one's loop. In: which value the loop's top
// has in which register and spill slot. Out: the uops that bring them there, and the jump.
//
// A trace that closes its loop notes the same for those that will go on in it.
#include <stddef.h>

#include "registers.h"

static void note(mvm_trace *trace, uint16_t value, uint8_t kind, uint32_t place) {
    trace->top_values[trace->top_value_count++] =
        (mvm_placed_value){.value = value, .kind = kind, .place = (uint16_t)place};
}

void register_note_top(allocator *a) {
    mvm_trace *trace = a->trace;
    trace->top_value_count = 0;
    for (uint32_t class = 0; class < MVM_REGISTER_CLASSES; class++) {
        for (uint32_t i = 0; i < MVM_REGISTERS; i++) {
            uint16_t value = a->held[class][i];
            if (value != MVM_NO_VALUE) note(trace, value, MVM_PLACE_REGISTER, i);
        }
    }
    for (uint32_t i = 0; i < MVM_SPILL_SLOTS; i++) {
        uint16_t value = a->spilled[i];
        bool is_there = value != MVM_NO_VALUE && a->places[value].in_spill == (int16_t)i;
        if (is_there) note(trace, value, MVM_PLACE_SPILL, i);
    }
}

void register_begin_link(allocator *a) {
    const mvm_trace *trace = a->trace;
    for (uint32_t i = 0; i < trace->link_value_count; i++) {
        const mvm_placed_value *wanted = &trace->link_values[i];
        if (wanted->kind == MVM_PLACE_REGISTER) {
            a->link_held[register_class(a, wanted->value)][wanted->place] = wanted->value;
        } else {
            a->link_spilled[wanted->place] = wanted->value;
        }
        a->last_use[wanted->value] = a->count;
    }
}

static uint32_t scratch_register(allocator *a, uint32_t class) {
    int number = register_free(a, class);
    return (uint32_t)(number == MVM_NO_PLACE ? register_evict(a, class) : number);
}

static void forget_spill(allocator *a, uint32_t spill) {
    a->places[a->spilled[spill]].in_spill = MVM_NO_PLACE;
    a->spilled[spill] = MVM_NO_VALUE;
}

// A spill slot that is to get another value: what it holds is needed elsewhere.
static bool clear_spill(allocator *a, uint32_t spill) {
    uint16_t value = a->spilled[spill];
    uint32_t class = register_class(a, value);
    bool is_alone = a->places[value].in_register == MVM_NO_PLACE && !is_constant(a, value);
    uint32_t number = is_alone ? scratch_register(a, class) : 0;
    if (is_alone) register_emit_reload(a, class, number, spill);
    int free = is_alone ? register_take_spill(a, value) : 0;
    forget_spill(a, spill);
    if (!is_alone) return true;
    if (a->link_spilled[free] != MVM_NO_VALUE && a->link_spilled[free] != value) {
        return mvm_trace_abort(a->trace, MVM_ABORT_REGISTERS);
    }
    register_emit_spill(a, class, number, (uint32_t)free);
    a->places[value].in_spill = (int16_t)free;
    return !a->trace->abort;
}

static void fill_spill(allocator *a, uint32_t spill) {
    uint16_t value = a->link_spilled[spill];
    uint32_t class = register_class(a, value);
    register_place place = a->places[value];
    a->spilled[spill] = value;
    if (place.in_register != MVM_NO_PLACE) {
        register_emit_spill(a, class, (uint32_t)place.in_register, spill);
    } else if (place.in_spill != MVM_NO_PLACE) {
        uint32_t number = scratch_register(a, class);
        register_emit_reload(a, class, number, (uint32_t)place.in_spill);
        register_emit_spill(a, class, number, spill);
    } else {
        register_emit_spill_constant(a, value, spill);
    }
}

bool register_link(allocator *a, const mvm_uop *uop) {
    for (uint32_t i = 0; i < MVM_SPILL_SLOTS; i++) {
        uint16_t held = a->spilled[i], wanted = a->link_spilled[i];
        if (wanted == MVM_NO_VALUE || held == MVM_NO_VALUE || held == wanted) continue;
        if (!clear_spill(a, i)) return false;
    }
    for (uint32_t i = 0; i < MVM_SPILL_SLOTS; i++) {
        uint16_t wanted = a->link_spilled[i];
        if (wanted != MVM_NO_VALUE && a->places[wanted].in_spill != (int16_t)i) fill_spill(a, i);
    }
    register_move_to_end(a);
    *register_emit(a, uop->opcode) = *uop;
    return !a->trace->abort;
}
