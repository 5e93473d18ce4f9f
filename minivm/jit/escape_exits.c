// Exits, in the escape pass. In: snapshots that refer to virtual objects, or take it that a slot
// holds what was put off storing there. Out: snapshots that say what to make of which slots, and
// write more slots.
#include <string.h>

#include "escape.h"

typedef struct rewriting {
    escape_pass *pass;
    mvm_snapshot *snapshot;
    uint16_t next_slot;                  // for what objects are made of
    uint16_t number_of[ESCAPE_OBJECTS];  // the snapshot's number of an object, plus one
    bool has_entry[MVM_TRACE_SLOTS];
} rewriting;

static mvm_snapshot_entry *add_entry(rewriting *r, uint16_t slot) {
    mvm_trace *trace = r->pass->trace;
    if (trace->entry_count == MVM_TRACE_ENTRIES) {
        mvm_trace_abort(trace, MVM_ABORT_TOO_LONG);
        return &trace->entries[0];
    }
    r->snapshot->entry_count++;
    mvm_snapshot_entry *entry = &trace->entries[trace->entry_count++];
    *entry = (mvm_snapshot_entry){.slot = slot};
    if (slot + 1u > trace->extent) trace->extent = slot + 1u;
    return entry;
}

static uint16_t sink(rewriting *r, const escape_object *object);

// The slot is to hold the value.
static void add_value(rewriting *r, uint16_t slot, uint16_t value) {
    const mvm_trace_value *values = r->pass->trace->values;
    const escape_object *object = escape_object_of(r->pass, value);
    uint16_t number = object ? sink(r, object) : value;
    mvm_snapshot_entry *entry = add_entry(r, slot);
    entry->kind = object ? MVM_PLACE_OBJECT : MVM_PLACE_VALUE;
    entry->value = number;
    entry->type = escape_base_type(r->pass, value);
    entry->identity = values[value].identity;
    entry->identity_check = values[value].identity_check;
    // What is known of other values is known at the trace's end, perhaps not here.
    if (!object) entry->identity = entry->identity_check = 0;
}

static void add_content(rewriting *r, uint16_t slot, escape_content content) {
    if (content.value != MVM_NO_VALUE) {
        add_value(r, slot, content.value);
        return;
    }
    mvm_snapshot_entry *entry = add_entry(r, slot);
    entry->kind = MVM_PLACE_SLOT;
    entry->value = content.slot;
}

// What stands in front of a carried record's fields.
static void add_head(rewriting *r, uint16_t slot, const escape_object *object) {
    const escape_pass *pass = r->pass;
    mvm_snapshot_entry *entry = add_entry(r, slot);
    entry->value = pass->is_first;
    entry->type = MVM_TYPE_INT;
    entry = add_entry(r, (uint16_t)(slot + 1));
    entry->value = pass->carried[object->carried].to;
    entry->type = MVM_TYPE_RECORD;
}

// Have the exit make the object, after those that it holds; returns its number there.
static uint16_t sink(rewriting *r, const escape_object *object) {
    escape_pass *pass = r->pass;
    mvm_trace *trace = pass->trace;
    uint32_t index = (uint32_t)(object - pass->objects);
    if (r->number_of[index]) return r->number_of[index] - 1;
    uint16_t head = object->carried == ESCAPE_NONE ? 0 : ESCAPE_HEAD;
    uint16_t first = r->next_slot, count = head + object->count;
    r->next_slot += count;
    if (head) add_head(r, first, object);
    for (uint32_t i = 0; i < object->count; i++) {
        add_content(r, (uint16_t)(first + head + i), pass->fields[object->first + i]);
    }
    if (trace->object_count == MVM_TRACE_OBJECTS) mvm_trace_abort(trace, MVM_ABORT_TOO_LONG);
    if (trace->abort) return 0;
    trace->objects[trace->object_count++] =
        (mvm_sunk_object){object->take, first, count, object->operand};
    r->number_of[index] = (uint16_t)++r->snapshot->object_count;
    return r->number_of[index] - 1;
}

static void rewrite_entry(rewriting *r, mvm_snapshot_entry entry) {
    escape_pass *pass = r->pass;
    const escape_slot *slots = pass->slots;
    r->has_entry[entry.slot] = true;
    if (entry.kind == MVM_PLACE_SLOT && slots[entry.value].is_deferred) {
        add_content(r, entry.slot, slots[entry.value].holds);
        return;
    }
    if (entry.kind == MVM_PLACE_VALUE) {
        entry.value = pass->same[entry.value];
        if (pass->object_of[entry.value]) {
            add_value(r, entry.slot, entry.value);
            return;
        }
    }
    entry.in_memory = entry.in_memory && !slots[entry.slot].is_deferred;
    *add_entry(r, entry.slot) = entry;
}

