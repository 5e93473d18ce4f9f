// The register allocator's state, shared by its five files: registers.c (the scan),
// register_loop.c (the loop's top and end), register_links.c (on in another trace's loop),
// register_calls.c (calls of traces) and register_exits.c (what exits write back).
#ifndef MVM_REGISTERS_H
#define MVM_REGISTERS_H

#include "trace.h"

enum {
    MVM_REGISTER_CLASSES = 2,  // general, vector
    MVM_NO_PLACE = -1,
};

// Where a value is; it may be in a register and a spill slot at once, or (a constant) in neither.
typedef struct register_place {
    int16_t in_register, in_spill;
} register_place;

typedef struct allocator {
    // By uop or value number; set up as far as the trace needs them.
    mvm_uop before[MVM_TRACE_UOPS];  // the uops to allocate registers for
    register_place places[MVM_TRACE_VALUES];
    uint32_t last_use[MVM_TRACE_VALUES];          // index of a uop; `count`: the loop's end
    uint16_t successor[MVM_TRACE_VALUES];         // of a loop value: what it becomes; else itself
    register_place top_places[MVM_TRACE_VALUES];  // at the loop's top

    // Does not change in the loop, and comes into it in a spill slot alone.
    bool is_lent[MVM_TRACE_VALUES];

    // Cleared for each scan, from here on.
    mvm_trace *trace;
    uint32_t count;                                      // uops before allocation
    uint16_t held[MVM_REGISTER_CLASSES][MVM_REGISTERS];  // the value in each register
    uint16_t spilled[MVM_SPILL_SLOTS];                   // the value in each spill slot
    uint32_t pinned[MVM_REGISTER_CLASSES];  // registers the running uop needs (bit set)
    uint32_t at;                            // the running uop
    uint16_t origin;
    bool lends;                                              // the scan is worth another one
    uint16_t top_held[MVM_REGISTER_CLASSES][MVM_REGISTERS];  // at the loop's top
    bool kept_spills[MVM_SPILL_SLOTS];  // loop values' own: not to be used for others
    // Where the trace goes on in another one's loop: the value wanted in each place.
    uint16_t link_held[MVM_REGISTER_CLASSES][MVM_REGISTERS];
    uint16_t link_spilled[MVM_SPILL_SLOTS];
    bool is_noted[MVM_TRACE_EXITS];  // where the exit's values are
    // What the root begins with, and whether the call being made has it done.
    mvm_uop loads[MVM_PARAMETER_LOADS];
    uint32_t load_count;
    bool hands_over;
} allocator;

static inline uint32_t register_class(const allocator *a, uint16_t value) {
    return mvm_type_infos[a->trace->values[value].type].vector;
}

static inline bool is_constant(const allocator *a, uint16_t value) {
    return a->trace->values[value].kind == MVM_VALUE_CONSTANT;
}

// The value that is to be in a register at the trace's end, for the loop's top.
static inline uint16_t register_value_at_end(const allocator *a, uint32_t class, uint32_t number) {
    uint16_t top = a->top_held[class][number];
    return top != MVM_NO_VALUE ? a->successor[top] : a->link_held[class][number];
}

mvm_uop *register_emit(allocator *a, uint16_t opcode);
void register_emit_move(allocator *a, uint32_t class, uint32_t to, uint32_t from);
void register_emit_reload(allocator *a, uint32_t class, uint32_t to, uint32_t spill);
void register_emit_spill(allocator *a, uint32_t class, uint32_t from, uint32_t spill);
void register_emit_constant(allocator *a, uint32_t to, uint16_t value);
void register_emit_spill_constant(allocator *a, uint16_t value, uint32_t spill);
int register_free(const allocator *a, uint32_t class);  // a free register, or MVM_NO_PLACE
int register_evict(allocator *a, uint32_t class);       // make one free
int register_take_spill(allocator *a, uint16_t value);
void register_put(allocator *a, uint16_t value, uint32_t number);
void register_spill(allocator *a, uint16_t value);  // make sure that a spill slot holds the value

// register_loop.c: note the state at the loop's top; restore it at its end.
void register_enter_loop(allocator *a);
bool register_close_loop(allocator *a);
void register_move_to_end(allocator *a);  // bring every value to its register at the trace's end
// register_links.c: for other traces, where the loop's top has everything; and how to get there.
void register_note_top(allocator *a);
void register_begin_link(allocator *a);
bool register_link(allocator *a, const mvm_uop *uop);
// register_calls.c: before the scan; then how far the arguments of a call are needed, and the call.
void register_begin_calls(allocator *a);
void register_note_arguments(allocator *a, uint32_t call);
void register_call(allocator *a, const mvm_uop *uop);
void register_call_root(allocator *a, const mvm_uop *uop);
// register_exits.c: where each value of an exit is now; and after the scan, the exits' own uops.
void register_note_exit(allocator *a, uint16_t exit);
void register_lower_exit(allocator *a, uint16_t exit);
bool register_lower_exits(allocator *a);

#endif
