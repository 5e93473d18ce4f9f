// Making and ending a VM; the functions the front end gives it.
#define _DEFAULT_SOURCE 1  // MAP_ANONYMOUS, MAP_NORESERVE
#include "vm.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../generated/digest.h"
#include "../generated/opcodes.h"
#include "../jit/jit.h"
#include "api.h"
#include "throw.h"

enum {
    VALUES_A_FRAME = 16,
    DEFAULT_DEPTH = 100000,
    DEFAULT_WARM_UP = 4,
    // A trace takes as long to make as 10,000 instructions in tier one. What a loop has cost by
    // then is about what its trace would have: a program that ends soon loses little either way.
    DEFAULT_LOOP_THRESHOLD = 500,
    DEFAULT_ENTRY_THRESHOLD = 800,
};

static uint32_t or_default(uint32_t given, uint32_t fallback) { return given ? given : fallback; }

const char *mvm_definitions_digest(void) { return MVM_DEFINITIONS_DIGEST; }

static void *reserve(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static mvm_frame *call_limit(const mvm_vm *vm) {
    bool has_room = vm->frames_end - vm->frames > MVM_CALL_ROOM;
    return has_room ? vm->frames_end - MVM_CALL_ROOM : NULL;
}

// An interrupt that comes meanwhile is there at the end, or was before the first line.
void mvm_forget_interrupt(mvm_vm *vm) {
    vm->interrupt = 0;
    vm->call_limit = call_limit(vm);
    if (vm->interrupt) vm->call_limit = NULL;
}

static bool make_stacks(mvm_vm *vm, uint32_t depth) {
    size_t frames = depth + 2;
    size_t values = (size_t)depth * VALUES_A_FRAME + 65536;
    vm->frames = reserve(frames * sizeof *vm->frames);
    vm->stack = reserve(values * sizeof *vm->stack);
    if (!vm->frames || !vm->stack) return false;
    vm->frames_end = vm->frames + frames;
    vm->stack_limit = vm->stack + values;
    vm->stack_end = vm->stack + (values < MVM_STACK_STEP ? values : MVM_STACK_STEP);
    vm->frame = vm->base_frame = vm->frames;
    vm->stack_top = vm->stack;
    mvm_forget_interrupt(vm);
    return true;
}

bool mvm_vm_raise_stack(mvm_vm *vm, const mvm_value *end) {
    if (end > vm->stack_limit) return false;
    // Twice what is needed, so that deep recursion does not come back for every call.
    size_t room = (size_t)(vm->stack_limit - vm->stack), wanted = 2 * (size_t)(end - vm->stack);
    vm->stack_end = vm->stack + (wanted < room ? wanted : room);
    return true;
}

mvm_vm *mvm_vm_new(const mvm_options *options) {
    mvm_vm *vm = calloc(1, sizeof *vm);
    if (!vm) return NULL;
    if (!mvm_heap_init(&vm->heap) || !mvm_output_init(&vm->output, options->output_descriptor) ||
        !make_stacks(vm, or_default(options->max_depth, DEFAULT_DEPTH))) {
        mvm_vm_free(vm);
        return NULL;
    }
    vm->heap.stress = options->stress;
    vm->input.descriptor = options->input_descriptor;
    vm->counting = options->counting;
    vm->warm_up = or_default(options->warm_up, DEFAULT_WARM_UP);
    vm->loop_threshold = or_default(options->loop_threshold, DEFAULT_LOOP_THRESHOLD);
    vm->entry_threshold = or_default(options->entry_threshold, DEFAULT_ENTRY_THRESHOLD);
    // An odd factor: seeds near each other start far apart, and only 0 becomes 0.
    vm->forced_exits = options->force_exits * 0x9e3779b97f4a7c15;
    vm->base_unit = MVM_OP_HALT;
    vm->base_code = (mvm_code){.units = &vm->base_unit, .unit_count = 1, .name = "", .path = ""};
    vm->frames->code = &vm->base_code;  // lest mvm_fill_frames go on below it
    if (options->engine != MVM_ENGINE_TIER_ONE) {
        vm->jit = mvm_jit_new(vm, options);
        if (!vm->jit) {
            mvm_vm_free(vm);
            return NULL;
        }
    }
    mvm_list *arguments = mvm_list_new(vm, MVM_LIST_VALUES, 0);
    if (arguments) vm->arguments = mvm_from_list(arguments);
    if (!arguments || !mvm_record_types_init(vm) || !mvm_prepare_errors(vm)) {
        mvm_vm_free(vm);
        return NULL;
    }
    // From here on: what every VM needs does not count as the program's doing.
    vm->heap.limit = options->max_heap;
    return vm;
}

void mvm_vm_free(mvm_vm *vm) {
    if (vm->jit) mvm_jit_free(vm->jit);
    for (uint32_t i = 0; i < vm->function_count; i++) mvm_code_free(vm->functions[i]);
    for (uint32_t i = 0; i < vm->retired_count; i++) mvm_code_free(vm->retired[i]);
    free(vm->functions);
    free(vm->retired);
    mvm_record_types_destroy(&vm->records);
    mvm_exchange_destroy(&vm->exchange);
    mvm_output_destroy(&vm->output);
    mvm_input_destroy(&vm->input);
    mvm_heap_destroy(&vm->heap);
    if (vm->frames) munmap(vm->frames, (size_t)((char *)vm->frames_end - (char *)vm->frames));
    if (vm->stack) munmap(vm->stack, (size_t)((char *)vm->stack_limit - (char *)vm->stack));
    free(vm);
}

int32_t mvm_add_function(mvm_vm *vm, const mvm_function_spec *spec) {
    size_t size = (vm->function_count + 1) * sizeof *vm->functions;
    mvm_code **functions = realloc(vm->functions, size);
    if (!functions) return -1;
    vm->functions = functions;
    mvm_code *code = mvm_code_new(spec);
    if (!code) return -1;
    mvm_code_start_counters(code, vm->warm_up, vm->loop_threshold, vm->entry_threshold);
    code->index = vm->function_count;
    functions[vm->function_count++] = code;
    return (int32_t)code->index;
}

bool mvm_add_nil(mvm_vm *vm, uint32_t function) {
    return mvm_code_add_constant(vm->functions[function], mvm_from_nil());
}

bool mvm_add_bool(mvm_vm *vm, uint32_t function, bool truth) {
    return mvm_code_add_constant(vm->functions[function], mvm_from_bool(truth));
}

bool mvm_add_int(mvm_vm *vm, uint32_t function, int64_t integer) {
    return mvm_code_add_constant(vm->functions[function], mvm_from_int(integer));
}

bool mvm_add_float(mvm_vm *vm, uint32_t function, double number) {
    return mvm_code_add_constant(vm->functions[function], mvm_from_float(number));
}

bool mvm_add_string(mvm_vm *vm, uint32_t function, const char *bytes, uint64_t byte_length) {
    mvm_string *string = mvm_string_new(vm, bytes, (int64_t)byte_length);
    return string && mvm_code_add_constant(vm->functions[function], mvm_from_string(string));
}

bool mvm_add_argument(mvm_vm *vm, const char *bytes, uint64_t byte_length) {
    mvm_string *string = mvm_string_new(vm, bytes, (int64_t)byte_length);
    if (!string) return false;
    vm->temporary_roots[0] = mvm_from_string(string);
    bool pushed = mvm_list_push(vm, vm->arguments.list, mvm_from_string(string));
    vm->temporary_roots[0] = mvm_from_nil();
    return pushed;
}

bool mvm_run(mvm_vm *vm, uint32_t function) {
    mvm_value *results;
    mvm_start_run(vm);
    bool finished = mvm_vm_run(vm, vm->functions[function], NULL, 0, &results);
    return mvm_output_flush(vm) && finished;
}

static void interrupt(mvm_vm *vm, uint32_t why) {
    vm->interrupt = why;
    vm->call_limit = NULL;
}

void mvm_interrupt(mvm_vm *vm) { interrupt(vm, MVM_INTERRUPT_STOP); }

void mvm_time_out(mvm_vm *vm) { interrupt(vm, MVM_INTERRUPT_TIMEOUT); }

const char *mvm_output_bytes(mvm_vm *vm, uint64_t *byte_length) {
    *byte_length = vm->output.used;
    return vm->output.buffer;
}

bool mvm_end_line(mvm_vm *vm) {
    if (!vm->output.in_line) return true;
    return mvm_output_write(vm, "\n", 1) && mvm_output_flush(vm);
}

void mvm_forget_output(mvm_vm *vm) { vm->output.used = 0; }

// Of an Error record's field, when it is a string.
static const char *thrown_text(const mvm_vm *vm, uint32_t field, uint64_t *byte_length) {
    if (vm->error.thrown.tag != MVM_TAG_RECORD) return NULL;
    mvm_value text = vm->error.thrown.record->fields[field];
    if (text.tag != MVM_TAG_STRING) return NULL;
    *byte_length = (uint64_t)text.string->byte_length;
    return text.string->bytes;
}

const char *mvm_error_text(mvm_vm *vm, uint64_t *byte_length) {
    const char *thrown = thrown_text(vm, MVM_FIELD_ERROR_MESSAGE, byte_length);
    if (thrown) return thrown;
    *byte_length = strlen(vm->error.message);
    return vm->error.message;
}

const char *mvm_error_name(mvm_vm *vm, uint64_t *byte_length) {
    const char *thrown = thrown_text(vm, MVM_FIELD_ERROR_KIND, byte_length);
    if (thrown) return thrown;
    const char *name = mvm_error_kind_name(vm->error.kind);
    *byte_length = strlen(name);
    return name;
}

int64_t mvm_error_status(mvm_vm *vm) { return vm->error.status; }

uint32_t mvm_traceback_length(mvm_vm *vm) { return vm->traceback.count; }

uint32_t mvm_traceback_omitted(mvm_vm *vm) { return vm->traceback.omitted; }

uint32_t mvm_traceback_innermost(void) { return MVM_TRACEBACK_INNERMOST; }

mvm_traceback_entry mvm_traceback_at(mvm_vm *vm, uint32_t index) {
    const mvm_call_in_progress *call = &vm->traceback.calls[index];
    const mvm_position *position = mvm_code_position(call->code, call->code->units + call->offset);
    return (mvm_traceback_entry){
        .name = call->code->name,
        .path = call->code->path,
        .line = position->line,
        .column = position->column,
        .end_column = position->end_column,
    };
}

uint64_t mvm_spills_offset(void) { return offsetof(mvm_vm, spills); }

mvm_statistics mvm_get_statistics(mvm_vm *vm) {
    mvm_statistics statistics = {
        .tier_one_instructions = vm->instructions,
        .collections = vm->heap.collections,
        .collection_nanoseconds = vm->heap.collection_time,
        .longest_collection = vm->heap.longest_collection,
        .heap_bytes = vm->heap.bytes_in_use,
    };
    if (vm->jit) mvm_jit_statistics(vm->jit, &statistics);
    return statistics;
}

const uint16_t *mvm_function_units(mvm_vm *vm, uint32_t function) {
    return vm->functions[function]->units;
}
