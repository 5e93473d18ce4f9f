// Digits of numbers, by integer arithmetic where 128 bits are enough: exact, and many times as fast
// as C's printf.
//
// In: a number. Out: its digits.
#ifndef MVM_DIGITS_H
#define MVM_DIGITS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    MVM_DIGITS_ROOM = 20,
    // 309 digits, a point, which takes a few bytes in some locales, 110 decimals and a NUL.
    MVM_FIXED_ROOM = 448,
};

static inline bool mvm_is_digit(char byte) { return byte >= '0' && byte <= '9'; }

// Writes the digits so that they stop before `end`; returns where they start.
char *mvm_put_int_digits(char *end, uint64_t number);
// A finite number of 0 or more with 0 to 110 decimals, halves rounded to even, as "%.*f" in the C
// locale, and a NUL; returns the length. `text` has MVM_FIXED_ROOM bytes.
int mvm_put_fixed(char *text, double number, int decimals);
// The decimal number of at most 15 digits that reads back as `number`, which is above 0 and finite,
// is `digits` / 10^`decimals`. False if there is none, or it is very large or small.
bool mvm_short_decimal(double number, uint64_t *digits, int *decimals);

#endif
