// Exact comparison of numbers, and numbers in messages (numbers.h).
//
// In: ints and floats. Out: their order; their text.
#include "numbers.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "format.h"

static mvm_order compare_ints(int64_t left, int64_t right) {
    return left < right ? MVM_LESS : left > right ? MVM_GREATER : MVM_EQUAL;
}

static mvm_order compare_floats(double left, double right) {
    if (left < right) return MVM_LESS;
    if (left > right) return MVM_GREATER;
    return left == right ? MVM_EQUAL : MVM_UNORDERED;
}

// A double in the range of ints is compared by its whole part, then by what that leaves, which is
// exact: a double with a fraction is below 2^53.
static mvm_order compare_int_float(int64_t left, double right) {
    if (!mvm_fits_int(right)) return compare_floats(0.0, right);
    int64_t whole = (int64_t)right;
    if (left != whole) return compare_ints(left, whole);
    return compare_floats(0.0, right - (double)whole);
}

static mvm_order reverse(mvm_order order) {
    if (order == MVM_LESS) return MVM_GREATER;
    return order == MVM_GREATER ? MVM_LESS : order;
}

mvm_order mvm_compare_numbers(mvm_value left, mvm_value right) {
    assert(mvm_are_numbers(left, right));
    if (mvm_are_ints(left, right)) return compare_ints(left.integer, right.integer);
    if (mvm_is_int(left)) return compare_int_float(left.integer, right.number);
    if (mvm_is_int(right)) return reverse(compare_int_float(right.integer, left.number));
    return compare_floats(left.number, right.number);
}

const char *mvm_number_text(mvm_value number, char text[MVM_NUMBER_ROOM]) {
    assert(mvm_is_number(number));
    if (mvm_is_int(number)) {
        snprintf(text, MVM_NUMBER_ROOM, "%" PRId64, number.integer);
    } else {
        mvm_format_float(number.number, text);
    }
    return text;
}
