// The host's side of calls: the host calls functions, and functions call words of the host.
//
// In and out: arguments and results, on the exchange (exchange.h). A false result means that an
// error is recorded in the VM; mvm_clear_error forgets it, as does the start of a call.
#include <assert.h>
#include <string.h>

#include "api.h"
#include "helpers.h"
#include "map.h"
#include "vm.h"

void mvm_clear_error(mvm_vm *vm) { vm->error = (mvm_error){.kind = MVM_ERROR_NONE}; }

static bool is_running(const mvm_vm *vm) { return vm->frame != vm->frames; }

void mvm_start_run(mvm_vm *vm) {
    mvm_clear_error(vm);
    vm->traceback.count = vm->traceback.omitted = 0;
    if (!is_running(vm)) mvm_forget_interrupt(vm);
}

// --- the host calls --------------------------------------------------------------------------

// The function stands on the exchange, its arguments above it; what it captured goes on top.
bool mvm_call(mvm_vm *vm, uint32_t place) {
    mvm_start_run(vm);
    mvm_value_array *stack = &vm->exchange.stack;
    mvm_value called = stack->values[place];
    uint32_t count = stack->count - place - 1;
    if (called.tag != MVM_TAG_FUNCTION) return mvm_fail_type(vm, "call", "a function", called);
    mvm_function *function = called.function;
    mvm_code *code = function->code;
    if (count != code->parameters) return mvm_fail_call(vm, called, count, code->results);
    uint32_t captures = (uint32_t)function->capture_count;
    if (!mvm_exchange_push(vm, function->captures, captures)) return false;
    // The code may be gone when the run is over, if it has been redefined meanwhile.
    uint32_t result_count = code->results;
    mvm_value *results, *arguments = stack->values + place + 1;
    bool finished = mvm_vm_run(vm, code, arguments, count + captures, &results);
    stack->count = place;
    bool kept = finished && mvm_exchange_push(vm, results, result_count);
    bool flushed = is_running(vm) || mvm_output_flush(vm);
    return kept && flushed;
}

// --- the VM calls ----------------------------------------------------------------------------

// A word of the host: its arguments are put on the exchange, and it leaves its results there.
static bool call_word(mvm_vm *vm, uint32_t index, const mvm_value *arguments, mvm_value *results) {
    const mvm_code *code = vm->frame->code;
    mvm_value_array *stack = &vm->exchange.stack;
    uint32_t place = stack->count;
    // What the word prints by its own means comes after what has been printed here.
    if (!mvm_output_flush(vm)) return false;
    bool done = mvm_exchange_push(vm, arguments, code->parameters) &&
                vm->host_word(vm, index, place) && stack->count == place + code->results;
    if (done) memcpy(results, stack->values + place, code->results * sizeof *results);
    stack->count = place;
    return done || mvm_fail(vm, MVM_ERROR_HOST, "%s failed", code->name);
}

void mvm_set_host(mvm_vm *vm, mvm_host_word *word, mvm_host_output *output, bool by_lines) {
    vm->host = call_word;
    vm->host_word = word;
    vm->output.host = output;
    vm->output.by_lines = by_lines;
}

bool mvm_fail_host(mvm_vm *vm, const char *message) {
    mvm_clear_error(vm);
    return mvm_fail(vm, MVM_ERROR_HOST, "%s", message);
}

bool mvm_fail_stopped(mvm_vm *vm) {
    mvm_clear_error(vm);
    return mvm_fail(vm, MVM_ERROR_INTERRUPT, MVM_INTERRUPT_TEXT);
}

bool mvm_fail_thrown(mvm_vm *vm, uint32_t place) {
    mvm_clear_error(vm);
    return mvm_throw(vm, vm->exchange.stack.values[place]);
}

// --- reading values --------------------------------------------------------------------------

static const mvm_value *value_of(const mvm_any *any) { return (const mvm_value *)any; }

const char *mvm_read_string(const mvm_any *string, uint64_t *byte_length) {
    *byte_length = (uint64_t)value_of(string)->string->byte_length;
    return value_of(string)->string->bytes;
}

void mvm_read_range(const mvm_any *value, int64_t *bounds) {
    const mvm_range *range = value_of(value)->range;
    bounds[0] = range->start;
    bounds[1] = range->end;
    bounds[2] = range->step;
}

mvm_list_view mvm_read_list(const mvm_any *value) {
    const mvm_list *list = value_of(value)->list;
    mvm_list_view view = {.length = (uint64_t)list->length};
    mvm_list_packing packing = (mvm_list_packing)list->header.packing;
    switch (packing) {
    case MVM_LIST_EMPTY: break;
    case MVM_LIST_INTS: view.ints = list->ints; break;
    case MVM_LIST_FLOATS: view.floats = list->floats; break;
    case MVM_LIST_BOOLS: view.bools = list->bools; break;
    case MVM_LIST_LISTS:
    case MVM_LIST_RECORDS:
        view.objects = (const uint64_t *)list->elements;
        view.tag = packing == MVM_LIST_LISTS ? MVM_TAG_LIST : MVM_TAG_RECORD;
        break;
    case MVM_LIST_VALUES: view.values = (const mvm_any *)list->values; break;
    }
    return view;
}

bool mvm_read_map(const mvm_any *value, uint64_t *place, const mvm_any **key) {
    const mvm_map *map = value_of(value)->map;
    while (*place < (uint64_t)map->entry_count) {
        const mvm_map_entry *entry = &map->entries[(*place)++];
        if (mvm_map_is_tombstone(entry)) continue;
        *key = (const mvm_any *)&entry->key;
        return true;
    }
    return false;
}

mvm_record_view mvm_read_record(mvm_vm *vm, const mvm_any *value) {
    const mvm_record *record = value_of(value)->record;
    const mvm_record_type *type = mvm_type_of_record(vm, record);
    return (mvm_record_view){.type = record->header.record_type,
                             .name = type->name,
                             .fields = (const mvm_any *)record->fields,
                             .field_count = type->field_count};
}

mvm_function_view mvm_read_function(const mvm_any *value) {
    const mvm_code *code = value_of(value)->function->code;
    return (mvm_function_view){.index = code->index,
                               .name = code->name,
                               .parameters = code->parameters,
                               .results = code->results};
}

uint32_t mvm_record_field_count(mvm_vm *vm, uint32_t type) {
    return vm->records.types[type].field_count;
}

const char *mvm_record_name(mvm_vm *vm, uint32_t type) {
    return type < vm->records.type_count ? vm->records.types[type].name : NULL;
}

const char *mvm_record_field(mvm_vm *vm, uint32_t type, uint32_t place) {
    return vm->records.symbols[vm->records.types[type].symbols[place]];
}
