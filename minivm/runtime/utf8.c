// UTF-8 (utf8.h).
//
// In: bytes. Out: code points, offsets and counts. Text is mostly ASCII: counting and checking take
// eight bytes at a time.
#include "utf8.h"

#include <string.h>

static const uint64_t TOP_BITS = UINT64_C(0x8080808080808080);

static uint64_t load_eight(const char *bytes) {
    uint64_t eight;
    memcpy(&eight, bytes, sizeof eight);
    return eight;
}

// Code points are counted by the bytes that go on with one: 10xxxxxx.
int64_t mvm_utf8_count(const char *bytes, int64_t byte_length) {
    int64_t count = byte_length, i = 0;
    for (; i + 8 <= byte_length; i += 8) {
        uint64_t eight = load_eight(bytes + i);
        count -= __builtin_popcountll(eight & ~eight << 1 & TOP_BITS);
    }
    for (; i < byte_length; i++) count -= !mvm_starts_code_point(bytes[i]);
    return count;
}

int64_t mvm_utf8_advance(const char *bytes, int64_t offset, int64_t count) {
    for (; count > 0; count--) offset += mvm_utf8_size(bytes[offset]);
    for (; count < 0; count++) {
        do offset--;
        while (!mvm_starts_code_point(bytes[offset]));
    }
    return offset;
}

uint32_t mvm_utf8_decode(const char *bytes) {
    const unsigned char *at = (const unsigned char *)bytes;
    switch (mvm_utf8_size(*bytes)) {
    case 1: return at[0];
    case 2: return (at[0] & 0x1fu) << 6 | (at[1] & 0x3fu);
    case 3: return (at[0] & 0x0fu) << 12 | (at[1] & 0x3fu) << 6 | (at[2] & 0x3fu);
    default:
        return (at[0] & 0x07u) << 18 | (at[1] & 0x3fu) << 12 | (at[2] & 0x3fu) << 6 |
               (at[3] & 0x3fu);
    }
}

int mvm_utf8_encode(uint32_t code, char bytes[MVM_UTF8_LONGEST]) {
    if (code < 0x80) {
        bytes[0] = (char)code;
        return 1;
    }
    int size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (int i = size - 1; i > 0; i--) {
        bytes[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    bytes[0] = (char)(first[size] | code);
    return size;
}

// The size of the code point at `bytes`, of which `left` bytes are there; 0: there is none.
static int valid_size(const char *bytes, int64_t left) {
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = (unsigned char)*bytes;
    if (first < 0x80) return 1;
    if (first < 0xc2 || first > 0xf4) return 0;
    int size = mvm_utf8_size(*bytes);
    if (size > left) return 0;
    for (int i = 1; i < size; i++) {
        if (mvm_starts_code_point(bytes[i])) return 0;
    }
    uint32_t code = mvm_utf8_decode(bytes);
    bool valid = code >= smallest[size] && code <= MVM_CODE_POINT_LARGEST;
    return valid && !mvm_is_surrogate(code) ? size : 0;
}

int64_t mvm_utf8_valid(const char *bytes, int64_t byte_length) {
    int64_t i = 0;
    while (i < byte_length) {
        if (i + 8 <= byte_length && !(load_eight(bytes + i) & TOP_BITS)) {
            i += 8;
            continue;
        }
        int size = valid_size(bytes + i, byte_length - i);
        if (size == 0) break;
        i += size;
    }
    return i;
}
