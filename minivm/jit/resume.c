// What a side trace starts from. In: the executor that is left and its exit's snapshot. Out: the
// frames in progress there, and the abstract machine with what is known of each slot: its type, and
// where it is. So a side trace need not check or load again what its parent has.
#include "resume.h"

#include <string.h>

#include "executor.h"

static const mvm_snapshot *snapshot_of(const mvm_trace *trace) {
    const mvm_executor *parent = trace->from->executor;
    return &parent->snapshots[trace->from - parent->exits];
}

static uint16_t take_frame(mvm_trace *trace, const mvm_executor *parent, uint16_t number) {
    mvm_trace_frame frame = parent->frames[number];
    if (number) frame.parent = take_frame(trace, parent, frame.parent);
    trace->frames[trace->frame_count] = frame;
    return (uint16_t)trace->frame_count++;
}

uint16_t mvm_resume_frames(mvm_trace *trace) {
    trace->frame_count = 0;
    return take_frame(trace, trace->from->executor, snapshot_of(trace)->frame);
}

// A value that stands in `slot` and of which nothing is known.
static uint16_t in_slot(abstract *state, uint16_t slot) {
    if (state->memory[slot] != MVM_NO_VALUE) return state->memory[slot];
    uint16_t number = abstract_new_value(state, MVM_VALUE_MEMORY, MVM_TYPE_ANY);
    if (number == MVM_NO_VALUE) return number;
    state->trace->values[number].home = slot;
    state->memory[slot] = number;
    if (slot >= MVM_TRACE_SLOTS / 2 &&
        (state->scratch == MVM_TRACE_SLOTS || slot >= state->scratch)) {
        state->scratch = slot + 1u;
    }
    return number;
}

static void know(abstract *state, uint16_t number, const mvm_snapshot_entry *entry) {
    const mvm_trace_value *known = &state->trace->from->executor->values[entry->value];
    mvm_trace_value *value = &state->trace->values[number];
    value->low = known->low;
    value->high = known->high;
    value->type = entry->type;
    value->identity = entry->identity;
    value->identity_check = entry->identity_check;
}

static uint16_t inherit(abstract *state, const mvm_snapshot_entry *entry) {
    mvm_trace *trace = state->trace;
    uint16_t number = abstract_new_value(state, MVM_VALUE_REGISTER, entry->type);
    if (number == MVM_NO_VALUE) return number;
    know(state, number, entry);
    trace->inherited[trace->inherited_count++] =
        (mvm_placed_value){number, entry->kind, entry->place};
    return number;
}

// The value that an entry of the parent's snapshot is about.
static uint16_t value_of_entry(abstract *state, const mvm_snapshot_entry *entry) {
    const mvm_executor *parent = state->trace->from->executor;
    switch ((mvm_place_kind)entry->kind) {
    case MVM_PLACE_SLOT: return in_slot(state, entry->value);
    case MVM_PLACE_REGISTER:
    case MVM_PLACE_SPILL: return inherit(state, entry);
    case MVM_PLACE_OBJECT:
    case MVM_PLACE_VALUE: break;
    }
    const mvm_trace_value *value = &parent->values[entry->value];
    if (value->kind == MVM_VALUE_CONSTANT) return abstract_constant(state, value->constant);
    if (value->type == MVM_TYPE_ANY) return MVM_NO_VALUE;  // its check was left out
    // In no register any more, but what is known of it holds.
    uint16_t number = in_slot(state, entry->slot);
    know(state, number, entry);
    return number;
}

// Values that several slots hold stay one value, in one register; what is known of the types that
// it was found to have may differ, and holds.
static uint16_t shared_value(const abstract *state, const mvm_snapshot_entry *entries,
                             uint32_t index) {
    for (uint32_t i = 0; i < index; i++) {
        if (entries[i].kind == entries[index].kind && entries[i].value == entries[index].value) {
            return state->slots[entries[i].slot];
        }
    }
    return MVM_NO_VALUE;
}

// --- objects that the parent has left out
// ---------------------------------------------------------------------------------------

