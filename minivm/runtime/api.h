// The library's interface, which Python binds through cffi: what stands between the two marks is
// read by the build (MVM_API is taken out of it).
#ifndef MVM_API_H
#define MVM_API_H

#include <stdbool.h>
#include <stdint.h>

#define MVM_API __attribute__((visibility("default")))

// cffi: begin
typedef struct mvm_vm mvm_vm;
typedef struct mvm_executor mvm_executor;

// Where the instruction that starts at unit `offset` stands in the source. Lines and columns count
// from 1, columns in code points; `end_column` is the one after the last.
typedef struct mvm_position {
    uint32_t offset, line, column, end_column;
} mvm_position;

// An error between the units `start` and `end` (exclusive) goes on at unit `target`, with `depth`
// values left on the operand stack and the Error on top.
typedef struct mvm_handler_range {
    uint32_t start, end, target, depth;
} mvm_handler_range;

// What the front end gives for one function; everything is copied. Positions are sorted by offset.
typedef struct mvm_function_spec {
    const char *name, *path;
    uint32_t parameters, results, locals, max_stack;
    const uint16_t *units;
    uint32_t unit_count;
    const mvm_position *positions;
    uint32_t position_count;
    const mvm_handler_range *handlers;  // inner ones first
    uint32_t handler_count;
} mvm_function_spec;

typedef enum mvm_engine {
    MVM_ENGINE_TIER_ONE,
    MVM_ENGINE_UOPS,
    MVM_ENGINE_MACHINE_CODE,
    MVM_ENGINE_LLVM  // machine code that the host makes (jit/compiler.h)
} mvm_engine;

// Counters are in executions, sizes in bytes; 0 means the default or no limit.
typedef struct mvm_options {
    int32_t output_descriptor;  // -1: keep the output (mvm_output_bytes)
    int32_t input_descriptor;
    int32_t engine;            // mvm_engine
    uint32_t max_depth;        // calls in progress
    uint32_t warm_up;          // executions before an instruction specialises, 1 … 4095
    uint32_t loop_threshold;   // iterations before a loop is traced, 1 … 4095
    uint32_t entry_threshold;  // calls before a function's entry is traced, 1 … 4095
    uint32_t exit_threshold;   // times that a trace is left at an exit before a side trace is made
    uint64_t max_heap;
    uint64_t force_exits;  // a seed: leave traces at random (for tests)
    bool stress;           // collect at every allocation
    bool counting;         // count instructions
    bool checking;         // check the uops after every pass
    bool keep_stages;      // keep each trace's uops after every pass
    uint32_t disabled;     // what traces do without: bit i is mvm_switch_name(i)
    uint64_t max_code;     // of machine code and what is kept with it
} mvm_options;

typedef struct mvm_traceback_entry {
    const char *name, *path;
    uint32_t line, column, end_column;
} mvm_traceback_entry;

// A value as the host sees it: what the tag says the payload is. An object's payload is its
// address, which stays the same for as long as it is alive.
typedef struct mvm_any {
    uint64_t tag;
    union {
        int64_t integer;  // also a bool, as 0 or 1
        double number;
        uint64_t bits;
    };
} mvm_any;

// A list's elements: one of the pointers, by how they are packed; none when there are no elements.
typedef struct mvm_list_view {
    uint64_t length;
    const int64_t *ints;
    const double *floats;
    const uint8_t *bools;
    const uint64_t *objects;  // the `bits` of values that have this tag
    uint64_t tag;
    const mvm_any *values;
} mvm_list_view;

typedef struct mvm_record_view {
    uint32_t type, field_count;
    const char *name;
    const mvm_any *fields;
} mvm_record_view;

typedef struct mvm_function_view {
    uint32_t index, parameters, results;
    const char *name;
} mvm_function_view;

// Runs word number `index` of the host, whose arguments stand on the exchange from `place` on and
// give way to its results. False: an error is recorded (mvm_fail_…).
typedef bool mvm_host_word(mvm_vm *vm, uint32_t index, uint32_t place);
// Takes output; false: an error is recorded.
typedef bool mvm_host_output(mvm_vm *vm, const char *bytes, uint64_t byte_length);

