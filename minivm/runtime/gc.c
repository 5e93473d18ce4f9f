// The collector: precise marking; sweep.c does the rest.
//
// In: the roots (value stack, temporary roots, arguments, constants, spilled trace registers).
// Out: a mark bit for every object they lead to, and a heap whose other cells are free. Marking
// keeps its own stack, so that lists nested a million deep are no danger to C's; when that stack
// cannot grow, marking goes on by going through the heap until nothing is left out. Stack slots
// above stack_top become nil: a trace may load a slot before it is written, and must never find a
// freed object in it.
#define _DEFAULT_SOURCE 1  // clock_gettime
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "heap_space.h"
#include "vm.h"

// An object's memory is wanted a little before it is looked at: this many wait for the cache.
enum { OBJECTS_AHEAD = 8 };

// --- marking ---------------------------------------------------------------------------------

static bool grow_marks(mvm_mark_stack *marks) {
    if (marks->capacity > marks->largest / 2) return false;
    mvm_mark_range *ranges = realloc(marks->ranges, 2 * marks->capacity * sizeof *ranges);
    if (!ranges) return false;
    marks->ranges = ranges;
    marks->capacity *= 2;
    return true;
}

static void push_range(mvm_mark_stack *marks, const void *values, size_t count, size_t stride) {
    if (count == 0) return;
    if (marks->count == marks->capacity && !grow_marks(marks)) {
        marks->overflowed = true;
        return;
    }
    const char *next = values;
    marks->ranges[marks->count++] = (mvm_mark_range){next, next + count * stride, stride};
}

static void push_values(mvm_mark_stack *marks, const mvm_value *values, size_t count) {
    push_range(marks, values, count, sizeof *values);
}

static void push_map(mvm_mark_stack *marks, const mvm_map *map) {
    if (map->entry_count == 0) return;
    push_range(marks, &map->entries->key, (size_t)map->entry_count, sizeof *map->entries);
    push_range(marks, &map->entries->value, (size_t)map->entry_count, sizeof *map->entries);
}

// Pushes the values that the object leads to.
static void push_inside(const mvm_vm *vm, const mvm_object *object) {
    mvm_mark_stack *marks = &vm->heap.space->marks;
    switch ((mvm_object_kind)object->kind) {
    case MVM_OBJECT_RECORD: {
        const mvm_record *record = (const mvm_record *)object;
        push_values(marks, record->fields, mvm_type_of_record(vm, record)->field_count);
        break;
    }
    case MVM_OBJECT_LIST: {
        const mvm_list *list = (const mvm_list *)object;
        if (object->packing != MVM_LIST_VALUES) break;
        push_values(marks, list->values, (size_t)list->length);
        break;
    }
    case MVM_OBJECT_MAP: push_map(marks, (const mvm_map *)object); break;
    case MVM_OBJECT_FUNCTION: {
        const mvm_function *function = (const mvm_function *)object;
        push_values(marks, function->captures, (size_t)function->capture_count);
        break;
    }
    case MVM_OBJECT_CELL: push_values(marks, &((const mvm_cell *)object)->value, 1); break;
    case MVM_OBJECT_STRING:
    case MVM_OBJECT_RANGE:
    case MVM_OBJECT_BUFFER: break;
    }
}

// False when it was marked before.
static bool set_mark(mvm_object *object) {
    if (object->marked) {
        bool large = object->marked == MVM_LARGE;
        object->marked = MVM_LARGE_MARKED;
        return large;
    }
    size_t index = mvm_mark_index(object);
    uint64_t *word = &mvm_arena_of(object)->marks[index / 64], bit = UINT64_C(1) << index % 64;
    bool marked = *word & bit;
    *word |= bit;
    return !marked;
}

static void mark_object(mvm_vm *vm, mvm_object *object) {
    assert(object->kind != MVM_CELL_FREE);
    if (!set_mark(object)) return;
    if (mvm_kind_owns((mvm_object_kind)object->kind)) {
        vm->heap.space->owned_live += mvm_owned_size(object);
    }
    push_inside(vm, object);
}

// The next object of the values on the mark stack; NULL: there is none left. A range goes before
// its last value is looked into, so that a chain of a million objects does not take a million
// ranges.
static mvm_object *next_object(mvm_mark_stack *marks) {
    while (marks->count > 0) {
        mvm_mark_range *range = &marks->ranges[marks->count - 1];
        const mvm_value *value = (const mvm_value *)range->next;
        range->next += range->stride;
        if (range->next == range->end) marks->count--;
        if (mvm_is_object(*value)) return value->object;
    }
    return NULL;
}

static void drain_marks(mvm_vm *vm) {
    mvm_mark_stack *marks = &vm->heap.space->marks;
    mvm_object *ahead[OBJECTS_AHEAD] = {NULL};
    unsigned empty = 0;
    for (unsigned i = 0; empty < OBJECTS_AHEAD; i = (i + 1) % OBJECTS_AHEAD) {
        mvm_object *object = ahead[i];
        if (object) mark_object(vm, object);
        ahead[i] = next_object(marks);
        if (ahead[i]) __builtin_prefetch(ahead[i]);
        empty = ahead[i] ? 0 : empty + 1;
    }
}

void mvm_gc_mark(mvm_vm *vm, mvm_value value) { mvm_gc_mark_all(vm, &value, 1); }

void mvm_gc_mark_all(mvm_vm *vm, const mvm_value *values, size_t count) {
    push_values(&vm->heap.space->marks, values, count);
    drain_marks(vm);
}

// --- when the mark stack was too small -------------------------------------------------------

