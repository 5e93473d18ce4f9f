// Numbers and bools: arithmetic, bits, comparison, mathematics, logic and conversions.
//
// In: a VM. Out: failed checks, counted and printed.
#include "check.h"

static void check_arithmetic(mvm_vm *vm) {
    mvm_value largest = of_int(INT64_MAX), smallest = of_int(INT64_MIN), word = text(vm, "a");
    CHECK(gives(vm, mvm_add, of_int(2), of_int(3), "5"));
    CHECK(gives(vm, mvm_add, of_int(2), of_float(0.5), "2.5"));
    CHECK(fails(vm, mvm_add, largest, of_int(1), MVM_ERROR_OVERFLOW,
                "integer overflow in 9223372036854775807 + 1"));
    CHECK(fails(vm, mvm_sub, smallest, of_int(1), MVM_ERROR_OVERFLOW, "- 1"));
    CHECK(fails(vm, mvm_mul, smallest, of_int(-1), MVM_ERROR_OVERFLOW, "* -1"));
    CHECK(fails(vm, mvm_add, word, word, MVM_ERROR_TYPE, "'concat' joins strings"));
    CHECK(fails(vm, mvm_add, word, of_int(1), MVM_ERROR_TYPE, "found string and int"));
    CHECK(fails(vm, mvm_div, of_int(1), of_int(0), MVM_ERROR_DIVISION_BY_ZERO, "in 1 / 0"));
    CHECK(
        fails(vm, mvm_mod, of_float(1), of_float(-0.0), MVM_ERROR_DIVISION_BY_ZERO, "1.0 % -0.0"));
    CHECK(fails(vm, mvm_floordiv, smallest, of_int(-1), MVM_ERROR_OVERFLOW, "// -1"));
    CHECK(gives(vm, mvm_mod, smallest, of_int(-1), "0"));
    CHECK(gives(vm, mvm_div, of_int(7), of_int(2), "3.5"));
    CHECK(fails_one(vm, mvm_neg, smallest, MVM_ERROR_OVERFLOW, "neg of -9223372036854775808"));
    CHECK(fails_one(vm, mvm_abs, smallest, MVM_ERROR_OVERFLOW, "abs"));
    CHECK(gives_one(vm, mvm_neg, of_float(0), "-0.0"));
    CHECK(gives(vm, mvm_min, of_int(1), of_float(1), "1"));
    CHECK(gives(vm, mvm_max, of_int(1), of_float(1.5), "1.5"));
    CHECK(fails(vm, mvm_max, of_int(1), mvm_from_nil(), MVM_ERROR_TYPE, "found int and nil"));
}

static void check_bits(mvm_vm *vm) {
    CHECK(gives(vm, mvm_add_wrap, of_int(INT64_MAX), of_int(1), "-9223372036854775808"));
    CHECK(gives(vm, mvm_mul_wrap, of_int(INT64_MIN), of_int(-1), "-9223372036854775808"));
    CHECK(gives(vm, mvm_shift_left, of_int(1), of_int(63), "-9223372036854775808"));
    CHECK(gives(vm, mvm_shift_left, of_int(1), of_int(64), "0"));
    CHECK(gives(vm, mvm_shift_right, of_int(-5), of_int(INT64_MAX), "-1"));
    CHECK(gives(vm, mvm_shift_right, of_int(-5), of_int(1), "-3"));
    CHECK(fails(vm, mvm_shift_left, of_int(1), of_int(-1), MVM_ERROR_VALUE, "found -1"));
    CHECK(fails(vm, mvm_xor, of_int(1), of_float(1), MVM_ERROR_TYPE, "needs ints"));
    CHECK(gives_one(vm, mvm_invert, of_int(0), "-1"));
}

static bool order_is(mvm_vm *vm, mvm_value left, mvm_value right, int less, int less_equal) {
    int64_t first, second;
    return mvm_less(vm, left, right, "<", &first) && first == less &&
           mvm_less_equal(vm, left, right, "<=", &second) && second == less_equal;
}

