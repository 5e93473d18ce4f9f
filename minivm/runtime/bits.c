// Wrapping arithmetic and bit operations: `+% -% *% & | ^ ~ << >>`.
//
// In: ints; anything else is a "type" error. Out: ints, whose lost bits are lost silently.
#include <inttypes.h>

#include "helpers.h"
#include "numbers.h"
#include "vm.h"

static bool check_ints(mvm_vm *vm, const char *word, mvm_value left, mvm_value right) {
    return mvm_are_ints(left, right) || mvm_fail_types(vm, word, "ints", left, right);
}

bool mvm_add_wrap(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result) {
    if (!check_ints(vm, "+%", left, right)) return false;
    *result = mvm_from_int((int64_t)(left.bits + right.bits));
    return true;
}

bool mvm_sub_wrap(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result) {
    if (!check_ints(vm, "-%", left, right)) return false;
    *result = mvm_from_int((int64_t)(left.bits - right.bits));
    return true;
}

bool mvm_mul_wrap(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result) {
    if (!check_ints(vm, "*%", left, right)) return false;
    *result = mvm_from_int((int64_t)(left.bits * right.bits));
    return true;
}

bool mvm_and(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result) {
    if (!check_ints(vm, "&", left, right)) return false;
    *result = mvm_from_int(left.integer & right.integer);
    return true;
}

bool mvm_or(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result) {
    if (!check_ints(vm, "|", left, right)) return false;
    *result = mvm_from_int(left.integer | right.integer);
    return true;
}

bool mvm_xor(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result) {
    if (!check_ints(vm, "^", left, right)) return false;
    *result = mvm_from_int(left.integer ^ right.integer);
    return true;
}

bool mvm_invert(mvm_vm *vm, mvm_value value, mvm_value *result) {
    if (!mvm_is_int(value)) return mvm_fail_type(vm, "~", "an int", value);
    *result = mvm_from_int(~value.integer);
    return true;
}

static bool check_shift(mvm_vm *vm, const char *word, mvm_value left, mvm_value right) {
    if (!check_ints(vm, word, left, right)) return false;
    if (right.integer >= 0) return true;
    return mvm_fail(vm, MVM_ERROR_VALUE, "'%s' needs a count of 0 or more, found %" PRId64, word,
                    right.integer);
}

bool mvm_shift_left(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result) {
    if (!check_shift(vm, "<<", left, right)) return false;
    *result = mvm_from_int(right.integer > 63 ? 0 : (int64_t)(left.bits << right.integer));
    return true;
}

bool mvm_shift_right(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result) {
    if (!check_shift(vm, ">>", left, right)) return false;
    *result = mvm_from_int(left.integer >> (right.integer > 63 ? 63 : right.integer));
    return true;
}
