// How a trace hands back to tier one. Included by the stencils, the uop interpreter and the
// executors.
#ifndef MVM_EXITS_H
#define MVM_EXITS_H

#include "../runtime/vm.h"

enum {
    MVM_FORCED_EXIT_RATE = 16,  // one in so many `_FORCE_EXIT`s leaves the trace
    // The most that any trace needs: the furthest slot it may touch, and how deep inlined calls
    // nest. Who enters a trace has room for as much, since side traces that are made while it
    // waits for a call may need more than it did.
    MVM_TRACE_SLOTS = 512,
    MVM_TRACE_DEPTH = 8,
};

// Both traces may have inlined calls whose frames become real.
_Static_assert(MVM_CALL_ROOM > 2 * MVM_TRACE_DEPTH, "a call between traces leaves too little room");

// Where a trace can be entered: its start, or the uop after a call.
typedef struct mvm_entry_point {
    const uint8_t *code;  // machine code; NULL in the uop interpreter
    struct mvm_executor *executor;
    uint32_t uop;
} mvm_entry_point;

// The real frame an exit makes of an inlined call; or that of a call of another trace.
typedef struct mvm_inlined_frame {
    mvm_code *code;
    uint16_t *return_ip;  // where the caller goes on
    int64_t base;         // the callee's first slot, counted from the trace's first
    // Of a call of another trace:
    mvm_entry_point resume;  // where its return comes back to
    uint64_t count;          // calls, when counting
    uint32_t instructions;   // run in this trace between the last point it was entered at and this
} mvm_inlined_frame;

// One way out of a trace: where tier one goes on, and how often that happened.
typedef struct mvm_exit {
    uint16_t *ip;
    int32_t depth;          // the topmost value's slot in the innermost frame
    uint8_t reason;         // mvm_exit_reason
    uint64_t count;         // how often it went to tier one
    uint64_t linked_count;  // and to its side trace, when counting
    uint64_t hot_at;        // the count at which a side trace is tried
    int32_t instructions;   // run since the loop's top (or the trace's start) when it is taken
    struct mvm_executor *executor;
    struct mvm_executor *side;  // the side trace that goes on here; NULL: tier one does
} mvm_exit;

// What a trace may be entered with, when another trace goes on in it.
typedef struct mvm_entry_limits {
    const mvm_frame *frame_limit;  // frames from here on leave no room; the first: it may not be
    uint64_t extent;               // bytes from `slots` that it may touch
} mvm_entry_limits;

static inline bool mvm_may_enter(const mvm_vm *vm, const mvm_value *slots,
                                 const mvm_entry_limits *limits) {
    return vm->frame < limits->frame_limit &&
           (const char *)slots + limits->extent < (const char *)vm->stack_end &&
           !*(const volatile uint32_t *)&vm->interrupt;
}

static inline void mvm_exit_push_frame(mvm_vm *vm, mvm_value *slots,
                                       const mvm_inlined_frame *inlined) {
    vm->frame->ip = inlined->return_ip;
    mvm_frame *frame = ++vm->frame;
    frame->code = inlined->code;
    frame->slots = slots + inlined->base;
    frame->resume = NULL;
}

// Whether there is room for a call of a trace, whose frame and slots these are; and no interrupt.
// Near the end of the stacks tier one goes on: it knows how deep calls may be.
static inline bool mvm_has_call_room(const mvm_vm *vm, const mvm_frame *frame,
                                     const mvm_value *callee_slots) {
    return frame < *(mvm_frame *const volatile *)&vm->call_limit &&
           callee_slots + MVM_TRACE_SLOTS <= vm->stack_end;
}

// Whether a trace may call what `called` says, which may have none.
static inline bool mvm_may_call(const mvm_vm *vm, const mvm_frame *frame,
                                const mvm_value *callee_slots, const mvm_inlined_frame *called) {
    return called->code->entry && mvm_has_call_room(vm, frame, callee_slots);
}

// The callee's frame, behind room for those of the inlined calls in progress. It has no code yet:
// `resume` says what all of them are, for when somebody asks (mvm_fill_frames).
static inline void mvm_push_call(mvm_vm *vm, mvm_frame *frame, mvm_value *callee_slots,
                                 const mvm_inlined_frame *called) {
    vm->frame = frame;
    frame->code = NULL;
    frame->slots = callee_slots;
    frame->resume = &called->resume;
}

// Complete the frames of calls between traces, from `frame` down to the first that is complete:
// from there on all are. Nothing but traces may meet others.
void mvm_fill_frames(mvm_frame *frame);

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
