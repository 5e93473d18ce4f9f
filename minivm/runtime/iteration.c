// Ranges and `for` loops: making ranges, and going over containers element by element.
//
// In: bounds and steps, or a container and an index. Out: range objects, the bounds of a loop that
// needs none, elements; or a "type", "value" or "overflow" error.
#include <assert.h>
#include <inttypes.h>

#include "helpers.h"
#include "numbers.h"
#include "range.h"
#include "vm.h"

static bool give_range(mvm_value *result, mvm_range *range) {
    if (!range) return false;
    *result = mvm_from_range(range);
    return true;
}

static bool fail_step(mvm_vm *vm) {
    return mvm_fail(vm, MVM_ERROR_VALUE, "'step' needs an int other than 0");
}

bool mvm_make_range(mvm_vm *vm, mvm_value start, mvm_value end, mvm_value *result) {
    if (!mvm_are_ints(start, end)) return mvm_fail_types(vm, "range", "two ints", start, end);
    return give_range(result, mvm_range_new(vm, start.integer, end.integer, 1));
}

bool mvm_step(mvm_vm *vm, mvm_value range, mvm_value step, mvm_value *result) {
    if (range.tag != MVM_TAG_RANGE || !mvm_is_int(step)) {
        return mvm_fail_types(vm, "step", "a range and an int", range, step);
    }
    if (step.integer == 0) return fail_step(vm);
    int64_t start = range.range->start, end = range.range->end;
    return give_range(result, mvm_range_new(vm, start, end, step.integer));
}

bool mvm_range_bound(mvm_vm *vm, mvm_value value, int64_t *bound) {
    if (!mvm_is_int(value)) {
        return mvm_fail(vm, MVM_ERROR_TYPE, "a range needs ints, found %s",
                        mvm_type_name(mvm_type_of(value)));
    }
    *bound = value.integer;
    return true;
}

// Where start + n * step wraps all the way round to `start`, the loop would not begin. That takes
// more than 2^64 - |step| ints of distance; every other stop is one no earlier value equals.
bool mvm_step_stop(mvm_vm *vm, int64_t start, int64_t end, int64_t step, int64_t *stop) {
    if (step == 0) return fail_step(vm);
    uint64_t count = mvm_range_count(start, end, step);
    *stop = (int64_t)((uint64_t)start + count * (uint64_t)step);
    if (count > 0 && *stop == start) {
        return mvm_fail(vm, MVM_ERROR_OVERFLOW,
                        "the range from %" PRId64 " to %" PRId64
                        " is too long for a step of %" PRId64,
                        start, end, step);
    }
    return true;
}

bool mvm_iterable(mvm_vm *vm, mvm_value value, mvm_value *result) {
    switch (value.tag) {
    case MVM_TAG_STRING:
    case MVM_TAG_LIST:
    case MVM_TAG_RANGE: *result = value; return true;
    case MVM_TAG_MAP: return mvm_keys(vm, value, result);
    default: return mvm_fail_type(vm, "for", "a range, a list, a string or a map", value);
    }
}

bool mvm_has_next(mvm_value container, int64_t index) {
    switch (container.tag) {
    case MVM_TAG_STRING: return index < container.string->length;
    case MVM_TAG_LIST: return index < container.list->length;
    default: assert(container.tag == MVM_TAG_RANGE); return index < container.range->length;
    }
}

bool mvm_next(mvm_vm *vm, mvm_value container, int64_t index, mvm_value *result) {
    assert(index >= 0 && mvm_has_next(container, index));
    switch (container.tag) {
    case MVM_TAG_LIST: *result = mvm_list_get(container.list, index); return true;
    case MVM_TAG_RANGE: *result = mvm_from_int(mvm_range_at(container.range, index)); return true;
    default: break;
    }
    assert(container.tag == MVM_TAG_STRING);
    mvm_string *character = mvm_string_at(vm, container.string, index);
    if (!character) return false;
    *result = mvm_from_string(character);
    return true;
}
