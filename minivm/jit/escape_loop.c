// Records that a loop carries, in the escape pass. In: values that come into the loop as one record
// and go on as another, which the loop has made. Out: loop values for their fields instead.
//
//     v1 = _UNBOX_RECORD slot 0            v1 = _UNBOX_RECORD slot 0
//                                          v9 = _LOAD_FIELD_FLOAT v1, .x
//   > v4 = _LOAD_FIELD_FLOAT v1, .x      > v5 = _ADD_FLOAT v9, v3
//     v5 = _ADD_FLOAT v4, v3
//     slot 4 = _BOX_FLOAT v5
//     v6 = _TAKE_RECORD 1 from slot 4
//     _JUMP_TO_TOP  (v1 becomes v6)        _JUMP_TO_TOP  (v9 becomes v5)
//
// In the first iteration the record is the one that the loop was entered with, which others may
// know; an exit gives that one back then. Nothing in such a loop writes fields of real records that
// may be of its type: they might be the first one's. A field that the loop loads but does not look
// at stands in a slot and has to be the same in every iteration.
#include <string.h>

#include "escape.h"

enum { MOST_SLOTS = ESCAPE_SLOT_FIELDS / 2 };

static uint32_t type_of(const escape_pass *pass, const escape_carried *carried) {
    return pass->trace->values[carried->to].identity - 1;
}

static void fail(escape_pass *pass, escape_carried *carried) {
    pass->changed |= !carried->fails;
    carried->fails = true;
}

void escape_write_fields(escape_pass *pass, const mvm_uop *uop) {
    const mvm_trace_value *values = pass->trace->values;
    mvm_access access;
    bool is_store = mvm_access_of(&pass->definitions, uop, &access);
    uint32_t stored = is_store ? values[access.at.container].identity : 0;
    for (uint32_t i = 0; i < pass->carried_count; i++) {
        bool is_apart = stored && stored != values[pass->carried[i].to].identity;
        if (!is_apart) fail(pass, &pass->carried[i]);
    }
}

void escape_choose_carried(escape_pass *pass) {
    const mvm_trace *trace = pass->trace;
    pass->carried_count = pass->carried_slots = 0;
    for (uint32_t i = 0; i < trace->loop_value_count; i++) {
        uint16_t to = trace->loop_values[i].to;
        const mvm_trace_value *value = &trace->values[to];
        bool is_record = value->identity_check == MVM_UOP_CHECK_RECORD && value->identity;
        if (!is_record || pass->carried_count == ESCAPE_CARRIED) continue;
        uint32_t count = trace->vm->records.types[value->identity - 1].field_count;
        if (count > ESCAPE_MOST_FIELDS) continue;
        pass->carried[pass->carried_count++] = (escape_carried){.to = to, .count = (uint16_t)count};
    }
    if (pass->carried_count) {
        pass->is_first = escape_new_value(pass, MVM_VALUE_REGISTER, MVM_TYPE_INT);
    }
}

// --- the loop's top
// -----------------------------------------------------------------------------------

static escape_content content_of(const escape_carried_field *field) {
    return field->is_fixed ? field->content : escape_of_value(field->value);
}

static void define(escape_pass *pass, uint32_t index) {
    escape_carried *carried = &pass->carried[index];
    if (pass->object_count == ESCAPE_OBJECTS ||
        pass->field_count + carried->count > ESCAPE_FIELDS) {
        fail(pass, carried);
        return;
    }
    pass->objects[pass->object_count++] = (escape_object){.value = carried->to,
                                                          .take = MVM_UOP_TAKE_CARRIED_RECORD,
                                                          .operand = type_of(pass, carried),
                                                          .first = (uint16_t)pass->field_count,
                                                          .count = carried->count,
                                                          .carried = (uint16_t)index};
    pass->object_of[carried->to] = (uint16_t)pass->object_count;
    for (uint32_t i = 0; i < carried->count; i++) {
        pass->fields[pass->field_count++] = content_of(&carried->fields[i]);
    }
}

