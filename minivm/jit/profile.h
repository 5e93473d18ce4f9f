// The profiler: what the rest of the library tells it, and what it keeps.
//
// A timer interrupts the VM's thread; the handler notes what the thread was doing, and how much of
// the processor's time it has had since the sample before. It learns that from the program counter,
// the calls on the C stack, and the few fields that stand first here. They are only written while
// there is a profile: without one, neither tier one nor a trace does anything for it.
#ifndef MVM_PROFILE_H
#define MVM_PROFILE_H

#include <time.h>

#include "executor.h"
#include "profile_api.h"

enum {
    MVM_PROFILE_STAGES = MVM_STAGES + 1,  // and emission
    MVM_PROFILE_ROOM = 1 << 14,           // samples that differ; a power of two
};

// Samples that are alike; none yet while `nanoseconds` is 0. `owner` and `place` are, in a trace,
// the executor that was entered and an address in machine code (0: in the uop interpreter); else
// the running function and what may be its `ip`, and the one its frame has. By the time they are
// looked at, the owner may be gone.
typedef struct mvm_sample {
    mvm_activity activity;
    bool in_trace;
    const void *owner;
    uintptr_t place, saved, helper;
    uint64_t nanoseconds;
} mvm_sample;

struct mvm_profile {
    const mvm_executor *volatile running;  // entered, and not left yet
    volatile uint32_t stage;               // of a trace being made, from 1 on; 0: none is
    uint64_t stage_start, stage_nanoseconds[MVM_PROFILE_STAGES];

    mvm_vm *vm;
    bool counted;  // vm->counting, as it was before
    int timer;
    uint64_t interval;     // nanoseconds between two samples, for now
    uintptr_t stack_end;   // the end of the thread's C stack
    uint64_t last;         // the thread's processor time at the last sample
    uint64_t unkept;       // nanoseconds of samples there was no room for
    uint64_t start, wall;  // of processor and of wall time; afterwards: how much it was
    uint64_t sampled, samples;
    mvm_sample rows[MVM_PROFILE_ROOM];  // a hash table; afterwards only the first row_count
    uint32_t row_count;
};

static inline uint64_t mvm_nanoseconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

// From now on `stage` of making a trace runs, counted from 0. `profile` may be NULL.
void mvm_profile_begin_stage(mvm_profile *profile, uint32_t stage);
// Making the trace is over.
void mvm_profile_end_stages(mvm_profile *profile);

// Where a thread was interrupted, with its C stack from `sp` on. In tier one, `ip` may be the
// running instruction.
typedef struct mvm_interrupted_at {
    uintptr_t pc, sp, ip;
} mvm_interrupted_at;

// The sample for it. Safe in a signal handler, as all that follows. profile_sample.c
mvm_sample mvm_profile_look(const mvm_profile *profile, const mvm_interrupted_at *at);

// What depends on the processor: profile_x86_64.c. From a signal handler's third parameter:
mvm_interrupted_at mvm_profile_registers(const void *context);
// Whether a call is in front of `address`, as of a return address. So many bytes there are read.
enum { MVM_CALL_SIZE = 5 };
bool mvm_follows_call(uintptr_t address);
// What that call calls, behind jumps; 0 when its target was in a register.
uintptr_t mvm_called(uintptr_t address);
// Where the jumps lead of which a function consists, also to another library.
uintptr_t mvm_behind_jumps(uintptr_t address);

#endif
