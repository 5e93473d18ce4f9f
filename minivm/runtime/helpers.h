// The C functions that the bodies in uops.def call.
//
// In: value operands by value, typed ones unboxed (int and bool as int64_t, float as double).
// Out: the result through the last pointer, as an mvm_value, or unboxed where uops.def types it.
// A `bool` result is false when an error has been recorded in the VM; the result is then unset.
// A helper that allocates may run the collector: its operands must be reachable from a root while
// it runs. `word` arguments name the word in error messages.
#ifndef MVM_HELPERS_H
#define MVM_HELPERS_H

#include "format.h"
#include "object.h"
#include "utf8.h"

// --- arithmetic.c: ints are checked, an int with a float gives a float -------------------------
bool mvm_add(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result);
bool mvm_sub(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result);
bool mvm_mul(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result);
bool mvm_div(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result);
bool mvm_floordiv(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result);
bool mvm_mod(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result);
bool mvm_neg(mvm_vm *vm, mvm_value value, mvm_value *result);
bool mvm_abs(mvm_vm *vm, mvm_value value, mvm_value *result);
// The smaller (larger) of two numbers, as it is; `left` when neither is.
bool mvm_min(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result);
bool mvm_max(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result);
// Floored division and its remainder, which has the sign of `right`; right != 0.
double mvm_float_floordiv(double left, double right);
double mvm_float_mod(double left, double right);

// --- bits.c: ints only -------------------------------------------------------------------------
bool mvm_add_wrap(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result);
bool mvm_sub_wrap(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result);
bool mvm_mul_wrap(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result);
bool mvm_and(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result);
bool mvm_or(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result);
bool mvm_xor(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result);
bool mvm_invert(mvm_vm *vm, mvm_value value, mvm_value *result);
// Counts of 64 and more shift everything out; a negative count is a "value" error.
bool mvm_shift_left(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result);
bool mvm_shift_right(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result);

// --- logic.c: bools only -----------------------------------------------------------------------
bool mvm_not(mvm_vm *vm, mvm_value value, mvm_value *result);
bool mvm_logical_and(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result);
bool mvm_logical_or(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result);
bool mvm_condition(mvm_vm *vm, mvm_value value, int64_t *truth);
bool mvm_assert(mvm_vm *vm, mvm_value value);

// --- compare.c ---------------------------------------------------------------------------------
// Ints and floats by their exact numeric value (NaN is not equal to itself), strings by their text,
// lists, ranges, maps and records by what is in them, functions only when they are one object;
// values of other different types are not equal.
bool mvm_equal(const mvm_vm *vm, mvm_value left, mvm_value right);
// Whether no program could tell the two apart: one object, or equal ints, floats, strings, …
bool mvm_same(mvm_value left, mvm_value right);
// Two numbers, or two strings. For ">" and ">=" the operands come swapped, which `swapped` says: no
// text is passed, since a stencil cannot reach its own in 32 bits.
bool mvm_less(mvm_vm *vm, mvm_value left, mvm_value right, bool swapped, int64_t *truth);
bool mvm_less_equal(mvm_vm *vm, mvm_value left, mvm_value right, bool swapped, int64_t *truth);

// --- mathematics.c -----------------------------------------------------------------------------
bool mvm_sqrt(mvm_vm *vm, mvm_value value, mvm_value *result);
bool mvm_sin(mvm_vm *vm, mvm_value value, mvm_value *result);
bool mvm_cos(mvm_vm *vm, mvm_value value, mvm_value *result);
bool mvm_exp(mvm_vm *vm, mvm_value value, mvm_value *result);
bool mvm_log(mvm_vm *vm, mvm_value value, mvm_value *result);
// An int to the power of an int >= 0 is an int, checked; anything else is a float.
bool mvm_pow(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result);
// To an int; `round` takes halves to the even neighbour.
bool mvm_floor(mvm_vm *vm, mvm_value value, mvm_value *result);
bool mvm_ceil(mvm_vm *vm, mvm_value value, mvm_value *result);
bool mvm_round(mvm_vm *vm, mvm_value value, mvm_value *result);
double mvm_float_sin(double value);
double mvm_float_cos(double value);
double mvm_float_exp(double value);
double mvm_float_log(double value);

