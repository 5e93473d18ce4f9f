// The free parts of a stretch of memory, of which traces take and give back pieces.
#ifndef MVM_FREE_RANGES_H
#define MVM_FREE_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct mvm_free_range {
    size_t start, size;
} mvm_free_range;

// In order, none empty, and no two of them next to each other.
typedef struct mvm_free_ranges {
    mvm_free_range *ranges;
    uint32_t count, capacity;
} mvm_free_ranges;

enum { MVM_NO_RANGE = -1 };

// The start of the first range with room for `size` bytes; MVM_NO_RANGE without one.
ptrdiff_t mvm_free_ranges_find(const mvm_free_ranges *ranges, size_t size);
// Take `size` bytes from where mvm_free_ranges_find has found them.
void mvm_free_ranges_take(mvm_free_ranges *ranges, size_t start, size_t size);
// Give them back, or the whole stretch at first. False when out of memory: then they are lost.
bool mvm_free_ranges_give(mvm_free_ranges *ranges, size_t start, size_t size);
void mvm_free_ranges_destroy(mvm_free_ranges *ranges);

#endif
