// Which places in objects a uop loads from or stores to, and which of them may be the same.
#ifndef MVM_ALIAS_H
#define MVM_ALIAS_H

#include "trace.h"

// What lists hold.
#define MVM_MEMORY_ELEMENTS                                                                        \
    (MVM_MEMORY_INTS | MVM_MEMORY_FLOATS | MVM_MEMORY_BOOLS | MVM_MEMORY_LISTS |                   \
     MVM_MEMORY_RECORDS | MVM_MEMORY_VALUES)

// A place of one class of memory: a record's field, what a cell holds, an element of a list. An
// element's index is the value `index` plus `place`; MVM_NO_VALUE there: it is `place` alone.
typedef struct mvm_place {
    uint32_t memory;     // MVM_MEMORY_*
    uint16_t container;  // the object, a value's number
    uint16_t index;
    int64_t place;  // also a field's number
} mvm_place;

// What a uop does to one place. `value` is what it stores, MVM_NO_VALUE where that is not known, or
// what its load defines; `tag` is the value's.
typedef struct mvm_access {
    mvm_place at;
    uint16_t value;
    uint8_t tag;
    bool is_store;
} mvm_access;

// What is known of the trace's values as a pass goes along: the uop that defines each, plus one.
typedef struct mvm_definitions {
    const mvm_trace *trace;
    uint16_t uop[MVM_TRACE_VALUES];
} mvm_definitions;

// Whether a uop depends on typed inputs, and perhaps on memory, alone, and changes nothing: run
// again on the same, it would do the same.
bool mvm_is_repeatable(const mvm_uop_info *info);
// False: the uop has no such single place, and what it reads and writes is all of its classes.
bool mvm_access_of(const mvm_definitions *definitions, const mvm_uop *uop, mvm_access *access);
bool mvm_same_place(const mvm_place *left, const mvm_place *right);
bool mvm_may_alias(const mvm_definitions *definitions, const mvm_place *left,
                   const mvm_place *right);

#endif
