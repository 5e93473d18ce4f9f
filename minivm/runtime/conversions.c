// Conversions: `int float string fixed`, the clock, and `type`.
//
// In: values. Out: the same as another type; or a "type" error where none is meant, a "value" error
// that shows what could not be converted.
#define _DEFAULT_SOURCE 1  // clock_gettime
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "helpers.h"
#include "numbers.h"
#include "parse_number.h"
#include "text.h"
#include "vm.h"

enum { QUOTED_ROOM = 64, DIGITS_LARGEST = 100 };

static bool fail_text(mvm_vm *vm, const char *word, const char *needs, const mvm_string *string) {
    char quoted[QUOTED_ROOM];
    mvm_quote(string->bytes, (size_t)string->byte_length, quoted, sizeof quoted);
    return mvm_fail(vm, MVM_ERROR_VALUE, "'%s' needs %s, found %s", word, needs, quoted);
}

static bool int_of_string(mvm_vm *vm, const mvm_string *string, mvm_value *result) {
    int64_t integer = 0;
    switch (mvm_parse_int(string, &integer)) {
    case MVM_PARSE_OK: *result = mvm_from_int(integer); return true;
    case MVM_PARSE_RANGE: return fail_text(vm, "int", "a number in the range of ints", string);
    default: return fail_text(vm, "int", "the text of a whole number", string);
    }
}

bool mvm_to_int(mvm_vm *vm, mvm_value value, mvm_value *result) {
    switch (value.tag) {
    case MVM_TAG_INT: *result = value; return true;
    case MVM_TAG_STRING: return int_of_string(vm, value.string, result);
    case MVM_TAG_FLOAT: break;
    default: return mvm_fail_type(vm, "int", "a number or a string", value);
    }
    if (!mvm_fits_int(value.number)) {
        char text[MVM_NUMBER_ROOM];
        return mvm_fail(vm, MVM_ERROR_VALUE, "'int' needs a number in the range of ints, found %s",
                        mvm_number_text(value, text));
    }
    *result = mvm_from_int((int64_t)value.number);
    return true;
}

static bool float_of_string(mvm_vm *vm, const mvm_string *string, mvm_value *result) {
    double number = 0.0;
    switch (mvm_parse_float(string, &number)) {
    case MVM_PARSE_OK: *result = mvm_from_float(number); return true;
    case MVM_PARSE_MEMORY:
        return mvm_fail(vm, MVM_ERROR_MEMORY, "out of memory: no room to convert a string");
    default: return fail_text(vm, "float", "the text of a number", string);
    }
}

bool mvm_to_float(mvm_vm *vm, mvm_value value, mvm_value *result) {
    if (value.tag == MVM_TAG_STRING) return float_of_string(vm, value.string, result);
    if (!mvm_is_number(value)) return mvm_fail_type(vm, "float", "a number or a string", value);
    *result = mvm_from_float(mvm_as_double(value));
    return true;
}

static bool give_string(mvm_value *result, mvm_string *string) {
    if (!string) return false;
    *result = mvm_from_string(string);
    return true;
}

bool mvm_to_string(mvm_vm *vm, mvm_value value, mvm_value *result) {
    return give_string(result, mvm_format_value(vm, value));
}

bool mvm_name_of_type(mvm_vm *vm, mvm_value value, mvm_value *result) {
    const char *name = value.tag == MVM_TAG_RECORD ? mvm_type_of_record(vm, value.record)->name
                                                   : mvm_type_name(mvm_type_of(value));
    return give_string(result, mvm_string_new(vm, name, (int64_t)strlen(name)));
}

// An int keeps all of its digits, which a double might not.
static mvm_string *fixed_int(mvm_vm *vm, int64_t integer, int digits) {
    char text[MVM_NUMBER_ROOM + DIGITS_LARGEST + 1];
    int length = digits == 0 ? snprintf(text, sizeof text, "%" PRId64, integer)
                             : snprintf(text, sizeof text, "%" PRId64 ".%0*d", integer, digits, 0);
    return mvm_string_new(vm, text, length);
}

bool mvm_fixed(mvm_vm *vm, mvm_value value, mvm_value digits, mvm_value *result) {
    if (!mvm_is_number(value) || !mvm_is_int(digits)) {
        return mvm_fail_types(vm, "fixed", "a number and an int", value, digits);
    }
    if (digits.integer < 0 || digits.integer > DIGITS_LARGEST) {
        return mvm_fail(vm, MVM_ERROR_VALUE, "'fixed' needs 0 to 100 digits, found %" PRId64,
                        digits.integer);
    }
    return give_string(result, mvm_is_int(value)
                                   ? fixed_int(vm, value.integer, (int)digits.integer)
                                   : mvm_format_fixed(vm, value.number, digits.integer));
}

double mvm_clock(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}
