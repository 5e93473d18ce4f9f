// Hashes of map keys.
//
// In: a key: an int, a float that is not NaN, a bool or a string. Out: 32 bits, equal for keys that
// `==` calls equal (so for 1 and 1.0), and well spread in the low bits, which maps take, whatever
// the distances between the keys are.
#ifndef MVM_HASH_H
#define MVM_HASH_H

#include "object.h"

// Both halves of a 128-bit product: each bit of the operands reaches all of the result's low bits.
static inline uint64_t mvm_mix(uint64_t left, uint64_t right) {
    unsigned __int128 product = (unsigned __int128)left * right;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

// The fold is for keys at distances of some powers of two, which would have too few slots else.
static inline uint32_t mvm_hash_int(int64_t integer) {
    uint64_t mixed = mvm_mix((uint64_t)integer ^ 0xa0761d6478bd642fu, 0xe7037ed1a0b428dbu);
    return (uint32_t)(mixed ^ mixed >> 32);
}

// Computed once a string; never 0.
uint32_t mvm_hash_string(mvm_string *string);
uint32_t mvm_hash_key(mvm_value key);

#endif
