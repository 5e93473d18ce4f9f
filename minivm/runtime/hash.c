// Hashes of map keys (hash.h).
#include "hash.h"

#include <assert.h>
#include <string.h>

#include "numbers.h"

enum { WORD = 8, HALF = 4, BOOL_SEED = 0x5bd1e995 };

static uint64_t read_word(const char *bytes) {
    uint64_t word;
    memcpy(&word, bytes, WORD);
    return word;
}

// Fewer than eight bytes, some of them twice: the length tells those from others. No copy of a
// length that varies, which would be a call.
static uint64_t read_rest(const char *bytes, size_t count) {
    if (count == 0) return 0;
    if (count < HALF) {
        return (uint64_t)(uint8_t)bytes[0] << 16 | (uint64_t)(uint8_t)bytes[count / 2] << 8 |
               (uint8_t)bytes[count - 1];
    }
    uint32_t first, last;
    memcpy(&first, bytes, HALF);
    memcpy(&last, bytes + count - HALF, HALF);
    return (uint64_t)first << 32 | last;
}

// Eight bytes at a time.
static uint32_t hash_bytes(const char *bytes, size_t count) {
    uint64_t hash = (uint64_t)count ^ 0x8ebc6af09c88c6e3u;
    for (; count >= WORD; bytes += WORD, count -= WORD) {
        hash = mvm_mix(hash ^ read_word(bytes), 0xa0761d6478bd642fu);
    }
    hash = mvm_mix(hash ^ read_rest(bytes, count), 0xe7037ed1a0b428dbu);
    return (uint32_t)mvm_mix(hash ^ 0x589965cc75374cc3u, 0x1d8e4e27c47d124fu);
}

uint32_t mvm_hash_string(mvm_string *string) {
    if (string->header.hash == 0) {
        uint32_t hash = hash_bytes(string->bytes, (size_t)string->byte_length);
        string->header.hash = hash ? hash : 1;
    }
    return string->header.hash;
}

static uint32_t hash_float(double number) {
    if (mvm_fits_int(number) && (double)(int64_t)number == number) {
        return mvm_hash_int((int64_t)number);
    }
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return mvm_hash_int((int64_t)bits);
}

uint32_t mvm_hash_key(mvm_value key) {
    switch (key.tag) {
    case MVM_TAG_INT: return mvm_hash_int(key.integer);
    case MVM_TAG_FLOAT: return hash_float(key.number);
    case MVM_TAG_STRING: return mvm_hash_string(key.string);
    default: assert(key.tag == MVM_TAG_BOOL); return mvm_hash_int(key.integer ^ BOOL_SEED);
    }
}
