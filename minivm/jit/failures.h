// Where traces were made for other values than those that came, and how often.
#ifndef MVM_FAILURES_H
#define MVM_FAILURES_H

#include "../runtime/code.h"

typedef struct mvm_failed_place {
    const uint16_t *ip;
    uint32_t traces;
} mvm_failed_place;

typedef struct mvm_failures {
    mvm_failed_place *places;
    uint32_t count, capacity;
} mvm_failures;

// Of the instruction at `ip`.
uint32_t mvm_failures_at(const mvm_failures *failures, const uint16_t *ip);
// Note one more; not when out of memory.
void mvm_failures_add(mvm_failures *failures, const uint16_t *ip);
// The code is about to be freed.
void mvm_failures_forget(mvm_failures *failures, const mvm_code *code);
void mvm_failures_destroy(mvm_failures *failures);

#endif
