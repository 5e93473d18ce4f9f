// The escape pass. In: uops over values. Out: without the objects that nothing outside of the trace
// ever sees, and without the loads and stores of their fields; exits that need such an object make
// it.
//
//   slot 5 = _BOX_FLOAT v4
//   slot 6 = _BOX_FLOAT v7
//   v8 = _TAKE_RECORD 2 from slot 5      (v8 is virtual: its fields are v4 and v7)
//   v9 = _LOAD_FIELD_FLOAT v8, .x        (v9 is v4)
//   v10 = _ADD_FLOAT v9, v2              v10 = _ADD_FLOAT v4, v2
//   _GUARD_TRUE v11  → slot 3 = v8       _GUARD_TRUE v11  → slot 3 = an object made of v4 and v7
//
// An object escapes where it is stored in one that escapes, compared, given to a call, or taken on
// to another trace. Those that only virtual objects hold are virtual as well.
#include "escape.h"

#include <assert.h>
#include <string.h>

#include "../runtime/heap.h"
#include "executor.h"

enum { MOST_WALKS = 24 };

// --- what all files of the pass use
// ---------------------------------------------------------------------

void escape_note(escape_pass *pass, uint16_t value) {
    const escape_object *object = escape_object_of(pass, value);
    if (object->carried != ESCAPE_NONE) {
        pass->changed |= !pass->carried[object->carried].fails;
        pass->carried[object->carried].fails = true;
        return;
    }
    pass->changed |= !pass->escapes[value];
    pass->escapes[value] = true;
}

void escape_emit(escape_pass *pass, const mvm_uop *uop) {
    if (pass->uop_count >= MVM_TRACE_UOPS / 2) mvm_trace_abort(pass->trace, MVM_ABORT_TOO_LONG);
    pass->uops[pass->trace->abort ? 0 : pass->uop_count++] = *uop;
}

uint16_t escape_new_value(escape_pass *pass, mvm_value_kind kind, mvm_type type) {
    mvm_trace *trace = pass->trace;
    if (trace->value_count == MVM_TRACE_VALUES) {
        mvm_trace_abort(trace, MVM_ABORT_TOO_LONG);
        return MVM_NO_VALUE;
    }
    uint16_t number = (uint16_t)trace->value_count++;
    trace->values[number] = (mvm_trace_value){.kind = kind, .type = type, .home = MVM_NO_SLOT};
    pass->same[number] = number;
    pass->object_of[number] = 0;
    pass->escapes[number] = false;
    return number;
}

uint16_t escape_constant(escape_pass *pass, mvm_value constant) {
    mvm_trace *trace = pass->trace;
    for (uint32_t i = 1; i < trace->value_count; i++) {
        const mvm_trace_value *value = &trace->values[i];
        if (value->kind == MVM_VALUE_CONSTANT && value->constant.tag == constant.tag &&
            value->constant.bits == constant.bits) {
            return (uint16_t)i;
        }
    }
    uint16_t number = escape_new_value(pass, MVM_VALUE_CONSTANT, mvm_type_of(constant));
    trace->values[number].constant = constant;
    return number;
}

// `number` is the value `earlier`, of which as much is known from here on.
static void rename_value(escape_pass *pass, uint16_t number, uint16_t earlier) {
    mvm_trace_value *values = pass->trace->values;
    pass->same[number] = earlier;
    if (!pass->commits) return;
    values[earlier].is_wanted |= values[number].is_wanted;
    if (values[earlier].kind == MVM_VALUE_REGISTER && !values[earlier].identity) {
        values[earlier].identity = values[number].identity;
        values[earlier].identity_check = values[number].identity_check;
    }
}

// --- making objects
// ---------------------------------------------------------------------------------------

static bool is_take(uint16_t opcode) {
    return opcode == MVM_UOP_TAKE_RECORD || opcode == MVM_UOP_TAKE_CLOSURE ||
           opcode == MVM_UOP_TAKE_CELL || opcode == MVM_UOP_TAKE_EMPTY_CELL;
}

static uint32_t count_fields(const mvm_uop *take) {
    const mvm_uop_info *info = &mvm_uop_infos[take->opcode];
    bool is_array = info->flags & MVM_FLAG_ARRAY;
    return is_array ? (uint32_t)take->operands[info->count_operand] : 1;
}

static bool has_room(const escape_pass *pass, uint32_t count) {
    return pass->object_count < ESCAPE_OBJECTS && count <= ESCAPE_MOST_FIELDS &&
           pass->field_count + count <= ESCAPE_FIELDS &&
           pass->slot_field_count + count <= ESCAPE_SLOT_FIELDS;
}