static void check_order(mvm_vm *vm) {
    mvm_value odd = of_int((INT64_C(1) << 53) + 1), even = of_float(0x1p53), nan = of_float(NAN);
    CHECK(order_is(vm, odd, even, 0, 0) && order_is(vm, even, odd, 1, 1));
    CHECK(!mvm_equal(vm, odd, even) && mvm_equal(vm, of_int(1), of_float(1)));
    CHECK(!mvm_equal(vm, of_int(INT64_MAX), of_float(0x1p63)));
    CHECK(mvm_equal(vm, of_int(INT64_MIN), of_float(-0x1p63)));
    CHECK(order_is(vm, of_int(-1), of_float(-0.5), 1, 1));
    CHECK(order_is(vm, of_int(INT64_MAX), of_float(INFINITY), 1, 1));
    CHECK(order_is(vm, nan, of_int(1), 0, 0) && order_is(vm, of_int(1), nan, 0, 0));
    CHECK(!mvm_equal(vm, nan, nan) && !mvm_equal(vm, of_int(1), mvm_from_bool(true)));
    CHECK(order_is(vm, text(vm, "ab"), text(vm, "abc"), 1, 1));
    CHECK(order_is(vm, text(vm, "z"), text(vm, "\xc3\xa9"), 1, 1));
    int64_t truth;
    CHECK(!mvm_less(vm, of_int(1), text(vm, "a"), ">", &truth));
    CHECK(failed(vm, MVM_ERROR_TYPE, "'>' needs two numbers or two strings, found string and int"));
}

static void check_mathematics(mvm_vm *vm) {
    CHECK(gives_one(vm, mvm_sqrt, of_int(9), "3.0"));
    CHECK(fails_one(vm, mvm_sqrt, of_float(-1), MVM_ERROR_VALUE, "found -1.0"));
    CHECK(fails_one(vm, mvm_log, of_int(0), MVM_ERROR_VALUE, "above 0, found 0"));
    CHECK(fails_one(vm, mvm_exp, of_int(1000), MVM_ERROR_OVERFLOW, "result too large"));
    CHECK(gives_one(vm, mvm_exp, of_float(-INFINITY), "0.0"));
    CHECK(gives(vm, mvm_pow, of_int(-2), of_int(63), "-9223372036854775808"));
    CHECK(gives(vm, mvm_pow, of_int(3), of_int(39), "4052555153018976267"));
    CHECK(gives(vm, mvm_pow, of_int(0), of_int(0), "1"));
    CHECK(gives(vm, mvm_pow, of_int(2), of_int(-1), "0.5"));
    CHECK(fails(vm, mvm_pow, of_int(2), of_int(63), MVM_ERROR_OVERFLOW, "pow of 2 and 63"));
    CHECK(fails(vm, mvm_pow, of_int(0), of_int(-1), MVM_ERROR_DIVISION_BY_ZERO, "0 and -1"));
    CHECK(fails(vm, mvm_pow, of_float(-8), of_float(0.5), MVM_ERROR_VALUE, "fractional"));
    CHECK(fails(vm, mvm_pow, of_float(10), of_int(400), MVM_ERROR_OVERFLOW, "too large"));
    CHECK(gives_one(vm, mvm_floor, of_float(-0.5), "-1") &&
          gives_one(vm, mvm_ceil, of_float(0.5), "1"));
    CHECK(gives_one(vm, mvm_round, of_float(2.5), "2") &&
          gives_one(vm, mvm_round, of_float(-1.5), "-2"));
    CHECK(gives_one(vm, mvm_floor, of_int(7), "7"));
    CHECK(
        fails_one(vm, mvm_round, of_float(0x1p63), MVM_ERROR_VALUE, "found 9.223372036854776e+18"));
    CHECK(fails_one(vm, mvm_floor, of_float(NAN), MVM_ERROR_VALUE, "found nan"));
}

