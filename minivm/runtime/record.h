// Record types, generics and the names of fields: what a program declares, beside its functions.
//
// In: declarations from the front end (api.h). Out: which fields a record has and where, and which
// function a generic runs for it. All of it lives as long as the VM.
#ifndef MVM_RECORD_H
#define MVM_RECORD_H

#include "object.h"

typedef struct mvm_code mvm_code;

typedef struct mvm_record_type {
    char *name;
    uint32_t field_count;
    uint32_t *symbols;  // the fields' names, by number
    // Of each field, the tag of all values it has held; or MVM_FIELD_UNSEEN, MVM_FIELD_POLYMORPHIC.
    uint8_t *tags;
    uint32_t monomorphic;  // fields that are not polymorphic
} mvm_record_type;

typedef struct mvm_generic {
    char *name;
    uint32_t parameters, results;
    uint32_t method_count;
    int32_t *methods;  // by record type: a function's index, or -1
} mvm_generic;

typedef struct mvm_record_types {
    char **symbols;
    uint32_t symbol_count;
    mvm_record_type *types;
    uint32_t type_count;
    mvm_generic *generics;
    uint32_t generic_count;
} mvm_record_types;

// With the record types that every VM has (generated/types.h); false when out of memory.
bool mvm_record_types_init(mvm_vm *vm);
void mvm_record_types_destroy(mvm_record_types *records);
const mvm_record_type *mvm_type_of_record(const mvm_vm *vm, const mvm_record *record);
// The place of the field with that name, or -1.
int32_t mvm_field_place(const mvm_record_type *type, uint32_t symbol);
// A record of nils, which its maker fills, and notes (monomorphic.h), before any program sees it.
// NULL with an error recorded when there is no memory.
mvm_record *mvm_blank_record(mvm_vm *vm, uint32_t type);
// The function that the generic runs for `subject`; NULL with an error recorded when there is none.
mvm_code *mvm_find_method(mvm_vm *vm, const mvm_generic *generic, mvm_value subject);

#endif
