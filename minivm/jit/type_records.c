// Fields of records, in the type pass. In: projected uops that load or store a field, or make a
// record, and which fields are monomorphic (runtime/monomorphic.h). Out: loads of those without a
// check; and every value that a field is to hold known to be of its type.
//
//   before                         after
//   _LOAD_FIELD 2                  v5 = _LOAD_FIELD_KNOWN_FLOAT v1 2     (.z has only held floats)
//   _GUARD_FLOAT 0
//   _STORE_FIELD 2                 v6 = _UNBOX_FLOAT slot 4              (nothing was known of it)
//                                  _REPLACE_FIELD_FLOAT v6 v1 2
//
// The trace remembers the fields it relies on, and is invalidated when one of them gets a value of
// another type: from tier one, or noted by another trace as it is made. So no field changes its
// type while a trace runs that relies on it.
#include "type_pass.h"

#include <assert.h>
#include <string.h>

#include "../runtime/monomorphic.h"

static const mvm_record_type *type_of(const type_pass *pass, uint32_t type) {
    return &pass->state.trace->vm->records.types[type];
}

// The type of a tag.
static mvm_type type_for(uint8_t tag) {
    mvm_type type = MVM_TYPE_NIL;
    while (mvm_type_infos[type].tag != tag) type++;
    return type;
}

// Whether the trace may rely on the field, which it then remembers.
static bool relies(mvm_trace *trace, uint32_t type, uint32_t place) {
    if (!trace->monomorphic) return false;
    for (uint32_t i = 0; i < trace->relied_count; i++) {
        if (trace->relied[i].type == type && trace->relied[i].place == place) return true;
    }
    if (trace->relied_count == MVM_TRACE_RELIED) return false;
    trace->relied[trace->relied_count++] = (mvm_relied_field){(uint16_t)type, (uint16_t)place};
    return true;
}

// The tag that the field of the record, a value, is known to have; MVM_FIELD_POLYMORPHIC: none.
static uint8_t known_tag(type_pass *pass, uint16_t record, uint64_t place) {
    uint32_t identity = value_of(pass, record)->identity;
    if (!identity) return MVM_FIELD_POLYMORPHIC;
    uint8_t tag = type_of(pass, identity - 1)->tags[place];
    bool known = tag != MVM_FIELD_UNSEEN && tag != MVM_FIELD_POLYMORPHIC &&
                 relies(pass->state.trace, identity - 1, (uint32_t)place);
    return known ? tag : MVM_FIELD_POLYMORPHIC;
}

static uint16_t load_of(type_pass *pass, const mvm_uop *load) {
    const abstract *state = &pass->state;
    uint8_t tag = known_tag(pass, state->slots[state->top - 1], load->operands[0]);
    if (tag == MVM_FIELD_POLYMORPHIC) return load->opcode;
    return mvm_combination_of(load->opcode, mvm_type_infos[type_for(tag)].fetch);
}

// A field is to hold the value.
static bool admit(type_pass *pass, uint32_t type, uint32_t place, uint16_t number) {
    mvm_trace *trace = pass->state.trace;
    uint8_t before = type_of(pass, type)->tags[place];
    mvm_type known = value_of(pass, number)->type;
    if (before == MVM_FIELD_POLYMORPHIC) return true;
    bool is_seen = before != MVM_FIELD_UNSEEN;
    if (is_seen && known == MVM_TYPE_ANY) return type_pass_guard(pass, number, type_for(before));
    value_of(pass, number)->is_wanted = true;
    // What may be of any type makes the field polymorphic, as nil does.
    uint8_t tag = known == MVM_TYPE_ANY ? MVM_TAG_NIL : mvm_type_infos[known].tag;
    if (tag == before) return true;
    mvm_note_tag(trace->vm, type, place, tag);
    // What this trace, or one that it goes on from, may have relied on.
    return !is_seen || mvm_trace_abort(trace, MVM_ABORT_CONTRADICTION);
}

static bool admit_stored(type_pass *pass, const mvm_uop *store) {
    const abstract *state = &pass->state;
    uint32_t identity = value_of(pass, state->slots[state->top - 1])->identity;
    assert(identity);
    return admit(pass, identity - 1, (uint32_t)store->operands[0], state->slots[state->top - 2]);
}

static bool admit_fields(type_pass *pass, const mvm_uop *make) {
    const abstract *state = &pass->state;
    uint32_t count = (uint32_t)make->operands[1];
    for (uint32_t i = 0; i < count; i++) {
        uint16_t number = state->slots[state->top - count + i];
        if (!admit(pass, (uint32_t)make->operands[0], i, number)) return false;
    }
    return true;
}

uint16_t type_pass_replace_field(type_pass *pass, const mvm_uop *store) {
    const abstract *state = &pass->state;
    bool is_float = store->opcode == MVM_UOP_STORE_FIELD_FLOAT;
    if (!is_float && store->opcode != MVM_UOP_STORE_FIELD_GENERAL) return store->opcode;
    uint8_t tag = known_tag(pass, state->slots[state->top - 1], store->operands[0]);
    if (tag == MVM_FIELD_POLYMORPHIC) return store->opcode;
    return is_float ? MVM_UOP_REPLACE_FIELD_FLOAT : MVM_UOP_REPLACE_FIELD_GENERAL;
}

bool type_pass_access_field(type_pass *pass, mvm_uop *projected) {
    switch (projected->opcode) {
    case MVM_UOP_LOAD_FIELD: projected->opcode = load_of(pass, projected); return true;
    case MVM_UOP_STORE_FIELD: return admit_stored(pass, projected);
    case MVM_UOP_NEW_RECORD:
    case MVM_UOP_TAKE_RECORD: return admit_fields(pass, projected);
    default: return true;
    }
}

bool type_pass_check_set_field(type_pass *pass, const mvm_uop *set, const uint16_t *inputs) {
    uint16_t exit = abstract_exit_to_start(&pass->state, MVM_EXIT_RECORD);
    mvm_uop *check = abstract_emit(&pass->state, MVM_UOP_CHECK_SET_FIELD);
    memcpy(check->inputs, inputs, sizeof check->inputs);
    check->operands[0] = set->operands[0];
    check->exit = exit;
    return exit != MVM_NO_EXIT && !pass->state.trace->abort;
}
