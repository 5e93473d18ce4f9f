// Copies of few bytes without a call.
//
// In: bytes that do not overlap with where they go. Out: a copy of them.
#ifndef MVM_COPY_H
#define MVM_COPY_H

#include <stdint.h>
#include <string.h>

// The first and the last half, which may overlap.
#define MVM_COPY_ENDS(type, to, from, count)                                                       \
    do {                                                                                           \
        type first, last;                                                                          \
        memcpy(&first, from, sizeof first);                                                        \
        memcpy(&last, (from) + (count) - sizeof last, sizeof last);                                \
        memcpy(to, &first, sizeof first);                                                          \
        memcpy((to) + (count) - sizeof last, &last, sizeof last);                                  \
    } while (0)

// As memcpy; text is mostly put together from pieces of up to 16 bytes.
static inline void mvm_copy_bytes(char *to, const char *from, size_t count) {
    if (count > 16) {
        memcpy(to, from, count);
    } else if (count >= 8) {
        MVM_COPY_ENDS(uint64_t, to, from, count);
    } else if (count >= 4) {
        MVM_COPY_ENDS(uint32_t, to, from, count);
    } else if (count >= 2) {
        MVM_COPY_ENDS(uint16_t, to, from, count);
    } else if (count == 1) {
        *to = *from;
    }
}

#endif
