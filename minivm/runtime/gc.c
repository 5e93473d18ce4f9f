// The collector: precise mark and sweep.
//
// In: the roots (value stack, temporary roots, arguments, constants, spilled trace registers).
// Out: every object they don't lead to is freed. Marking keeps its own stack, so that lists nested
// a million deep are no danger to C's; when that stack cannot grow, marking goes on by going
// through the heap until nothing is left out. Stack slots above stack_top become nil: a trace may
// load a slot before it is written, and must never find a freed object in it.
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "heap_space.h"
#include "vm.h"

// --- marking ---------------------------------------------------------------------------------

static bool grow_marks(mvm_mark_stack *marks) {
    if (marks->capacity > marks->largest / 2) return false;
    mvm_object **objects = realloc(marks->objects, 2 * marks->capacity * sizeof *objects);
    if (!objects) return false;
    marks->objects = objects;
    marks->capacity *= 2;
    return true;
}

static void mark_object(mvm_mark_stack *marks, mvm_object *object) {
    assert(object->kind != MVM_CELL_FREE);
    if (object->marked) return;
    object->marked = true;
    if (object->kind == MVM_OBJECT_STRING || object->kind == MVM_OBJECT_RANGE) return;
    if (object->kind == MVM_OBJECT_LIST && object->packing != MVM_LIST_VALUES) return;
    if (marks->count == marks->capacity && !grow_marks(marks)) {
        marks->overflowed = true;
        return;
    }
    marks->objects[marks->count++] = object;
}

static void mark_values(mvm_mark_stack *marks, const mvm_value *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (mvm_is_object(values[i])) mark_object(marks, values[i].object);
    }
}

void mvm_gc_mark(mvm_vm *vm, mvm_value value) { mvm_gc_mark_all(vm, &value, 1); }

void mvm_gc_mark_all(mvm_vm *vm, const mvm_value *values, size_t count) {
    mark_values(&vm->heap.space->marks, values, count);
}

static void mark_map(mvm_mark_stack *marks, const mvm_map *map) {
    for (int64_t i = 0; i < map->entry_count; i++) {
        mark_values(marks, &map->entries[i].key, 2);
    }
}

// Mark what the object leads to.
static void mark_inside(mvm_mark_stack *marks, const mvm_vm *vm, mvm_object *object) {
    switch ((mvm_object_kind)object->kind) {
    case MVM_OBJECT_LIST: {
        const mvm_list *list = (mvm_list *)object;
        if (object->packing == MVM_LIST_VALUES)
            mark_values(marks, list->values, (size_t)list->length);
        break;
    }
    case MVM_OBJECT_MAP: mark_map(marks, (mvm_map *)object); break;
    case MVM_OBJECT_RECORD: {
        const mvm_record *record = (mvm_record *)object;
        mark_values(marks, record->fields, mvm_type_of_record(vm, record)->field_count);
        break;
    }
    case MVM_OBJECT_FUNCTION: {
        const mvm_function *function = (mvm_function *)object;
        mark_values(marks, function->captures, (size_t)function->capture_count);
        break;
    }
    case MVM_OBJECT_CELL: mark_values(marks, &((mvm_cell *)object)->value, 1); break;
    case MVM_OBJECT_STRING:
    case MVM_OBJECT_RANGE:
    case MVM_OBJECT_BUFFER: break;
    }
}

static void drain_marks(mvm_mark_stack *marks, const mvm_vm *vm) {
    while (marks->count > 0) mark_inside(marks, vm, marks->objects[--marks->count]);
}

// A marked object may be one that did not fit the mark stack: mark what it leads to (again).
static void rescan_object(mvm_mark_stack *marks, const mvm_vm *vm, mvm_object *object) {
    if (object->kind == MVM_CELL_FREE || !object->marked) return;
    mark_inside(marks, vm, object);
    drain_marks(marks, vm);
}

static void rescan_heap(mvm_heap_space *space, const mvm_vm *vm) {
    space->marks.overflowed = false;
    for (int i = 0; i < MVM_SIZE_CLASSES; i++) {
        for (mvm_block *block = space->blocks[i]; block; block = block->next) {
            for (uint32_t j = 0; j < block->cell_count; j++) {
                rescan_object(&space->marks, vm, (mvm_object *)mvm_block_cell(block, j));
            }
        }
    }
    for (mvm_large *large = space->large; large; large = large->next) {
        rescan_object(&space->marks, vm, mvm_large_object(large));
    }
}

static void mark_code(mvm_mark_stack *marks, const mvm_code *code) {
    mark_values(marks, code->constants, code->constant_count);
    mark_values(marks, &code->reference, 1);
}

