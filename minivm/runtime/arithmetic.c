// Arithmetic on any two values: `+ - * / // % neg abs min max`.
//
// In: values. Out: an int for ints, checked for overflow (save `/`), else a float; or a "type",
// "overflow" or "division by zero" error that shows the operands.
#include <math.h>

#include "helpers.h"
#include "numbers.h"
#include "vm.h"

static bool give_int(mvm_value *result, int64_t integer) {
    *result = mvm_from_int(integer);
    return true;
}

static bool give_float(mvm_value *result, double number) {
    *result = mvm_from_float(number);
    return true;
}

static bool fail_overflow(mvm_vm *vm, mvm_value left, const char *word, mvm_value right) {
    char left_text[MVM_NUMBER_ROOM], right_text[MVM_NUMBER_ROOM];
    return mvm_fail(vm, MVM_ERROR_OVERFLOW, "integer overflow in %s %s %s",
                    mvm_number_text(left, left_text), word, mvm_number_text(right, right_text));
}

static bool fail_one_overflow(mvm_vm *vm, const char *word, mvm_value value) {
    char text[MVM_NUMBER_ROOM];
    return mvm_fail(vm, MVM_ERROR_OVERFLOW, "integer overflow in %s of %s", word,
                    mvm_number_text(value, text));
}

static bool fail_zero(mvm_vm *vm, mvm_value left, const char *word, mvm_value right) {
    char left_text[MVM_NUMBER_ROOM], right_text[MVM_NUMBER_ROOM];
    return mvm_fail(vm, MVM_ERROR_DIVISION_BY_ZERO, "division by zero in %s %s %s",
                    mvm_number_text(left, left_text), word, mvm_number_text(right, right_text));
}

static bool is_sequence(mvm_value value) {
    return value.tag == MVM_TAG_STRING || value.tag == MVM_TAG_LIST;
}

// Many languages join strings and lists with '+', so that is what the mistake most likely was.
static bool fail_add(mvm_vm *vm, mvm_value left, mvm_value right) {
    bool join = is_sequence(left) && is_sequence(right);
    const char *needs = join ? "numbers ('concat' joins strings and lists)" : "numbers";
    return mvm_fail_types(vm, "+", needs, left, right);
}

bool mvm_add(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result) {
    if (!mvm_are_numbers(left, right)) return fail_add(vm, left, right);
    if (!mvm_are_ints(left, right)) {
        return give_float(result, mvm_as_double(left) + mvm_as_double(right));
    }
    int64_t sum;
    if (__builtin_add_overflow(left.integer, right.integer, &sum)) {
        return fail_overflow(vm, left, "+", right);
    }
    return give_int(result, sum);
}

bool mvm_sub(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result) {
    if (!mvm_are_numbers(left, right)) return mvm_fail_types(vm, "-", "numbers", left, right);
    if (!mvm_are_ints(left, right)) {
        return give_float(result, mvm_as_double(left) - mvm_as_double(right));
    }
    int64_t difference;
    if (__builtin_sub_overflow(left.integer, right.integer, &difference)) {
        return fail_overflow(vm, left, "-", right);
    }
    return give_int(result, difference);
}

bool mvm_mul(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result) {
    if (!mvm_are_numbers(left, right)) return mvm_fail_types(vm, "*", "numbers", left, right);
    if (!mvm_are_ints(left, right)) {
        return give_float(result, mvm_as_double(left) * mvm_as_double(right));
    }
    int64_t product;
    if (__builtin_mul_overflow(left.integer, right.integer, &product)) {
        return fail_overflow(vm, left, "*", right);
    }
    return give_int(result, product);
}

// What the three divisions check first: two numbers, the second of them not zero.
static bool check_division(mvm_vm *vm, mvm_value left, const char *word, mvm_value right) {
    if (!mvm_are_numbers(left, right)) return mvm_fail_types(vm, word, "numbers", left, right);
    if (mvm_as_double(right) == 0.0) return fail_zero(vm, left, word, right);
    return true;
}

bool mvm_div(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result) {
    if (!check_division(vm, left, "/", right)) return false;
    return give_float(result, mvm_as_double(left) / mvm_as_double(right));
}

bool mvm_floordiv(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result) {
    if (!check_division(vm, left, "//", right)) return false;
    if (!mvm_are_ints(left, right)) {
        return give_float(result, mvm_float_floordiv(mvm_as_double(left), mvm_as_double(right)));
    }
    if (left.integer == INT64_MIN && right.integer == -1) {
        return fail_overflow(vm, left, "//", right);
    }
    int64_t quotient = left.integer / right.integer;
    bool inexact = quotient * right.integer != left.integer;
    return give_int(result, quotient - (inexact && (left.integer < 0) != (right.integer < 0)));
}

bool mvm_mod(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result) {
    if (!check_division(vm, left, "%", right)) return false;
    if (!mvm_are_ints(left, right)) {
        return give_float(result, mvm_float_mod(mvm_as_double(left), mvm_as_double(right)));
    }
    if (right.integer == -1) return give_int(result, 0);  // INT64_MIN % -1 traps in C
    int64_t remainder = left.integer % right.integer;
    bool adjust = remainder != 0 && (remainder < 0) != (right.integer < 0);
    return give_int(result, adjust ? remainder + right.integer : remainder);
}

// A zero remainder takes the sign of `right`, as every other remainder does.
double mvm_float_mod(double left, double right) {
    double remainder = fmod(left, right);
    if (remainder == 0.0) return copysign(0.0, right);
    return (remainder < 0.0) != (right < 0.0) ? remainder + right : remainder;
}

// left - remainder is close to a multiple of `right`, so the quotient is close to a whole number:
// rounding to the nearest makes it one. A zero quotient keeps the sign of the true quotient.
double mvm_float_floordiv(double left, double right) {
    double remainder = fmod(left, right);
    double quotient = (left - remainder) / right;
    if (remainder != 0.0 && (remainder < 0.0) != (right < 0.0)) quotient -= 1.0;
    if (quotient == 0.0) return copysign(0.0, left / right);
    double floored = floor(quotient);
    return quotient - floored > 0.5 ? floored + 1.0 : floored;
}

bool mvm_neg(mvm_vm *vm, mvm_value value, mvm_value *result) {
    if (!mvm_is_number(value)) return mvm_fail_type(vm, "neg", "a number", value);
    if (!mvm_is_int(value)) return give_float(result, -value.number);
    if (value.integer == INT64_MIN) return fail_one_overflow(vm, "neg", value);
    return give_int(result, -value.integer);
}

bool mvm_abs(mvm_vm *vm, mvm_value value, mvm_value *result) {
    if (!mvm_is_number(value)) return mvm_fail_type(vm, "abs", "a number", value);
    if (!mvm_is_int(value)) return give_float(result, fabs(value.number));
    if (value.integer == INT64_MIN) return fail_one_overflow(vm, "abs", value);
    return give_int(result, value.integer < 0 ? -value.integer : value.integer);
}

bool mvm_min(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result) {
    if (!mvm_are_numbers(left, right)) return mvm_fail_types(vm, "min", "numbers", left, right);
    *result = mvm_compare_numbers(right, left) == MVM_LESS ? right : left;
    return true;
}

bool mvm_max(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result) {
    if (!mvm_are_numbers(left, right)) return mvm_fail_types(vm, "max", "numbers", left, right);
    *result = mvm_compare_numbers(right, left) == MVM_GREATER ? right : left;
    return true;
}
