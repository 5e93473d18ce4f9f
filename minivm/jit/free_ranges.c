// Free ranges: first fit over a sorted array. There are about as many as traces have been freed
// between others that are still there, so a search is short beside making a trace.
#include "free_ranges.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

ptrdiff_t mvm_free_ranges_find(const mvm_free_ranges *ranges, size_t size) {
    for (uint32_t i = 0; i < ranges->count; i++) {
        if (ranges->ranges[i].size >= size) return (ptrdiff_t)ranges->ranges[i].start;
    }
    return MVM_NO_RANGE;
}

// The first range that begins at `start` or behind it.
static uint32_t place_of(const mvm_free_ranges *ranges, size_t start) {
    uint32_t place = 0;
    while (place < ranges->count && ranges->ranges[place].start < start) place++;
    return place;
}

static void remove_range(mvm_free_ranges *ranges, uint32_t place) {
    mvm_free_range *range = &ranges->ranges[place];
    memmove(range, range + 1, (--ranges->count - place) * sizeof *range);
}

void mvm_free_ranges_take(mvm_free_ranges *ranges, size_t start, size_t size) {
    if (size == 0) return;
    uint32_t place = place_of(ranges, start);
    assert(place < ranges->count && ranges->ranges[place].start == start);
    mvm_free_range *range = &ranges->ranges[place];
    assert(range->size >= size);
    range->start += size;
    range->size -= size;
    if (range->size == 0) remove_range(ranges, place);
}

static bool insert(mvm_free_ranges *ranges, uint32_t place, size_t start, size_t size) {
    if (ranges->count == ranges->capacity) {
        uint32_t capacity = ranges->capacity ? 2 * ranges->capacity : 8;
        mvm_free_range *larger = realloc(ranges->ranges, capacity * sizeof *larger);
        if (!larger) return false;
        ranges->ranges = larger;
        ranges->capacity = capacity;
    }
    mvm_free_range *range = &ranges->ranges[place];
    memmove(range + 1, range, (ranges->count++ - place) * sizeof *range);
    *range = (mvm_free_range){start, size};
    return true;
}

bool mvm_free_ranges_give(mvm_free_ranges *ranges, size_t start, size_t size) {
    if (size == 0) return true;
    uint32_t place = place_of(ranges, start);
    mvm_free_range *before = place > 0 ? &ranges->ranges[place - 1] : NULL;
    mvm_free_range *after = place < ranges->count ? &ranges->ranges[place] : NULL;
    bool joins_before = before && before->start + before->size == start;
    bool joins_after = after && start + size == after->start;
    assert(!before || before->start + before->size <= start);
    assert(!after || start + size <= after->start);
    if (joins_before) {
        before->size += size + (joins_after ? after->size : 0);
        if (joins_after) remove_range(ranges, place);
    } else if (joins_after) {
        after->start = start;
        after->size += size;
    } else {
        return insert(ranges, place, start, size);
    }
    return true;
}

void mvm_free_ranges_destroy(mvm_free_ranges *ranges) { free(ranges->ranges); }