typedef struct mvm_statistics {
    uint64_t tier_one_instructions, trace_instructions;
    uint64_t collections, heap_bytes;
    uint64_t collection_nanoseconds, longest_collection;  // of all; of the one that took longest
    uint64_t traces, uops, final_uops;                    // made; uops as projected and as emitted
    uint64_t trace_nanoseconds;                   // from projection to executable code, all traces
    uint64_t code_bytes, cold_bytes, data_bytes;  // in use now: machine code, and all else
    uint64_t invalidated, dropped;                // root traces; dropped ones were cold
} mvm_statistics;

// Of the instructions the library was built for; the tables in Python must have the same.
MVM_API const char *mvm_definitions_digest(void);
// NULL when out of memory.
MVM_API mvm_vm *mvm_vm_new(const mvm_options *options);
MVM_API void mvm_vm_free(mvm_vm *vm);
// The new function's index, or -1 when out of memory. Constants are numbered in the order they are
// added.
MVM_API int32_t mvm_add_function(mvm_vm *vm, const mvm_function_spec *spec);
MVM_API bool mvm_add_nil(mvm_vm *vm, uint32_t function);
MVM_API bool mvm_add_bool(mvm_vm *vm, uint32_t function, bool truth);
MVM_API bool mvm_add_int(mvm_vm *vm, uint32_t function, int64_t integer);
MVM_API bool mvm_add_float(mvm_vm *vm, uint32_t function, double number);
MVM_API bool mvm_add_string(mvm_vm *vm, uint32_t function, const char *bytes, uint64_t byte_length);
// A constant: function `referenced` as a value.
MVM_API bool mvm_add_function_reference(mvm_vm *vm, uint32_t function, uint32_t referenced);
// A field's name, whose number GET_FIELD and SET_FIELD take; the same name gets the same number. -1
// when out of memory, as with what follows.
MVM_API int32_t mvm_add_symbol(mvm_vm *vm, const char *name);
// `fields` are symbols' numbers, in the order of the fields.
MVM_API int32_t mvm_add_record_type(mvm_vm *vm, const char *name, const uint32_t *fields,
                                    uint32_t field_count);
MVM_API int32_t mvm_add_generic(mvm_vm *vm, const char *name, uint32_t parameters,
                                uint32_t results);
// The function that the generic runs for records of a type; replaces an earlier one.
MVM_API bool mvm_add_method(mvm_vm *vm, uint32_t generic, uint32_t record_type, uint32_t function);
// Give function `index` other code. Executors that run its old code are invalidated, and no others.
MVM_API bool mvm_redefine(mvm_vm *vm, uint32_t index, const mvm_function_spec *spec);
MVM_API bool mvm_add_argument(mvm_vm *vm, const char *bytes, uint64_t byte_length);
// Run a function that takes nothing. False: an error is pending (mvm_error_*, mvm_traceback_*).
MVM_API bool mvm_run(mvm_vm *vm, uint32_t function);
// From any thread: stop the running program with an "interrupt" error, or a "timeout" error. What
// is asked for while nothing runs is forgotten when the next run starts.
MVM_API void mvm_interrupt(mvm_vm *vm);
MVM_API void mvm_time_out(mvm_vm *vm);
// What was printed and kept; valid until the program runs on.
MVM_API const char *mvm_output_bytes(mvm_vm *vm, uint64_t *byte_length);
// Print a line break unless nothing was printed since the last one.
MVM_API bool mvm_end_line(mvm_vm *vm);
// The pending error's message and kind, UTF-8, valid until something else runs; "none" without one.
MVM_API const char *mvm_error_text(mvm_vm *vm, uint64_t *byte_length);
MVM_API const char *mvm_error_name(mvm_vm *vm, uint64_t *byte_length);
// Of an "exit": what the program exits with.
MVM_API int64_t mvm_error_status(mvm_vm *vm);
// The calls that were in progress when the error happened; entry 0 is the innermost. Of very many,
// `omitted` are left out behind the first `innermost` ones.
MVM_API uint32_t mvm_traceback_length(mvm_vm *vm);
MVM_API uint32_t mvm_traceback_omitted(mvm_vm *vm);
MVM_API uint32_t mvm_traceback_innermost(void);
MVM_API mvm_traceback_entry mvm_traceback_at(mvm_vm *vm, uint32_t index);
// Forget the pending error.
MVM_API void mvm_clear_error(mvm_vm *vm);
// Forget what was printed and kept.
MVM_API void mvm_forget_output(mvm_vm *vm);

