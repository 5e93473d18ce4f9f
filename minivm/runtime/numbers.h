// What the helpers share about numbers: telling them from other values, exact comparison, text.
//
// In: values. Out: doubles, orders, and operands as error messages show them.
#ifndef MVM_NUMBERS_H
#define MVM_NUMBERS_H

#include "value.h"

enum { MVM_NUMBER_ROOM = 32 };

typedef enum mvm_order { MVM_LESS, MVM_EQUAL, MVM_GREATER, MVM_UNORDERED } mvm_order;

static inline bool mvm_is_int(mvm_value value) { return value.tag == MVM_TAG_INT; }

static inline bool mvm_is_number(mvm_value value) {
    return value.tag == MVM_TAG_INT || value.tag == MVM_TAG_FLOAT;
}

static inline bool mvm_are_ints(mvm_value left, mvm_value right) {
    return mvm_is_int(left) && mvm_is_int(right);
}

static inline bool mvm_are_numbers(mvm_value left, mvm_value right) {
    return mvm_is_number(left) && mvm_is_number(right);
}

// Of a number.
static inline double mvm_as_double(mvm_value number) {
    return mvm_is_int(number) ? (double)number.integer : number.number;
}

// True when the double, cut to an int, is in the range of ints (so not for NaN). Both bounds are
// powers of two, hence exact.
static inline bool mvm_fits_int(double number) { return number >= -0x1p63 && number < 0x1p63; }

// By exact value: an int is not rounded to a double to be compared with one.
mvm_order mvm_compare_numbers(mvm_value left, mvm_value right);
// The number as `print` shows it, in `text`, which is returned.
const char *mvm_number_text(mvm_value number, char text[MVM_NUMBER_ROOM]);

#endif
