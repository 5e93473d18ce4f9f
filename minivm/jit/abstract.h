// The abstract machine of the type pass: what each frame slot should hold, and what its memory
// holds.
//
// A trace does not write frame slots as it goes; it knows which value each slot should hold
// (`slots`) and which one its memory really holds (`memory`), and exits write the difference. A
// value of unknown type exists only in memory, in its home slot. Invariant: memory[home of v] == v
// for every MEMORY value v that any slot refers to; `abstract_write` keeps it by moving v away
// before its home is overwritten.
#ifndef MVM_ABSTRACT_H
#define MVM_ABSTRACT_H

#include "trace.h"

typedef struct abstract {
    mvm_trace *trace;
    uint16_t slots[MVM_TRACE_SLOTS];  // value numbers; MVM_NO_VALUE where there is none
    uint16_t memory[MVM_TRACE_SLOTS];
    uint32_t top;      // one past the topmost value's slot
    uint16_t frame;    // index in trace->frames
    uint32_t scratch;  // the next slot to move a value to

    // As it was when the running instruction began.
    uint16_t start_slots[MVM_TRACE_SLOTS];
    uint32_t start_top;
    uint16_t origin;
    uint16_t counted_from;  // the origin of the first instruction behind the last call of a trace
} abstract;

// Start with `count` slots in use, each a MEMORY value numbered slot + 1, in the trace's first
// frame.
bool abstract_begin(abstract *state, mvm_trace *trace, uint32_t count);
void abstract_begin_instruction(abstract *state, uint16_t origin);

uint16_t abstract_new_value(abstract *state, mvm_value_kind kind, mvm_type type);
uint16_t abstract_constant(abstract *state, mvm_value constant);
mvm_uop *abstract_emit(abstract *state, uint16_t opcode);

uint32_t abstract_base(const abstract *state);  // the running frame's first slot
bool abstract_push(abstract *state, uint16_t value);
uint16_t abstract_pop(abstract *state);

// The physical slot `slot` is about to get `value`: whatever else is needed of it moves away first.
bool abstract_write(abstract *state, uint32_t slot, uint16_t value);
// Emit what puts `value` into the memory of `slot`.
bool abstract_store(abstract *state, uint32_t slot, uint16_t value);
// Make sure that `value`, an operand whose place on the stack is `slot`, is in memory: where it is
// already, or at `slot`. Other operands may still be stored to first_slot … end_slot - 1, so those
// don't count. `where` is not filled in for a MEMORY value: storing another operand may move it.
bool abstract_in_memory(abstract *state, uint32_t slot, uint16_t value, uint32_t first_slot,
                        uint32_t end_slot, uint16_t *where);

// The exit to `ip` with the state as it is, or as it was when the instruction began. Returns its
// index, MVM_NO_EXIT when there is no room (the trace is aborted).
uint16_t abstract_exit(abstract *state, uint16_t *ip, uint8_t reason);
// One more slot for the exit that is being made, which holds `number`.
void abstract_add_entry(abstract *state, uint16_t slot, uint16_t number);
uint16_t abstract_exit_to_start(abstract *state, uint8_t reason);

#endif
