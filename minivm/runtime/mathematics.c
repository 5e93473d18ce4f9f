// Mathematics: `sqrt sin cos exp log pow floor ceil round`.
//
// In: ints and floats. Out: floats, ints from the rounding words and from `pow` of ints; or an
// error where the result is not a number, not finite or not in the range of ints.
#include <inttypes.h>
#include <math.h>

#include "helpers.h"
#include "numbers.h"
#include "vm.h"

double mvm_float_sin(double value) { return sin(value); }
double mvm_float_cos(double value) { return cos(value); }
double mvm_float_exp(double value) { return exp(value); }
double mvm_float_log(double value) { return log(value); }

static bool give_float(mvm_value *result, double number) {
    *result = mvm_from_float(number);
    return true;
}

static bool check_number(mvm_vm *vm, const char *word, mvm_value value) {
    return mvm_is_number(value) || mvm_fail_type(vm, word, "a number", value);
}

static bool fail_domain(mvm_vm *vm, const char *word, const char *needs, mvm_value value) {
    char text[MVM_NUMBER_ROOM];
    return mvm_fail(vm, MVM_ERROR_VALUE, "'%s' needs %s, found %s", word, needs,
                    mvm_number_text(value, text));
}

bool mvm_sqrt(mvm_vm *vm, mvm_value value, mvm_value *result) {
    if (!check_number(vm, "sqrt", value)) return false;
    double number = mvm_as_double(value);
    if (number < 0.0) return fail_domain(vm, "sqrt", "a number of 0 or more", value);
    return give_float(result, sqrt(number));
}

bool mvm_sin(mvm_vm *vm, mvm_value value, mvm_value *result) {
    if (!check_number(vm, "sin", value)) return false;
    return give_float(result, sin(mvm_as_double(value)));
}

bool mvm_cos(mvm_vm *vm, mvm_value value, mvm_value *result) {
    if (!check_number(vm, "cos", value)) return false;
    return give_float(result, cos(mvm_as_double(value)));
}

bool mvm_exp(mvm_vm *vm, mvm_value value, mvm_value *result) {
    if (!check_number(vm, "exp", value)) return false;
    double number = mvm_as_double(value), power = exp(number);
    if (isinf(power) && !isinf(number)) {
        char text[MVM_NUMBER_ROOM];
        return mvm_fail(vm, MVM_ERROR_OVERFLOW, "result too large in exp of %s",
                        mvm_number_text(value, text));
    }
    return give_float(result, power);
}

bool mvm_log(mvm_vm *vm, mvm_value value, mvm_value *result) {
    if (!check_number(vm, "log", value)) return false;
    double number = mvm_as_double(value);
    if (number <= 0.0) return fail_domain(vm, "log", "a number above 0", value);
    return give_float(result, log(number));
}

// --- pow -------------------------------------------------------------------------------------

static bool fail_pow(mvm_vm *vm, mvm_error_kind kind, const char *what, mvm_value left,
                     mvm_value right) {
    char left_text[MVM_NUMBER_ROOM], right_text[MVM_NUMBER_ROOM];
    return mvm_fail(vm, kind, "%s in pow of %s and %s", what, mvm_number_text(left, left_text),
                    mvm_number_text(right, right_text));
}

// By squaring; false on overflow. The last square is not needed and so may not overflow.
static bool power_of_ints(int64_t base, int64_t exponent, int64_t *power) {
    *power = 1;
    for (;;) {
        if ((exponent & 1) && __builtin_mul_overflow(*power, base, power)) return false;
        exponent >>= 1;
        if (exponent == 0) return true;
        if (__builtin_mul_overflow(base, base, &base)) return false;
    }
}

static bool power_of_floats(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result) {
    double base = mvm_as_double(left), exponent = mvm_as_double(right);
    if (base == 0.0 && exponent < 0.0) {
        return fail_pow(vm, MVM_ERROR_DIVISION_BY_ZERO, "division by zero", left, right);
    }
    double power = pow(base, exponent);
    bool finite = isfinite(base) && isfinite(exponent);
    if (isnan(power) && finite) {
        return fail_pow(vm, MVM_ERROR_VALUE, "a fractional power of a negative number", left,
                        right);
    }
    if (isinf(power) && finite) {
        return fail_pow(vm, MVM_ERROR_OVERFLOW, "result too large", left, right);
    }
    return give_float(result, power);
}

bool mvm_pow(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result) {
    if (!mvm_are_numbers(left, right)) return mvm_fail_types(vm, "pow", "numbers", left, right);
    if (!mvm_are_ints(left, right) || right.integer < 0) {
        return power_of_floats(vm, left, right, result);
    }
    int64_t power;
    if (!power_of_ints(left.integer, right.integer, &power)) {
        return fail_pow(vm, MVM_ERROR_OVERFLOW, "integer overflow", left, right);
    }
    *result = mvm_from_int(power);
    return true;
}

// --- rounding --------------------------------------------------------------------------------

// `rounded` is what `word` made of `value`, a float.
static bool give_rounded(mvm_vm *vm, const char *word, mvm_value value, double rounded,
                         mvm_value *result) {
    if (!mvm_fits_int(rounded)) {
        return fail_domain(vm, word, "a number in the range of ints", value);
    }
    *result = mvm_from_int((int64_t)rounded);
    return true;
}

bool mvm_floor(mvm_vm *vm, mvm_value value, mvm_value *result) {
    if (!check_number(vm, "floor", value)) return false;
    *result = value;
    return mvm_is_int(value) || give_rounded(vm, "floor", value, floor(value.number), result);
}

bool mvm_ceil(mvm_vm *vm, mvm_value value, mvm_value *result) {
    if (!check_number(vm, "ceil", value)) return false;
    *result = value;
    return mvm_is_int(value) || give_rounded(vm, "ceil", value, ceil(value.number), result);
}

// rint rounds as the processor is set to, and nothing here sets it to other than half to even.
bool mvm_round(mvm_vm *vm, mvm_value value, mvm_value *result) {
    if (!check_number(vm, "round", value)) return false;
    *result = value;
    return mvm_is_int(value) || give_rounded(vm, "round", value, rint(value.number), result);
}