// --- conversions.c -----------------------------------------------------------------------------
bool mvm_to_int(mvm_vm *vm, mvm_value value, mvm_value *result);
bool mvm_to_float(mvm_vm *vm, mvm_value value, mvm_value *result);
bool mvm_to_string(mvm_vm *vm, mvm_value value, mvm_value *result);
// `digits` decimals, 0 to 100.
bool mvm_fixed(mvm_vm *vm, mvm_value value, mvm_value digits, mvm_value *result);
// "int", "list", …; of a record the name of its type.
bool mvm_name_of_type(mvm_vm *vm, mvm_value value, mvm_value *result);
// Seconds from some fixed moment on; never goes back.
double mvm_clock(void);

// --- containers.c ------------------------------------------------------------------------------
bool mvm_build_list(mvm_vm *vm, const mvm_value *values, int64_t count, mvm_value *result);
bool mvm_fill(mvm_vm *vm, mvm_value value, mvm_value count, mvm_value *result);
bool mvm_len(mvm_vm *vm, mvm_value value, mvm_value *result);
bool mvm_get(mvm_vm *vm, mvm_value container, mvm_value index, mvm_value *result);
bool mvm_set(mvm_vm *vm, mvm_value container, mvm_value index, mvm_value value);
bool mvm_push(mvm_vm *vm, mvm_value list, mvm_value value);
bool mvm_pop(mvm_vm *vm, mvm_value list, mvm_value *result);
bool mvm_concat(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result);
// Whether the element or key is there.
bool mvm_has(mvm_vm *vm, mvm_value container, mvm_value item, int64_t *truth);
bool mvm_get_or(mvm_vm *vm, mvm_value map, mvm_value key, mvm_value missing, mvm_value *result);
// The index of the first equal element, -1 where there is none.
bool mvm_find(mvm_vm *vm, mvm_value container, mvm_value item, mvm_value *result);
// By index or key, which must be there.
bool mvm_remove(mvm_vm *vm, mvm_value container, mvm_value place);
bool mvm_clear(mvm_vm *vm, mvm_value container);
// Of the container alone: what is in it is shared.
bool mvm_copy(mvm_vm *vm, mvm_value container, mvm_value *result);
bool mvm_keys(mvm_vm *vm, mvm_value map, mvm_value *result);
bool mvm_values(mvm_vm *vm, mvm_value map, mvm_value *result);
bool mvm_insert(mvm_vm *vm, mvm_value list, mvm_value index, mvm_value value);
bool mvm_slice(mvm_vm *vm, mvm_value container, mvm_value from, mvm_value to, mvm_value *result);

// --- list_sort.c -------------------------------------------------------------------------------
// In place and stable: numbers by value, NaN last, or strings by code point.
bool mvm_sort(mvm_vm *vm, mvm_value list);
// In place.
bool mvm_reverse(mvm_vm *vm, mvm_value list);

// --- string_words.c, string_pieces.c, string_case.c ----------------------------------------------
bool mvm_string_find(mvm_vm *vm, mvm_string *string, mvm_value part, mvm_value *result);
bool mvm_string_has(mvm_vm *vm, mvm_string *string, mvm_value part, int64_t *truth);
// The character at an index, and mvm_slice, of a string; NULL with an error recorded.
mvm_string *mvm_string_get(mvm_vm *vm, mvm_string *string, int64_t index);
mvm_string *mvm_string_part(mvm_vm *vm, mvm_string *string, int64_t from, int64_t to);
bool mvm_starts_with(mvm_vm *vm, mvm_value string, mvm_value part, mvm_value *result);
bool mvm_ends_with(mvm_vm *vm, mvm_value string, mvm_value part, mvm_value *result);
// Without the white space at both ends.
bool mvm_trim(mvm_vm *vm, mvm_value string, mvm_value *result);
bool mvm_repeat(mvm_vm *vm, mvm_value string, mvm_value count, mvm_value *result);
// The code point of a string of one character, and back.
bool mvm_code_point(mvm_vm *vm, mvm_value string, mvm_value *result);
bool mvm_character(mvm_vm *vm, mvm_value code, mvm_value *result);
bool mvm_split(mvm_vm *vm, mvm_value string, mvm_value separator, mvm_value *result);
// Lines end with "\n" or "\r\n", which are no part of them.
bool mvm_lines(mvm_vm *vm, mvm_value string, mvm_value *result);
bool mvm_join(mvm_vm *vm, mvm_value list, mvm_value separator, mvm_value *result);
bool mvm_replace(mvm_vm *vm, mvm_value string, mvm_value old, mvm_value new, mvm_value *result);
bool mvm_upper(mvm_vm *vm, mvm_value string, mvm_value *result);
bool mvm_lower(mvm_vm *vm, mvm_value string, mvm_value *result);

