// Sorting lists (list_edit.h): the merge sort of merge_sort.h for each way to store elements.
//
// In: a list of numbers or of strings. Out: the same list in order, or a "type" error and the list
// as it was. Numbers are in order of their exact values, all NaNs last; strings by code point.
#include <assert.h>
#include <string.h>

#include "heap_space.h"
#include "helpers.h"
#include "list_edit.h"
#include "list_packing.h"
#include "numbers.h"
#include "vm.h"

// --- which runs to merge -----------------------------------------------------------------------

enum {
    SORT_RUN_SHORTEST = 16,
    SORT_RUNS_MOST = 80,  // each is longer than the next two together: enough for any list
};

// The runs found so far and not merged yet: run i goes from starts[i] to starts[i + 1].
typedef struct sort_runs {
    int count;
    int64_t starts[SORT_RUNS_MOST + 1];
} sort_runs;

static int64_t sort_runs_end(const sort_runs *runs) { return runs->starts[runs->count]; }

static int64_t run_length(const sort_runs *runs, int run) {
    return run < 0 ? INT64_MAX : runs->starts[run + 1] - runs->starts[run];
}

// Whether one of the last two runs before the last is not longer than what follows it.
static bool sort_runs_must_merge(const sort_runs *runs) {
    for (int last = runs->count - 1; last >= runs->count - 2 && last >= 1; last--) {
        int64_t length = run_length(runs, last), before = run_length(runs, last - 1);
        if (before <= length || run_length(runs, last - 2) - length <= before) return true;
    }
    return false;
}

// The first of the two neighbours to merge: among the last three runs, the shorter two.
static int sort_runs_choose(const sort_runs *runs) {
    int last = runs->count - 1;
    return run_length(runs, last - 2) < run_length(runs, last) ? last - 2 : last - 1;
}

// Two runs, the first of which starts at *merged, are one now.
static void sort_runs_join(sort_runs *runs, const int64_t *merged) {
    int64_t *gone = &runs->starts[merged - runs->starts + 1];
    memmove(gone, gone + 1, (size_t)(&runs->starts[runs->count] - gone) * sizeof *gone);
    runs->count--;
}

// --- the orders --------------------------------------------------------------------------------

static bool int_before(int64_t left, int64_t right) { return left < right; }

static bool float_before(double left, double right) {
    return left < right || (right != right && left == left);
}

static bool number_before(mvm_value left, mvm_value right) {
    mvm_order order = mvm_compare_numbers(left, right);
    if (order != MVM_UNORDERED) return order == MVM_LESS;
    return float_before(mvm_as_double(left), mvm_as_double(right));
}

static bool string_before(mvm_value left, mvm_value right) {
    return mvm_string_compare(left.string, right.string) < 0;
}

#define SORT_NAME sort_ints
#define SORT_TYPE int64_t
#define SORT_BEFORE int_before
#include "merge_sort.h"

#define SORT_NAME sort_floats
#define SORT_TYPE double
#define SORT_BEFORE float_before
#include "merge_sort.h"

#define SORT_NAME sort_numbers
#define SORT_TYPE mvm_value
#define SORT_BEFORE number_before
#include "merge_sort.h"

#define SORT_NAME sort_strings
#define SORT_TYPE mvm_value
#define SORT_BEFORE string_before
#include "merge_sort.h"

// --- lists -------------------------------------------------------------------------------------

// Whether the elements are all numbers, or all strings.
static bool check_elements(mvm_vm *vm, const mvm_list *list) {
    mvm_value first = mvm_list_get(list, 0);
    for (int64_t i = 0; i < list->length; i++) {
        mvm_value element = mvm_list_get(list, i);
        bool strings = first.tag == MVM_TAG_STRING && element.tag == MVM_TAG_STRING;
        if (strings || mvm_are_numbers(first, element)) continue;
        return mvm_fail_types(vm, "sort", "a list of numbers or of strings", first, element);
    }
    return true;
}

static void sort_elements(mvm_list *list, void *scratch) {
    mvm_list_packing packing = mvm_list_packing_of(list);
    if (packing == MVM_LIST_INTS) {
        sort_ints(list->ints, list->length, scratch);
    } else if (packing == MVM_LIST_FLOATS) {
        sort_floats(list->floats, list->length, scratch);
    } else if (mvm_is_number(mvm_list_get(list, 0))) {
        sort_numbers(list->values, list->length, scratch);
    } else {
        sort_strings(list->values, list->length, scratch);
    }
}

bool mvm_list_sort(mvm_vm *vm, mvm_list *list) {
    if (list->length == 0) return true;
    if (!check_elements(vm, list)) return false;
    size_t size = mvm_packing_size(mvm_list_packing_of(list)) * (size_t)list->length;
    void *scratch = mvm_heap_resize_buffer(vm, NULL, 0, size);
    if (!scratch) return false;
    sort_elements(list, scratch);
    mvm_heap_free_buffer(vm, scratch, size);
    return true;
}
