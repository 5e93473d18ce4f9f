// Executors: what owns a finished trace.
#ifndef MVM_EXECUTOR_H
#define MVM_EXECUTOR_H

#include "code_cache.h"
#include "compiler.h"
#include "jit.h"
#include "trace.h"

// A trace's machine code. Its first stencil takes the virtual registers too, but reads none of them
// before it is written, so there is nothing to pass.
typedef __attribute__((preserve_none)) void mvm_trace_entry(mvm_value *slots, mvm_vm *vm);

typedef struct mvm_kept_stage {
    const char *name;
    mvm_uop *uops;
    uint32_t uop_count, loop_start, cold_start;
} mvm_kept_stage;

// Where machine code goes to an exit: a hole to be patched when that has a side trace.
typedef struct mvm_guard_hole {
    uint32_t offset;  // from the start of the hot code
    int32_t addend;
    uint16_t exit;
    uint8_t kind;
} mvm_guard_hole;

enum { MVM_STAGES = 11 };

struct mvm_executor {
    mvm_code *code;
    uint16_t *ip;     // the instruction it replaced; NULL: a side trace
    uint16_t *start;  // where the trace starts
    bool is_loop, closes, valid;
    bool doomed;  // about to be freed, with its whole tree
    uint32_t extent, instructions, rounds;
    mvm_exit *from;               // the exit that a side trace goes on from
    mvm_executor *root;           // of a root trace: itself, which stands for its side traces too
    uint32_t side_count;          // of a root trace: its side traces, and theirs
    mvm_entry_limits limits;      // of a root trace
    bool resting;                 // of a root trace: not entered since the last look (drop.c)
    bool is_callable;             // of a root trace: other traces may call it
    mvm_entry_point entry_point;  // the trace's start
    mvm_uop loads[MVM_PARAMETER_LOADS];  // of a function's root trace: what it begins with, if it
    uint32_t load_count;                 // loads parameters
    uint32_t counted_instructions;       // behind the last call of a trace
    mvm_executor *link;                  // the trace it ends in
    const uint16_t *repeated[MVM_MOST_REPEATED];  // starts of traces it goes along,
    uint32_t repeated_count;
    uint32_t copies;           // and how often others go along it
    mvm_relied_field *relied;  // fields that have to stay monomorphic
    uint32_t relied_count;
    // Of a trace that closes its loop, for links into it: what stands in front of the loop, over
    // values; where the top has which of them; and for each slot in use there whether it relies on
    // its memory. NULL: none are possible.
    mvm_uop *front;
    uint32_t front_count;
    mvm_placed_value *top_values;
    uint32_t top_value_count;
    bool *top_memory;
    uint32_t entry_top;
    uint64_t entered, iterations, failures;

    // After register allocation, exits included. NULL once there is machine code, unless debuggers
    // or listings want to know where it comes from.
    mvm_uop *uops;
    uint32_t uop_count, loop_start, cold_start;
    mvm_exit *exits;
    uint32_t exit_count;
    mvm_trace_frame *frames;  // the first is the function the trace starts in
    uint32_t frame_count;
    mvm_snapshot *snapshots;  // of the exits, for side traces, with their entries and the values
    mvm_snapshot_entry *entries;
    mvm_sunk_object *objects;
    mvm_trace_value *values;
    mvm_origin *origins;
    uint32_t origin_count;

    mvm_trace_entry *entry;      // NULL: run by the uop interpreter
    const uint8_t **side_codes;  // where another compiler's code goes on, one an exit, else NULL
    const uint8_t *hot, *cold;
    const uint8_t *checked;  // behind the `_CHECK_ENTRY` that a root trace begins with
    const uint8_t *loaded;   // and behind the loads that follow
    const uint8_t *top;      // the loop's
    uint32_t hot_size, cold_size;
    mvm_code_space space;  // of `hot` and `cold`; no arena: another compiler's code, or none
    mvm_emitted *emitted;  // one row a uop, when stages are kept
    mvm_guard_hole *guards;
    uint32_t guard_count;
    mvm_kept_stage *stages;
    uint32_t stage_count;
    uint64_t data_size;  // bytes of all that is always kept, the executor included
    uint64_t nanoseconds, emission_nanoseconds;
    mvm_executor *next;  // of the same VM
};

// The executor for a trace whose registers are allocated; NULL when out of memory.
mvm_executor *mvm_executor_new(const mvm_trace *trace, uint16_t *ip);
// With its machine code in the cache, if it has any.
void mvm_executor_free(mvm_executor *executor, mvm_code_cache *cache);
// Copy and patch (emit.c). False, with the reason, when it can't be done.
bool mvm_executor_emit(mvm_executor *executor, mvm_code_cache *cache, bool keep_rows,
                       mvm_abort_reason *reason);
// Machine code by another compiler (compiler.c). False when it makes none.
bool mvm_executor_compile(mvm_executor *executor, mvm_compiler *compiler);
// Whether an exit like this one may come to have a side trace, as long as the root trace is valid.
bool mvm_exit_may_have_side(const mvm_exit *taken);
// Have an exit go on in its side trace. False, with nothing changed, when the code can't be
// patched.
bool mvm_executor_link(mvm_executor *executor, mvm_exit *from, mvm_executor *side);
// Whether the trace runs any of `code`.
bool mvm_executor_relies_on(const mvm_executor *executor, const mvm_code *code);
// There is machine code: nothing needs the uops any more.
void mvm_executor_forget_uops(mvm_executor *executor);
// Of a root trace: it may be entered from now on, also from other traces.
void mvm_executor_admit(mvm_executor *executor, const mvm_vm *vm);
// Where the instruction at `ip` of `code` stands in the source. describe.c
mvm_trace_position mvm_position_in(const mvm_code *code, const uint16_t *ip);
// Of a root trace: put the instruction it replaced back; nothing enters the trace any more. Another
// one is made after `64 << exponent` executions, 4,095 at most.
void mvm_executor_withdraw(mvm_executor *executor, uint32_t exponent);
// The same, since it does not hold any more; nor does anything come back to it from a call.
void mvm_executor_invalidate(mvm_executor *executor, const mvm_vm *vm);

#endif
