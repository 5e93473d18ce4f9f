// Monomorphic fields: those that have held values of one type only, in all records of their type.
//
// In: each value that a field is about to hold, noted by whoever makes or changes a record, before
// it does so. Out: the tag of all values that the field has held (mvm_record_type, record.h), which
// traces rely on: they load such a field without a check. It becomes polymorphic, once and for all,
// with the first value of another type, and the traces that relied on it are invalidated. A field
// that is nil at first is polymorphic: as a rule it is to be set later.
//
// Tier one notes at run time. A trace notes when it is made what it knows of its values, and checks
// the others as it runs (jit/type_records.c): so nothing that a trace does itself changes a field.
#ifndef MVM_MONOMORPHIC_H
#define MVM_MONOMORPHIC_H

#include "vm.h"

// In place of a tag: no record has been made yet; and values of several types.
enum { MVM_FIELD_UNSEEN = 0xff, MVM_FIELD_POLYMORPHIC = 0xfe };

// Whether the record's field may get a value of the tag without that being noted.
static inline bool mvm_knows_tag(const mvm_vm *vm, const mvm_record *record, uint32_t place,
                                 uint64_t tag) {
    const mvm_record_type *type = &vm->records.types[record->header.record_type];
    return record->fields[place].tag == tag || type->tags[place] == MVM_FIELD_POLYMORPHIC;
}

// Whether a record may be made of the values.
static inline bool mvm_knows_tags(const mvm_vm *vm, uint32_t type, const mvm_value *values,
                                  uint32_t count) {
    const mvm_record_type *made = &vm->records.types[type];
    if (__builtin_expect(!made->monomorphic, true)) return true;
    const uint8_t *tags = made->tags;
    do {  // there is a field
        uint8_t tag = tags[--count];
        if (tag != values[count].tag && tag != MVM_FIELD_POLYMORPHIC) return false;
    } while (count);
    return true;
}

// A field of that record type, or all fields of a new record, are about to hold what has the tag,
// or the values.
void mvm_note_tag(mvm_vm *vm, uint32_t type, uint32_t place, uint64_t tag);
void mvm_note_tags(mvm_vm *vm, uint32_t type, const mvm_value *values, uint32_t count);

// Stops the process where a field of the record holds what has not been noted.
void mvm_check_monomorphic(const mvm_vm *vm, const mvm_record *record);

#endif
