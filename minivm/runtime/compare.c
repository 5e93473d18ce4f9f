// Comparison of any two values: `== != < <= > >=`.
//
// In: values. Out: a truth; or a "type" error for two values that have no order.
#include "deep_equal.h"
#include "helpers.h"
#include "numbers.h"
#include "vm.h"

// By their elements: where there are none, or one, the step makes no difference.
static bool equal_ranges(const mvm_range *left, const mvm_range *right) {
    if (left->length != right->length) return false;
    if (left->length > 0 && left->start != right->start) return false;
    return left->length < 2 || left->step == right->step;
}

bool mvm_equal(const mvm_vm *vm, mvm_value left, mvm_value right) {
    if (mvm_are_numbers(left, right)) return mvm_compare_numbers(left, right) == MVM_EQUAL;
    if (left.tag != right.tag) return false;
    switch (left.tag) {
    case MVM_TAG_NIL: return true;
    case MVM_TAG_BOOL: return left.integer == right.integer;
    case MVM_TAG_STRING: return mvm_string_equal(left.string, right.string);
    case MVM_TAG_RANGE: return equal_ranges(left.range, right.range);
    case MVM_TAG_FUNCTION: return left.function == right.function;
    default: return mvm_deep_equal(vm, left, right);
    }
}

bool mvm_same(mvm_value left, mvm_value right) {
    if (left.tag != right.tag) return false;
    if (left.tag == MVM_TAG_STRING) return mvm_string_equal(left.string, right.string);
    if (left.tag == MVM_TAG_RANGE) return equal_ranges(left.range, right.range);
    return left.bits == right.bits;
}

// For ">" and ">=" the operands come swapped, and the message has them as the program does.
static bool fail_order(mvm_vm *vm, mvm_value left, mvm_value right, bool swapped,
                       const char *word) {
    return mvm_fail_types(vm, word, "two numbers or two strings", swapped ? right : left,
                          swapped ? left : right);
}

static bool compare(mvm_vm *vm, mvm_value left, mvm_value right, bool swapped, const char *word,
                    mvm_order *order) {
    if (mvm_are_numbers(left, right)) {
        *order = mvm_compare_numbers(left, right);
        return true;
    }
    if (left.tag != MVM_TAG_STRING || right.tag != MVM_TAG_STRING) {
        return fail_order(vm, left, right, swapped, word);
    }
    int difference = mvm_string_compare(left.string, right.string);
    *order = difference < 0 ? MVM_LESS : difference > 0 ? MVM_GREATER : MVM_EQUAL;
    return true;
}

bool mvm_less(mvm_vm *vm, mvm_value left, mvm_value right, bool swapped, int64_t *truth) {
    mvm_order order;
    if (!compare(vm, left, right, swapped, swapped ? ">" : "<", &order)) return false;
    *truth = order == MVM_LESS;
    return true;
}

bool mvm_less_equal(mvm_vm *vm, mvm_value left, mvm_value right, bool swapped, int64_t *truth) {
    mvm_order order;
    if (!compare(vm, left, right, swapped, swapped ? ">=" : "<=", &order)) return false;
    *truth = order == MVM_LESS || order == MVM_EQUAL;
    return true;
}