// What stands in a slot, which may soon hold something else.
static escape_content take_from_slot(escape_pass *pass, uint16_t slot) {
    const escape_slot *known = &pass->slots[slot];
    if (escape_is_known(known->holds)) {
        pass->defers[known->from] = true;
        return known->holds;
    }
    uint16_t own = (uint16_t)(pass->base + pass->slot_field_count++);
    mvm_uop copy = {.opcode = MVM_UOP_COPY, .exit = MVM_NO_EXIT};
    copy.origin = pass->trace->uops[pass->at].origin;
    copy.inputs[0] = slot;
    copy.output = own;
    escape_emit(pass, &copy);
    return (escape_content){.slot = own};
}

static bool make_virtual(escape_pass *pass, const mvm_uop *take) {
    uint32_t count = count_fields(take);
    bool is_empty = take->opcode == MVM_UOP_TAKE_EMPTY_CELL;
    if (pass->escapes[take->output] || !has_room(pass, count)) return false;
    pass->object_of[take->output] = (uint16_t)(pass->object_count + 1);
    pass->objects[pass->object_count++] =
        (escape_object){.value = take->output,
                        .take = is_empty ? MVM_UOP_TAKE_CELL : take->opcode,
                        .operand = take->operands[0],
                        .first = (uint16_t)pass->field_count,
                        .count = (uint16_t)count,
                        .carried = ESCAPE_NONE};
    for (uint32_t i = 0; i < count; i++) {
        pass->fields[pass->field_count++] =
            is_empty ? escape_of_value(escape_constant(pass, mvm_from_nil()))
                     : take_from_slot(pass, (uint16_t)(take->inputs[0] + i));
    }
    return true;
}

// --- using virtual objects
// --------------------------------------------------------------------------------

static bool reaches(const escape_pass *pass, const escape_object *from, const escape_object *to) {
    if (from == to) return true;
    for (uint32_t i = 0; i < from->count; i++) {
        uint16_t index = pass->object_of[pass->fields[from->first + i].value];
        if (index && reaches(pass, &pass->objects[index - 1], to)) return true;
    }
    return false;
}

static bool store_field(escape_pass *pass, const escape_object *object, escape_content *field,
                        const mvm_uop *uop, uint16_t value) {
    if (object->carried != ESCAPE_NONE) return false;
    if (value == MVM_NO_VALUE && pass->slot_field_count == ESCAPE_SLOT_FIELDS) return false;
    *field = value == MVM_NO_VALUE ? take_from_slot(pass, uop->inputs[0]) : escape_of_value(value);
    const escape_object *inner = escape_object_of(pass, field->value);
    return !inner || !reaches(pass, inner, object);
}

// A load of what stands in a slot, which checks its type unless that is known.
static void unbox_field(escape_pass *pass, escape_content *field, const mvm_uop *load) {
    mvm_uop unbox = {.exit = load->exit, .origin = load->origin, .output = load->output};
    const mvm_type_info *type = &mvm_type_infos[mvm_uop_infos[load->opcode].output];
    bool checks = load->exit != MVM_NO_EXIT;
    unbox.opcode = checks ? type->unbox : type->fetch;
    unbox.inputs[0] = field->slot;
    if (checks) escape_rewrite_exit(pass, load->exit);
    escape_emit(pass, &unbox);
    *field = escape_of_value(load->output);
}

static bool load_field(escape_pass *pass, const escape_object *object, uint32_t place,
                       const mvm_uop *load) {
    mvm_type type = mvm_uop_infos[load->opcode].output;
    bool is_carried = object->carried != ESCAPE_NONE;
    if (is_carried && !escape_load_carried(pass, object, place, type)) return false;
    escape_content *field = &pass->fields[object->first + place];
    if (type == MVM_TYPE_ANY) {
        escape_store(pass, load->output, *field, true);
    } else if (field->value == MVM_NO_VALUE) {
        unbox_field(pass, field, load);
    } else if (escape_base_type(pass, field->value) == type) {
        rename_value(pass, load->output, field->value);
    } else {
        return false;
    }
    return true;
}

// The virtual object that a uop loads from or stores to, and where; NULL when it does neither.
static escape_object *accessed(escape_pass *pass, const mvm_uop *uop, mvm_access *access) {
    escape_object *object;
    if (uop->opcode == MVM_UOP_GET_CAPTURE) {
        object = escape_object_of(pass, uop->inputs[0]);
        *access = (mvm_access){.at.place = (int64_t)uop->operands[0]};
    } else {
        if (!mvm_access_of(&pass->definitions, uop, access)) return NULL;
        object = escape_object_of(pass, access->at.container);
    }
    return object && (uint64_t)access->at.place < object->count ? object : NULL;
}

