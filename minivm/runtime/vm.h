// The VM: everything one running program owns. There is no state outside it.
//
// In: functions (code.h) added by the front end. Out: mvm_vm_run executes one of them. One thread
// may use a VM at a time; different VMs may run in different threads.
#ifndef MVM_VM_H
#define MVM_VM_H

#include <stdatomic.h>

#include "code.h"
#include "error.h"
#include "exchange.h"
#include "heap.h"
#include "input.h"
#include "output.h"
#include "record.h"
#include "traceback.h"

// What one call in progress needs. Frames stand in an array of their own; the values stand in the
// value stack, where a callee's first slots are its caller's topmost ones (the arguments).
//
//   slots[0 … locals)    parameters first, then the other locals
//   slots[locals]        never holds a live value: what tier one spills when its stack is empty
//   slots[locals + 1 …)  the operand stack
typedef struct mvm_frame {
    mvm_code *code;
    uint16_t *ip;  // of a frame that is calling: the instruction after the call
    mvm_value *slots;
    const struct mvm_entry_point *resume;  // where its caller's trace goes on; NULL: tier one does
} mvm_frame;

// Why a run is to stop: what `interrupt` holds.
enum { MVM_INTERRUPT_STOP = 1, MVM_INTERRUPT_TIMEOUT = 2 };
#define MVM_INTERRUPT_TEXT "the program was interrupted"
#define MVM_TIMEOUT_TEXT "the time limit was reached"

enum {
    MVM_SPILL_SLOTS = 64,
    MVM_TEMPORARY_ROOTS = 8,
    MVM_STACK_STEP = 8192,  // slots that are ready for use above the ones in use
    MVM_CALL_ROOM = 17,     // frames that a call between traces leaves for those of inlined calls
};

// An error that was caught may be thrown again: then its traceback is still the first one.
typedef struct mvm_caught_error {
    mvm_value error;  // nil: none yet
    mvm_traceback traceback;
} mvm_caught_error;

// Words of the host program: takes arguments[0 …) and leaves results[0 …), as many of each as the
// word's effect says. False when an error has been recorded.
typedef bool mvm_host_function(mvm_vm *vm, uint32_t index, const mvm_value *arguments,
                               mvm_value *results);

struct mvm_vm {
    // Offsets of the first members are baked into stencils: keep the hot ones first.
    mvm_frame *frame;            // the running call
    _Atomic uint32_t interrupt;  // set from any thread: leave at the next safepoint
    struct mvm_exit *exit;       // how the last trace was left
    // No trace calls another one with a frame from here on; NULL while there is an interrupt, so
    // that one comparison looks for both.
    mvm_frame *_Atomic call_limit;
    uint64_t spills[MVM_SPILL_SLOTS];  // values traces keep in memory
    uint64_t spill_pointers;           // bit i: spills[i] is an object the collector must mark

    mvm_frame *frames, *frames_end;  // [frames, frames_end)
    mvm_value *stack;                // the value stack
    mvm_value *stack_end;            // its end for now: no slot from here on has been used since
                                     // the last collection
    mvm_value *stack_limit;          // its end for good
    mvm_value *stack_top;            // valid at safepoints: the last slot in use
    mvm_heap heap;
    mvm_error error;
    mvm_output output;
    mvm_input input;
    mvm_value temporary_roots[MVM_TEMPORARY_ROOTS];
    mvm_value arguments;  // list of strings: what `args` pushes

    mvm_code **functions;
    uint32_t function_count;
    mvm_code **retired;  // code that was redefined; frames and functions may still refer to it
    uint32_t retired_count, retired_limit;  // the limit starts a search for what can be freed
    mvm_record_types records;               // record types, generics and the names of fields
    mvm_frame *base_frame;                  // of the innermost run: returning to it ends the run
    const mvm_value *wanted;                // the end of the slots that a call found no room for
    mvm_traceback traceback;                // the calls in progress when a run ended with an error
    mvm_caught_error caught;                // the last error that was caught
    mvm_value spare_error;                  // an Error record for when there is no memory for one
    mvm_host_function *host;                // runs the words of the host program
    mvm_host_word *host_word;               // what does that, for the host
    mvm_exchange exchange;
    struct mvm_jit *jit;    // NULL: tier one only
    bool counting;          // count instructions (--stats)
    uint64_t instructions;  // executed in tier one, when counting

    mvm_code base_code;  // the outermost frame's: it only halts
    uint16_t base_unit;
    uint32_t warm_up, loop_threshold, entry_threshold;
    uint64_t forced_exits;  // state of the generator that leaves traces at random; 0: none
};

// Move stack_end up so that slots up to `end` may be used; false when the stack ends before that.
bool mvm_vm_raise_stack(mvm_vm *vm, const mvm_value *end);

// Let programs run again after an interrupt.
void mvm_forget_interrupt(mvm_vm *vm);

// Forget the last run's error and, if nothing runs, what interrupted it. host.c
void mvm_start_run(mvm_vm *vm);

// Run `code` to its end, on top of what is running already, with its arguments (and then captures)
// at `arguments`; its results are then from *results on, until something else runs. False when an
// error is pending; vm->traceback then has the calls that were in progress. interpreter.c
bool mvm_vm_run(mvm_vm *vm, mvm_code *code, const mvm_value *arguments, uint32_t count,
                mvm_value **results);

#endif
