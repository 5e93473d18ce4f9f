// The allocator: cells from blocks, large objects and element storage from malloc.
//
// In: requests for objects and element storage. Out: zeroed memory, counted in bytes_in_use, or a
// "memory" error. A request first makes room: it collects when it passes next_collection, and once
// more before it gives up at the heap limit or at what the machine has.
#define _DEFAULT_SOURCE 1  // sysconf's _SC_PHYS_PAGES, madvise
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "heap_space.h"
#include "vm.h"

enum { MARKS_AT_FIRST = 1024, HUGE_PAGE = 2 << 20 };

// malloc may promise more than there is and let the program be killed when it is used, so nothing
// above this is asked for.
static size_t physical_memory(void) {
#ifdef _SC_PHYS_PAGES
    long pages = sysconf(_SC_PHYS_PAGES);
    long page_size = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page_size > 0) return (size_t)pages * (size_t)page_size;
#endif
    return SIZE_MAX;
}

bool mvm_heap_init(mvm_heap *heap) {
    *heap = (mvm_heap){.next_collection = MVM_COLLECTION_SMALLEST};
    mvm_heap_space *space = calloc(1, sizeof *space);
    if (!space) return false;
    space->marks.objects = malloc(MARKS_AT_FIRST * sizeof *space->marks.objects);
    if (!space->marks.objects) {
        free(space);
        return false;
    }
    space->marks.capacity = MARKS_AT_FIRST;
    space->marks.largest = SIZE_MAX / sizeof *space->marks.objects;
    space->physical_memory = physical_memory();
    heap->space = space;
    return true;
}

static void free_elements(mvm_object *object) {
    if (object->kind == MVM_OBJECT_LIST) free(((mvm_list *)object)->elements);
    if (object->kind == MVM_OBJECT_MAP) {
        free(((mvm_map *)object)->entries);
        free(((mvm_map *)object)->index);
    }
}

static void destroy_block(mvm_block *block) {
    for (uint32_t i = 0; i < block->cell_count; i++) {
        free_elements((mvm_object *)mvm_block_cell(block, i));
    }
    free(block);
}

void mvm_heap_destroy(mvm_heap *heap) {
    mvm_heap_space *space = heap->space;
    if (!space) return;
    for (int i = 0; i < MVM_SIZE_CLASSES; i++) {
        for (mvm_block *block = space->blocks[i], *next; block; block = next) {
            next = block->next;
            destroy_block(block);
        }
    }
    for (mvm_large *large = space->large, *next; large; large = next) {
        next = large->next;
        free_elements(mvm_large_object(large));
        free(large);
    }
    free(space->marks.objects);
    free(space);
    *heap = (mvm_heap){0};
}

bool mvm_heap_has_room(const mvm_heap *heap, size_t extra) {
    size_t limit = heap->space->physical_memory;
    if (heap->limit && heap->limit < limit) limit = heap->limit;
    return heap->bytes_in_use <= limit && extra <= limit - heap->bytes_in_use;
}

bool mvm_heap_fail(mvm_vm *vm, size_t size) {
    const mvm_heap *heap = &vm->heap;
    if (heap->limit && heap->limit <= heap->space->physical_memory) {
        return mvm_fail(vm, MVM_ERROR_MEMORY,
                        "out of memory: %zu bytes more would pass the heap limit of %zu bytes",
                        size, heap->limit);
    }
    return mvm_fail(vm, MVM_ERROR_MEMORY, "out of memory: no room for %zu bytes more", size);
}

// Collects when it is time to, or when `extra` bytes don't fit otherwise.
static bool make_room(mvm_vm *vm, size_t extra) {
    mvm_heap *heap = &vm->heap;
    assert(!heap->collecting);
    // The first comparison keeps the sum in the second from wrapping.
    bool due = heap->stress || extra > heap->next_collection ||
               heap->bytes_in_use + extra > heap->next_collection;
    if (due || !mvm_heap_has_room(heap, extra)) {
        mvm_gc_collect(vm);
        if (!mvm_heap_has_room(heap, extra)) return mvm_heap_fail(vm, extra);
        // Counting what is about to be allocated keeps one large request from collecting twice.
        size_t live = heap->bytes_in_use + extra;
        if (heap->next_collection / 2 < live) {
            heap->next_collection = live <= SIZE_MAX / 2 ? 2 * live : SIZE_MAX;
        }
    }
    return true;
}

