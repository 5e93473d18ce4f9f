// The abstract machine of the type pass: slots, memory and snapshots.
#include "abstract.h"

#include <assert.h>
#include <string.h>

bool abstract_begin(abstract *state, mvm_trace *trace, uint32_t count) {
    memset(state, 0, sizeof *state);
    state->trace = trace;
    state->top = count;
    state->scratch = MVM_TRACE_SLOTS;
    trace->value_count = 1;
    trace->uop_count = trace->snapshot_count = trace->entry_count = trace->loop_value_count = 0;
    trace->object_count = 0;
    trace->link_value_count = 0;
    trace->extent = trace->code->frame_size;
    if (trace->extent >= MVM_TRACE_SLOTS / 2) return mvm_trace_abort(trace, MVM_ABORT_TOO_LONG);
    for (uint32_t slot = 0; slot < count; slot++) {
        uint16_t value = abstract_new_value(state, MVM_VALUE_MEMORY, MVM_TYPE_ANY);
        trace->values[value].home = (uint16_t)slot;
        state->slots[slot] = state->memory[slot] = value;
    }
    return true;
}

void abstract_begin_instruction(abstract *state, uint16_t origin) {
    state->origin = origin;
    state->start_top = state->top;
    memcpy(state->start_slots, state->slots, state->top * sizeof *state->slots);
}

uint16_t abstract_new_value(abstract *state, mvm_value_kind kind, mvm_type type) {
    mvm_trace *trace = state->trace;
    if (trace->value_count == MVM_TRACE_VALUES) {
        mvm_trace_abort(trace, MVM_ABORT_TOO_LONG);
        return MVM_NO_VALUE;
    }
    trace->values[trace->value_count] =
        (mvm_trace_value){.kind = kind, .type = type, .home = MVM_NO_SLOT};
    return (uint16_t)trace->value_count++;
}

uint16_t abstract_constant(abstract *state, mvm_value constant) {
    mvm_trace *trace = state->trace;
    for (uint32_t i = 1; i < trace->value_count; i++) {
        const mvm_trace_value *value = &trace->values[i];
        if (value->kind == MVM_VALUE_CONSTANT && value->constant.tag == constant.tag &&
            value->constant.bits == constant.bits) {
            return (uint16_t)i;
        }
    }
    uint16_t number = abstract_new_value(state, MVM_VALUE_CONSTANT, mvm_type_of(constant));
    trace->values[number].constant = constant;
    return number;
}

mvm_uop *abstract_emit(abstract *state, uint16_t opcode) {
    mvm_trace *trace = state->trace;
    // Half of the buffer is for exits and for what register allocation adds.
    if (trace->uop_count >= MVM_TRACE_UOPS / 2) mvm_trace_abort(trace, MVM_ABORT_TOO_LONG);
    uint32_t index = trace->abort ? 0 : trace->uop_count++;
    mvm_uop *uop = &trace->uops[index];
    memset(uop, 0, sizeof *uop);
    uop->opcode = opcode;
    uop->exit = MVM_NO_EXIT;
    uop->origin = state->origin;
    return uop;
}

uint32_t abstract_base(const abstract *state) {
    return (uint32_t)state->trace->frames[state->frame].inlined.base;
}

bool abstract_push(abstract *state, uint16_t value) {
    if (value == MVM_NO_VALUE || state->top + 1 >= MVM_TRACE_SLOTS / 2) {
        return mvm_trace_abort(state->trace, MVM_ABORT_TOO_LONG);
    }
    state->slots[state->top++] = value;
    return true;
}

uint16_t abstract_pop(abstract *state) {
    uint16_t value = state->slots[--state->top];
    state->slots[state->top] = MVM_NO_VALUE;
    return value;
}

static bool is_referred_to(const abstract *state, uint16_t value) {
    for (uint32_t slot = 0; slot < state->top; slot++) {
        if (state->slots[slot] == value) return true;
    }
    for (uint32_t slot = 0; slot < state->start_top; slot++) {
        if (state->start_slots[slot] == value) return true;
    }
    return false;
}

// Move a MEMORY value from its home to a slot of its own.
static bool move_away(abstract *state, uint16_t value) {
    mvm_trace *trace = state->trace;
    // Scratch slots stand behind everything the trace's frames reach.
    if (state->scratch == MVM_TRACE_SLOTS) state->scratch = MVM_TRACE_SLOTS / 2;
    if (state->scratch + 1 >= MVM_TRACE_SLOTS) return mvm_trace_abort(trace, MVM_ABORT_TOO_LONG);
    uint16_t scratch = (uint16_t)state->scratch++;
    if (scratch + 1u > trace->extent) trace->extent = scratch + 1u;
    mvm_uop *copy = abstract_emit(state, MVM_UOP_COPY);
    copy->inputs[0] = trace->values[value].home;
    copy->output = scratch;
    trace->values[value].home = scratch;
    state->memory[scratch] = value;
    return true;
}

