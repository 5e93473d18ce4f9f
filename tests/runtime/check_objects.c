// Strings, lists and ranges: packing, equality and text.
//
// In: a VM. Out: failed checks, counted and printed.
#include "check.h"
#include "roots.h"

static void check_words(mvm_vm *vm) {
    mvm_value word = text(vm, "na\xc3\xafve \xf0\x9f\x98\x80!");
    CHECK(gives_one(vm, mvm_len, word, "8"));
    CHECK(gives(vm, mvm_get, word, of_int(6), "\xf0\x9f\x98\x80"));
    CHECK(gives(vm, mvm_get, word, of_int(7), "!") &&
          gives(vm, mvm_get, word, of_int(2), "\xc3\xaf"));
    CHECK(gives(vm, mvm_concat, word, text(vm, "?"), "na\xc3\xafve \xf0\x9f\x98\x80!?"));
    CHECK(fails(vm, mvm_get, word, of_int(8), MVM_ERROR_INDEX, "8 is out of range for a string"));
    CHECK(fails(vm, mvm_get, text(vm, ""), of_int(0), MVM_ERROR_INDEX, "of length 0"));
    CHECK(fails(vm, mvm_concat, word, of_int(1), MVM_ERROR_TYPE, "two strings or two lists"));
    CHECK(mvm_equal(vm, text(vm, "same"), text(vm, "same")));
    char large[1001] = {0};
    memset(large, 'y', 1000);
    CHECK(shows(vm, text(vm, large), large));
    for (int i = 0; i < 1000; i++) large[i] = i % 2 ? '\xa9' : '\xc3';
    CHECK(!mvm_fail(vm, MVM_ERROR_VALUE, ":%s", large) && strlen(vm->error.message) == 255);
    CHECK(failed(vm, MVM_ERROR_VALUE, "\xc3\xa9"));
    CHECK(!mvm_fail(vm, MVM_ERROR_VALUE, "%s", large) && strlen(vm->error.message) == 254);
    CHECK(failed(vm, MVM_ERROR_VALUE, "\xc3\xa9"));
}

static mvm_type pushed(mvm_vm *vm, mvm_value to, mvm_value value) {
    CHECK(mvm_push(vm, to, value));
    return mvm_type_of(to);
}

static void check_packing(mvm_vm *vm) {
    mvm_value ints = list(vm), floats = list(vm), values = list(vm), result;
    CHECK(mvm_type_of(ints) == MVM_TYPE_LIST);
    CHECK(pushed(vm, ints, of_int(1)) == MVM_TYPE_LIST_INT);
    CHECK(pushed(vm, floats, of_float(1.5)) == MVM_TYPE_LIST_FLOAT);
    CHECK(pushed(vm, values, mvm_from_nil()) == MVM_TYPE_LIST_VALUES);
    CHECK(gives(vm, mvm_concat, ints, ints, "[1 1]"));
    CHECK(gives(vm, mvm_concat, ints, floats, "[1 1.5]"));
    for (int i = 2; i < 100; i++) CHECK(pushed(vm, ints, of_int(i)) == MVM_TYPE_LIST_INT);
    CHECK(mvm_set(vm, ints, of_int(98), of_float(0.5)));
    CHECK(mvm_type_of(ints) == MVM_TYPE_LIST_VALUES);
    CHECK(gives(vm, mvm_get, ints, of_int(97), "98") &&
          gives(vm, mvm_get, ints, of_int(98), "0.5"));
    CHECK(pushed(vm, floats, of_int(2)) == MVM_TYPE_LIST_VALUES && shows(vm, floats, "[1.5 2]"));
    mvm_value emptied = list(vm);
    CHECK(mvm_push(vm, emptied, of_int(1)) && mvm_pop(vm, emptied, &result));
    CHECK(mvm_type_of(emptied) == MVM_TYPE_LIST_INT);
    CHECK(fails_one(vm, mvm_pop, emptied, MVM_ERROR_INDEX, "found none"));
    CHECK(mvm_push(vm, emptied, text(vm, "x")) && shows(vm, emptied, "[\"x\"]"));
    CHECK(fails(vm, mvm_get, floats, of_int(-1), MVM_ERROR_INDEX,
                "index -1 is out of range for a list of length 2"));
    CHECK(!mvm_set(vm, floats, of_int(2), of_int(2)) && failed(vm, MVM_ERROR_INDEX, "index 2"));
    CHECK(!mvm_set(vm, text(vm, "a"), of_int(0), of_int(2)) && failed(vm, MVM_ERROR_TYPE, "list"));
}

