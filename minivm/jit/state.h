// Tier two's state, of no business to the rest of the VM. jit.c makes executors, drop.c ends them,
// account.c tells of them.
#ifndef MVM_STATE_H
#define MVM_STATE_H

#include "debug.h"
#include "executor.h"
#include "failures.h"

// What else than passes traces can do without: bits of `disabled` behind those of the stages.
enum {
    MVM_SWITCH_SIDE_TRACES = MVM_STAGES,
    MVM_SWITCH_CALLS,        // from trace to trace
    MVM_SWITCH_RECURSION,    // levels of it in one trace
    MVM_SWITCH_LINKS,        // into the middle of other traces' loops
    MVM_SWITCH_BOUNDS,       // checks of indices in front of loops
    MVM_SWITCH_UNROLLING,    // of short loops
    MVM_SWITCH_MONOMORPHIC,  // fields loaded without a check
    MVM_SWITCHES
};

struct mvm_jit {
    mvm_code_cache cache;
    mvm_trace *trace;  // the one being made; reused
    mvm_executor *executors, *last;
    uint32_t executor_count;
    int engine;
    mvm_compiler *compiler;           // of MVM_ENGINE_LLVM
    mvm_executor_observer *observer;  // NULL: nobody
    bool checking, keep_stages;
    uint32_t disabled;     // what traces do without: bit i is mvm_switch_name(i)
    mvm_profile *profile;  // NULL: nobody asks
    uint64_t exit_threshold;
    uint64_t emission_start;  // of the trace being made; nanoseconds
    mvm_failures failures;
    uint64_t max_bytes;         // of machine code and metadata
    uint64_t next_look;         // the bytes in use at which the next look at what is cold is due
    uint64_t wanted;            // bytes to have free for the next trace, since one did not fit
    uint64_t refusals;          // traces given up for want of room since there was some
    uint64_t data_bytes;        // of all executors, without their machine code
    mvm_statistics statistics;  // its instructions and what is invalidated: of those that are gone
    uint64_t exits[MVM_EXIT_COUNT];  // and how often these were left, by reason
    uint64_t aborts[MVM_ABORT_COUNT];
};

static inline bool mvm_is_disabled(const mvm_jit *jit, uint32_t part) {
    return jit->disabled >> part & 1;
}

#endif