// A marked object may be one whose values did not fit the mark stack: mark them (again), one at a
// time, so that they fit now.
static void rescan_object(mvm_vm *vm, const mvm_object *object) {
    push_inside(vm, object);
    drain_marks(vm);
}

static void rescan_class(mvm_vm *vm, const mvm_size_class *class) {
    for (const mvm_block *block = class->blocks; block; block = block->next) {
        for (uint32_t i = 0; i < block->cell_count; i++) {
            const mvm_object *object = mvm_block_cell(block, i);
            if (mvm_cell_marked(object)) rescan_object(vm, object);
        }
    }
}

static void rescan_heap(mvm_vm *vm) {
    mvm_heap_space *space = vm->heap.space;
    space->marks.overflowed = false;
    for (int i = 0; i < MVM_SIZE_CLASSES; i++) {
        rescan_class(vm, &space->plain[i]);
        rescan_class(vm, &space->owners[i]);
    }
    for (mvm_large *large = space->large; large; large = large->next) {
        const mvm_object *object = mvm_large_object(large);
        if (object->marked == MVM_LARGE_MARKED) rescan_object(vm, object);
    }
}

// --- roots -----------------------------------------------------------------------------------

static void mark_code(mvm_vm *vm, const mvm_code *code) {
    mvm_gc_mark_all(vm, code->constants, code->constant_count);
    mvm_gc_mark(vm, code->reference);
}

static void mark_roots(mvm_vm *vm) {
    mvm_heap_space *space = vm->heap.space;
    if (vm->stack_top && vm->stack_top >= vm->stack) {
        mvm_gc_mark_all(vm, vm->stack, (size_t)(vm->stack_top - vm->stack) + 1);
    }
    mvm_gc_mark_all(vm, vm->temporary_roots, MVM_TEMPORARY_ROOTS);
    mvm_gc_mark(vm, vm->arguments);
    mvm_gc_mark(vm, vm->error.thrown);
    mvm_gc_mark(vm, vm->caught.error);
    mvm_gc_mark(vm, vm->spare_error);
    for (uint32_t i = 0; i < vm->function_count; i++) mark_code(vm, vm->functions[i]);
    for (uint32_t i = 0; i < vm->retired_count; i++) mark_code(vm, vm->retired[i]);
    for (int i = 0; i < MVM_SPILL_SLOTS; i++) {
        if (vm->spill_pointers >> i & 1) {
            mark_object(vm, (mvm_object *)(uintptr_t)vm->spills[i]);
        }
    }
    for (int i = 0; i < MVM_ASCII_CHARACTERS; i++) {
        if (space->characters[i]) mark_object(vm, &space->characters[i]->header);
    }
    drain_marks(vm);
}

// --- the stack above stack_top ---------------------------------------------------------------

enum { SLOTS_AT_ONCE = 16 };

static bool all_nil(const mvm_value *slots) {
    uint64_t bits = 0;
    for (int i = 0; i < SLOTS_AT_ONCE; i++) bits |= slots[i].tag | slots[i].bits;
    return bits == 0;
}

// Reads all of the unused stack, but writes only where something stands: pages of the stack that
// were never used stay unused.
static void clear_unused_stack(mvm_vm *vm) {
    mvm_value *slot = vm->stack_top && vm->stack_top >= vm->stack ? vm->stack_top + 1 : vm->stack;
    for (; vm->stack_end - slot >= SLOTS_AT_ONCE; slot += SLOTS_AT_ONCE) {
        if (!all_nil(slot)) memset(slot, 0, SLOTS_AT_ONCE * sizeof *slot);
    }
    for (; slot < vm->stack_end; slot++) *slot = mvm_from_nil();
    // What is nil now stays out of the next collection's way until someone needs it.
    if (vm->stack_top && vm->stack_end - vm->stack_top > 2 * MVM_STACK_STEP) {
        vm->stack_end = vm->stack_top + MVM_STACK_STEP;
    }
}

_Static_assert(MVM_TAG_NIL == 0, "zeroed memory is nil");

// --- a collection ----------------------------------------------------------------------------

static uint64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void start_marking(mvm_heap *heap) {
    mvm_heap_space *space = heap->space;
    assert(!heap->collecting && space->marks.count == 0);
    heap->collecting = true;
    mvm_release_all(heap);  // by the mark bits that now go
    for (mvm_arena *arena = space->arenas; arena; arena = arena->next) {
        memset(arena->marks, 0, sizeof arena->marks);
    }
    space->owned_live = 0;
    space->cursor.string = NULL;  // the string may be about to go
}

static void finish(mvm_heap *heap, uint64_t time) {
    size_t live = heap->bytes_in_use - heap->space->owned_dead;
    size_t allowance = live > MVM_COLLECTION_SMALLEST ? live : MVM_COLLECTION_SMALLEST;
    bool fits = allowance <= SIZE_MAX - heap->bytes_in_use;
    heap->next_collection = fits ? heap->bytes_in_use + allowance : SIZE_MAX;
    heap->collections++;
    heap->collection_time += time;
    if (time > heap->longest_collection) heap->longest_collection = time;
    heap->collecting = false;
}

void mvm_gc_collect(mvm_vm *vm) {
    mvm_heap *heap = &vm->heap;
    mvm_heap_space *space = heap->space;
    uint64_t started = nanoseconds();
    start_marking(heap);
    mark_roots(vm);
    while (space->marks.overflowed) rescan_heap(vm);
    clear_unused_stack(vm);
    mvm_sweep_start(heap);
    finish(heap, nanoseconds() - started);
}
