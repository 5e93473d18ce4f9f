// Values as text: what `print`, `write`, `string` and `fixed` show.
#ifndef MVM_FORMAT_H
#define MVM_FORMAT_H

#include "object.h"

// The shortest text that reads back as the same double, always with a '.', 'e', "inf" or "nan" in
// it ("1.0", "0.1", "1e+300"), as Python's repr. `text` has room for 32 bytes; returns the length.
int mvm_format_float(double number, char *text);
// A value as `print` shows it: strings bare, but quoted and escaped inside lists; lists as
// "[1 2.5 \"a\"]" (mvm syntax), a list inside itself as "[...]"; ranges as "0 10 range" or
// "0 10 range 2 step". NULL with an error recorded when out of memory.
mvm_string *mvm_format_value(mvm_vm *vm, mvm_value value);
mvm_string *mvm_int_to_string(mvm_vm *vm, int64_t integer);
// `digits` decimals (0 … 100), as C's "%.*f".
mvm_string *mvm_format_fixed(mvm_vm *vm, double number, int64_t digits);
bool mvm_print(mvm_vm *vm, mvm_value value, bool newline);

#endif
