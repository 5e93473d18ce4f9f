// Logic on bools: `not and or`, conditions and `assert`.
//
// In: bools; anything else is a "type" error, as no other value is true or false. Out: bools.
#include "helpers.h"
#include "vm.h"

static bool is_bool(mvm_value value) { return value.tag == MVM_TAG_BOOL; }

bool mvm_not(mvm_vm *vm, mvm_value value, mvm_value *result) {
    if (!is_bool(value)) return mvm_fail_type(vm, "not", "a bool", value);
    *result = mvm_from_bool(!value.integer);
    return true;
}

static bool check_bools(mvm_vm *vm, const char *word, mvm_value left, mvm_value right) {
    return (is_bool(left) && is_bool(right)) || mvm_fail_types(vm, word, "bools", left, right);
}

bool mvm_logical_and(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result) {
    if (!check_bools(vm, "and", left, right)) return false;
    *result = mvm_from_bool(left.integer && right.integer);
    return true;
}

bool mvm_logical_or(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result) {
    if (!check_bools(vm, "or", left, right)) return false;
    *result = mvm_from_bool(left.integer || right.integer);
    return true;
}

bool mvm_condition(mvm_vm *vm, mvm_value value, int64_t *truth) {
    if (!is_bool(value)) {
        return mvm_fail(vm, MVM_ERROR_TYPE, "a condition needs a bool, found %s",
                        mvm_type_name(mvm_type_of(value)));
    }
    *truth = value.integer;
    return true;
}

bool mvm_assert(mvm_vm *vm, mvm_value value) {
    if (!is_bool(value)) return mvm_fail_type(vm, "assert", "a bool", value);
    return value.integer || mvm_fail(vm, MVM_ERROR_ASSERTION, "assertion failed");
}
