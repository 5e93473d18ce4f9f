// Numbers as `format` shows them (format_spec.h): the same text as Python's for the same spec.
//
// In: an int or a float and a spec. Out: its text. A number is made of a sign, digits, which may be
// grouped and led by zeros, and a rest: a fraction, an exponent, a '%'.
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digits.h"
#include "format.h"
#include "format_spec.h"
#include "numbers.h"
#include "vm.h"

// A double has 309 digits before the point, and 100 behind it are enough for anyone.
enum { DIGITS_LARGEST = 100, BODY_ROOM = 512, GROUPED_ROOM = 2 * BODY_ROOM };

typedef struct body {
    char text[BODY_ROOM];
    int size;
    int digits;  // how many of the text, at its start
} body;

// --- digits and rest -------------------------------------------------------------------------

static void put_int(body *to, uint64_t number, char type) {
    unsigned base = type == 'x' || type == 'X' ? 16 : type == 'o' ? 8 : type == 'b' ? 2 : 10;
    const char *figures = type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char *start = to->text + BODY_ROOM;
    if (base == 10) {
        start = mvm_put_int_digits(start, number);
    } else {
        do *--start = figures[number % base];
        while (number /= base);
    }
    to->size = to->digits = (int)(to->text + BODY_ROOM - start);
    memmove(to->text, start, (size_t)to->size);
}

// C writes the locale's decimal point, of one or more bytes: makes a '.' of it.
static void replace_point(char *text) {
    char *point = text;
    while (mvm_is_digit(*point)) point++;
    if (*point == '\0' || *point == 'e') return;
    char *fraction = point;
    while (!mvm_is_digit(*fraction)) fraction++;
    *point = '.';
    memmove(point + 1, fraction, strlen(fraction) + 1);
}

// Takes the zeros off the end of a fraction, and the point if nothing is left behind it.
static void trim_zeros(char *text) {
    char *end = strchr(text, 'e');
    if (!end) end = text + strlen(text);
    char *last = end;
    while (last[-1] == '0') last--;
    if (last[-1] == '.') last--;
    memmove(last, end, strlen(end) + 1);
}

// With so many digits in all, as 'g' does, but always with a point or an exponent.
static void put_rounded(char *text, double number, int digits) {
    snprintf(text, BODY_ROOM, "%.*e", digits - 1, number);
    int exponent = atoi(strchr(text, 'e') + 1);
    bool positional = exponent >= -4 && exponent < digits - 1;
    if (positional) mvm_put_fixed(text, number, digits - 1 - exponent);
    replace_point(text);
    if (strchr(text, '.')) trim_zeros(text);
    if (positional && !strchr(text, '.')) strcat(text, ".0");
}

static void put_finite(char *text, double number, const mvm_format_spec *spec) {
    int digits = spec->digits < 0 ? 6 : (int)spec->digits;
    switch (spec->type) {
    case 'e': snprintf(text, BODY_ROOM, "%.*e", digits, number); break;
    case 'g': snprintf(text, BODY_ROOM, "%.*g", digits, number); break;
    case 'f':
    case '%': mvm_put_fixed(text, number, digits); return;
    default:
        if (spec->digits < 0) {
            mvm_format_float(number, text);
        } else {
            put_rounded(text, number, digits ? digits : 1);
        }
    }
    replace_point(text);
}

static void put_float(body *to, double number, const mvm_format_spec *spec) {
    if (spec->type == '%') number *= 100;
    if (isfinite(number)) {
        put_finite(to->text, number, spec);
    } else {
        strcpy(to->text, isnan(number) ? "nan" : "inf");
    }
    if (spec->type == '%') strcat(to->text, "%");
    to->size = (int)strlen(to->text);
    to->digits = 0;
    while (mvm_is_digit(to->text[to->digits])) to->digits++;
}

// --- grouping and padding --------------------------------------------------------------------

// Writes the digits in groups of three, led by zeros until there are `wanted` bytes; returns how
// many there are. The first byte is always a digit.
static int64_t group(char *to, const body *from, int64_t wanted) {
    int64_t zeros = 0, digits = from->digits;
    while (digits + zeros + (digits + zeros - 1) / 3 < wanted) zeros++;
    int64_t all = digits + zeros, used = 0;
    for (int64_t i = 0; i < all; i++) {
        if (i > 0 && (all - i) % 3 == 0) to[used++] = ',';
        to[used++] = i < zeros ? '0' : from->text[i - zeros];
    }
    return used;
}

// The whole number with the zeros between its sign and its digits that the width asks for.
static void append_led_by_zeros(mvm_text *to, const mvm_format_spec *spec, char sign,
                                const body *number) {
    if (sign) mvm_text_append(to, &sign, 1);
    int64_t zeros = spec->width - number->size - (sign != 0);
    for (; zeros > 0 && !to->failed; zeros--) mvm_text_append(to, "0", 1);
    mvm_text_append(to, number->text, (size_t)number->size);
}

static void append_grouped(mvm_text *to, const mvm_format_spec *spec, char sign,
                           const body *number) {
    int rest = number->size - number->digits;
    bool led = spec->zeros && !spec->align;
    int64_t wanted = led ? spec->width - rest - (sign != 0) : 0;
    char *text = malloc((size_t)(wanted > 0 ? wanted : 0) + GROUPED_ROOM);
    if (!text) {
        to->failed = true;
        mvm_fail(to->vm, MVM_ERROR_MEMORY, "out of memory: no room to format a number");
        return;
    }
    int64_t used = 0;
    if (sign) text[used++] = sign;
    used += group(text + used, number, wanted);
    memcpy(text + used, number->text + number->digits, (size_t)rest);
    used += rest;
    mvm_append_padded(to, spec, spec->align ? spec->align : '>', text, used, used);
    free(text);
}

static void append_plain(mvm_text *to, const mvm_format_spec *spec, char sign, const body *number) {
    char text[BODY_ROOM + 1];
    int used = 0;
    if (sign) text[used++] = sign;
    memcpy(text + used, number->text, (size_t)number->size);
    used += number->size;
    mvm_append_padded(to, spec, spec->align ? spec->align : '>', text, used, used);
}

// --- which number, which spec ----------------------------------------------------------------

static bool shows_int(const mvm_format_spec *spec) {
    if (spec->digits >= 0) return false;
    return !spec->commas || spec->type == 0 || spec->type == 'd';
}

bool mvm_append_number(mvm_text *to, const mvm_format_spec *spec, mvm_value number) {
    bool as_float = spec->type && strchr("efg%", spec->type);
    bool as_int = mvm_is_int(number) && !as_float;
    bool fits =
        as_int ? shows_int(spec) : (as_float || spec->type == 0) && spec->digits <= DIGITS_LARGEST;
    if (!fits) return mvm_fail_format(to->vm, spec, number);
    body shown;
    bool negative;
    if (as_int) {
        negative = number.integer < 0;
        uint64_t bits = (uint64_t)number.integer;
        put_int(&shown, negative ? 0 - bits : bits, spec->type);
    } else {
        double value = mvm_as_double(number);
        negative = signbit(value) && !isnan(value);
        put_float(&shown, fabs(value), spec);
    }
    char sign = negative ? '-' : spec->plus ? '+' : 0;
    if (spec->commas && shown.digits > 0) {
        append_grouped(to, spec, sign, &shown);
    } else if (spec->zeros && !spec->align) {
        append_led_by_zeros(to, spec, sign, &shown);
    } else {
        append_plain(to, spec, sign, &shown);
    }
    return !to->failed;
}
