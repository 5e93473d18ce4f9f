// Digits of numbers by integer arithmetic: exact, and many times as fast as C's printf.
//
// In: a number. Out: its digits, or that it needs more than 128 bits.
#ifndef MVM_DIGITS_H
#define MVM_DIGITS_H

#include <stdbool.h>
#include <stdint.h>

enum { MVM_DIGITS_ROOM = 20 };

// Writes the digits so that they stop before `end`; returns where they start.
char *mvm_put_int_digits(char *end, uint64_t number);
// A finite number of 0 or more with `decimals`, halves rounded to even, as "%.*f" in the C locale,
// and a NUL; returns the length. 0: that is beyond 128 bits, and nothing is written.
int mvm_put_fixed_digits(char *text, double number, int decimals);
// The decimal number of at most 15 digits that reads back as `number`, which is above 0 and finite,
// is `digits` / 10^`decimals`. False if there is none, or it is very large or small.
bool mvm_short_decimal(double number, uint64_t *digits, int *decimals);

#endif
