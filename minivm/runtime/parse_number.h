// The text of numbers, read: what `int` and `float` make of a string.
//
// In: a string. Out: the number, or why there is none.
#ifndef MVM_PARSE_NUMBER_H
#define MVM_PARSE_NUMBER_H

#include "object.h"

typedef enum mvm_parse {
    MVM_PARSE_OK,
    MVM_PARSE_SYNTAX,  // not the text of a number
    MVM_PARSE_RANGE,   // a whole number that no int holds
    MVM_PARSE_MEMORY,  // no memory to read it
} mvm_parse;

// Blanks around it are fine; `_` may stand between two digits.
//   int:   [+-] digits
//   float: [+-] (digits [. [digits]] | . digits) [e [+-] digits]  or  [+-] (inf | nan)
mvm_parse mvm_parse_int(const mvm_string *string, int64_t *integer);
// Never RANGE: what is too large becomes an infinity, what is too small 0.
mvm_parse mvm_parse_float(const mvm_string *string, double *number);

#endif