static mvm_uop *begin_uop(const escape_pass *pass, mvm_uop *uop, uint16_t opcode, uint16_t output) {
    uint16_t origin = pass->trace->uops[pass->at].origin;
    *uop = (mvm_uop){.opcode = opcode, .exit = MVM_NO_EXIT, .origin = origin, .output = output};
    return uop;
}

// What the loop's first value of a type is that nobody asks for in the first iteration.
static void emit_any(escape_pass *pass, uint16_t value, mvm_type type) {
    mvm_uop uop;
    bool is_vector = mvm_type_infos[type].vector;
    begin_uop(pass, &uop, is_vector ? MVM_UOP_CONST_FLOAT : MVM_UOP_CONST_INT, value);
    escape_emit(pass, &uop);
}

// In front of the loop: the fields of the record that it is entered with.
static void emit_fields(escape_pass *pass, const escape_carried *carried) {
    for (uint32_t i = 0; i < carried->count; i++) {
        const escape_carried_field *field = &carried->fields[i];
        mvm_uop uop;
        if (!field->is_loaded) {
            if (!field->is_fixed) emit_any(pass, field->value, field->type);
            continue;
        }
        if (field->is_fixed) {
            begin_uop(pass, &uop, MVM_UOP_LOAD_FIELD, field->content.slot);
        } else {
            uint16_t unbox = mvm_type_infos[field->type].unbox;
            begin_uop(pass, &uop, mvm_combination_of(MVM_UOP_LOAD_FIELD, unbox), field->value);
            uop.exit = pass->trace->entry_exit;
        }
        uop.inputs[0] = carried->to;
        uop.operands[0] = i;
        escape_emit(pass, &uop);
    }
}

void escape_enter_loop(escape_pass *pass) {
    escape_forget_slots(pass);
    // What they hold would be something else in the next iteration.
    for (uint32_t i = 0; i < pass->object_count; i++) escape_note(pass, pass->objects[i].value);
    bool carries = false;
    for (uint32_t i = 0; i < pass->carried_count; i++) {
        if (pass->carried[i].fails) continue;
        carries = true;
        define(pass, i);
        if (pass->commits) emit_fields(pass, &pass->carried[i]);
    }
    if (!carries || !pass->commits) return;
    mvm_uop uop;
    begin_uop(pass, &uop, MVM_UOP_CONST_INT, pass->is_first)->operands[0] = 1;
    escape_emit(pass, &uop);
}

// --- in the loop
// --------------------------------------------------------------------------------------

// A value for the field, of that type, from the loop's top on.
static bool give_value(escape_pass *pass, escape_carried_field *field, mvm_type type) {
    field->is_fixed = false;
    field->type = type;
    field->value = escape_new_value(pass, MVM_VALUE_REGISTER, type);
    pass->changed = true;
    return !pass->trace->abort;
}

static bool give_slot(escape_pass *pass, escape_carried_field *field) {
    if (pass->carried_slots == MOST_SLOTS) return false;
    field->is_fixed = true;
    field->content = (escape_content){.slot = (uint16_t)(pass->base + pass->carried_slots++)};
    pass->changed = true;
    return true;
}

bool escape_load_carried(escape_pass *pass, const escape_object *object, uint32_t place,
                         mvm_type type) {
    escape_carried_field *field = &pass->carried[object->carried].fields[place];
    bool is_new = !field->is_fixed && field->type == MVM_TYPE_ANY;
    // The first record's field need not hold what all later ones hold.
    if (field->is_fixed && field->content.value != MVM_NO_VALUE) return false;
    if (is_new && !(type == MVM_TYPE_ANY ? give_slot(pass, field) : give_value(pass, field, type)))
        return false;
    field->is_loaded = true;
    if (is_new) pass->fields[object->first + place] = content_of(field);
    return true;
}

// --- the loop's end
// -----------------------------------------------------------------------------------

static bool is_scalar(mvm_type type) {
    return type == MVM_TYPE_INT || type == MVM_TYPE_FLOAT || type == MVM_TYPE_BOOL;
}

