// What ranges have beside object.h's constructor: counting and indexing.
//
// In: the three numbers of a range, or a range object. Out: how many ints, and which.
#ifndef MVM_RANGE_H
#define MVM_RANGE_H

#include "object.h"

// How many of start, start + step, … come before `end`; step != 0.
uint64_t mvm_range_count(int64_t start, int64_t end, int64_t step);
// 0 <= index < length.
int64_t mvm_range_at(const mvm_range *range, int64_t index);

#endif
