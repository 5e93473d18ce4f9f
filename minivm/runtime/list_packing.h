// How a list's elements are packed: the packing a value asks for and the bytes an element takes.
//
// In: a packing or a value. Out: sizes and packings, for list.c, the containers and the collector.
#ifndef MVM_LIST_PACKING_H
#define MVM_LIST_PACKING_H

#include "object.h"

// Bytes an element takes; 0 for a list that has never had one.
static inline size_t mvm_packing_size(mvm_list_packing packing) {
    switch (packing) {
    case MVM_LIST_EMPTY: return 0;
    case MVM_LIST_INTS: return sizeof(int64_t);
    case MVM_LIST_FLOATS: return sizeof(double);
    case MVM_LIST_BOOLS: return sizeof(uint8_t);
    case MVM_LIST_LISTS:
    case MVM_LIST_RECORDS: return sizeof(mvm_object *);
    case MVM_LIST_VALUES: return sizeof(mvm_value);
    }
    return 0;
}

// The narrowest packing that holds `value`.
static inline mvm_list_packing mvm_packing_for(mvm_value value) {
    if (value.tag == MVM_TAG_INT) return MVM_LIST_INTS;
    if (value.tag == MVM_TAG_FLOAT) return MVM_LIST_FLOATS;
    if (value.tag == MVM_TAG_BOOL) return MVM_LIST_BOOLS;
    if (value.tag == MVM_TAG_LIST) return MVM_LIST_LISTS;
    if (value.tag == MVM_TAG_RECORD) return MVM_LIST_RECORDS;
    return MVM_LIST_VALUES;
}

// The narrowest packing that holds what both hold.
static inline mvm_list_packing mvm_packing_join(mvm_list_packing left, mvm_list_packing right) {
    if (left == MVM_LIST_EMPTY) return right;
    if (right == MVM_LIST_EMPTY || left == right) return left;
    return MVM_LIST_VALUES;
}

// Whether the elements are pointers to objects.
static inline bool mvm_packs_objects(mvm_list_packing packing) {
    return packing == MVM_LIST_LISTS || packing == MVM_LIST_RECORDS;
}

static inline mvm_list_packing mvm_list_packing_of(const mvm_list *list) {
    return (mvm_list_packing)list->header.packing;
}

// Bytes of element storage the list owns.
static inline size_t mvm_list_storage(const mvm_list *list) {
    return (size_t)list->capacity * mvm_packing_size(mvm_list_packing_of(list));
}

#endif
