// The intervals of ints, as a pass walks over the uops (optimize_ranges.c), and what they say of
// the indices a loop comes to.
#ifndef MVM_INTERVALS_H
#define MVM_INTERVALS_H

#include "trace.h"

enum {
    MOST_ASSUMED = 16,
    MOST_BOUNDS = 8,
    UOPS_A_BOUND = 3,  // that check one in front of a loop
};

typedef struct interval {
    int64_t low, high;
} interval;

typedef struct assumption {
    uint16_t value;
    interval range;
} assumption;

// What an int is less than, or at most.
typedef struct index_limit {
    uint16_t value;
    bool may_be_equal;
} index_limit;

// In front of a loop: `value` plus `addend` must be less than the list's length.
typedef struct index_bound {
    uint16_t list, value;
    int64_t addend;
} index_bound;

typedef struct range_pass {
    mvm_trace *trace;
    interval of[MVM_TRACE_VALUES];           // what each value may be, as far as the walk has come
    interval made[MVM_TRACE_VALUES];         // and wherever it is there at all
    uint16_t definitions[MVM_TRACE_VALUES];  // the uop that defines it, plus one; 0: unknown
    interval carried[MVM_TRACE_SLOTS];       // of the loop values' `to`
    assumption assumed[MOST_ASSUMED];        // of what is defined in front of the loop
    uint32_t assumed_count;
    // Of indices (index_bounds.c).
    bool lengths_vary;                     // some list's, in the loop; or no check is to move
    bool is_fixed[MVM_TRACE_VALUES];       // the same in all iterations
    bool is_falling[MVM_TRACE_SLOTS];      // of a loop value: never more than at first
    index_limit limits[MVM_TRACE_VALUES];  // as far as the walk has come
    index_bound bounds[MOST_BOUNDS];       // to be checked in front of the loop
    uint32_t bound_count;
} range_pass;

// Nothing is known but constants and what a side trace's parent knew.
void range_begin(range_pass *pass);
// What a value is wherever it is there.
void range_set(range_pass *pass, uint16_t value, interval range);
// The walk comes to the uop at `at`: its result's interval, and what holds once it has not exited.
void range_after(range_pass *pass, uint32_t at);
// The interval of a uop's result, from its inputs'. False: it may overflow, or is not known.
bool range_of_result(const range_pass *pass, const mvm_uop *uop, interval *result);
// Whether the uop is a check that can't fail.
bool range_is_certain(const range_pass *pass, const mvm_uop *uop);

// Signs of floats (float_signs.c), which intervals stand for, too: a constant's, a result's (false:
// it is no float's, or not known), what holds behind a guard of a comparison and behind a uop that
// has not exited, and the form of a uop that does not check what is known; NO_UOP: there is none.
interval sign_of_number(double number);
bool sign_of_result(const range_pass *pass, const mvm_uop *uop, interval *result);
void signs_compared(range_pass *pass, const mvm_uop *comparison, bool is_true);
void signs_after(range_pass *pass, const mvm_uop *uop);
uint16_t sign_without_check(const range_pass *pass, const mvm_uop *uop);

// index_bounds.c: before the walk that simplifies, and as it comes to the loop; then, at a guard
// that has compared two values, and at each uop: whether that is a check that may move in front.
void index_bounds_begin(range_pass *pass);
void index_bounds_enter_loop(range_pass *pass);
void index_bounds_compared(range_pass *pass, uint16_t less, uint16_t limit, bool may_be_equal);
bool index_bounds_moves(range_pass *pass, const mvm_uop *check);
// What has moved, as uops: room for UOPS_A_BOUND each. Returns how many.
uint32_t index_bounds_checks(range_pass *pass, mvm_uop *checks);

#endif