static bool access_virtual(escape_pass *pass, const mvm_uop *uop) {
    mvm_access access;
    escape_object *object = accessed(pass, uop, &access);
    if (!object) return false;
    uint32_t place = (uint32_t)access.at.place;
    bool done = access.is_store ? store_field(pass, object, &pass->fields[object->first + place],
                                              uop, access.value)
                                : load_field(pass, object, place, uop);
    if (!done) escape_note(pass, object->value);
    return done;
}

static bool is_known_check(escape_pass *pass, const mvm_uop *uop) {
    bool is_check = uop->opcode == MVM_UOP_CHECK_RECORD || uop->opcode == MVM_UOP_CHECK_FUNCTION;
    const escape_object *object = is_check ? escape_object_of(pass, uop->inputs[0]) : NULL;
    return object && object->operand == uop->operands[0];
}

// --- the walk
// -----------------------------------------------------------------------------------------

// The other trace's loop takes real objects.
static void link(escape_pass *pass) {
    mvm_trace *trace = pass->trace;
    for (uint32_t i = 0; i < trace->link_value_count; i++) {
        uint16_t value = pass->same[trace->link_values[i].value];
        if (pass->object_of[value]) escape_note(pass, value);
        if (pass->commits) trace->link_values[i].value = value;
    }
}

static void take_inputs(escape_pass *pass, mvm_uop *uop, const mvm_uop_info *info) {
    bool is_array = info->flags & MVM_FLAG_ARRAY;
    for (uint32_t i = 0; i < info->input_count; i++) {
        uint16_t input = uop->inputs[i];
        if (info->inputs[i] != MVM_TYPE_ANY) {
            if (pass->object_of[input]) escape_note(pass, input);
        } else if (!is_array && pass->slots[input].is_deferred && pass->slots[input].holds.slot) {
            uop->inputs[i] = pass->slots[input].holds.slot;
        } else {
            escape_read_slots(pass, input, is_array ? count_fields(uop) : 1);
        }
    }
}

// Where another trace goes on, which finds its slots in memory: the first slot that it does not
// look at. 0: nowhere.
static uint32_t end_of_handed_on(const mvm_trace *trace, const mvm_uop *uop) {
    const mvm_inlined_frame *called;
    switch (uop->opcode) {
    case MVM_UOP_LINK_LOOP: return ((const mvm_executor *)(uintptr_t)uop->operands[0])->entry_top;
    case MVM_UOP_RETURN_TRACE: return trace->code->results;
    case MVM_UOP_PUSH_CALL:
    case MVM_UOP_CALL_TRACE:
        called = &trace->frames[uop->operands[0]].inlined;
        // A function value's captures stand behind its parameters.
        return (uint32_t)called->base + called->code->parameters + called->code->capture_count;
    default: return 0;
    }
}

// What is left is a uop like any other: what it takes must be there.
static void keep(escape_pass *pass, mvm_uop *uop, const mvm_uop_info *info) {
    take_inputs(pass, uop, info);
    bool is_in_loop = pass->trace->closes && pass->at >= pass->trace->loop_start;
    if (is_in_loop && (info->writes & MVM_MEMORY_FIELDS)) escape_write_fields(pass, uop);
    if (uop->opcode == MVM_UOP_LINK_LOOP) link(pass);
    escape_read_slots(pass, 0, end_of_handed_on(pass->trace, uop));
    if (uop->exit != MVM_NO_EXIT) escape_rewrite_exit(pass, uop->exit);
    if (mvm_calls_trace(uop)) escape_forget_slots(pass);
    if (info->output_count && info->output == MVM_TYPE_ANY) escape_forget_slot(pass, uop->output);
    escape_emit(pass, uop);
}

// A uop that gives what a slot is known to hold.
static bool loads_known(const escape_pass *pass, const mvm_uop *uop, const mvm_uop_info *info) {
    if (info->input_count != 1 || info->inputs[0] != MVM_TYPE_ANY) return false;
    uint16_t held = pass->slots[uop->inputs[0]].holds.value;
    const mvm_type_info *type = &mvm_type_infos[info->output];
    return (uop->opcode == type->unbox || uop->opcode == type->fetch) && held != MVM_NO_VALUE &&
           escape_base_type(pass, held) == info->output;
}

static bool is_box(const mvm_uop *uop, const mvm_uop_info *info) {
    return info->input_count == 1 && info->inputs[0] != MVM_TYPE_ANY &&
           uop->opcode == mvm_type_infos[info->inputs[0]].box;
}