// An object that goes on to another trace is made in this one.
static void note_linked(escape_pass *pass, const mvm_snapshot *snapshot) {
    for (uint32_t i = 0; i < snapshot->entry_count; i++) {
        const mvm_snapshot_entry *entry = &pass->trace->entries[snapshot->first_entry + i];
        uint16_t value = MVM_NO_VALUE;
        if (entry->kind == MVM_PLACE_VALUE) value = pass->same[entry->value];
        if (entry->kind == MVM_PLACE_SLOT) value = pass->slots[entry->value].holds.value;
        if (pass->object_of[value]) escape_note(pass, value);
    }
    for (uint32_t slot = 0; slot < MVM_TRACE_SLOTS / 2; slot++) {
        const escape_slot *known = &pass->slots[slot];
        bool is_virtual = known->is_home && pass->object_of[known->holds.value];
        if (is_virtual) escape_note(pass, known->holds.value);
    }
}

// Those that the exit makes already stay the first ones.
static void keep_objects(mvm_trace *trace, mvm_snapshot *snapshot) {
    uint32_t count = snapshot->object_count;
    if (trace->object_count + count > MVM_TRACE_OBJECTS) {
        mvm_trace_abort(trace, MVM_ABORT_TOO_LONG);
        return;
    }
    memcpy(&trace->objects[trace->object_count], &trace->objects[snapshot->first_object],
           count * sizeof *trace->objects);
    snapshot->first_object = trace->object_count;
    trace->object_count += count;
}

// A slot that exits leave as it is, though nothing has been stored there yet.
static bool is_missing(const escape_pass *pass, uint32_t slot) {
    return pass->slots[slot].is_deferred && pass->slots[slot].is_home;
}

static bool needs_rewriting(const escape_pass *pass, const mvm_snapshot *snapshot, uint32_t top) {
    for (uint32_t i = 0; i < snapshot->entry_count; i++) {
        const mvm_snapshot_entry *entry = &pass->trace->entries[snapshot->first_entry + i];
        bool is_value = entry->kind == MVM_PLACE_VALUE, is_copy = entry->kind == MVM_PLACE_SLOT;
        if (is_value && pass->object_of[pass->same[entry->value]]) return true;
        if (is_copy && pass->slots[entry->value].is_deferred) return true;
        if (entry->in_memory && pass->slots[entry->slot].is_deferred) return true;
    }
    uint32_t slot = 0;
    while (slot < top && !is_missing(pass, slot)) slot++;
    return slot < top;
}

static void rename_values(const escape_pass *pass, const mvm_snapshot *snapshot) {
    for (uint32_t i = 0; i < snapshot->entry_count; i++) {
        mvm_snapshot_entry *entry = &pass->trace->entries[snapshot->first_entry + i];
        if (entry->kind == MVM_PLACE_VALUE) entry->value = pass->same[entry->value];
    }
}

void escape_rewrite_exit(escape_pass *pass, uint16_t exit) {
    mvm_trace *trace = pass->trace;
    mvm_snapshot *snapshot = &trace->snapshots[exit];
    if (snapshot->link && !pass->commits) note_linked(pass, snapshot);
    if (!pass->commits || pass->rewritten[exit]) return;
    pass->rewritten[exit] = true;
    int64_t base = trace->frames[snapshot->frame].inlined.base;
    uint32_t top = (uint32_t)(base + snapshot->depth) + 1;
    if (!needs_rewriting(pass, snapshot, top)) {
        rename_values(pass, snapshot);
        return;
    }
    rewriting r = {.pass = pass, .snapshot = snapshot};
    r.next_slot = (uint16_t)(pass->base + ESCAPE_SLOT_FIELDS);
    uint32_t first = snapshot->first_entry, count = snapshot->entry_count;
    snapshot->first_entry = trace->entry_count;
    snapshot->entry_count = 0;
    keep_objects(trace, snapshot);
    for (uint32_t i = 0; i < count; i++) rewrite_entry(&r, trace->entries[first + i]);
    for (uint32_t slot = 0; slot < top; slot++) {
        bool adds = is_missing(pass, slot) && !r.has_entry[slot];
        if (adds) add_content(&r, (uint16_t)slot, pass->slots[slot].holds);
    }
}
