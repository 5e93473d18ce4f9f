// A trace while it is being made: the uops, the values they define, and the ways out.
//
// The same mvm_uop serves every stage. As projected, uops take their inputs from an abstract stack
// and only the operands count. After the type pass, inputs and outputs are virtual: a typed item is
// a value number, an untyped one a frame slot. After register allocation, a typed item is a
// register number (a spill slot's in `spilled` uops). `exit` is an index in `snapshots`, `origin`
// one in `origins`, `immediate` the last input when `is_immediate`, `taken` the way a projected
// branch is expected to go.
#ifndef MVM_TRACE_H
#define MVM_TRACE_H

#include "../runtime/api.h"
#include "../runtime/metadata.h"
#include "exits.h"

enum {
    MVM_TRACE_UOPS = 2048,      // the most uops in a trace, at any stage, exits included
    MVM_TRACE_PROJECTED = 600,  // the most that projection makes
    MVM_TRACE_VALUES = 2048,
    MVM_TRACE_FRAMES = 64,  // inlined calls in one trace; MVM_TRACE_DEPTH is how deep they nest
    MVM_TRACE_EXITS = 700,
    MVM_TRACE_ENTRIES = 32768,  // snapshot entries, all exits together
    MVM_TRACE_OBJECTS = 2048,   // that exits make, all together
    MVM_SUNK_AT_ONCE = 128,     // and one of them
    MVM_TRACE_RELIED = 128,     // fields that have to stay monomorphic
    MVM_MOST_REPEATED = 2,
    MVM_PARAMETER_LOADS = 4,  // the most that a call can have done already
    MVM_TOP_VALUES = 2 * MVM_REGISTERS + MVM_SPILL_SLOTS,
    MVM_NO_EXIT = 0xffff,
    MVM_NO_VALUE = 0,  // value numbers start at 1
    MVM_NO_SLOT = 0xffff,
};

// Which instruction a uop came from, and in which frame.
typedef struct mvm_origin {
    mvm_code *code;
    uint16_t *ip;
    uint16_t frame;  // index in mvm_trace.frames
} mvm_origin;

typedef enum mvm_value_kind {
    MVM_VALUE_REGISTER,  // defined by a uop, unboxed
    MVM_VALUE_CONSTANT,  // known
    MVM_VALUE_MEMORY,    // of unknown type, in its home slot
} mvm_value_kind;

typedef struct mvm_trace_value {
    uint8_t kind;       // mvm_value_kind
    uint8_t type;       // mvm_type; ANY for MEMORY
    uint16_t home;      // MEMORY: the slot it stands in
    uint32_t identity;  // one more than what an `identity` uop has found it to be; 0: not known
    uint16_t identity_check;  // that uop; 0 where the value was made with its identity
    int32_t low, high;        // of an int: what it is never below nor above; both 0: not known
    uint16_t before;          // the same value, in front of a call of another trace; 0: none
    bool is_wanted;  // some instruction asks for its type, and would be an error with another one
    mvm_value constant;
} mvm_trace_value;

// An inlined call, or (frame 0) the function the trace starts in, or a call of another trace.
typedef struct mvm_trace_frame {
    mvm_inlined_frame inlined;
    uint16_t parent;
    uint16_t depth;
    bool is_called;
} mvm_trace_frame;

typedef enum mvm_place_kind {
    MVM_PLACE_VALUE,
    MVM_PLACE_REGISTER,
    MVM_PLACE_SPILL,
    MVM_PLACE_SLOT,
    MVM_PLACE_OBJECT
} mvm_place_kind;

// What an exit writes to `slot`: before allocation a value, or another slot's content; after it,
// from which register or spill slot (constants stay values). Where the slot holds the value already
// there is nothing to write, and the entry keeps nothing alive: it is for a side trace to know what
// the value is and, if it is in a register anyway, where.
typedef struct mvm_snapshot_entry {
    uint16_t slot;
    uint16_t value;  // MVM_PLACE_SLOT: the slot to copy from; _OBJECT: which of the snapshot's
    uint16_t place;  // register or spill number
    uint8_t kind;    // mvm_place_kind
    bool in_memory;
    uint8_t type;  // what is known of the value there; see mvm_trace_value
    uint16_t identity_check;
    uint32_t identity;
} mvm_snapshot_entry;

// An object that the trace has left out (optimize_escape.c) and an exit makes, once everything else
// is where it belongs, from `count` values that other entries write to the slots from `first` on.
typedef struct mvm_sunk_object {
    uint16_t take;  // the uop that would have made it in the trace
    uint16_t first, count;
    uint64_t operand;  // of that uop: the record's type, the function
} mvm_sunk_object;

// What an exit restores, and where tier one goes on. An exit that always goes on in another trace
// has that one's executor as its `link`.
typedef struct mvm_snapshot {
    struct mvm_executor *link;
    uint16_t frame;
    uint8_t reason;
    uint16_t *ip;
    int32_t depth;  // as in mvm_exit
    uint32_t first_entry, entry_count;
    uint32_t first_object, object_count;  // each after those that it holds
    int32_t instructions;                 // run since the top, or the last call that came back
    uint16_t first_uop, uop_count;        // its cold uops, after register allocation
} mvm_snapshot;

// A field of a record type that has to stay monomorphic.
typedef struct mvm_relied_field {
    uint16_t type, place;
} mvm_relied_field;

// At the loop's end `from` becomes the loop's `to`.
typedef struct mvm_loop_value {
    uint16_t to, from;
} mvm_loop_value;

