// The intervals of ints, as a pass walks over the uops (optimize_ranges.c).
#ifndef MVM_INTERVALS_H
#define MVM_INTERVALS_H

#include "trace.h"

enum { MOST_ASSUMED = 16 };

typedef struct interval {
    int64_t low, high;
} interval;

typedef struct assumption {
    uint16_t value;
    interval range;
} assumption;

typedef struct range_pass {
    mvm_trace *trace;
    interval of[MVM_TRACE_VALUES];           // what each value may be, as far as the walk has come
    uint16_t definitions[MVM_TRACE_VALUES];  // the uop that defines it, plus one; 0: unknown
    interval carried[MVM_TRACE_SLOTS];       // of the loop values' `to`
    assumption assumed[MOST_ASSUMED];        // of what is defined in front of the loop
    uint32_t assumed_count;
} range_pass;

// Nothing is known but constants.
void range_begin(range_pass *pass);
// The walk comes to the uop at `at`: its result's interval, and what holds once it has not exited.
void range_after(range_pass *pass, uint32_t at);
// The interval of an int uop's result, from its inputs'. False: it may overflow, or is not known.
bool range_of_result(const range_pass *pass, const mvm_uop *uop, interval *result);
// Whether the uop is a check that can't fail.
bool range_is_certain(const range_pass *pass, const mvm_uop *uop);

#endif