static void visit(escape_pass *pass, mvm_uop uop) {
    const mvm_uop_info *info = &mvm_uop_infos[uop.opcode];
    const escape_slot *read = &pass->slots[uop.inputs[0] % MVM_TRACE_SLOTS];
    for (uint32_t i = 0; i < info->input_count; i++) {
        if (info->inputs[i] != MVM_TYPE_ANY) uop.inputs[i] = pass->same[uop.inputs[i]];
    }
    if (is_box(&uop, info)) {
        escape_store(pass, uop.output, escape_of_value(uop.inputs[0]), false);
    } else if (uop.opcode == MVM_UOP_STORE_CONST) {
        mvm_value constant = {.tag = uop.operands[0], .bits = uop.operands[1]};
        escape_store(pass, uop.output, escape_of_value(escape_constant(pass, constant)), false);
    } else if (uop.opcode == MVM_UOP_COPY && escape_is_known(read->holds)) {
        escape_store(pass, uop.output, read->holds, true);
    } else if (loads_known(pass, &uop, info)) {
        rename_value(pass, uop.output, pass->slots[uop.inputs[0]].holds.value);
    } else if (!(is_take(uop.opcode) && make_virtual(pass, &uop)) && !access_virtual(pass, &uop) &&
               !is_known_check(pass, &uop)) {
        keep(pass, &uop, info);
    }
}

static void begin_walk(escape_pass *pass, bool commits) {
    uint32_t count = pass->trace->value_count;
    pass->commits = commits;
    pass->changed = false;
    for (uint32_t i = 0; i < count; i++) pass->same[i] = (uint16_t)i;
    memset(pass->object_of, 0, count * sizeof *pass->object_of);
    memset(pass->slots, 0, sizeof pass->slots);
    memset(pass->rewritten, 0, sizeof pass->rewritten);
    pass->object_count = pass->field_count = pass->uop_count = 0;
    pass->slot_field_count = pass->carried_slots;
}

// Returns where the loop starts in the walk's uops.
static uint32_t walk(escape_pass *pass, bool commits) {
    const mvm_trace *trace = pass->trace;
    uint32_t loop_start = 0;
    begin_walk(pass, commits);
    for (pass->at = 0; pass->at < trace->uop_count && !trace->abort; pass->at++) {
        if (pass->at == trace->loop_start) {
            if (trace->closes) escape_enter_loop(pass);
            loop_start = pass->uop_count;
        }
        if (trace->uops[pass->at].opcode == MVM_UOP_JUMP_TO_TOP) escape_close_loop(pass);
        visit(pass, trace->uops[pass->at]);
    }
    return loop_start;
}

static bool makes_objects(const mvm_trace *trace) {
    for (uint32_t i = 0; i < trace->uop_count; i++) {
        if (is_take(trace->uops[i].opcode)) return true;
    }
    return false;
}

static bool begin(escape_pass *pass, mvm_trace *trace) {
    pass->trace = pass->definitions.trace = trace;
    memset(&pass->definitions.uop, 0, sizeof pass->definitions.uop);
    memset(pass->escapes, 0, sizeof pass->escapes);
    memset(pass->defers, 0, sizeof pass->defers);
    pass->entry_top = (uint16_t)trace->entry_top;
    uint32_t half = MVM_TRACE_SLOTS / 2, base = trace->extent > half ? trace->extent : half;
    pass->base = (uint16_t)base;
    bool fits = base + ESCAPE_SLOTS <= MVM_TRACE_SLOTS;
    return fits && makes_objects(trace) && mvm_heap_keep_reserve(&trace->vm->heap);
}

// Until nothing more escapes. False: too often.
static bool find_virtual(escape_pass *pass) {
    escape_choose_carried(pass);
    for (uint32_t i = 0; i < MOST_WALKS; i++) {
        walk(pass, false);
        if (pass->trace->abort) return false;
        if (!pass->changed) return pass->object_count > 0;
    }
    return false;
}

static void commit(escape_pass *pass) {
    mvm_trace *trace = pass->trace;
    uint32_t loop_start = walk(pass, true);
    assert(!pass->changed || trace->abort);
    memcpy(trace->uops, pass->uops, pass->uop_count * sizeof *pass->uops);
    trace->uop_count = pass->uop_count;
    trace->loop_start = loop_start;
    if (pass->slot_field_count && trace->extent < pass->base + pass->slot_field_count) {
        trace->extent = pass->base + pass->slot_field_count;
    }
}

bool mvm_optimize_escape(mvm_trace *trace) {
    escape_pass *pass = trace->pass_memory;
    if (!begin(pass, trace)) return true;
    if (find_virtual(pass)) commit(pass);
    return !trace->abort;
}

uint64_t mvm_escape_pass_size(void) { return sizeof(escape_pass); }
