// The text of numbers, read (parse_number.h).
//
// In: a string. Out: the number it is the text of. A float's text is checked here and converted by
// strtod, from a copy without underscores and with the locale's decimal point, as strtod wants it.
#include "parse_number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What is left to read. The string's bytes end with a NUL, so `at` may always be looked at.
typedef struct reader {
    const char *at, *end;
} reader;

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static reader without_blanks(const mvm_string *string) {
    reader from = {string->bytes, string->bytes + string->byte_length};
    while (from.at < from.end && is_blank(*from.at)) from.at++;
    while (from.at < from.end && is_blank(from.end[-1])) from.end--;
    return from;
}

static bool accept(reader *from, char c) {
    if (from->at == from->end || *from->at != c) return false;
    from->at++;
    return true;
}

static bool accept_minus(reader *from) {
    if (accept(from, '-')) return true;
    accept(from, '+');
    return false;
}

// The next digit; an underscore counts as part of it when a digit stands on either side.
static bool accept_digit(reader *from, bool first, char *digit) {
    const char *at = from->at;
    if (!first && at < from->end && *at == '_') at++;
    if (at >= from->end || !is_digit(*at)) return false;
    *digit = *at;
    from->at = at + 1;
    return true;
}

// Counts down from zero, as there is one negative int more than there are positive ones.
mvm_parse mvm_parse_int(const mvm_string *string, int64_t *integer) {
    reader from = without_blanks(string);
    bool minus = accept_minus(&from), any = false, fits = true;
    int64_t negative = 0;
    char digit;
    for (; accept_digit(&from, !any, &digit); any = true) {
        fits = fits && !__builtin_mul_overflow(negative, 10, &negative) &&
               !__builtin_sub_overflow(negative, digit - '0', &negative);
    }
    if (!any || from.at != from.end) return MVM_PARSE_SYNTAX;
    if (!fits || (!minus && negative == INT64_MIN)) return MVM_PARSE_RANGE;
    *integer = minus ? negative : -negative;
    return MVM_PARSE_OK;
}

// Copies digits to `*to` (underscores left out); true when there were any.
static bool copy_digits(reader *from, char **to) {
    const char *start = from->at;
    while (accept_digit(from, from->at == start, *to)) ++*to;
    return from->at > start;
}

// The locale's decimal point as C's own functions write it; asking that way is safe in threads.
static void copy_point(char **to) {
    char half[16];
    int length = snprintf(half, sizeof half, "%.1f", 0.5);
    memcpy(*to, half + 1, (size_t)length - 2);
    *to += length - 2;
}

// Checks the text of a finite number and copies it to `to` as strtod wants it.
static bool copy_number(reader from, char *to) {
    bool digits = copy_digits(&from, &to);
    if (accept(&from, '.')) {
        copy_point(&to);
        digits |= copy_digits(&from, &to);
    }
    if (!digits) return false;
    if (accept(&from, 'e') || accept(&from, 'E')) {
        *to++ = 'e';
        if (accept_minus(&from)) *to++ = '-';
        if (!copy_digits(&from, &to)) return false;
    }
    *to = '\0';
    return from.at == from.end;
}

static bool is_word(reader from, const char *word) {
    size_t length = strlen(word);
    return (size_t)(from.end - from.at) == length && memcmp(from.at, word, length) == 0;
}

mvm_parse mvm_parse_float(const mvm_string *string, double *number) {
    reader from = without_blanks(string);
    double sign = accept_minus(&from) ? -1.0 : 1.0;
    if (is_word(from, "inf") || is_word(from, "nan")) {
        *number = copysign(*from.at == 'i' ? (double)INFINITY : (double)NAN, sign);
        return MVM_PARSE_OK;
    }
    enum { ROOM_ON_STACK = 64, ROOM_FOR_POINT = 16 };
    char small[ROOM_ON_STACK];
    size_t room = (size_t)(from.end - from.at) + ROOM_FOR_POINT;
    char *copy = room <= sizeof small ? small : malloc(room);
    if (!copy) return MVM_PARSE_MEMORY;
    bool valid = copy_number(from, copy);
    if (valid) *number = sign * strtod(copy, NULL);
    if (copy != small) free(copy);
    return valid ? MVM_PARSE_OK : MVM_PARSE_SYNTAX;
}
