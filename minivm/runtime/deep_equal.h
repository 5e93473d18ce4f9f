// Equality of lists, maps and records, however deep they nest and whatever they contain, themselves
// included.
//
// In: two values of one tag, which is one of those. Out: whether what is in them is equal.
#ifndef MVM_DEEP_EQUAL_H
#define MVM_DEEP_EQUAL_H

#include "object.h"

// Lists, maps and records: what can contain other values.
static inline bool mvm_contains_values(mvm_value value) {
    return value.tag == MVM_TAG_LIST || value.tag == MVM_TAG_MAP || value.tag == MVM_TAG_RECORD;
}

// False also in the one case where it can't be found out: no memory for the containers inside them.
bool mvm_deep_equal(const mvm_vm *vm, mvm_value left, mvm_value right);

#endif