// The inner lists are kept by the outer one alone.
static void check_packed_lists(mvm_vm *vm) {
    mvm_value outer = list(vm);
    for (int i = 0; i < 100; i++) {
        mvm_value number = of_int(i), inner = mvm_from_list(mvm_list_of(vm, &number, 1));
        int root = mvm_root_keep(vm, inner);
        CHECK(pushed(vm, outer, inner) == MVM_TYPE_LIST_LIST);
        mvm_root_drop(vm, root);
    }
    mvm_gc_collect(vm);
    CHECK(gives(vm, mvm_get, outer, of_int(99), "[99]"));
    CHECK(mvm_set(vm, outer, of_int(1), of_int(1)));
    CHECK(mvm_type_of(outer) == MVM_TYPE_LIST_VALUES);
    CHECK(gives(vm, mvm_get, outer, of_int(1), "1") && gives(vm, mvm_get, outer, of_int(2), "[2]"));
}

static void check_fill(mvm_vm *vm) {
    CHECK(gives(vm, mvm_fill, of_float(0.5), of_int(2), "[0.5 0.5]"));
    CHECK(gives(vm, mvm_fill, mvm_from_bool(true), of_int(0), "[]"));
    CHECK(fails(vm, mvm_fill, of_int(0), of_int(-1), MVM_ERROR_VALUE, "found -1"));
    CHECK(fails(vm, mvm_fill, of_int(0), of_int(4000000000000), MVM_ERROR_MEMORY, "out of memory"));
    CHECK(fails(vm, mvm_fill, of_int(0), of_int(INT64_MAX), MVM_ERROR_MEMORY, "out of memory"));
    CHECK(fails(vm, mvm_fill, of_int(0), of_float(1), MVM_ERROR_TYPE, "found float"));
}

// So many lists, each in another one.
static mvm_value circle(mvm_vm *vm, int length) {
    mvm_value innermost = list(vm), outer = innermost;
    keep(vm, innermost);
    for (int i = 1; i < length; i++) {
        mvm_value inner = outer;
        *vm->stack_top = outer = mvm_from_list(mvm_list_of(vm, &inner, 1));
    }
    CHECK(mvm_push(vm, innermost, outer));
    return outer;
}

static void check_equality(mvm_vm *vm) {
    mvm_value a = nested(vm, 1000000), b = nested(vm, 1000000), c = nested(vm, 999999);
    CHECK(mvm_equal(vm, a, b) && !mvm_equal(vm, a, c));
    mvm_value left = list(vm), right = list(vm);
    for (int i = 0; i < 2; i++) CHECK(mvm_push(vm, left, left) && mvm_push(vm, right, right));
    CHECK(mvm_equal(vm, left, right) && mvm_equal(vm, left, left));
    CHECK(mvm_push(vm, left, of_int(1)) && mvm_push(vm, right, of_int(2)));
    CHECK(!mvm_equal(vm, left, right));
    mvm_value two = list(vm), mixed = list(vm);
    CHECK(mvm_push(vm, two, of_int(1)) && mvm_push(vm, mixed, of_float(1)));
    CHECK(mvm_equal(vm, two, mixed) && mvm_push(vm, mixed, mvm_from_nil()) &&
          !mvm_equal(vm, two, mixed));
    mvm_value nan = list(vm);
    CHECK(mvm_push(vm, nan, of_float(NAN)) && !mvm_equal(vm, nan, nan));
    CHECK(!mvm_equal(vm, two, of_int(1)) && mvm_equal(vm, list(vm), list(vm)));
    // Each place of the one meets each of the other: remembering that takes gigabytes.
    a = circle(vm, 20011), b = circle(vm, 20021);
    CHECK(mvm_equal(vm, a, b));
    CHECK(mvm_push(vm, a, mvm_from_nil()) && !mvm_equal(vm, a, b) && mvm_equal(vm, a, a));
    // What is equal to itself has no NaN in it, also where there are many pairs.
    mvm_value many = list(vm), one = list(vm);
    for (int i = 0; i < 40; i++)
        CHECK(mvm_push(vm, one = list(vm), two) && mvm_push(vm, many, one));
    CHECK(mvm_equal(vm, many, many) && mvm_push(vm, one, nan) && !mvm_equal(vm, many, many));
}

