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

#include "../jit/exits.h"
#include "heap_space.h"
#include "list_packing.h"
#include "map.h"
#include "monomorphic.h"
#include "sections.h"
#include "vm.h"

MVM_CODE_SECTION("mvm_collector")

// Objects found wait here for a while before they are looked at: the cache fetches them meanwhile.
// When it is full, what else there is to find goes to the mark stack.
enum { QUEUE_SIZE = 64, QUEUE_LOW = 16, SMALL_OBJECT = 32 };

typedef struct mark_queue {
    mvm_object *objects[QUEUE_SIZE];
    unsigned first, count;
    mvm_mark_stack *stack;
} mark_queue;

// --- marking ---------------------------------------------------------------------------------

static bool grow_marks(mvm_mark_stack *marks) {
    if (marks->capacity > marks->largest / 2) return false;
    mvm_mark_range *ranges = realloc(marks->ranges, 2 * marks->capacity * sizeof *ranges);
    if (!ranges) return false;
    marks->ranges = ranges;
    marks->capacity *= 2;
    return true;
}

static void push_range(mvm_mark_stack *marks, mvm_mark_range range) {
    if (marks->count == marks->capacity && !grow_marks(marks)) {
        marks->overflowed = true;
        return;
    }
    marks->ranges[marks->count++] = range;
}

// The object is looked at once the cache has had time to fetch it.
static inline void enqueue(mark_queue *queue, mvm_object *object, bool is_object) {
    __builtin_prefetch(object);
    __builtin_prefetch((const char *)object + SMALL_OBJECT);
    queue->objects[(queue->first + queue->count) % QUEUE_SIZE] = object;
    queue->count += is_object;
}

// Finds the objects of the range, until the queue is full. Whether a value is an object can't be
// predicted, so there is no branch on it: what is none is overwritten by the next one.
static inline void find_in_range(mark_queue *queue, mvm_mark_range range) {
    for (; range.next != range.end; range.next += range.stride) {
        if (queue->count == QUEUE_SIZE - 1) {
            push_range(queue->stack, range);
            return;
        }
        if (range.stride == sizeof(mvm_object *)) {
            enqueue(queue, *(mvm_object *const *)range.next, true);
            continue;
        }
        const mvm_value *value = (const mvm_value *)range.next;
        bool is_object = mvm_is_object(*value);
        enqueue(queue, is_object ? value->object : (mvm_object *)queue, is_object);
    }
}

static inline void find_in_values(mark_queue *queue, const mvm_value *values, size_t count) {
    const char *first = (const char *)values;
    if (count == 0) return;
    find_in_range(queue, (mvm_mark_range){first, first + count * sizeof *values, sizeof *values});
}

static void find_in_list(mark_queue *queue, const mvm_list *list) {
    mvm_list_packing packing = mvm_list_packing_of(list);
    size_t length = (size_t)list->length;
    if (packing == MVM_LIST_VALUES) find_in_values(queue, list->values, length);
    if (!mvm_packs_objects(packing) || length == 0) return;
    const size_t size = sizeof(mvm_object *);
    const char *first = list->elements;
    find_in_range(queue, (mvm_mark_range){first, first + length * size, size});
}

