// `upper` and `lower`.
//
// In: any value. Out: the string with each letter's other case where it has one of the same size:
// ASCII, Latin, Greek, Cyrillic and Armenian letters; or a "type" error.
#include <string.h>

#include "helpers.h"
#include "utf8.h"
#include "vm.h"

// Every `stride`th of the capitals from `first` to `last` has its small letter `distance` behind.
// All of them take as many bytes as their small letters.
typedef struct capitals {
    uint16_t first, last;
    int16_t stride, distance;
} capitals;

static const capitals CAPITALS[] = {
    {0x00c0, 0x00d6, 1, 32},   {0x00d8, 0x00de, 1, 32},   {0x0100, 0x012e, 2, 1},
    {0x0132, 0x0136, 2, 1},    {0x0139, 0x0147, 2, 1},    {0x014a, 0x0176, 2, 1},
    {0x0178, 0x0178, 1, -121}, {0x0179, 0x017d, 2, 1},    {0x0370, 0x0372, 2, 1},
    {0x0376, 0x0376, 1, 1},    {0x037f, 0x037f, 1, 116},  {0x0386, 0x0386, 1, 38},
    {0x0388, 0x038a, 1, 37},   {0x038c, 0x038c, 1, 64},   {0x038e, 0x038f, 1, 63},
    {0x0391, 0x03a1, 1, 32},   {0x03a3, 0x03ab, 1, 32},   {0x03cf, 0x03cf, 1, 8},
    {0x03d8, 0x03ee, 2, 1},    {0x03f7, 0x03f7, 1, 1},    {0x03f9, 0x03f9, 1, -7},
    {0x03fa, 0x03fa, 1, 1},    {0x03fd, 0x03ff, 1, -130}, {0x0400, 0x040f, 1, 80},
    {0x0410, 0x042f, 1, 32},   {0x0460, 0x0480, 2, 1},    {0x048a, 0x04be, 2, 1},
    {0x04c0, 0x04c0, 1, 15},   {0x04c1, 0x04cd, 2, 1},    {0x04d0, 0x052e, 2, 1},
    {0x0531, 0x0556, 1, 48},   {0x1e00, 0x1e94, 2, 1},    {0x1ea0, 0x1efe, 2, 1},
};

enum { CAPITALS_COUNT = sizeof CAPITALS / sizeof *CAPITALS };

// The code point in the other case; `upward`: to a capital.
static uint32_t change_case(uint32_t code, bool upward) {
    for (int i = 0; i < CAPITALS_COUNT; i++) {
        const capitals *row = &CAPITALS[i];
        int32_t capital = (int32_t)code - (upward ? row->distance : 0);
        if (capital < row->first || capital > row->last) continue;
        if ((capital - row->first) % row->stride) continue;
        return (uint32_t)(upward ? capital : capital + row->distance);
    }
    return code;
}

static char change_ascii(char byte, bool upward) {
    char first = upward ? 'a' : 'A';
    return byte >= first && byte < first + 26 ? (char)(byte ^ 0x20) : byte;
}

static void change_bytes(char *to, const char *from, int64_t byte_length, bool upward) {
    for (int64_t i = 0; i < byte_length;) {
        if ((unsigned char)from[i] < 0x80) {
            to[i] = change_ascii(from[i], upward);
            i++;
        } else {
            char changed[MVM_UTF8_LONGEST];
            int size = mvm_utf8_encode(change_case(mvm_utf8_decode(from + i), upward), changed);
            memcpy(to + i, changed, (size_t)size);
            i += size;
        }
    }
}

static bool give_changed(mvm_vm *vm, const mvm_string *from, bool upward, mvm_value *result) {
    mvm_string *string;
    if (from->byte_length < 2) {
        char byte = 0;
        change_bytes(&byte, from->bytes, from->byte_length, upward);
        string = mvm_string_new(vm, &byte, from->byte_length);
    } else {
        string = mvm_string_blank(vm, from->length, from->byte_length);
        if (!string) return false;
        change_bytes(mvm_string_writable(string), from->bytes, from->byte_length, upward);
    }
    *result = mvm_from_string(string);
    return true;
}

bool mvm_upper(mvm_vm *vm, mvm_value value, mvm_value *result) {
    if (value.tag != MVM_TAG_STRING) return mvm_fail_type(vm, "upper", "a string", value);
    return give_changed(vm, value.string, true, result);
}

bool mvm_lower(mvm_vm *vm, mvm_value value, mvm_value *result) {
    if (value.tag != MVM_TAG_STRING) return mvm_fail_type(vm, "lower", "a string", value);
    return give_changed(vm, value.string, false, result);
}
