// The escape pass's state, shared by its files: optimize_escape.c (the walk), escape_slots.c (what
// is known of slots), escape_loop.c (objects that loops carry) and escape_exits.c (what exits
// make).
//
// A *virtual* object is one that the trace does not make: what it holds are values, or slots of its
// own. The pass walks over the trace again and again, each time taking as virtual what no walk
// before has seen escape, until nothing more does; only the last walk changes the trace.
#ifndef MVM_ESCAPE_H
#define MVM_ESCAPE_H

#include "alias.h"
#include "uses.h"

enum {
    ESCAPE_OBJECTS = MVM_SUNK_AT_ONCE,  // virtual
    ESCAPE_FIELDS = 160,                // of all of them together
    ESCAPE_SLOT_FIELDS = 32,            // held in slots
    ESCAPE_MOST_FIELDS = 16,            // of one
    ESCAPE_CARRIED = 8,
    ESCAPE_HEAD = 2,  // values in front of a carried record's fields
    // Slots the pass may use, behind all others: for fields, and for what exits make objects of.
    ESCAPE_SLOTS = ESCAPE_SLOT_FIELDS + ESCAPE_FIELDS + ESCAPE_HEAD * ESCAPE_CARRIED,
    ESCAPE_NONE = 0xffff,
};

// What a field or a frame slot holds: a value, or what stands in a slot of the pass's own, which
// does not change while anything holds it.
typedef struct escape_content {
    uint16_t value;  // MVM_NO_VALUE: see `slot`
    uint16_t slot;   // 0: nothing is known
} escape_content;

typedef struct escape_object {
    uint16_t value;  // the number by which the trace knows it
    uint16_t take;   // the uop that would make it
    uint64_t operand;
    uint16_t first, count;  // its fields, in the pass's `fields`
    uint16_t carried;       // which of `carried` it is; ESCAPE_NONE: made in the trace
} escape_object;

// What is known of a frame slot.
typedef struct escape_slot {
    escape_content holds;
    uint16_t from;     // the uop that stored it
    bool is_deferred;  // the store is left out until somebody reads the slot
    bool is_home;      // exits leave the slot as it is, taking it that the value is there
} escape_slot;

// A field of such a record, at the loop's top.
typedef struct escape_carried_field {
    uint8_t type;    // of its value; ANY: it has none, or none is known yet
    bool is_loaded;  // by the loop
    bool is_fixed;   // the same in every iteration: `content`
    uint16_t value;
    escape_content content;
} escape_carried_field;

// A record that a loop carries from iteration to iteration, as its fields.
typedef struct escape_carried {
    uint16_t to;  // the loop's value
    bool fails;
    uint16_t count;
    escape_carried_field fields[ESCAPE_MOST_FIELDS];
} escape_carried;

typedef struct escape_pass {
    mvm_trace *trace;
    mvm_definitions definitions;
    bool commits;  // this walk changes the trace
    bool changed;  // this walk has found something that escapes
    bool finds;    // there is something virtual at all
    uint16_t entry_top;
    uint16_t base;  // the first slot that nothing else uses

    // Found by all walks so far.
    bool escapes[MVM_TRACE_VALUES];
    bool defers[MVM_TRACE_UOPS];  // stores that only virtual objects need
    escape_carried carried[ESCAPE_CARRIED];
    uint32_t carried_count;
    uint32_t carried_slots;  // of the pass's own, that hold fields the loop does not change
    uint16_t is_first;       // a value: whether the loop is in its first iteration

    // Of the running walk.
    uint32_t at;
    uint16_t same[MVM_TRACE_VALUES];
    uint16_t object_of[MVM_TRACE_VALUES];  // one more than an index in `objects`
    escape_object objects[ESCAPE_OBJECTS];
    uint32_t object_count;
    escape_content fields[ESCAPE_FIELDS];
    uint32_t field_count, slot_field_count;
    escape_slot slots[MVM_TRACE_SLOTS];
    bool rewritten[MVM_TRACE_EXITS];
    mvm_uop uops[MVM_TRACE_UOPS];
    uint32_t uop_count;
} escape_pass;

// The object that a value is, if it is virtual; else NULL.
static inline escape_object *escape_object_of(escape_pass *pass, uint16_t value) {
    uint16_t index = pass->object_of[value];
    return index ? &pass->objects[index - 1] : NULL;
}

static inline mvm_type escape_base_type(const escape_pass *pass, uint16_t value) {
    return mvm_type_infos[pass->trace->values[value].type].base;
}

// The value, which is virtual, must be a real object: the next walk knows.
void escape_note(escape_pass *pass, uint16_t value);
void escape_emit(escape_pass *pass, const mvm_uop *uop);
static inline bool escape_is_known(escape_content content) {
    return content.value != MVM_NO_VALUE || content.slot;
}

static inline escape_content escape_of_value(uint16_t value) {
    return (escape_content){.value = value};
}

// A value of the trace's, new; MVM_NO_VALUE with the trace aborted where there is no room.
uint16_t escape_new_value(escape_pass *pass, mvm_value_kind kind, mvm_type type);
uint16_t escape_constant(escape_pass *pass, mvm_value constant);

// escape_slots.c: the running uop stores to a slot, which exits may leave as it is.
void escape_store(escape_pass *pass, uint16_t slot, escape_content content, bool is_home);
// The slots are read, as memory.
void escape_read_slots(escape_pass *pass, uint32_t first, uint32_t count);
void escape_forget_slot(escape_pass *pass, uint16_t slot);
void escape_forget_slots(escape_pass *pass);

// escape_exits.c: an exit is to make the virtual objects that it needs.
void escape_rewrite_exit(escape_pass *pass, uint16_t exit);

// escape_loop.c: find what a loop may carry; at its top, and at its end.
void escape_choose_carried(escape_pass *pass);
void escape_enter_loop(escape_pass *pass);
void escape_close_loop(escape_pass *pass);
// A field is loaded, with that type. False: it can't be carried so.
bool escape_load_carried(escape_pass *pass, const escape_object *object, uint32_t place,
                         mvm_type type);
// A uop that stays in the loop writes fields of records.
void escape_write_fields(escape_pass *pass, const mvm_uop *uop);

#endif