bool abstract_write(abstract *state, uint32_t slot, uint16_t value) {
    mvm_trace_value *values = state->trace->values;
    uint16_t held = state->memory[slot];
    if (held != MVM_NO_VALUE && held != value && values[held].kind == MVM_VALUE_MEMORY &&
        values[held].home == slot && is_referred_to(state, held) && !move_away(state, held)) {
        return false;
    }
    state->memory[slot] = value;
    if (slot + 1 > state->trace->extent) state->trace->extent = slot + 1;
    return true;
}

bool abstract_store(abstract *state, uint32_t slot, uint16_t number) {
    const mvm_trace_value *value = &state->trace->values[number];
    if (!abstract_write(state, slot, number)) return false;
    mvm_uop *uop;
    if (value->kind == MVM_VALUE_MEMORY) {
        uop = abstract_emit(state, MVM_UOP_COPY);
        uop->inputs[0] = value->home;
    } else if (value->kind == MVM_VALUE_CONSTANT) {
        uop = abstract_emit(state, MVM_UOP_STORE_CONST);
        uop->operands[0] = value->constant.tag;
        uop->operands[1] = value->constant.bits;
    } else {
        uop = abstract_emit(state, mvm_type_infos[mvm_type_infos[value->type].base].box);
        uop->inputs[0] = number;
    }
    uop->output = (uint16_t)slot;
    return true;
}

bool abstract_in_memory(abstract *state, uint32_t slot, uint16_t value, uint32_t first_slot,
                        uint32_t end_slot, uint16_t *where) {
    if (state->trace->values[value].kind == MVM_VALUE_MEMORY) return true;
    for (uint32_t i = 0; i < state->trace->extent; i++) {
        bool safe = i < first_slot || i >= end_slot || i == slot;
        if (safe && state->memory[i] == value) {
            *where = (uint16_t)i;
            return true;
        }
    }
    *where = (uint16_t)slot;
    return abstract_store(state, slot, value);
}

// --- snapshots -----------------------------------------------------------------------------------

static bool is_destination(const abstract *state, const uint16_t *slots, uint32_t top,
                           uint16_t slot) {
    return slot < top && slots[slot] != MVM_NO_VALUE && state->memory[slot] != slots[slot];
}

// An exit's copies must not overwrite what a later copy reads.
static bool separate_copies(abstract *state, const uint16_t *slots, uint32_t top) {
    for (uint32_t slot = 0; slot < top; slot++) {
        uint16_t value = slots[slot];
        if (value == MVM_NO_VALUE || state->memory[slot] == value) continue;
        const mvm_trace_value *info = &state->trace->values[value];
        if (info->kind == MVM_VALUE_MEMORY && is_destination(state, slots, top, info->home) &&
            !move_away(state, value)) {
            return false;
        }
    }
    return true;
}

void abstract_add_entry(abstract *state, uint16_t slot, uint16_t number) {
    mvm_trace *trace = state->trace;
    const mvm_trace_value *value = &trace->values[number];
    bool in_memory = state->memory[slot] == number;
    bool is_copy = value->kind == MVM_VALUE_MEMORY;
    if (is_copy && in_memory) return;
    trace->entries[trace->entry_count++] =
        (mvm_snapshot_entry){.slot = slot,
                             .kind = is_copy ? MVM_PLACE_SLOT : MVM_PLACE_VALUE,
                             .value = is_copy ? value->home : number,
                             .in_memory = in_memory,
                             .type = value->type,
                             .identity_check = value->identity_check,
                             .identity = value->identity};
}

static uint16_t add_snapshot(abstract *state, const uint16_t *slots, uint32_t top, uint16_t *ip,
                             uint8_t reason) {
    mvm_trace *trace = state->trace;
    if (trace->snapshot_count == MVM_TRACE_EXITS || trace->entry_count + top > MVM_TRACE_ENTRIES ||
        !separate_copies(state, slots, top)) {
        mvm_trace_abort(trace, MVM_ABORT_TOO_LONG);
        return MVM_NO_EXIT;
    }
    mvm_snapshot *snapshot = &trace->snapshots[trace->snapshot_count];
    *snapshot = (mvm_snapshot){.frame = trace->origins[state->origin].frame,
                               .reason = reason,
                               .ip = ip,
                               .first_entry = trace->entry_count,
                               .instructions = (int32_t)state->origin - state->counted_from};
    snapshot->depth = (int32_t)top - 1 - (int32_t)trace->frames[snapshot->frame].inlined.base;
    for (uint32_t slot = 0; slot < top; slot++) {
        if (slots[slot] != MVM_NO_VALUE) abstract_add_entry(state, (uint16_t)slot, slots[slot]);
    }
    snapshot->entry_count = trace->entry_count - snapshot->first_entry;
    return (uint16_t)trace->snapshot_count++;
}

uint16_t abstract_exit(abstract *state, uint16_t *ip, uint8_t reason) {
    return add_snapshot(state, state->slots, state->top, ip, reason);
}

uint16_t abstract_exit_to_start(abstract *state, uint8_t reason) {
    uint16_t *ip = state->trace->origins[state->origin].ip;
    return add_snapshot(state, state->start_slots, state->start_top, ip, reason);
}