// A value in a register or spill slot: where a side trace starts, or where a loop's top is.
typedef struct mvm_placed_value {
    uint16_t value;
    uint8_t kind;  // mvm_place_kind
    uint16_t place;
} mvm_placed_value;

typedef struct mvm_live_locals_of mvm_live_locals_of;

typedef struct mvm_trace {
    mvm_vm *vm;
    mvm_code *code;
    uint16_t *ip;           // where the trace starts
    struct mvm_exit *from;  // the exit that a side trace goes on from; NULL: a root trace
    uint64_t exit_threshold;
    bool calls;             // the engine can call another trace, to be returned to
    bool unrolls;           // the first levels of a function's recursion are to be in its trace
    bool unrolls_loops;     // short ones
    bool links;             // and go on in the middle of another one, with values in registers
    bool may_wait;          // until all that is on the way has specialised
    uint16_t first_form;    // of a side trace: the form its first instruction is taken to have
    bool missed_type;       // and may give a value of another type than is checked for later
    bool is_loop_entry;     // starts at a loop head (else at a function's entry)
    bool closes;            // ends by jumping to its own top
    bool bounds;            // checks of indices may move in front of loops
    bool monomorphic;       // loads may rely on monomorphic fields
    bool is_cautious;       // one made here before was left too often on the way in
    uint32_t instructions;  // projected
    uint32_t rounds;        // of the loop that are in the trace
    mvm_abort_reason abort;

    mvm_uop uops[MVM_TRACE_UOPS];
    uint32_t uop_count;
    uint32_t loop_start;  // the uop the loop's end jumps to
    uint16_t entry_exit;  // in front of the loop: back to where it was entered, nothing to restore
    uint32_t cold_start;  // the first exit uop, after register allocation
    mvm_origin origins[MVM_TRACE_UOPS];
    uint32_t origin_count;
    mvm_trace_value values[MVM_TRACE_VALUES];
    uint32_t value_count;
    mvm_trace_frame frames[MVM_TRACE_FRAMES];
    uint32_t frame_count;
    mvm_snapshot snapshots[MVM_TRACE_EXITS];
    uint32_t snapshot_count;
    mvm_snapshot_entry entries[MVM_TRACE_ENTRIES];
    uint32_t entry_count;
    mvm_sunk_object objects[MVM_TRACE_OBJECTS];
    uint32_t object_count;
    mvm_loop_value loop_values[MVM_TRACE_SLOTS];
    uint32_t loop_value_count;
    mvm_placed_value inherited[MVM_TRACE_SLOTS];
    uint32_t inherited_count;
    // Where a trace that closes its loop needs which value at the top, and the slots whose memory
    // it relies on there; and the uops in front, over values.
    mvm_placed_value top_values[MVM_TOP_VALUES];
    uint32_t top_value_count;
    bool top_memory[MVM_TRACE_SLOTS];
    const mvm_uop *front;
    uint32_t front_count;
    // Of a trace that goes on in another one's loop: the same, of values of its own.
    mvm_placed_value link_values[MVM_TOP_VALUES];
    uint32_t link_value_count;
    mvm_relied_field relied[MVM_TRACE_RELIED];
    uint32_t relied_count;
    const uint16_t *repeated[MVM_MOST_REPEATED];  // starts of traces it has gone along
    uint32_t repeated_count;
    uint32_t extent;        // slots from the trace's first that it may touch
    uint32_t counted_from;  // the origin of the first instruction behind the last call of a trace
    uint32_t entry_top;     // slots in use where it starts: one past the topmost value's
    void *pass_memory;      // room for any pass that needs more than its C frame
    mvm_live_locals_of *live_locals;  // for the traces to come, too (liveness.h)
} mvm_trace;

// The stages, in order. Each returns false with `abort` set when it gives up.
bool mvm_project(mvm_trace *trace);             // project.c
bool mvm_optimize_types(mvm_trace *trace);      // optimize_types.c
bool mvm_optimize_liveness(mvm_trace *trace);   // optimize_liveness.c
bool mvm_optimize_escape(mvm_trace *trace);     // optimize_escape.c
bool mvm_optimize_common(mvm_trace *trace);     // optimize_common.c
bool mvm_optimize_constants(mvm_trace *trace);  // optimize_constants.c
void mvm_reduce_multiplication(mvm_uop *uop);   // of which ranges may have taken the check
bool mvm_optimize_hoist(mvm_trace *trace);      // optimize_hoist.c
bool mvm_optimize_ranges(mvm_trace *trace);     // optimize_ranges.c
bool mvm_optimize_combine(mvm_trace *trace);    // optimize_combine.c
bool mvm_optimize_dead(mvm_trace *trace);       // optimize_dead.c
bool mvm_allocate_registers(mvm_trace *trace);  // registers.c

// How many of the uops, which begin a function's trace, load its parameters; these are `loads`.
// register_calls.c
uint32_t mvm_parameter_loads(const mvm_uop *uops, uint32_t parameters, mvm_uop *loads);

// Whether other traces may go on in the loop of this one, which is finished. type_links.c
bool mvm_may_link_into(const mvm_trace *trace);

uint64_t mvm_type_pass_size(void);
uint64_t mvm_escape_pass_size(void);
uint64_t mvm_allocator_size(void);

// Whether a uop makes a call of a trace, what it needs being in memory.
static inline bool mvm_calls_trace(const mvm_uop *uop) {
    return uop->opcode == MVM_UOP_CALL_TRACE || uop->opcode == MVM_UOP_PUSH_CALL;
}

static inline bool mvm_trace_abort(mvm_trace *trace, mvm_abort_reason reason) {
    if (trace->abort == MVM_ABORT_NONE) trace->abort = reason;
    return false;
}

#endif
