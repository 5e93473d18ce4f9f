// The refined type of a value.
//
// In: a value. Out: its mvm_type, which for a list says how it is packed.
#include <assert.h>

#include "object.h"

static mvm_type list_type(const mvm_list *list) {
    switch ((mvm_list_packing)list->header.packing) {
    case MVM_LIST_EMPTY: return MVM_TYPE_LIST;
    case MVM_LIST_INTS: return MVM_TYPE_LIST_INT;
    case MVM_LIST_FLOATS: return MVM_TYPE_LIST_FLOAT;
    case MVM_LIST_VALUES: return MVM_TYPE_LIST_VALUES;
    }
    return MVM_TYPE_LIST;
}

mvm_type mvm_type_of(mvm_value value) {
    switch ((mvm_tag)value.tag) {
    case MVM_TAG_NIL: return MVM_TYPE_NIL;
    case MVM_TAG_BOOL: return MVM_TYPE_BOOL;
    case MVM_TAG_INT: return MVM_TYPE_INT;
    case MVM_TAG_FLOAT: return MVM_TYPE_FLOAT;
    case MVM_TAG_STRING: return MVM_TYPE_STRING;
    case MVM_TAG_LIST: return list_type(value.list);
    case MVM_TAG_RANGE: return MVM_TYPE_RANGE;
    }
    assert(false);
    return MVM_TYPE_ANY;
}
