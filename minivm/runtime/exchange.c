// The exchange (exchange.h): what the host puts in, takes out and holds on to.
//
// In: ints, floats, bytes and the like; places, counted from the bottom of the exchange's stack.
// Out: values on top of that stack; handles. Whatever is being built stands on the stack, so that
// the collector finds it. False: an error is recorded.
#include "exchange.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "helpers.h"
#include "monomorphic.h"
#include "vm.h"

enum { SMALLEST_CAPACITY = 64 };

_Static_assert(sizeof(mvm_any) == sizeof(mvm_value), "the host reads values in place");
_Static_assert(offsetof(mvm_any, tag) == offsetof(mvm_value, tag), "tags first");
_Static_assert(offsetof(mvm_any, bits) == offsetof(mvm_value, bits), "then the payload");

static mvm_value_array *stack_of(mvm_vm *vm) { return &vm->exchange.stack; }

static mvm_value *top_of(mvm_vm *vm, uint32_t count) {
    assert(count <= stack_of(vm)->count);
    return stack_of(vm)->values + stack_of(vm)->count - count;
}

static bool make_room(mvm_vm *vm, mvm_value_array *array, uint32_t count) {
    uint64_t needed = (uint64_t)array->count + count, capacity = SMALLEST_CAPACITY;
    if (needed <= array->capacity) return true;
    while (capacity < needed) capacity *= 2;
    size_t size = (size_t)capacity * sizeof *array->values;
    mvm_value *values = capacity <= UINT32_MAX ? realloc(array->values, size) : NULL;
    if (!values)
        return mvm_fail(vm, MVM_ERROR_MEMORY, "out of memory: no room for %zu bytes", size);
    array->values = values;
    array->capacity = (uint32_t)capacity;
    return true;
}

bool mvm_exchange_push(mvm_vm *vm, const mvm_value *values, uint32_t count) {
    mvm_value_array *stack = stack_of(vm);
    if (!make_room(vm, stack, count)) return false;
    if (count) memcpy(stack->values + stack->count, values, count * sizeof *values);
    stack->count += count;
    return true;
}

static bool push(mvm_vm *vm, mvm_value value) { return mvm_exchange_push(vm, &value, 1); }

void mvm_exchange_destroy(mvm_exchange *exchange) {
    free(exchange->stack.values);
    free(exchange->handles.values);
    *exchange = (mvm_exchange){0};
}

uint32_t mvm_exchange_count(mvm_vm *vm) { return stack_of(vm)->count; }

void mvm_exchange_cut(mvm_vm *vm, uint32_t count) {
    if (count < stack_of(vm)->count) stack_of(vm)->count = count;
}

const mvm_any *mvm_exchange_values(mvm_vm *vm) { return (const mvm_any *)stack_of(vm)->values; }

// --- putting values on top -------------------------------------------------------------------

bool mvm_put(mvm_vm *vm, uint64_t tag, uint64_t bits) {
    return push(vm, (mvm_value){.tag = tag, .bits = bits});
}

bool mvm_put_float(mvm_vm *vm, double number) { return push(vm, mvm_from_float(number)); }

bool mvm_put_string(mvm_vm *vm, const char *bytes, uint64_t byte_length) {
    mvm_string *string = mvm_string_new(vm, bytes, (int64_t)byte_length);
    return string && push(vm, mvm_from_string(string));
}

bool mvm_put_range(mvm_vm *vm, int64_t start, int64_t end, int64_t step) {
    mvm_range *range = mvm_range_new(vm, start, end, step);
    return range && push(vm, mvm_from_range(range));
}

bool mvm_put_list(mvm_vm *vm) {
    mvm_list *list = mvm_list_new(vm, MVM_LIST_EMPTY, 0);
    return list && push(vm, mvm_from_list(list));
}

