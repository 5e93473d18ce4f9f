// The type pass, shared by its files: optimize_types.c (the pass), type_calls.c (calls),
// type_links.c (links into loops) and type_records.c (fields).
#ifndef MVM_TYPE_PASS_H
#define MVM_TYPE_PASS_H

#include "abstract.h"

typedef struct type_pass {
    abstract state;
    mvm_uop projected[MVM_TRACE_UOPS];
    uint32_t projected_count;
    bool widens;                       // some uop may change a list's packing
    uint32_t output_snapshots;         // how many there were when a uop last wrote a slot
    uint8_t carried[MVM_TRACE_SLOTS];  // the type a slot is carried with; ANY: stays in memory
    bool is_dead[MVM_TRACE_SLOTS];     // a local that nothing reads from the loop's top on
    mvm_trace_value carried_identity[MVM_TRACE_SLOTS];  // and its identity; 0: not known
    // What a first run finds out for a second: the projected uop that each untyped value comes
    // from, and the type that what a projected uop gives is checked for later; ANY: none.
    uint32_t at;  // the projected uop that is being lowered
    bool ended;   // the trace ends in front of its instruction
    uint16_t source[MVM_TRACE_VALUES];
    uint8_t output_types[MVM_TRACE_UOPS];
} type_pass;

static inline mvm_trace_value *value_of(type_pass *pass, uint16_t number) {
    return &pass->state.trace->values[number];
}

static inline bool type_pass_knows(mvm_type known, mvm_type wanted) {
    return known == wanted || (known != MVM_TYPE_ANY && mvm_type_infos[known].base == wanted);
}

// Make sure that a value has a type; an exit goes back to the instruction's start.
bool type_pass_guard(type_pass *pass, uint16_t number, mvm_type wanted);
// Make sure that a value, whose type is known, is what the `identity` uop `opcode` checks it for.
bool type_pass_check_identity(type_pass *pass, uint16_t number, uint16_t opcode, uint64_t identity);

// The same with an exit for when it has not.
bool type_pass_check_type(type_pass *pass, uint16_t number, mvm_type wanted, uint16_t exit);
bool type_pass_emit_identity(type_pass *pass, uint16_t number, uint16_t opcode, uint64_t identity,
                             uint16_t exit);
// Whether a value may well fail a check of its type, as it did where the side trace starts.
bool type_pass_is_missed(const type_pass *pass, uint16_t number);

// type_links.c: whether the trace may go on in the target's loop, with values in registers; and the
// end that does.
bool type_pass_may_link(type_pass *pass, const mvm_executor *target);
bool type_pass_link_loop(type_pass *pass, const mvm_executor *target);

// type_calls.c: the running frame becomes the callee's, unless that is called for real; or the
// caller's again.
bool type_pass_enter_call(type_pass *pass, const mvm_uop *projected);
bool type_pass_enter_closure(type_pass *pass, const mvm_uop *projected);
bool type_pass_enter_method(type_pass *pass, const mvm_uop *projected);
bool type_pass_leave_call(type_pass *pass);
// The return from the trace's own first frame.
bool type_pass_return_trace(type_pass *pass);

// type_records.c: a projected uop that loads a field becomes one that need not check; what stands
// on the stack is to be a field, or the fields of a new record.
bool type_pass_access_field(type_pass *pass, mvm_uop *projected);
// The uop that a store becomes, whose value is unboxed.
uint16_t type_pass_replace_field(type_pass *pass, const mvm_uop *store);
// In front of a generic store, whose inputs stand in those slots: leave before it would change what
// the trace may rely on.
bool type_pass_check_set_field(type_pass *pass, const mvm_uop *set, const uint16_t *inputs);

#endif
