// What a program does with a string as a whole: `find has slice starts_with ends_with code char
// repeat trim`.
//
// In: any values, of which `string` is one. Out: strings, ints and bools, places counted in code
// points; or a "type", "index" or "value" error.
#define _GNU_SOURCE 1  // memmem
#include <inttypes.h>
#include <string.h>

#include "copy.h"
#include "helpers.h"
#include "numbers.h"
#include "text.h"
#include "utf8.h"
#include "vm.h"

enum { QUOTED_ROOM = 64 };

static bool give(mvm_value *result, mvm_string *string) {
    if (!string) return false;
    *result = mvm_from_string(string);
    return true;
}

static bool are_strings(mvm_value left, mvm_value right) {
    return left.tag == MVM_TAG_STRING && right.tag == MVM_TAG_STRING;
}

// --- searching -------------------------------------------------------------------------------

// The offset of the part's first byte; -1: it is not there.
static int64_t find_bytes(const mvm_string *string, const mvm_string *part) {
    const char *found =
        memmem(string->bytes, (size_t)string->byte_length, part->bytes, (size_t)part->byte_length);
    return found ? found - string->bytes : -1;
}

bool mvm_string_find(mvm_vm *vm, mvm_string *string, mvm_value part, mvm_value *result) {
    if (part.tag != MVM_TAG_STRING) return mvm_fail_type(vm, "find", "a string to look for", part);
    int64_t offset = find_bytes(string, part.string);
    bool ascii = string->header.flags & MVM_STRING_ASCII;
    if (offset > 0 && !ascii) offset = mvm_utf8_count(string->bytes, offset);
    *result = mvm_from_int(offset);
    return true;
}

bool mvm_string_has(mvm_vm *vm, mvm_string *string, mvm_value part, int64_t *truth) {
    if (part.tag != MVM_TAG_STRING) return mvm_fail_type(vm, "has", "a string to look for", part);
    *truth = find_bytes(string, part.string) >= 0;
    return true;
}

bool mvm_starts_with(mvm_vm *vm, mvm_value string, mvm_value part, mvm_value *result) {
    if (!are_strings(string, part)) {
        return mvm_fail_types(vm, "starts_with", "two strings", string, part);
    }
    int64_t length = part.string->byte_length;
    *result = mvm_from_bool(length <= string.string->byte_length &&
                            memcmp(string.string->bytes, part.string->bytes, (size_t)length) == 0);
    return true;
}

bool mvm_ends_with(mvm_vm *vm, mvm_value string, mvm_value part, mvm_value *result) {
    if (!are_strings(string, part)) {
        return mvm_fail_types(vm, "ends_with", "two strings", string, part);
    }
    int64_t length = part.string->byte_length, before = string.string->byte_length - length;
    *result = mvm_from_bool(before >= 0 && memcmp(string.string->bytes + before, part.string->bytes,
                                                  (size_t)length) == 0);
    return true;
}

// --- parts -----------------------------------------------------------------------------------

static bool is_space(uint32_t code) {
    return (code >= 0x09 && code <= 0x0d) || code == 0x20 || code == 0x85 || code == 0xa0 ||
           code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 ||
           code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000;
}

bool mvm_trim(mvm_vm *vm, mvm_value value, mvm_value *result) {
    if (value.tag != MVM_TAG_STRING) return mvm_fail_type(vm, "trim", "a string", value);
    const char *bytes = value.string->bytes;
    int64_t start = 0, end = value.string->byte_length;
    while (start < end && is_space(mvm_utf8_decode(bytes + start))) {
        start += mvm_utf8_size(bytes[start]);
    }
    while (start < end) {
        int64_t last = mvm_utf8_advance(bytes, end, -1);
        if (!is_space(mvm_utf8_decode(bytes + last))) break;
        end = last;
    }
    if (end - start == value.string->byte_length) return give(result, value.string);
    return give(result, mvm_string_new(vm, bytes + start, end - start));
}

bool mvm_repeat(mvm_vm *vm, mvm_value value, mvm_value count, mvm_value *result) {
    if (value.tag != MVM_TAG_STRING || !mvm_is_int(count)) {
        return mvm_fail_types(vm, "repeat", "a string and an int", value, count);
    }
    if (count.integer < 0) {
        return mvm_fail(vm, MVM_ERROR_VALUE, "'repeat' needs a count of 0 or more, found %" PRId64,
                        count.integer);
    }
    const mvm_string *piece = value.string;
    if (count.integer == 0 || piece->byte_length == 0) return give(result, &vm->heap.empty_string);
    if (count.integer == 1) return give(result, value.string);
    int64_t byte_length;
    if (__builtin_mul_overflow(piece->byte_length, count.integer, &byte_length)) {
        byte_length = INT64_MAX;
    }
    int64_t length = piece->length * (byte_length / piece->byte_length);
    mvm_string *string = mvm_string_blank(vm, length, byte_length);
    if (!string) return false;
    char *bytes = mvm_string_writable(string);
    for (int64_t i = 0; i < count.integer; i++, bytes += piece->byte_length) {
        mvm_copy_bytes(bytes, piece->bytes, (size_t)piece->byte_length);
    }
    return give(result, string);
}

// --- code points -----------------------------------------------------------------------------

bool mvm_code_point(mvm_vm *vm, mvm_value value, mvm_value *result) {
    if (value.tag != MVM_TAG_STRING) return mvm_fail_type(vm, "code", "a string", value);
    if (value.string->length != 1) {
        char quoted[QUOTED_ROOM];
        mvm_quote(value.string->bytes, (size_t)value.string->byte_length, quoted, sizeof quoted);
        return mvm_fail(vm, MVM_ERROR_VALUE, "'code' needs a string of one character, found %s",
                        quoted);
    }
    *result = mvm_from_int(mvm_utf8_decode(value.string->bytes));
    return true;
}

bool mvm_character(mvm_vm *vm, mvm_value value, mvm_value *result) {
    if (!mvm_is_int(value)) return mvm_fail_type(vm, "char", "an int", value);
    int64_t code = value.integer;
    if (code < 0 || code > MVM_CODE_POINT_LARGEST || mvm_is_surrogate(code)) {
        return mvm_fail(vm, MVM_ERROR_VALUE,
                        "'char' needs the number of a Unicode character, found %" PRId64, code);
    }
    char bytes[MVM_UTF8_LONGEST];
    return give(result, mvm_string_new(vm, bytes, mvm_utf8_encode((uint32_t)code, bytes)));
}