static bool put_packed(mvm_vm *vm, mvm_list_packing packing, const void *elements, uint64_t count) {
    if (count == 0) return mvm_put_list(vm);
    mvm_list *list = count <= INT64_MAX ? mvm_list_new(vm, packing, (int64_t)count) : NULL;
    if (!list) return false;
    // Ints and floats take eight bytes each.
    memcpy(list->elements, elements, count * sizeof(int64_t));
    list->length = (int64_t)count;
    return push(vm, mvm_from_list(list));
}

bool mvm_put_ints(mvm_vm *vm, const int64_t *ints, uint64_t count) {
    return put_packed(vm, MVM_LIST_INTS, ints, count);
}

bool mvm_put_floats(mvm_vm *vm, const double *floats, uint64_t count) {
    return put_packed(vm, MVM_LIST_FLOATS, floats, count);
}

bool mvm_put_map(mvm_vm *vm) {
    mvm_value map;
    return mvm_build_map(vm, NULL, 0, &map) && push(vm, map);
}

bool mvm_put_record(mvm_vm *vm, uint32_t type) {
    mvm_record *record = mvm_blank_record(vm, type);
    return record && push(vm, mvm_from_record(record));
}

bool mvm_put_function(mvm_vm *vm, uint32_t index) {
    mvm_value function = vm->functions[index]->reference;
    if (function.tag == MVM_TAG_NIL && !mvm_make_closure(vm, index, NULL, 0, &function))
        return false;
    vm->functions[index]->reference = function;
    return push(vm, function);
}

bool mvm_put_error(mvm_vm *vm) { return push(vm, vm->error.thrown); }

bool mvm_put_text(mvm_vm *vm, uint32_t place) {
    mvm_string *text = mvm_format_value(vm, stack_of(vm)->values[place]);
    return text && push(vm, mvm_from_string(text));
}

// --- filling structures ----------------------------------------------------------------------

bool mvm_fill_list(mvm_vm *vm, uint32_t place, uint32_t count) {
    mvm_list *list = stack_of(vm)->values[place].list;
    for (uint32_t i = 0; i < count; i++) {
        if (!mvm_list_push(vm, list, top_of(vm, count)[i])) return false;
    }
    stack_of(vm)->count -= count;
    return true;
}

bool mvm_fill_map(mvm_vm *vm, uint32_t place, uint32_t count) {
    mvm_value map = stack_of(vm)->values[place];
    for (uint32_t i = 0; i + 1 < count; i += 2) {
        const mvm_value *entry = top_of(vm, count) + i;
        if (!mvm_set(vm, map, entry[0], entry[1])) return false;
    }
    stack_of(vm)->count -= count;
    return true;
}

void mvm_fill_record(mvm_vm *vm, uint32_t place, uint32_t count) {
    mvm_record *record = stack_of(vm)->values[place].record;
    assert(count == mvm_type_of_record(vm, record)->field_count);
    mvm_note_tags(vm, record->header.record_type, top_of(vm, count), count);
    memcpy(record->fields, top_of(vm, count), count * sizeof *record->fields);
    stack_of(vm)->count -= count;
}

void mvm_collect(mvm_vm *vm) { mvm_gc_collect(vm); }

// --- handles ---------------------------------------------------------------------------------

int64_t mvm_handle_new(mvm_vm *vm, uint32_t place) {
    mvm_exchange *exchange = &vm->exchange;
    mvm_value_array *handles = &exchange->handles;
    uint32_t handle = exchange->free_handle;
    if (handle == handles->count) {
        if (!make_room(vm, handles, 1)) return -1;
        handles->values[handles->count++] = mvm_from_int((int64_t)handle + 1);
    }
    exchange->free_handle = (uint32_t)handles->values[handle].integer;
    handles->values[handle] = exchange->stack.values[place];
    return handle;
}

void mvm_handle_free(mvm_vm *vm, uint32_t handle) {
    vm->exchange.handles.values[handle] = mvm_from_int(vm->exchange.free_handle);
    vm->exchange.free_handle = handle;
}

bool mvm_put_handle(mvm_vm *vm, uint32_t handle) {
    return push(vm, vm->exchange.handles.values[handle]);
}
