// How a trace hands back to tier one. Included by the stencils, the uop interpreter and the
// executors.
#ifndef MVM_EXITS_H
#define MVM_EXITS_H

#include "../runtime/vm.h"

enum { MVM_FORCED_EXIT_RATE = 16 };  // one in so many `_FORCE_EXIT`s leaves the trace

// The real frame an exit makes of an inlined call.
typedef struct mvm_inlined_frame {
    mvm_code *code;
    uint16_t *return_ip;  // where the caller goes on
    int64_t base;         // the callee's first slot, counted from the trace's first
} mvm_inlined_frame;

// One way out of a trace: where tier one goes on, and how often that happened.
typedef struct mvm_exit {
    uint16_t *ip;
    int32_t depth;   // the topmost value's slot in the innermost frame
    uint8_t reason;  // mvm_exit_reason
    uint64_t count;
    uint32_t instructions;  // run since the loop's top (or the trace's start) when it is taken
    struct mvm_executor *executor;
} mvm_exit;

static inline void mvm_exit_push_frame(mvm_vm *vm, mvm_value *slots,
                                       const mvm_inlined_frame *inlined) {
    vm->frame->ip = inlined->return_ip;
    mvm_frame *frame = ++vm->frame;
    frame->code = inlined->code;
    frame->slots = slots + inlined->base;
}

static inline void mvm_exit_record(mvm_vm *vm, mvm_exit *taken) {
    taken->count++;
    vm->exit = taken;
}

// One step of a generator of random numbers (xorshift); only a state of 0 gives 0.
static inline uint64_t mvm_next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static inline bool mvm_exit_is_forced(mvm_vm *vm) {
    return mvm_next_random(&vm->forced_exits) % MVM_FORCED_EXIT_RATE == 0;
}

static inline double mvm_float_from_bits(uint64_t bits) {
    double number;
    __builtin_memcpy(&number, &bits, sizeof number);
    return number;
}

#endif
