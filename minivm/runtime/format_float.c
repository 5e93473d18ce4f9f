// Floats as text (format.h): the shortest digits that read back as the same double, and fixed ones.
//
// In: a double. Out: text in Python's form, whatever the locale: the locale's decimal point, which
// C's functions write and read, never gets further than this file.
#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digits.h"
#include "format.h"

enum { DIGITS_ALWAYS_KEPT = 15, DIGITS_ALWAYS_ENOUGH = 17, TEXT_ROOM = 32 };

// 0.d₁d₂d₃… × 10^point; no trailing zeros, save that zero is "0".
typedef struct decimal {
    char digits[DIGITS_ALWAYS_ENOUGH + 1];
    int count;
    int point;
} decimal;

// Takes apart what "%.*e" wrote. Between the digits stands the locale's decimal point.
static decimal take_apart(const char *text) {
    decimal parts = {.count = 0};
    for (; *text != 'e'; text++) {
        if (mvm_is_digit(*text)) parts.digits[parts.count++] = *text;
    }
    parts.point = atoi(text + 1) + 1;
    while (parts.count > 1 && parts.digits[parts.count - 1] == '0') parts.count--;
    return parts;
}

// Adds one to the last digit of what "%.*e" wrote; false when all digits are nines.
static bool next_up(char *text) {
    for (char *digit = strchr(text, 'e') - 1; digit >= text; digit--) {
        if (!mvm_is_digit(*digit)) continue;
        if (*digit != '9') {
            ++*digit;
            return true;
        }
        *digit = '0';
    }
    return false;
}

// Writes `number` with so many digits; true when that reads back as the same number. Below a power
// of two doubles lie closer than above it, so the nearest text may read back as the neighbour
// below where the next text up does not.
static bool try_digits(double number, int digits, char *text) {
    snprintf(text, TEXT_ROOM, "%.*e", digits - 1, number);
    if (strtod(text, NULL) == number) return true;
    int exponent;
    if (digits != DIGITS_ALWAYS_ENOUGH - 1 || frexp(number, &exponent) != 0.5) return false;
    return next_up(text) && strtod(text, NULL) == number;
}

// Takes apart an int of at most 15 digits, divided by 10^decimals. The int is not 0.
static decimal of_digits(uint64_t digits, int decimals) {
    char text[MVM_DIGITS_ROOM], *end = text + MVM_DIGITS_ROOM;
    char *start = mvm_put_int_digits(end, digits);
    decimal parts = {.count = (int)(end - start), .point = (int)(end - start) - decimals};
    assert(parts.count <= DIGITS_ALWAYS_KEPT);
    memcpy(parts.digits, start, (size_t)parts.count);
    while (parts.digits[parts.count - 1] == '0') parts.count--;
    return parts;
}

// Fifteen digits tell any two normal doubles' decimal texts apart; below them lie the subnormal
// numbers, with ever fewer digits.
static decimal shortest(double number) {
    assert(number >= 0);
    uint64_t short_digits;
    int decimals;
    if (number > 0 && mvm_short_decimal(number, &short_digits, &decimals)) {
        return of_digits(short_digits, decimals);
    }
    char text[TEXT_ROOM];
    int digits = number != 0 && number < DBL_MIN ? 1 : DIGITS_ALWAYS_KEPT;
    while (!try_digits(number, digits, text) && digits < DIGITS_ALWAYS_ENOUGH) digits++;
    return take_apart(text);
}

static char *put_digits(char *text, const decimal *parts, int from, int to) {
    for (int i = from; i < to; i++) *text++ = i < parts->count ? parts->digits[i] : '0';
    return text;
}

// "123.45", "0.00012", "1200.0"
static char *put_positional(char *text, const decimal *parts) {
    if (parts->point <= 0) {
        *text++ = '0';
        *text++ = '.';
        for (int i = parts->point; i < 0; i++) *text++ = '0';
        return put_digits(text, parts, 0, parts->count);
    }
    text = put_digits(text, parts, 0, parts->point);
    *text++ = '.';
    int end = parts->count > parts->point ? parts->count : parts->point + 1;
    return put_digits(text, parts, parts->point, end);
}

// "1e+16", "1.5e-07"
static char *put_scientific(char *text, const decimal *parts) {
    *text++ = parts->digits[0];
    if (parts->count > 1) *text++ = '.';
    text = put_digits(text, parts, 1, parts->count);
    return text + snprintf(text, 8, "e%+03d", parts->point - 1);
}

int mvm_format_float(double number, char *text) {
    if (isnan(number)) return snprintf(text, TEXT_ROOM, "nan");
    if (isinf(number)) return snprintf(text, TEXT_ROOM, number < 0 ? "-inf" : "inf");
    char *end = text;
    if (signbit(number)) *end++ = '-';
    decimal parts = shortest(fabs(number));
    bool positional = parts.point > -4 && parts.point <= 16;
    end = positional ? put_positional(end, &parts) : put_scientific(end, &parts);
    *end = '\0';
    assert(end - text < TEXT_ROOM);
    return (int)(end - text);
}

mvm_string *mvm_format_fixed(mvm_vm *vm, double number, int64_t digits) {
    assert(digits >= 0 && digits <= 100);
    char text[1 + MVM_FIXED_ROOM] = "-";
    if (!isfinite(number)) return mvm_string_new(vm, text, mvm_format_float(number, text));
    int sign = signbit(number) ? 1 : 0;
    return mvm_string_new(vm, text, sign + mvm_put_fixed(text + sign, fabs(number), (int)digits));
}