// A block of free cells, put in front of the others of its class; false when malloc has no room.
static bool add_block(mvm_heap_space *space, size_t cell_size) {
    mvm_block *block = malloc(MVM_BLOCK_SIZE);
    if (!block) return false;
    size_t class = cell_size / MVM_CELL_STEP;
    block->cell_size = (uint32_t)cell_size;
    block->cell_count = (uint32_t)((MVM_BLOCK_SIZE - sizeof *block) / cell_size);
    block->next = space->blocks[class];
    space->blocks[class] = block;
    for (uint32_t i = block->cell_count; i-- > 0;) {
        mvm_free_cell *cell = (mvm_free_cell *)mvm_block_cell(block, i);
        *cell = (mvm_free_cell){{.kind = MVM_CELL_FREE}, space->free_cells[class]};
        space->free_cells[class] = cell;
    }
    return true;
}

static mvm_object *allocate_cell(mvm_heap_space *space, size_t size) {
    mvm_free_cell **free_cells = &space->free_cells[size / MVM_CELL_STEP];
    if (!*free_cells && !add_block(space, size)) return NULL;
    mvm_free_cell *cell = *free_cells;
    assert(cell->header.kind == MVM_CELL_FREE);
    *free_cells = cell->next;
    memset(cell, 0, size);
    return &cell->header;
}

static mvm_object *allocate_large(mvm_heap_space *space, size_t size) {
    mvm_large *large = calloc(1, sizeof *large + size);
    if (!large) return NULL;
    large->size = size;
    large->next = space->large;
    space->large = large;
    return mvm_large_object(large);
}

mvm_object *mvm_heap_allocate(mvm_vm *vm, mvm_object_kind kind, size_t size) {
    assert(size >= sizeof(mvm_free_cell) && size <= SIZE_MAX / 2);
    size_t rounded = (size + MVM_CELL_STEP - 1) / MVM_CELL_STEP * MVM_CELL_STEP;
    if (!make_room(vm, rounded)) return NULL;
    mvm_object *object = rounded <= MVM_CELL_LARGEST ? allocate_cell(vm->heap.space, rounded)
                                                     : allocate_large(vm->heap.space, rounded);
    if (!object) {
        mvm_heap_fail(vm, rounded);
        return NULL;
    }
    vm->heap.bytes_in_use += rounded;
    object->kind = (uint8_t)kind;
    return object;
}

// Large element storage on huge pages: a page fault for every 2 MiB instead of every 4 KiB, and far
// fewer misses of the TLB for whoever strides through it. Only advice: it may have no effect.
static void advise_huge_pages(void *memory, size_t size) {
#ifdef MADV_HUGEPAGE
    if (size < 2 * HUGE_PAGE) return;
    uintptr_t start = ((uintptr_t)memory + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1);
    uintptr_t end = ((uintptr_t)memory + size) & ~(uintptr_t)(HUGE_PAGE - 1);
    if (start < end) (void)madvise((void *)start, end - start, MADV_HUGEPAGE);
#else
    (void)memory, (void)size;
#endif
}

void *mvm_heap_resize(mvm_vm *vm, void *old, size_t old_size, size_t new_size) {
    assert(new_size > 0 && (old || old_size == 0));
    if (new_size > old_size && !make_room(vm, new_size - old_size)) return NULL;
    void *resized = realloc(old, new_size);
    if (!resized) {
        mvm_heap_fail(vm, new_size);
        return NULL;
    }
    advise_huge_pages(resized, new_size);
    vm->heap.bytes_in_use += new_size - old_size;
    return resized;
}
