// Digits of numbers by integer arithmetic (digits.h).
//
// In: ints, and doubles as what they are, an int times a power of two. Out: their decimal digits.
#include "digits.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

// The largest power of ten in 64 bits, and of those that a double holds exactly.
enum { POWER_LARGEST = 19, EXACT_POWER_LARGEST = 22 };

// A decimal number of so many digits reads back as itself from the nearest double (DBL_DIG), so two
// of them are never the same double.
static const double SHORT_LIMIT = 1e15, SHORT_LEAST = 1e-5;

static uint64_t power_of_ten(int exponent) {
    assert(exponent >= 0 && exponent <= POWER_LARGEST);
    uint64_t power = 1;
    for (; exponent > 0; exponent--) power *= 10;
    return power;
}

// Two digits at a time.
char *mvm_put_int_digits(char *end, uint64_t number) {
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    for (; number >= 100; number /= 100) memcpy(end -= 2, &pairs[number % 100 * 2], 2);
    if (number >= 10) return memcpy(end - 2, &pairs[number * 2], 2);
    *--end = (char)('0' + number);
    return end;
}

// number × 10^decimals as the nearest int, an even one of two; false when it is beyond 64 bits or
// its way there beyond 128. 53 bits of the number times 64 of the power always fit.
static bool scale(double number, int decimals, uint64_t *scaled) {
    int exponent;
    uint64_t mantissa = (uint64_t)ldexp(frexp(number, &exponent), DBL_MANT_DIG);
    int shift = DBL_MANT_DIG - exponent;  // number = mantissa / 2^shift
    if (decimals > POWER_LARGEST || shift < 0 || shift > 127) return false;
    unsigned __int128 product = (unsigned __int128)mantissa * power_of_ten(decimals);
    unsigned __int128 whole = product >> shift, rest = product - (whole << shift);
    unsigned __int128 half = shift ? (unsigned __int128)1 << (shift - 1) : 0;
    if (shift && (rest > half || (rest == half && (whole & 1)))) whole++;
    *scaled = (uint64_t)whole;
    return whole <= UINT64_MAX;
}

// C's own way, with a '.' where the locale's decimal point stands.
static int print_fixed(char *text, double number, int decimals) {
    int length = snprintf(text, MVM_FIXED_ROOM, "%.*f", decimals, number);
    assert(length < MVM_FIXED_ROOM);
    if (decimals == 0) return length;
    char *fraction = text + length - decimals, *point = fraction;
    while (!mvm_is_digit(point[-1])) point--;
    *point = '.';
    memmove(point + 1, fraction, (size_t)decimals + 1);
    return (int)(point - text) + 1 + decimals;
}

int mvm_put_fixed(char *text, double number, int decimals) {
    assert(isfinite(number) && number >= 0 && decimals >= 0);
    uint64_t scaled;
    if (!scale(number, decimals, &scaled)) return print_fixed(text, number, decimals);
    char digits[MVM_DIGITS_ROOM], *end = digits + MVM_DIGITS_ROOM;
    char *start = mvm_put_int_digits(end, scaled);
    while (end - start <= decimals) *--start = '0';  // a 0 before the point, and behind it
    int whole = (int)(end - start) - decimals;
    memcpy(text, start, (size_t)whole);
    if (decimals == 0) {
        text[whole] = '\0';
        return whole;
    }
    text[whole] = '.';
    memcpy(text + whole + 1, end - decimals, (size_t)decimals);
    text[whole + 1 + decimals] = '\0';
    return whole + 1 + decimals;
}

// Both the digits and the power are exact doubles, so their quotient is the double nearest to the
// decimal number: what reading its text gives.
bool mvm_short_decimal(double number, uint64_t *digits, int *decimals) {
    assert(isfinite(number) && number > 0);
    if (number >= SHORT_LIMIT || number < SHORT_LEAST) return false;
    double power = 1;
    for (int exponent = 0; exponent <= EXACT_POWER_LARGEST; exponent++, power *= 10) {
        double nearest = floor(number * power + 0.5);
        if (nearest >= SHORT_LIMIT) return false;
        if (nearest / power != number) continue;
        *digits = (uint64_t)nearest;
        *decimals = exponent;
        return true;
    }
    return false;
}
