// Monomorphic fields. In: the tags of values that fields are about to hold. Out: what is known of
// all values that each has held; traces invalidated that relied on what holds no more.
#include "monomorphic.h"

#include <stdio.h>
#include <stdlib.h>

#include "../jit/jit.h"

void mvm_note_tag(mvm_vm *vm, uint32_t type, uint32_t place, uint64_t tag) {
    mvm_record_type *of = &vm->records.types[type];
    uint8_t before = of->tags[place];
    if (before == tag || before == MVM_FIELD_POLYMORPHIC) return;
    if (before == MVM_FIELD_UNSEEN && tag != MVM_TAG_NIL) {
        of->tags[place] = (uint8_t)tag;
        return;
    }
    of->tags[place] = MVM_FIELD_POLYMORPHIC;
    of->monomorphic--;
    if (vm->jit && before != MVM_FIELD_UNSEEN) mvm_jit_forget_field(vm->jit, type, place);
}

void mvm_note_tags(mvm_vm *vm, uint32_t type, const mvm_value *values, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) mvm_note_tag(vm, type, i, values[i].tag);
}

// Of a record that the host has yet to fill, all fields are nil.
static bool is_blank(const mvm_record *record, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (record->fields[i].tag != MVM_TAG_NIL) return false;
    }
    return true;
}

void mvm_check_monomorphic(const mvm_vm *vm, const mvm_record *record) {
    const mvm_record_type *type = mvm_type_of_record(vm, record);
    if (is_blank(record, type->field_count)) return;
    for (uint32_t i = 0; i < type->field_count; i++) {
        if (type->tags[i] == MVM_FIELD_POLYMORPHIC) continue;
        if (type->tags[i] == record->fields[i].tag) continue;
        fprintf(stderr, "minivm: internal error: field %u of a %s holds what was not noted\n", i,
                type->name);
        abort();
    }
}
