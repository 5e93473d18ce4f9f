// Lists: growable arrays that store only ints, only floats, bools, lists or records packed.
//
// In: values. Out: lists in the narrowest packing that holds them; a list is widened when it gets
// something its packing cannot hold. A list object is made first and rooted while its elements are
// allocated.
#include <assert.h>
#include <string.h>

#include "list_packing.h"
#include "roots.h"

// Gives the list room for `capacity` elements of `packing`, which is its own or a wider one. The
// elements themselves are left as they are.
static bool resize(mvm_vm *vm, mvm_list *list, mvm_list_packing packing, int64_t capacity) {
    size_t element = mvm_packing_size(packing);
    assert(element > 0 && capacity > 0);
    if ((uint64_t)capacity > INT64_MAX / element) {
        return mvm_fail(vm, MVM_ERROR_MEMORY, "out of memory: no room for a list of %lld elements",
                        (long long)capacity);
    }
    size_t size = (size_t)capacity * element;
    void *elements = mvm_heap_resize(vm, list->elements, mvm_list_storage(list), size);
    if (!elements) return false;
    list->elements = elements;
    list->capacity = capacity;
    list->header.packing = (uint8_t)packing;
    return true;
}

mvm_list *mvm_list_new(mvm_vm *vm, mvm_list_packing packing, int64_t capacity) {
    assert(capacity >= 0 && (capacity == 0 || packing != MVM_LIST_EMPTY));
    mvm_list *list = (mvm_list *)mvm_heap_allocate(vm, MVM_OBJECT_LIST, sizeof *list);
    if (!list) return NULL;
    if (capacity > 0) {
        int root = mvm_root_keep(vm, mvm_from_list(list));
        bool resized = resize(vm, list, packing, capacity);
        mvm_root_drop(vm, root);
        if (!resized) return NULL;
    }
    list->header.packing = (uint8_t)packing;
    return list;
}

// The list's packing holds the value, or is VALUES.
static void store(mvm_list *list, int64_t index, mvm_value value) {
    switch (mvm_list_packing_of(list)) {
    case MVM_LIST_EMPTY: assert(false); break;
    case MVM_LIST_INTS: list->ints[index] = value.integer; break;
    case MVM_LIST_FLOATS: list->floats[index] = value.number; break;
    case MVM_LIST_BOOLS: list->bools[index] = (uint8_t)value.integer; break;
    case MVM_LIST_LISTS: list->lists[index] = value.list; break;
    case MVM_LIST_RECORDS: list->records[index] = value.record; break;
    case MVM_LIST_VALUES: list->values[index] = value; break;
    }
}

mvm_list *mvm_list_of(mvm_vm *vm, const mvm_value *values, int64_t count) {
    mvm_list_packing packing = MVM_LIST_EMPTY;
    for (int64_t i = 0; i < count && packing != MVM_LIST_VALUES; i++) {
        packing = mvm_packing_join(packing, mvm_packing_for(values[i]));
    }
    mvm_list *list = mvm_list_new(vm, packing, count);
    if (!list) return NULL;
    for (int64_t i = 0; i < count; i++) store(list, i, values[i]);
    list->length = count;
    return list;
}

// A loop a packing, for the compiler to make vector code of.
static void fill(mvm_list *list, mvm_value value, int64_t count) {
    switch (mvm_list_packing_of(list)) {
    case MVM_LIST_INTS:
        for (int64_t i = 0; i < count; i++) list->ints[i] = value.integer;
        break;
    case MVM_LIST_FLOATS:
        for (int64_t i = 0; i < count; i++) list->floats[i] = value.number;
        break;
    case MVM_LIST_BOOLS: memset(list->bools, (int)value.integer, (size_t)count); break;
    case MVM_LIST_LISTS:
        for (int64_t i = 0; i < count; i++) list->lists[i] = value.list;
        break;
    case MVM_LIST_RECORDS:
        for (int64_t i = 0; i < count; i++) list->records[i] = value.record;
        break;
    default:
        for (int64_t i = 0; i < count; i++) list->values[i] = value;
        break;
    }
}

mvm_list *mvm_list_filled(mvm_vm *vm, mvm_value value, int64_t count) {
    assert(count >= 0);
    if (count == 0) return mvm_list_new(vm, MVM_LIST_EMPTY, 0);
    mvm_list *list = mvm_list_new(vm, mvm_packing_for(value), count);
    if (!list) return NULL;
    fill(list, value, count);
    list->length = count;
    return list;
}