// --- values of the host ------------------------------------------------------------------------
// They go in and out over the exchange, a stack of which the collector knows (exchange.h). A
// `place` counts from its bottom.
MVM_API uint32_t mvm_exchange_count(mvm_vm *vm);
MVM_API void mvm_exchange_cut(mvm_vm *vm, uint32_t count);
// From its bottom on; valid until something is put there.
MVM_API const mvm_any *mvm_exchange_values(mvm_vm *vm);
// A nil, a bool, an int, or a value that was read before and is still alive.
MVM_API bool mvm_put(mvm_vm *vm, uint64_t tag, uint64_t bits);
MVM_API bool mvm_put_float(mvm_vm *vm, double number);
MVM_API bool mvm_put_string(mvm_vm *vm, const char *bytes, uint64_t byte_length);
MVM_API bool mvm_put_range(mvm_vm *vm, int64_t start, int64_t end, int64_t step);
MVM_API bool mvm_put_ints(mvm_vm *vm, const int64_t *ints, uint64_t count);
MVM_API bool mvm_put_floats(mvm_vm *vm, const double *floats, uint64_t count);
MVM_API bool mvm_put_list(mvm_vm *vm);
MVM_API bool mvm_put_map(mvm_vm *vm);
MVM_API bool mvm_put_record(mvm_vm *vm, uint32_t type);
MVM_API bool mvm_put_function(mvm_vm *vm, uint32_t index);
// The Error record that the program threw and nobody caught; nil for an error of the VM's own.
MVM_API bool mvm_put_error(mvm_vm *vm);
// The value at `place` as a string, as `print` shows it.
MVM_API bool mvm_put_text(mvm_vm *vm, uint32_t place);
// Move the topmost `count` values into the list, the map (keys and values by turns) or the record
// at `place`.
MVM_API bool mvm_fill_list(mvm_vm *vm, uint32_t place, uint32_t count);
MVM_API bool mvm_fill_map(mvm_vm *vm, uint32_t place, uint32_t count);
MVM_API void mvm_fill_record(mvm_vm *vm, uint32_t place, uint32_t count);
// Keep the value at `place` alive until the handle is freed; -1 when out of memory.
MVM_API int64_t mvm_handle_new(mvm_vm *vm, uint32_t place);
MVM_API void mvm_handle_free(mvm_vm *vm, uint32_t handle);
MVM_API bool mvm_put_handle(mvm_vm *vm, uint32_t handle);
// Collect what nothing refers to any more.
MVM_API void mvm_collect(mvm_vm *vm);
// What a value is; for each, the value must be of that type. Nothing here allocates.
MVM_API const char *mvm_read_string(const mvm_any *string, uint64_t *byte_length);
MVM_API void mvm_read_range(const mvm_any *range, int64_t *start_end_step);
MVM_API mvm_list_view mvm_read_list(const mvm_any *list);
// The entry from `place` (0 at first) on: key[0] is its key, key[1] its value. False: no more.
MVM_API bool mvm_read_map(const mvm_any *map, uint64_t *place, const mvm_any **key);
MVM_API mvm_record_view mvm_read_record(mvm_vm *vm, const mvm_any *record);
MVM_API mvm_function_view mvm_read_function(const mvm_any *function);
// NULL: there is no such type.
MVM_API const char *mvm_record_name(mvm_vm *vm, uint32_t type);
MVM_API uint32_t mvm_record_field_count(mvm_vm *vm, uint32_t type);
MVM_API const char *mvm_record_field(mvm_vm *vm, uint32_t type, uint32_t place);

// Call the function at `place` with the values above it; its results take the place of all of them.
// Calls nest. False: an error is pending.
MVM_API bool mvm_call(mvm_vm *vm, uint32_t place);
// What runs the words of the host, and takes the output (NULL: the descriptor does), line by line
// or in larger pieces.
MVM_API void mvm_set_host(mvm_vm *vm, mvm_host_word *word, mvm_host_output *output, bool by_lines);
// Record the "host" error, or one that no program catches. Always false.
MVM_API bool mvm_fail_host(mvm_vm *vm, const char *message);
MVM_API bool mvm_fail_stopped(mvm_vm *vm);
// Throw the value at `place`. Always false.
MVM_API bool mvm_fail_thrown(mvm_vm *vm, uint32_t place);

