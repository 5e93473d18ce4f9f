// Changing a list in the middle, and looking for elements (list_edit.h).
//
// All but comparing is moving bytes, whatever the packing.
#include "list_edit.h"

#include <assert.h>
#include <string.h>

#include "helpers.h"
#include "list_packing.h"

static size_t element_size(const mvm_list *list) {
    return mvm_packing_size(mvm_list_packing_of(list));
}

static char *element_at(const mvm_list *list, int64_t index) {
    return (char *)list->elements + (size_t)index * element_size(list);
}

// Pushing gives the list room and a packing for the value; then the elements behind it move up.
bool mvm_list_insert(mvm_vm *vm, mvm_list *list, int64_t index, mvm_value value) {
    assert(index >= 0 && index <= list->length);
    if (!mvm_list_push(vm, list, value)) return false;
    int64_t last = list->length - 1;
    if (index == last) return true;
    memmove(element_at(list, index + 1), element_at(list, index),
            (size_t)(last - index) * element_size(list));
    return mvm_list_set(vm, list, index, value);
}

void mvm_list_remove(mvm_list *list, int64_t index) {
    assert(index >= 0 && index < list->length);
    list->length--;
    memmove(element_at(list, index), element_at(list, index + 1),
            (size_t)(list->length - index) * element_size(list));
}

mvm_list *mvm_list_slice(mvm_vm *vm, const mvm_list *list, int64_t from, int64_t to) {
    assert(from >= 0 && from <= to && to <= list->length);
    mvm_list_packing packing = from < to ? mvm_list_packing_of(list) : MVM_LIST_EMPTY;
    mvm_list *slice = mvm_list_new(vm, packing, to - from);
    if (!slice || from == to) return slice;
    slice->length = to - from;
    memcpy(slice->elements, element_at(list, from), (size_t)slice->length * element_size(list));
    return slice;
}

void mvm_list_reverse(mvm_list *list) {
    size_t size = element_size(list);
    mvm_value kept;
    assert(size <= sizeof kept);
    for (int64_t low = 0, high = list->length - 1; low < high; low++, high--) {
        memcpy(&kept, element_at(list, low), size);
        memcpy(element_at(list, low), element_at(list, high), size);
        memcpy(element_at(list, high), &kept, size);
    }
}

static int64_t find_int(const mvm_list *list, int64_t item) {
    for (int64_t i = 0; i < list->length; i++) {
        if (list->ints[i] == item) return i;
    }
    return -1;
}

int64_t mvm_list_find(const mvm_vm *vm, const mvm_list *list, mvm_value item) {
    bool ints = list->header.packing == MVM_LIST_INTS && item.tag == MVM_TAG_INT;
    if (ints) return find_int(list, item.integer);
    for (int64_t i = 0; i < list->length; i++) {
        if (mvm_equal(vm, mvm_list_get(list, i), item)) return i;
    }
    return -1;
}
