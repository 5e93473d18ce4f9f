// What exits write back: where each value of a snapshot is when the exit is taken, and the uops
// that bring it to its frame slot, make the inlined frames real and leave the trace.
#include <string.h>

#include "registers.h"

static bool is_still_there(const allocator *a, const mvm_snapshot_entry *entry) {
    register_place place = a->places[entry->value];
    if (entry->kind == MVM_PLACE_SPILL) return place.in_spill == (int16_t)entry->place;
    return entry->kind != MVM_PLACE_REGISTER || place.in_register == (int16_t)entry->place;
}

// A second uop has the exit, such as the check for a refined type behind the load that it belongs
// to. What has left its place in between may be known to be in memory; else there is no exit that
// is right for both.
static void note_again(allocator *a, const mvm_snapshot *snapshot) {
    for (uint32_t i = 0; i < snapshot->entry_count; i++) {
        mvm_snapshot_entry *entry = &a->trace->entries[snapshot->first_entry + i];
        if (is_still_there(a, entry)) continue;
        if (!entry->in_memory) mvm_trace_abort(a->trace, MVM_ABORT_REGISTERS);
        entry->kind = MVM_PLACE_VALUE;
    }
}

void register_note_exit(allocator *a, uint16_t exit) {
    const mvm_snapshot *snapshot = &a->trace->snapshots[exit];
    if (a->is_noted[exit]) {
        note_again(a, snapshot);
        return;
    }
    a->is_noted[exit] = true;
    for (uint32_t i = 0; i < snapshot->entry_count; i++) {
        mvm_snapshot_entry *entry = &a->trace->entries[snapshot->first_entry + i];
        if (entry->kind != MVM_PLACE_VALUE || is_constant(a, entry->value)) continue;
        register_place place = a->places[entry->value];
        if (place.in_register == MVM_NO_PLACE && place.in_spill == MVM_NO_PLACE) continue;
        bool in_register = place.in_register != MVM_NO_PLACE;
        entry->kind = in_register ? MVM_PLACE_REGISTER : MVM_PLACE_SPILL;
        entry->place = (uint16_t)(in_register ? place.in_register : place.in_spill);
    }
}

static void box(allocator *a, const mvm_snapshot_entry *entry, uint32_t number) {
    uint8_t type = a->trace->values[entry->value].type;
    mvm_uop *uop = register_emit(a, mvm_type_infos[mvm_type_infos[type].base].box);
    uop->inputs[0] = (uint16_t)number;
    uop->output = entry->slot;
}

static void write_entry(allocator *a, const mvm_snapshot_entry *entry) {
    switch ((mvm_place_kind)entry->kind) {
    case MVM_PLACE_SLOT: {
        mvm_uop *uop = register_emit(a, MVM_UOP_COPY);
        uop->inputs[0] = entry->value;
        uop->output = entry->slot;
        break;
    }
    case MVM_PLACE_VALUE: {
        mvm_value constant = a->trace->values[entry->value].constant;
        mvm_uop *uop = register_emit(a, MVM_UOP_STORE_CONST);
        uop->operands[0] = constant.tag;
        uop->operands[1] = constant.bits;
        uop->output = entry->slot;
        break;
    }
    case MVM_PLACE_REGISTER: box(a, entry, entry->place); break;
    case MVM_PLACE_SPILL:
        register_emit_reload(a, register_class(a, entry->value), 0, entry->place);
        box(a, entry, 0);
        break;
    case MVM_PLACE_OBJECT: break;  // make_objects
    }
}

static uint16_t sinking_uop(uint16_t take) {
    switch (take) {
    case MVM_UOP_TAKE_RECORD: return MVM_UOP_SINK_RECORD;
    case MVM_UOP_TAKE_CLOSURE: return MVM_UOP_SINK_CLOSURE;
    case MVM_UOP_TAKE_CARRIED_RECORD: return MVM_UOP_SINK_CARRIED_RECORD;
    default: return MVM_UOP_SINK_CELL;
    }
}

// Through register 0, as nothing is needed in a register any more.
static void make_objects(allocator *a, const mvm_snapshot *snapshot) {
    for (uint32_t i = 0; i < snapshot->object_count; i++) {
        const mvm_sunk_object *object = &a->trace->objects[snapshot->first_object + i];
        uint16_t opcode = sinking_uop(object->take);
        mvm_uop *uop = register_emit(a, opcode);
        uop->inputs[0] = object->first;
        uop->operands[0] = object->operand;
        uop->operands[1] = object->count;
        for (uint32_t j = 0; j < snapshot->entry_count; j++) {
            const mvm_snapshot_entry *entry = &a->trace->entries[snapshot->first_entry + j];
            if (entry->kind != MVM_PLACE_OBJECT || entry->value != i) continue;
            uop = register_emit(a, mvm_type_infos[mvm_uop_infos[opcode].output].box);
            uop->output = entry->slot;
        }
    }
}

// Operands are indices here; mvm_executor_new puts the addresses in.
static void push_frames(allocator *a, uint16_t frame) {
    if (frame == 0) return;
    push_frames(a, a->trace->frames[frame].parent);
    register_emit(a, MVM_UOP_EXIT_FRAME)->operands[0] = frame;
}

// Back to tier one, or on in the trace the exit is linked to.
static void go_on(allocator *a, uint16_t exit) {
    const mvm_snapshot *snapshot = &a->trace->snapshots[exit];
    if (!snapshot->link) {
        register_emit(a, MVM_UOP_EXIT_TRACE)->operands[0] = exit;
        return;
    }
    mvm_uop *uop = register_emit(a, MVM_UOP_LINK);
    int64_t base = a->trace->frames[snapshot->frame].inlined.base;
    uop->operands[0] = (uint64_t)base * sizeof(mvm_value);
    uop->operands[1] = (uint64_t)(uintptr_t)snapshot->link;
}

void register_lower_exit(allocator *a, uint16_t exit) {
    mvm_trace *trace = a->trace;
    mvm_snapshot *snapshot = &trace->snapshots[exit];
    snapshot->first_uop = (uint16_t)trace->uop_count;
    // Registers first: the spilled values come through register 0.
    for (int spilled = 0; spilled < 2; spilled++) {
        for (uint32_t i = 0; i < snapshot->entry_count; i++) {
            const mvm_snapshot_entry *entry = &trace->entries[snapshot->first_entry + i];
            if (!entry->in_memory && (entry->kind == MVM_PLACE_SPILL) == spilled)
                write_entry(a, entry);
        }
    }
    make_objects(a, snapshot);
    if (snapshot->link && snapshot->frame) register_emit(a, MVM_UOP_FILL_FRAMES);
    push_frames(a, snapshot->frame);
    go_on(a, exit);
    snapshot->uop_count = (uint16_t)(trace->uop_count - snapshot->first_uop);
}

bool register_lower_exits(allocator *a) {
    mvm_trace *trace = a->trace;
    trace->cold_start = trace->uop_count;
    bool lowered[MVM_TRACE_EXITS];
    memset(lowered, 0, trace->snapshot_count * sizeof *lowered);
    for (uint32_t i = 0; i < trace->cold_start && !trace->abort; i++) {
        uint16_t exit = trace->uops[i].exit;
        if (exit == MVM_NO_EXIT || lowered[exit]) continue;
        lowered[exit] = true;
        a->origin = trace->uops[i].origin;
        register_lower_exit(a, exit);
    }
    return !trace->abort;
}