// --- statistics and code -------------------------------------------------------------------------
MVM_API mvm_statistics mvm_get_statistics(mvm_vm *vm);
// A function's instructions as they are now, specialised.
MVM_API const uint16_t *mvm_function_units(mvm_vm *vm, uint32_t function);

// --- traces, for listings
// -------------------------------------------------------------------------

// See jit/trace.h for what the fields hold at which stage. `exit` is 0xffff where there is none.
typedef struct mvm_uop {
    uint16_t opcode;
    uint16_t output;
    uint16_t inputs[3];
    uint16_t exit, origin;
    uint8_t is_immediate, taken;
    int64_t immediate;
    uint64_t operands[3];
} mvm_uop;

// A trace's uops after one stage. `exits` of them are its snapshots.
typedef struct mvm_stage {
    const char *name;
    mvm_uop *uops;
    uint32_t uop_count, loop_start, cold_start;
} mvm_stage;

typedef struct mvm_trace_position {
    const char *function, *path;
    uint32_t function_index, offset, line, column;
    uint16_t opcode;
} mvm_trace_position;

typedef struct mvm_exit_info {
    mvm_trace_position position;  // where tier one goes on
    uint8_t reason;
    uint64_t count;
    uint16_t first_uop, uop_count;  // its cold uops
    uint32_t instructions;
    const mvm_executor *side;  // the side trace that goes on here, if any
} mvm_exit_info;

typedef struct mvm_executor_info {
    mvm_trace_position position;
    bool is_loop, closes, valid;
    uint32_t instructions;  // one pass through the trace,
    uint32_t rounds;        // which is so many of the loop
    uint64_t entered;       // from tier one; of a side trace: from its parent, only when counting
    uint64_t iterations;    // of the loop, only when counting
    uint32_t stage_count, exit_count;
    const mvm_executor *parent;  // of a side trace: the trace it goes on from, at which exit
    uint32_t parent_exit;
    const mvm_executor *link;    // the trace it ends in, if any
    const uint8_t *code, *cold;  // machine code; NULL in the uop interpreter
    uint32_t code_size, cold_size;
    uint32_t uop_count;             // as emitted
    uint64_t nanoseconds;           // from projection to executable code
    uint64_t emission_nanoseconds;  // of these, from uops to executable code
} mvm_executor_info;

// Where one uop's machine code is, and which stencil it was copied from.
typedef struct mvm_emitted {
    uint32_t uop;  // index in the last stage
    uint32_t stencil;
    const uint8_t *code;
    uint32_t size;
} mvm_emitted;

// The stages through which each trace goes, in order; NULL behind the last.
MVM_API const char *mvm_stage_name(uint32_t index);
// What traces can do without: "" for a stage that they need, first the stages, in order, then the
// rest; NULL behind the last.
MVM_API const char *mvm_switch_name(uint32_t index);

MVM_API uint32_t mvm_executor_count(mvm_vm *vm);
MVM_API mvm_executor *mvm_executor_at(mvm_vm *vm, uint32_t index);
MVM_API mvm_executor_info mvm_executor_describe(const mvm_executor *executor);
MVM_API mvm_stage mvm_executor_stage(const mvm_executor *executor, uint32_t index);
// Where the instruction stands that origin `origin` of the executor's uops came from.
MVM_API mvm_trace_position mvm_executor_origin(const mvm_executor *executor, uint16_t origin);
MVM_API mvm_exit_info mvm_executor_exit(const mvm_executor *executor, uint32_t index);
MVM_API uint32_t mvm_executor_emitted(const mvm_executor *executor, const mvm_emitted **rows);
// Where the spill slots (8 bytes each) are, in bytes from the VM that machine code has in its
// register.
MVM_API uint64_t mvm_spills_offset(void);
// How often traces were given up, by reason (MVM_ABORT_* order, [0] unused), and left (MVM_EXIT_*).
MVM_API uint64_t mvm_abort_count(mvm_vm *vm, uint32_t reason);
MVM_API uint64_t mvm_exit_count(mvm_vm *vm, uint32_t reason);
// cffi: end

#endif