static void find_in_map(mark_queue *queue, const mvm_map *map) {
    if (map->header.packing == MVM_MAP_SCALARS) return;
    find_in_values(queue, (const mvm_value *)map->entries, 2 * (size_t)map->entry_count);
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

static void mark_buffer(const mvm_string *string) {
    if (!(string->header.flags & MVM_STRING_IN_BUFFER)) return;
    set_mark(&string->buffer->header);
    if (string->buffer->index) set_mark(&string->buffer->index->header);
}

// The constants of code in a function's place are roots; those of retired code are not.
static void find_in_retired(mark_queue *queue, mvm_code *code) {
    code->in_use = true;
    find_in_values(queue, code->constants, code->constant_count);
    find_in_values(queue, &code->reference, 1);
}

// Finds what the object leads to; marks the text that a string leads to.
static void find_inside(const mvm_vm *vm, mark_queue *queue, const mvm_object *object) {
    switch ((mvm_object_kind)object->kind) {
    case MVM_OBJECT_RECORD: {
        const mvm_record *record = (const mvm_record *)object;
        if (vm->heap.stress) mvm_check_monomorphic(vm, record);
        find_in_values(queue, record->fields, mvm_type_of_record(vm, record)->field_count);
        break;
    }
    case MVM_OBJECT_LIST: find_in_list(queue, (const mvm_list *)object); break;
    case MVM_OBJECT_MAP: find_in_map(queue, (const mvm_map *)object); break;
    case MVM_OBJECT_FUNCTION: {
        const mvm_function *function = (const mvm_function *)object;
        find_in_values(queue, function->captures, (size_t)function->capture_count);
        if (function->code->index == MVM_RETIRED) find_in_retired(queue, function->code);
        break;
    }
    case MVM_OBJECT_CELL: find_in_values(queue, &((const mvm_cell *)object)->value, 1); break;
    case MVM_OBJECT_STRING: mark_buffer((const mvm_string *)object); break;
    case MVM_OBJECT_RANGE:
    case MVM_OBJECT_BUFFER: break;
    }
}

static void mark_object(mvm_vm *vm, mark_queue *queue, mvm_object *object) {
    assert(object->kind != MVM_CELL_FREE);
    if (!set_mark(object)) return;
    if (mvm_kind_owns((mvm_object_kind)object->kind)) {
        vm->heap.space->owned_live += mvm_owned_size(object);
    }
    find_inside(vm, queue, object);
}

// Marks all that the queue and the mark stack lead to.
static void drain(mvm_vm *vm, mark_queue *queue) {
    mvm_mark_stack *stack = queue->stack;
    for (;;) {
        while (queue->count < QUEUE_LOW && stack->count > 0) {
            find_in_range(queue, stack->ranges[--stack->count]);
        }
        if (queue->count == 0) return;
        mvm_object *object = queue->objects[queue->first];
        queue->first = (queue->first + 1) % QUEUE_SIZE;
        queue->count--;
        mark_object(vm, queue, object);
    }
}

static void mark_root(mvm_vm *vm, mvm_object *object) {
    mark_queue queue = {.stack = &vm->heap.space->marks};
    mark_object(vm, &queue, object);
    drain(vm, &queue);
}

void mvm_gc_mark(mvm_vm *vm, mvm_value value) { mvm_gc_mark_all(vm, &value, 1); }

void mvm_gc_mark_all(mvm_vm *vm, const mvm_value *values, size_t count) {
    mark_queue queue = {.stack = &vm->heap.space->marks};
    find_in_values(&queue, values, count);
    drain(vm, &queue);
}

// --- when the mark stack was too small -------------------------------------------------------

// A marked object may be one whose values did not fit the mark stack: mark them (again).
static void rescan_object(mvm_vm *vm, const mvm_object *object) {
    mark_queue queue = {.stack = &vm->heap.space->marks};
    find_inside(vm, &queue, object);
    drain(vm, &queue);
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

static void note_calls(const mvm_traceback *traceback) {
    for (uint32_t i = 0; i < traceback->count; i++) traceback->calls[i].code->in_use = true;
}

// What a frame runs, and what a traceback shows.
static void mark_retired_code(mvm_vm *vm) {
    for (uint32_t i = 0; i < vm->retired_count; i++) vm->retired[i]->in_use = false;
    note_calls(&vm->traceback);
    note_calls(&vm->caught.traceback);
    mvm_fill_frames(vm->frame);
    for (mvm_frame *frame = vm->frame; frame > vm->frames; frame--) {
        if (frame->code->index != MVM_RETIRED) continue;
        frame->code->in_use = true;
        mark_code(vm, frame->code);
    }
}

static void mark_roots(mvm_vm *vm) {
    mark_retired_code(vm);
    if (vm->stack_top && vm->stack_top >= vm->stack) {
        mvm_gc_mark_all(vm, vm->stack, (size_t)(vm->stack_top - vm->stack) + 1);
    }
    mvm_gc_mark_all(vm, vm->temporary_roots, MVM_TEMPORARY_ROOTS);
    mvm_gc_mark(vm, vm->arguments);
    mvm_gc_mark(vm, vm->error.thrown);
    mvm_gc_mark(vm, vm->caught.error);
    mvm_gc_mark(vm, vm->spare_error);
    mvm_gc_mark_all(vm, vm->exchange.stack.values, vm->exchange.stack.count);
    mvm_gc_mark_all(vm, vm->exchange.handles.values, vm->exchange.handles.count);
    for (uint32_t i = 0; i < vm->function_count; i++) mark_code(vm, vm->functions[i]);
    for (int i = 0; i < MVM_SPILL_SLOTS; i++) {
        if (vm->spill_pointers >> i & 1) {
            mark_root(vm, (mvm_object *)(uintptr_t)vm->spills[i]);
        }
    }
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

enum { LARGE_HEAP = 64 * 1024 * 1024 };

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

// How many bytes may be allocated before the next collection: twice what is alive, so that marking
// costs little beside allocating, but less than that of a large heap.
static size_t allowance(size_t live) {
    size_t more = live < LARGE_HEAP ? 2 * live : live + LARGE_HEAP;
    return more > MVM_COLLECTION_SMALLEST ? more : MVM_COLLECTION_SMALLEST;
}

static void finish(mvm_heap *heap, uint64_t time) {
    size_t more = allowance(heap->bytes_in_use - heap->space->owned_dead);
    bool fits = more <= SIZE_MAX - heap->bytes_in_use;
    heap->next_collection = fits ? heap->bytes_in_use + more : SIZE_MAX;
    if (heap->bytes_in_use < heap->limit / 2) heap->exhausted = false;
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
