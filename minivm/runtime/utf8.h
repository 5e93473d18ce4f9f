// UTF-8: code points and the bytes they take.
//
// In: bytes, valid UTF-8 save where it says otherwise. Out: code points, offsets and counts.
#ifndef MVM_UTF8_H
#define MVM_UTF8_H

#include <stdbool.h>
#include <stdint.h>

enum { MVM_UTF8_LONGEST = 4, MVM_CODE_POINT_LARGEST = 0x10ffff };

static inline bool mvm_starts_code_point(char byte) { return ((unsigned char)byte & 0xc0) != 0x80; }

// How many bytes the code point takes that begins with the byte.
static inline int mvm_utf8_size(char first) {
    unsigned char byte = (unsigned char)first;
    return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

static inline bool mvm_is_surrogate(int64_t code) { return code >= 0xd800 && code <= 0xdfff; }

int64_t mvm_utf8_count(const char *bytes, int64_t byte_length);
// The offset of the code point `count` after the one at `offset`, or before it if negative.
int64_t mvm_utf8_advance(const char *bytes, int64_t offset, int64_t count);
uint32_t mvm_utf8_decode(const char *bytes);
// Writes a code point that is no surrogate; returns how many bytes it takes.
int mvm_utf8_encode(uint32_t code, char bytes[MVM_UTF8_LONGEST]);
// How many bytes from the first on are valid UTF-8, whole code points only: `byte_length` if all.
int64_t mvm_utf8_valid(const char *bytes, int64_t byte_length);

#endif
