// The profiler as Python binds it, like api.h: what a VM's thread spends its processor time on.
#ifndef MVM_PROFILE_API_H
#define MVM_PROFILE_API_H

#include "../runtime/api.h"

// cffi: begin
typedef struct mvm_profile mvm_profile;

// What the thread was doing when a sample was taken. Making traces is not among them: that is
// measured (mvm_profile_stage).
typedef enum mvm_activity {
    MVM_ACTIVITY_TIER_ONE,
    MVM_ACTIVITY_TRACE,     // machine code, or the uop interpreter
    MVM_ACTIVITY_ENTERING,  // on the way from tier one into a trace, or back
    MVM_ACTIVITY_COLLECTOR,
    MVM_ACTIVITY_HELPER,  // C that tier one or a trace has called
    MVM_ACTIVITY_OTHER
} mvm_activity;

// Samples that are alike. Of a trace: its executor's number, else -1. Of tier one: the function and
// the instruction, on line 0 when it is not known; `function` is NULL elsewhere.
typedef struct mvm_profile_row {
    int32_t activity;  // mvm_activity
    int32_t executor;
    uint64_t nanoseconds;
    const char *helper;           // the one that was called; NULL when it has no name
    mvm_trace_position position;  // in tier one
} mvm_profile_row;

// In nanoseconds, from start to stop. `sampled` is the processor time that the rows tell of.
typedef struct mvm_profile_times {
    uint64_t processor, wall, sampled, samples;
} mvm_profile_times;

// Starts at once, for what the calling thread does with `vm`; it must be stopped in the same
// thread, and freed before the VM. NULL: no memory, no such timers, or another handler of SIGPROF.
MVM_API mvm_profile *mvm_profile_start(mvm_vm *vm);
MVM_API void mvm_profile_stop(mvm_profile *profile);
MVM_API void mvm_profile_free(mvm_profile *profile);
MVM_API mvm_profile_times mvm_profile_read_times(const mvm_profile *profile);
// Of a stopped profile. The rows may repeat themselves.
MVM_API uint32_t mvm_profile_row_count(const mvm_profile *profile);
MVM_API mvm_profile_row mvm_profile_row_at(const mvm_profile *profile, uint32_t index);
// Nanoseconds of a stage of making traces: as mvm_stage_name numbers them, and emission last.
MVM_API uint64_t mvm_profile_stage(const mvm_profile *profile, uint32_t stage);
// cffi: end

#endif