// Copies all of `source` behind the list's elements; there is room, in a packing that holds them.
static void append(mvm_list *list, const mvm_list *source) {
    assert(list->length + source->length <= list->capacity);
    if (source->length == 0) return;
    if (list->header.packing == source->header.packing) {
        size_t element = mvm_packing_size(mvm_list_packing_of(list));
        memcpy((char *)list->elements + (size_t)list->length * element, source->elements,
               (size_t)source->length * element);
    } else {
        for (int64_t i = 0; i < source->length; i++) {
            store(list, list->length + i, mvm_list_get(source, i));
        }
    }
    list->length += source->length;
}

// What the list's elements ask for: its packing, unless there are none.
static mvm_list_packing packing_in_use(const mvm_list *list) {
    return list->length > 0 ? mvm_list_packing_of(list) : MVM_LIST_EMPTY;
}

mvm_list *mvm_list_concat(mvm_vm *vm, const mvm_list *left, const mvm_list *right) {
    mvm_list_packing packing = mvm_packing_join(packing_in_use(left), packing_in_use(right));
    // Neither length is above INT64_MAX / 8, so the sum is in range.
    mvm_list *list = mvm_list_new(vm, packing, left->length + right->length);
    if (!list) return NULL;
    append(list, left);
    append(list, right);
    return list;
}

mvm_value mvm_list_get(const mvm_list *list, int64_t index) {
    assert(index >= 0 && index < list->length);
    switch (mvm_list_packing_of(list)) {
    case MVM_LIST_INTS: return mvm_from_int(list->ints[index]);
    case MVM_LIST_FLOATS: return mvm_from_float(list->floats[index]);
    case MVM_LIST_BOOLS: return mvm_from_bool(list->bools[index]);
    case MVM_LIST_LISTS: return mvm_from_list(list->lists[index]);
    case MVM_LIST_RECORDS: return mvm_from_record(list->records[index]);
    case MVM_LIST_VALUES: return list->values[index];
    case MVM_LIST_EMPTY: break;
    }
    assert(false);
    return mvm_from_nil();
}

// Element `index` of storage in a packing narrower than VALUES.
static mvm_value element_of(const void *elements, mvm_list_packing packing, int64_t index) {
    switch (packing) {
    case MVM_LIST_INTS: return mvm_from_int(((const int64_t *)elements)[index]);
    case MVM_LIST_FLOATS: return mvm_from_float(((const double *)elements)[index]);
    case MVM_LIST_LISTS: return mvm_from_list(((mvm_list *const *)elements)[index]);
    case MVM_LIST_RECORDS: return mvm_from_record(((mvm_record *const *)elements)[index]);
    default: return mvm_from_bool(((const uint8_t *)elements)[index]);
    }
}

// A narrower packing to VALUES, in the same storage: from the last element to the first, so that
// no element is overwritten before it is read.
static bool widen_to_values(mvm_vm *vm, mvm_list *list) {
    mvm_list_packing narrow = mvm_list_packing_of(list);
    assert(narrow != MVM_LIST_EMPTY && narrow != MVM_LIST_VALUES);
    int64_t capacity = list->capacity > 0 ? list->capacity : 1;
    if (!resize(vm, list, MVM_LIST_VALUES, capacity)) return false;
    for (int64_t i = list->length; i-- > 0;) {
        list->values[i] = element_of(list->elements, narrow, i);
    }
    return true;
}

// Makes the list's packing one that holds `value`.
static bool admit(mvm_vm *vm, mvm_list *list, mvm_value value) {
    mvm_list_packing packing = mvm_list_packing_of(list);
    if (packing == MVM_LIST_VALUES || packing == mvm_packing_for(value)) return true;
    if (packing != MVM_LIST_EMPTY) return widen_to_values(vm, list);
    list->header.packing = (uint8_t)mvm_packing_for(value);
    return true;
}

bool mvm_list_set(mvm_vm *vm, mvm_list *list, int64_t index, mvm_value value) {
    assert(index >= 0 && index < list->length);
    if (!admit(vm, list, value)) return false;
    store(list, index, value);
    return true;
}

bool mvm_list_push(mvm_vm *vm, mvm_list *list, mvm_value value) {
    if (!admit(vm, list, value)) return false;
    if (list->length == list->capacity && !mvm_list_grow(vm, list)) return false;
    store(list, list->length, value);
    list->length++;
    return true;
}

bool mvm_list_grow(mvm_vm *vm, mvm_list *list) {
    assert(list->header.packing != MVM_LIST_EMPTY);
    // No capacity is above INT64_MAX / 8, so one half more is in range.
    int64_t capacity = list->capacity < 4 ? 4 : list->capacity + list->capacity / 2;
    return resize(vm, list, mvm_list_packing_of(list), capacity);
}
