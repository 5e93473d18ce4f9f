// Ranges: how long they are, where they stop, and range objects.
//
// In: start, end and step, any ints with step != 0. Out: lengths and stops, exact over the whole
// 64-bit range, or an "overflow" error where they don't fit.
#include "range.h"

#include <assert.h>
#include <inttypes.h>

#include "vm.h"

// Distances between ints need 64 bits without a sign; the subtractions wrap to just that.
uint64_t mvm_range_count(int64_t start, int64_t end, int64_t step) {
    assert(step != 0);
    if (step > 0 ? start >= end : start <= end) return 0;
    uint64_t low = (uint64_t)(step > 0 ? start : end), high = (uint64_t)(step > 0 ? end : start);
    uint64_t stride = step > 0 ? (uint64_t)step : 0 - (uint64_t)step;
    return (high - low - 1) / stride + 1;
}

mvm_range *mvm_range_new(mvm_vm *vm, int64_t start, int64_t end, int64_t step) {
    uint64_t length = mvm_range_count(start, end, step);
    if (length > INT64_MAX) {
        mvm_fail(vm, MVM_ERROR_OVERFLOW,
                 "the range from %" PRId64 " to %" PRId64 " is too long: its length is not an int",
                 start, end);
        return NULL;
    }
    mvm_range *range = (mvm_range *)mvm_heap_allocate(vm, MVM_OBJECT_RANGE, sizeof *range);
    if (!range) return NULL;
    range->start = start;
    range->end = end;
    range->step = step;
    range->length = (int64_t)length;
    return range;
}

int64_t mvm_range_at(const mvm_range *range, int64_t index) {
    assert(index >= 0 && index < range->length);
    return (int64_t)((uint64_t)range->start + (uint64_t)index * (uint64_t)range->step);
}