// An exit to where the side trace starts, which makes the objects.
static uint16_t exit_with_objects(abstract *state, const mvm_snapshot *from) {
    mvm_trace *trace = state->trace;
    const mvm_executor *parent = trace->from->executor;
    uint16_t exit = abstract_exit(state, trace->ip, MVM_EXIT_SINKING);
    bool fits = trace->entry_count + from->entry_count <= MVM_TRACE_ENTRIES &&
                trace->object_count + from->object_count <= MVM_TRACE_OBJECTS;
    if (!fits) mvm_trace_abort(trace, MVM_ABORT_TOO_LONG);
    if (trace->abort) return MVM_NO_EXIT;
    for (uint32_t i = 0; i < from->entry_count; i++) {
        const mvm_snapshot_entry *entry = &parent->entries[from->first_entry + i];
        if (entry->kind == MVM_PLACE_OBJECT) {
            trace->entries[trace->entry_count++] = *entry;
        } else if (entry->slot >= state->top) {
            abstract_add_entry(state, entry->slot, state->slots[entry->slot]);
        }
    }
    mvm_snapshot *snapshot = &trace->snapshots[exit];
    snapshot->entry_count = trace->entry_count - snapshot->first_entry;
    snapshot->first_object = trace->object_count;
    snapshot->object_count = from->object_count;
    memcpy(&trace->objects[trace->object_count], &parent->objects[from->first_object],
           from->object_count * sizeof *trace->objects);
    trace->object_count += from->object_count;
    return exit;
}

static uint16_t make_object(abstract *state, const mvm_sunk_object *object, uint16_t exit) {
    for (uint32_t slot = object->first; slot < object->first + object->count; slot++) {
        uint16_t value = state->slots[slot];
        if (state->memory[slot] != value && !abstract_store(state, slot, value))
            return MVM_NO_VALUE;
    }
    const mvm_uop_info *info = &mvm_uop_infos[object->take];
    uint16_t number = abstract_new_value(state, MVM_VALUE_REGISTER, info->output);
    mvm_uop *take = abstract_emit(state, object->take);
    take->inputs[0] = object->first;
    take->operands[0] = object->operand;
    take->operands[1] = object->count;
    take->output = number;
    take->exit = exit;
    bool is_identified = info->output != MVM_TYPE_CELL;
    if (is_identified) state->trace->values[number].identity = (uint32_t)object->operand + 1;
    return number;
}

// What the parent's exit would have made is made here, unless that is not needed here either.
static bool make_objects(abstract *state, const mvm_snapshot *snapshot) {
    const mvm_executor *parent = state->trace->from->executor;
    if (!snapshot->object_count) return true;
    // Each has an exit of its own, since values move from register to register in between; but all
    // of them make all objects.
    uint16_t exits[MVM_SUNK_AT_ONCE];
    for (uint32_t i = 0; i < snapshot->object_count; i++) {
        exits[i] = exit_with_objects(state, snapshot);
    }
    for (uint32_t i = 0; i < snapshot->object_count && !state->trace->abort; i++) {
        const mvm_sunk_object *object = &parent->objects[snapshot->first_object + i];
        uint16_t made = make_object(state, object, exits[i]);
        for (uint32_t j = 0; j < snapshot->entry_count; j++) {
            const mvm_snapshot_entry *entry = &parent->entries[snapshot->first_entry + j];
            bool holds = entry->kind == MVM_PLACE_OBJECT && entry->value == i;
            if (holds) state->slots[entry->slot] = made;
        }
    }
    memset(&state->slots[state->top], 0, (MVM_TRACE_SLOTS - state->top) * sizeof *state->slots);
    return !state->trace->abort;
}

bool mvm_resume_values(abstract *state, mvm_trace *trace) {
    const mvm_executor *parent = trace->from->executor;
    const mvm_snapshot *snapshot = snapshot_of(trace);
    trace->inherited_count = 0;
    state->frame = trace->origins[0].frame;
    if (parent->extent > trace->extent) trace->extent = parent->extent;
    const mvm_snapshot_entry *entries = &parent->entries[snapshot->first_entry];
    for (uint32_t i = 0; i < snapshot->entry_count; i++) {
        const mvm_snapshot_entry *entry = &entries[i];
        if (entry->kind == MVM_PLACE_OBJECT) continue;
        uint16_t number = shared_value(state, entries, i);
        if (number == MVM_NO_VALUE) number = value_of_entry(state, entry);
        if (trace->abort) return false;
        if (number == MVM_NO_VALUE) continue;
        state->slots[entry->slot] = number;
        if (entry->in_memory) state->memory[entry->slot] = number;
    }
    return make_objects(state, snapshot);
}