static void check_logic(mvm_vm *vm) {
    mvm_value yes = mvm_from_bool(true), no = mvm_from_bool(false);
    int64_t truth;
    CHECK(gives_one(vm, mvm_not, yes, "false") && gives(vm, mvm_logical_or, no, yes, "true"));
    CHECK(fails(vm, mvm_logical_and, no, of_int(1), MVM_ERROR_TYPE, "'and' needs bools"));
    CHECK(mvm_condition(vm, yes, &truth) && truth == 1);
    CHECK(!mvm_condition(vm, of_int(1), &truth));
    CHECK(failed(vm, MVM_ERROR_TYPE, "a condition needs a bool, found int"));
    CHECK(mvm_assert(vm, yes) && !mvm_assert(vm, no));
    CHECK(failed(vm, MVM_ERROR_ASSERTION, "assertion failed"));
}

static void check_conversions(mvm_vm *vm) {
    CHECK(gives_one(vm, mvm_to_int, of_float(-2.9), "-2"));
    CHECK(gives_one(vm, mvm_to_int, text(vm, " -1_000\n"), "-1000"));
    CHECK(gives_one(vm, mvm_to_int, text(vm, "-9223372036854775808"), "-9223372036854775808"));
    CHECK(fails_one(vm, mvm_to_int, text(vm, "9223372036854775808"), MVM_ERROR_VALUE, "range"));
    CHECK(fails_one(vm, mvm_to_int, text(vm, "1__0"), MVM_ERROR_VALUE, "found \"1__0\""));
    CHECK(fails_one(vm, mvm_to_int, text(vm, "1_"), MVM_ERROR_VALUE, "whole number"));
    CHECK(fails_one(vm, mvm_to_int, text(vm, ""), MVM_ERROR_VALUE, "found \"\""));
    CHECK(fails_one(vm, mvm_to_int, text(vm, "\n\x01x"), MVM_ERROR_VALUE, "\"\\n\\u{1}x\""));
    CHECK(fails_one(vm, mvm_to_int, mvm_from_bool(true), MVM_ERROR_TYPE, "found bool"));
    CHECK(fails_one(vm, mvm_to_int, of_float(INFINITY), MVM_ERROR_VALUE, "found inf"));
    CHECK(gives_one(vm, mvm_to_float, text(vm, "+1_0.5e-1"), "1.05"));
    CHECK(gives_one(vm, mvm_to_float, text(vm, "-.5"), "-0.5"));
    CHECK(gives_one(vm, mvm_to_float, text(vm, "-inf"), "-inf"));
    CHECK(gives_one(vm, mvm_to_float, text(vm, "1e999"), "inf"));
    CHECK(gives_one(vm, mvm_to_float, of_int(3), "3.0"));
    CHECK(fails_one(vm, mvm_to_float, text(vm, "0x10"), MVM_ERROR_VALUE, "found \"0x10\""));
    CHECK(fails_one(vm, mvm_to_float, text(vm, "."), MVM_ERROR_VALUE, "found \".\""));
    CHECK(fails_one(vm, mvm_to_float, text(vm, "1e"), MVM_ERROR_VALUE, "found \"1e\""));
    CHECK(gives(vm, mvm_fixed, of_float(2.675), of_int(2), "2.67"));
    CHECK(gives(vm, mvm_fixed, of_int(INT64_MAX), of_int(1), "9223372036854775807.0"));
    CHECK(gives(vm, mvm_fixed, of_float(-1e23), of_int(0), "-99999999999999991611392"));
    CHECK(gives(vm, mvm_fixed, of_int(-7), of_int(0), "-7"));
    mvm_value longest;
    CHECK(mvm_fixed(vm, of_float(-1.7e308), of_int(100), &longest));
    CHECK(longest.string->length == 1 + 309 + 1 + 100);
    CHECK(gives(vm, mvm_fixed, of_float(NAN), of_int(3), "nan"));
    CHECK(fails(vm, mvm_fixed, of_float(1), of_int(101), MVM_ERROR_VALUE, "found 101"));
    char long_text[301] = {0};
    memset(long_text, 'x', 300);
    CHECK(fails_one(vm, mvm_to_int, text(vm, long_text), MVM_ERROR_VALUE, "x\xe2\x80\xa6\""));
}

void check_numbers(mvm_vm *vm) {
    check_arithmetic(vm);
    check_bits(vm);
    check_order(vm);
    check_mathematics(vm);
    check_logic(vm);
    check_conversions(vm);
}