// --- template.c ------------------------------------------------------------------------------
// The template with the list's values, as text, in the places of its `{…}`.
bool mvm_format(mvm_vm *vm, mvm_value template, mvm_value values, mvm_value *result);

// --- input.c, files.c ----------------------------------------------------------------------------
// The next line without its end, nil when there is none.
bool mvm_read_line(mvm_vm *vm, mvm_value *result);
bool mvm_read_all(mvm_vm *vm, mvm_value *result);
bool mvm_sleep(mvm_vm *vm, mvm_value seconds);
bool mvm_read_file(mvm_vm *vm, mvm_value path, mvm_value *result);
bool mvm_write_file(mvm_vm *vm, mvm_value text, mvm_value path);
bool mvm_append_file(mvm_vm *vm, mvm_value text, mvm_value path);
// Records an "exit" error. Always returns false.
bool mvm_end_program(mvm_vm *vm, mvm_value status);

// --- iteration.c -------------------------------------------------------------------------------
bool mvm_make_range(mvm_vm *vm, mvm_value start, mvm_value end, mvm_value *result);
// The range with another step; 0 is a "value" error.
bool mvm_step(mvm_vm *vm, mvm_value range, mvm_value step, mvm_value *result);
bool mvm_range_bound(mvm_vm *vm, mvm_value value, int64_t *bound);
// The first value a loop from `start` does not reach: start + n * step, wrapping, so that `!=`
// ends the loop. Step 0 is a "value" error.
bool mvm_step_stop(mvm_vm *vm, int64_t start, int64_t end, int64_t step, int64_t *stop);
// What `for` goes over: the value itself when it is a list, a string or a range, a map's keys.
bool mvm_iterable(mvm_vm *vm, mvm_value value, mvm_value *result);
bool mvm_has_next(mvm_value container, int64_t index);
// The element at `index`, which mvm_has_next said there is.
bool mvm_next(mvm_vm *vm, mvm_value container, int64_t index, mvm_value *result);

// --- function.c --------------------------------------------------------------------------------
bool mvm_new_cell(mvm_vm *vm, mvm_value value, mvm_value *result);
bool mvm_make_closure(mvm_vm *vm, uint32_t function, const mvm_value *captures, int64_t count,
                      mvm_value *result);

// --- record.c ----------------------------------------------------------------------------------
bool mvm_new_record(mvm_vm *vm, uint32_t type, const mvm_value *fields, int64_t count,
                    mvm_value *result);
// Both note the record's type and the field's place in the caches.
bool mvm_get_field(mvm_vm *vm, mvm_value record, uint32_t symbol, uint16_t *type_cache,
                   uint16_t *place_cache, mvm_value *result);
bool mvm_set_field(mvm_vm *vm, mvm_value value, mvm_value record, uint32_t symbol,
                   uint16_t *type_cache, uint16_t *place_cache);
// Whether that would leave the field monomorphic, if it is (monomorphic.h), or be an error.
bool mvm_keeps_monomorphic(const mvm_vm *vm, mvm_value value, mvm_value record, uint32_t symbol);

// --- throw.c -----------------------------------------------------------------------------------
// Records the value as the pending error. Always returns false.
bool mvm_throw(mvm_vm *vm, mvm_value value);
// An Error to throw, of a kind and a message, both strings.
bool mvm_make_error(mvm_vm *vm, mvm_value kind, mvm_value message, mvm_value *result);

// --- map.c -------------------------------------------------------------------------------------
// Keys and values by turns: `count` values.
bool mvm_build_map(mvm_vm *vm, const mvm_value *values, int64_t count, mvm_value *result);

#endif