// Whether the field can become `last`.
static bool goes_on_as(escape_pass *pass, escape_carried_field *field, escape_content last) {
    bool is_same = last.value == field->content.value && last.slot == field->content.slot;
    if (field->is_fixed && is_same) return true;
    if (last.value == MVM_NO_VALUE || pass->object_of[last.value]) return false;
    mvm_type type = escape_base_type(pass, last.value);
    if (field->is_fixed && field->is_loaded) return give_value(pass, field, type);
    if (field->is_fixed) return false;
    if (field->type != MVM_TYPE_ANY) return field->type == type;
    if (is_scalar(type)) return give_value(pass, field, type);
    bool is_constant = pass->trace->values[last.value].kind == MVM_VALUE_CONSTANT;
    field->is_fixed = is_constant;
    field->content = last;
    pass->changed = true;
    return is_constant;
}

static bool is_carried_once(const escape_pass *pass, uint16_t value) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < pass->trace->loop_value_count; i++) {
        count += pass->same[pass->trace->loop_values[i].from] == value;
    }
    return count == 1;
}

static bool record_goes_on_as(escape_pass *pass, escape_carried *carried, uint16_t last) {
    const escape_object *object = escape_object_of(pass, last);
    bool fits = object && object->take == MVM_UOP_TAKE_RECORD &&
                object->operand == type_of(pass, carried) && is_carried_once(pass, last);
    if (!fits) return false;
    for (uint32_t i = 0; i < carried->count; i++) {
        if (!goes_on_as(pass, &carried->fields[i], pass->fields[object->first + i])) return false;
    }
    return true;
}

static void add_loop_value(mvm_trace *trace, uint16_t to, uint16_t from) {
    if (trace->loop_value_count == MVM_TRACE_SLOTS) {
        mvm_trace_abort(trace, MVM_ABORT_TOO_LONG);
    } else if (to != from) {
        trace->loop_values[trace->loop_value_count++] = (mvm_loop_value){to, from};
    }
}

static void add_fields(escape_pass *pass, const escape_carried *carried, uint16_t last) {
    const escape_object *object = escape_object_of(pass, last);
    for (uint32_t i = 0; i < carried->count; i++) {
        const escape_carried_field *field = &carried->fields[i];
        if (field->is_fixed) continue;
        add_loop_value(pass->trace, field->value, pass->fields[object->first + i].value);
    }
}

static escape_carried *carried_as(escape_pass *pass, uint16_t to) {
    for (uint32_t i = 0; i < pass->carried_count; i++) {
        bool is_it = pass->carried[i].to == to && !pass->carried[i].fails;
        if (is_it) return &pass->carried[i];
    }
    return NULL;
}

static void rewrite_loop_values(escape_pass *pass) {
    mvm_trace *trace = pass->trace;
    mvm_loop_value before[MVM_TRACE_SLOTS];
    uint32_t count = trace->loop_value_count;
    memcpy(before, trace->loop_values, count * sizeof *before);
    trace->loop_value_count = 0;
    bool carries = false;
    for (uint32_t i = 0; i < count; i++) {
        uint16_t last = pass->same[before[i].from];
        const escape_carried *carried = carried_as(pass, before[i].to);
        carries |= carried != NULL;
        if (carried) {
            add_fields(pass, carried, last);
        } else {
            add_loop_value(trace, before[i].to, last);
        }
    }
    if (carries) add_loop_value(trace, pass->is_first, escape_constant(pass, mvm_from_int(0)));
}

void escape_close_loop(escape_pass *pass) {
    const mvm_trace *trace = pass->trace;
    for (uint32_t i = 0; i < trace->loop_value_count; i++) {
        uint16_t last = pass->same[trace->loop_values[i].from];
        escape_carried *carried = carried_as(pass, trace->loop_values[i].to);
        if (carried && record_goes_on_as(pass, carried, last)) continue;
        if (carried) fail(pass, carried);
        if (pass->object_of[last]) escape_note(pass, last);
    }
    if (pass->commits) rewrite_loop_values(pass);
}
