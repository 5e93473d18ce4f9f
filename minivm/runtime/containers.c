// Strings, lists and ranges as the program sees them: `fill len get set push pop concat`.
//
// In: any values. Out: what object.h's functions do once types and indexes are checked; or a
// "type", "index" or "value" error.
#include <inttypes.h>

#include "helpers.h"
#include "numbers.h"
#include "range.h"
#include "vm.h"

static bool give_list(mvm_value *result, mvm_list *list) {
    if (!list) return false;
    *result = mvm_from_list(list);
    return true;
}

static bool give_string(mvm_value *result, mvm_string *string) {
    if (!string) return false;
    *result = mvm_from_string(string);
    return true;
}

bool mvm_build_list(mvm_vm *vm, const mvm_value *values, int64_t count, mvm_value *result) {
    return give_list(result, mvm_list_of(vm, values, count));
}

bool mvm_fill(mvm_vm *vm, mvm_value value, mvm_value count, mvm_value *result) {
    if (!mvm_is_int(count)) return mvm_fail_type(vm, "fill", "an int as count", count);
    if (count.integer < 0) {
        return mvm_fail(vm, MVM_ERROR_VALUE, "'fill' needs a count of 0 or more, found %" PRId64,
                        count.integer);
    }
    return give_list(result, mvm_list_filled(vm, value, count.integer));
}

// The number of elements; false when the value is not a container.
static bool length_of(mvm_value container, int64_t *length) {
    switch (container.tag) {
    case MVM_TAG_STRING: *length = container.string->length; return true;
    case MVM_TAG_LIST: *length = container.list->length; return true;
    case MVM_TAG_RANGE: *length = container.range->length; return true;
    default: return false;
    }
}

bool mvm_len(mvm_vm *vm, mvm_value value, mvm_value *result) {
    int64_t length;
    if (!length_of(value, &length)) {
        return mvm_fail_type(vm, "len", "a list, a string or a range", value);
    }
    *result = mvm_from_int(length);
    return true;
}

static bool check_index(mvm_vm *vm, const char *word, mvm_value container, int64_t length,
                        mvm_value index) {
    if (!mvm_is_int(index)) return mvm_fail_type(vm, word, "an int as index", index);
    if (index.integer >= 0 && index.integer < length) return true;
    if (container.tag == MVM_TAG_LIST) return mvm_fail_index(vm, index.integer, length);
    return mvm_fail(vm, MVM_ERROR_INDEX,
                    "index %" PRId64 " is out of range for a %s of length %" PRId64, index.integer,
                    mvm_type_name(mvm_type_of(container)), length);
}

bool mvm_get(mvm_vm *vm, mvm_value container, mvm_value index, mvm_value *result) {
    int64_t length;
    if (!length_of(container, &length)) {
        return mvm_fail_type(vm, "get", "a list, a string or a range", container);
    }
    return check_index(vm, "get", container, length, index) &&
           mvm_next(vm, container, index.integer, result);
}

bool mvm_set(mvm_vm *vm, mvm_value container, mvm_value index, mvm_value value) {
    if (container.tag != MVM_TAG_LIST) return mvm_fail_type(vm, "set", "a list", container);
    mvm_list *list = container.list;
    return check_index(vm, "set", container, list->length, index) &&
           mvm_list_set(vm, list, index.integer, value);
}

bool mvm_push(mvm_vm *vm, mvm_value list, mvm_value value) {
    if (list.tag != MVM_TAG_LIST) return mvm_fail_type(vm, "push", "a list", list);
    return mvm_list_push(vm, list.list, value);
}

bool mvm_pop(mvm_vm *vm, mvm_value list, mvm_value *result) {
    if (list.tag != MVM_TAG_LIST) return mvm_fail_type(vm, "pop", "a list", list);
    int64_t length = list.list->length;
    if (length == 0) return mvm_fail(vm, MVM_ERROR_INDEX, "'pop' needs an element, found none");
    *result = mvm_list_get(list.list, length - 1);
    list.list->length--;
    return true;
}

bool mvm_concat(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result) {
    if (left.tag == MVM_TAG_STRING && right.tag == MVM_TAG_STRING) {
        return give_string(result, mvm_string_concat(vm, left.string, right.string));
    }
    if (left.tag == MVM_TAG_LIST && right.tag == MVM_TAG_LIST) {
        return give_list(result, mvm_list_concat(vm, left.list, right.list));
    }
    return mvm_fail_types(vm, "concat", "two strings or two lists", left, right);
}