static void check_text(mvm_vm *vm) {
    mvm_value outer = list(vm), again = list(vm), range;
    CHECK(mvm_push(vm, outer, text(vm, "a\"\n\x7f\xc3\xa9")) && mvm_push(vm, outer, of_float(1)));
    CHECK(mvm_push(vm, outer, mvm_from_nil()) && mvm_push(vm, outer, outer));
    CHECK(mvm_push(vm, outer, again) && mvm_push(vm, outer, again));
    CHECK(mvm_make_range(vm, of_int(0), of_int(9), &range) && mvm_push(vm, outer, range));
    CHECK(shows(vm, outer, "[\"a\\\"\\n\\u{7f}\xc3\xa9\" 1.0 nil [...] [] [] 0 9 range]"));
    CHECK(mvm_step(vm, range, of_int(-2), &range) && shows(vm, range, "0 9 range -2 step"));
    mvm_string *deep = mvm_format_value(vm, nested(vm, 1000000));
    CHECK(deep && deep->length == 2000002);
    mvm_value tree = list(vm);
    for (int i = 0; i < 40; i++) {
        mvm_value twice[] = {tree, tree};
        tree = *vm->stack_top = mvm_from_list(mvm_list_of(vm, twice, 2));
    }
    vm->heap.limit = vm->heap.bytes_in_use + 100000;
    CHECK(!mvm_format_value(vm, tree) && failed(vm, MVM_ERROR_MEMORY, "heap limit"));
    CHECK(!(tree.list->header.flags | tree.list->values[0].list->header.flags));
    vm->heap.limit = 0;
}

static void check_ranges(mvm_vm *vm) {
    mvm_value range, other;
    int64_t stop;
    CHECK(mvm_make_range(vm, of_int(3), of_int(10), &range));
    keep(vm, range);
    CHECK(gives_one(vm, mvm_len, range, "7") && gives(vm, mvm_get, range, of_int(6), "9"));
    CHECK(mvm_step(vm, range, of_int(3), &range) && gives_one(vm, mvm_len, range, "3"));
    keep(vm, range);
    CHECK(gives(vm, mvm_get, range, of_int(2), "9"));
    CHECK(mvm_make_range(vm, of_int(3), of_int(11), &other));
    keep(vm, other);
    CHECK(mvm_step(vm, other, of_int(3), &other) && mvm_equal(vm, range, other));
    CHECK(fails(vm, mvm_step, range, of_int(0), MVM_ERROR_VALUE, "other than 0"));
    CHECK(fails(vm, mvm_make_range, of_int(INT64_MIN), of_int(1), MVM_ERROR_OVERFLOW, "too long"));
    CHECK(mvm_step_stop(vm, 0, 10, 3, &stop) && stop == 12);
    CHECK(mvm_step_stop(vm, 10, 0, -4, &stop) && stop == -2);
    CHECK(mvm_step_stop(vm, 10, 0, 4, &stop) && stop == 10);
    CHECK(mvm_step_stop(vm, INT64_MAX - 1, INT64_MAX, 5, &stop) && stop == INT64_MIN + 3);
    CHECK(mvm_step_stop(vm, 0, INT64_MIN, INT64_MIN, &stop) && stop == INT64_MIN);
    CHECK(!mvm_step_stop(vm, INT64_MIN, INT64_MAX, 4, &stop) &&
          failed(vm, MVM_ERROR_OVERFLOW, "too long for a step of 4"));
    CHECK(!mvm_step_stop(vm, 0, 1, 0, &stop) && failed(vm, MVM_ERROR_VALUE, "other than 0"));
    CHECK(!mvm_iterable(vm, of_int(1), &other) && failed(vm, MVM_ERROR_TYPE, "'for' needs"));
    CHECK(mvm_has_next(range, 2) && !mvm_has_next(range, 3));
}

void check_objects(mvm_vm *vm) {
    check_words(vm);
    check_packing(vm);
    check_packed_lists(vm);
    check_fill(vm);
    check_ranges(vm);
}

// Apart, as these are too large to be collected at every allocation.
void check_large_objects(mvm_vm *vm) {
    check_equality(vm);
    check_text(vm);
}