static void mark_roots(mvm_vm *vm) {
    mvm_mark_stack *marks = &vm->heap.space->marks;
    if (vm->stack_top && vm->stack_top >= vm->stack) {
        mark_values(marks, vm->stack, (size_t)(vm->stack_top - vm->stack) + 1);
    }
    mark_values(marks, vm->temporary_roots, MVM_TEMPORARY_ROOTS);
    mark_values(marks, &vm->arguments, 1);
    mark_values(marks, &vm->error.thrown, 1);
    mark_values(marks, &vm->caught.error, 1);
    mark_values(marks, &vm->spare_error, 1);
    for (uint32_t i = 0; i < vm->function_count; i++) mark_code(marks, vm->functions[i]);
    for (uint32_t i = 0; i < vm->retired_count; i++) mark_code(marks, vm->retired[i]);
    for (int i = 0; i < MVM_SPILL_SLOTS; i++) {
        if (vm->spill_pointers >> i & 1) {
            mark_object(marks, (mvm_object *)(uintptr_t)vm->spills[i]);
        }
    }
    for (int i = 0; i < MVM_ASCII_CHARACTERS; i++) {
        mvm_string *character = vm->heap.space->characters[i];
        if (character) mark_object(marks, &character->header);
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

// --- sweeping --------------------------------------------------------------------------------

// Frees what the object owns, and counts it and its `size` bytes out.
static void release_object(mvm_heap *heap, mvm_object *object, size_t size) {
    if (object->kind == MVM_OBJECT_LIST) {
        mvm_list *list = (mvm_list *)object;
        heap->bytes_in_use -= mvm_list_storage(list);
        free(list->elements);
    } else if (object->kind == MVM_OBJECT_MAP) {
        mvm_map *map = (mvm_map *)object;
        heap->bytes_in_use -= (size_t)map->capacity * sizeof *map->entries +
                              (size_t)map->index_size * sizeof *map->index;
        free(map->entries);
        free(map->index);
    }
    assert(heap->bytes_in_use >= size);
    heap->bytes_in_use -= size;
    heap->objects_freed++;
}

static void free_cell(mvm_free_cell *cell, mvm_free_cell *next, size_t size) {
#ifdef MVM_DEBUG
    memset(cell, 0xdb, size);  // a stale pointer should find nothing that looks like an object
#else
    (void)size;
#endif
    *cell = (mvm_free_cell){{.kind = MVM_CELL_FREE}, next};
}

// Puts the block's free cells in front of `*free_cells`; returns how many cells are in use.
static uint32_t sweep_block(mvm_heap *heap, mvm_block *block, mvm_free_cell **free_cells) {
    uint32_t used = 0;
    for (uint32_t i = block->cell_count; i-- > 0;) {
        mvm_object *object = (mvm_object *)mvm_block_cell(block, i);
        if (object->kind != MVM_CELL_FREE) {
            if (object->marked) {
                object->marked = false;
                used++;
                continue;
            }
            release_object(heap, object, block->cell_size);
            free_cell((mvm_free_cell *)object, *free_cells, block->cell_size);
        } else {
            ((mvm_free_cell *)object)->next = *free_cells;
        }
        *free_cells = (mvm_free_cell *)object;
    }
    return used;
}

// Of the blocks left without objects the first `*spare` stay, for what is allocated next.
static void sweep_class(mvm_heap *heap, int class, uint32_t *spare) {
    mvm_heap_space *space = heap->space;
    space->free_cells[class] = NULL;
    mvm_block **link = &space->blocks[class];
    while (*link) {
        mvm_block *block = *link;
        mvm_free_cell *free_cells = space->free_cells[class];
        bool used = sweep_block(heap, block, &free_cells) > 0;
        if (used || *spare > 0) {
            if (!used) --*spare;
            space->free_cells[class] = free_cells;
            link = &block->next;
        } else {
            *link = block->next;
            free(block);
        }
    }
}

static void sweep_large(mvm_heap *heap) {
    mvm_large **link = &heap->space->large;
    while (*link) {
        mvm_large *large = *link;
        mvm_object *object = mvm_large_object(large);
        if (object->marked) {
            object->marked = false;
            link = &large->next;
        } else {
            *link = large->next;
            release_object(heap, object, large->size);
            free(large);
        }
    }
}

// --- a collection ----------------------------------------------------------------------------

void mvm_gc_collect(mvm_vm *vm) {
    mvm_heap *heap = &vm->heap;
    mvm_heap_space *space = heap->space;
    assert(!heap->collecting && space->marks.count == 0);
    heap->collecting = true;
    space->cursor.string = NULL;  // the string may be about to go
    mark_roots(vm);
    drain_marks(&space->marks, vm);
    while (space->marks.overflowed) rescan_heap(space, vm);
    clear_unused_stack(vm);
    uint32_t spare = MVM_SPARE_BLOCKS;
    for (int i = 0; i < MVM_SIZE_CLASSES; i++) sweep_class(heap, i, &spare);
    sweep_large(heap);
    heap->next_collection = MVM_COLLECTION_SMALLEST;
    if (heap->bytes_in_use > heap->next_collection / 2) {
        heap->next_collection =
            heap->bytes_in_use <= SIZE_MAX / 2 ? 2 * heap->bytes_in_use : SIZE_MAX;
    }
    heap->collections++;
    heap->collecting = false;
}
