// Equality of lists, however deep they nest and whatever they contain, themselves included.
//
// In: two lists. Out: whether they have equal elements.
#ifndef MVM_LIST_EQUAL_H
#define MVM_LIST_EQUAL_H

#include "object.h"

// False also in the one case where it can't be found out: no memory for the lists inside them.
bool mvm_list_equal(const mvm_list *left, const mvm_list *right);

#endif
