// Free ranges of the code cache: pieces are taken and given back at random, beside a model that has
// a flag for each byte.
//
// In: nothing. Out: failed checks, counted and printed.
#include "../../minivm/jit/free_ranges.h"
#include "check.h"

enum { SIZE = 400, PIECES = 32, STEPS = 20000 };

typedef struct piece {
    size_t start, size;  // size 0: not taken
} piece;

// Where the first `size` free bytes in a row are.
static ptrdiff_t first_fit(const bool *taken, size_t size) {
    size_t free_bytes = 0;
    for (size_t i = 0; i < SIZE; i++) {
        free_bytes = taken[i] ? 0 : free_bytes + 1;
        if (free_bytes >= size) return (ptrdiff_t)(i + 1 - size);
    }
    return MVM_NO_RANGE;
}

// How many rows of free bytes there are.
static uint32_t count_rows(const bool *taken) {
    uint32_t rows = 0;
    for (size_t i = 0; i < SIZE; i++) rows += !taken[i] && (i == 0 || taken[i - 1]);
    return rows;
}

static void step(mvm_free_ranges *ranges, bool *taken, piece *one, size_t size) {
    if (one->size) {
        CHECK(mvm_free_ranges_give(ranges, one->start, one->size));
        memset(taken + one->start, false, one->size);
        one->size = 0;
        return;
    }
    ptrdiff_t found = mvm_free_ranges_find(ranges, size);
    CHECK(found == first_fit(taken, size));
    if (found == MVM_NO_RANGE) return;
    *one = (piece){(size_t)found, size};
    mvm_free_ranges_take(ranges, one->start, size);
    memset(taken + one->start, true, size);
}

void check_free_ranges(void) {
    mvm_free_ranges ranges = {0};
    bool taken[SIZE] = {0};
    piece pieces[PIECES] = {0};
    uint32_t random = 1;
    CHECK(mvm_free_ranges_give(&ranges, 0, SIZE));
    for (int i = 0; i < STEPS; i++) {
        random = random * 1664525 + 1013904223;
        step(&ranges, taken, &pieces[(random >> 16) % PIECES], 1 + (random >> 24) % 30);
        CHECK(ranges.count == count_rows(taken));
    }
    mvm_free_ranges_destroy(&ranges);
}
