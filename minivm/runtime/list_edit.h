// Changing a list in the middle, and looking for elements.
//
// In: lists, indexes that are in range. Out: the same lists changed, new ones, indexes.
#ifndef MVM_LIST_EDIT_H
#define MVM_LIST_EDIT_H

#include "object.h"

// Before the element at `index`; 0 <= index <= length.
bool mvm_list_insert(mvm_vm *vm, mvm_list *list, int64_t index, mvm_value value);
// 0 <= index < length.
void mvm_list_remove(mvm_list *list, int64_t index);
// The elements from `from` to before `to`; 0 <= from <= to <= length. The packing is kept.
mvm_list *mvm_list_slice(mvm_vm *vm, const mvm_list *list, int64_t from, int64_t to);
void mvm_list_reverse(mvm_list *list);
// The index of the first element equal to `item`; -1 where there is none.
int64_t mvm_list_find(const mvm_vm *vm, const mvm_list *list, mvm_value item);
// Stable. Records a "type" error, and leaves the list alone, unless all elements are numbers or all
// are strings.
bool mvm_list_sort(mvm_vm *vm, mvm_list *list);

#endif
