// The allocator: cells from free lists, large objects and element storage from malloc.
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

enum {
    MARKS_AT_FIRST = 1024,
    RELEASE_AT_ONCE = 64 * 1024,
    HUGE_PAGE = 2 << 20,
    HUGE_STORAGE = 3 << 19,  // bytes from which on storage for maps gets huge pages
    STORAGE_ALIGNMENT = 32,  // no entry of a map stands in two cache lines
};

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

// They are in no block: as they stay marked, the collector never touches them.
static void make_shared_strings(mvm_heap *heap) {
    mvm_object header = {
        .kind = MVM_OBJECT_STRING, .marked = MVM_LARGE_MARKED, .flags = MVM_STRING_ASCII};
    for (int i = 0; i < MVM_ASCII_CHARACTERS; i++) {
        mvm_string *character = &heap->characters[i];
        *character = (mvm_string){.header = header, .length = 1, .byte_length = 1};
        character->own[0] = (char)i;
        character->bytes = character->own;
    }
    heap->empty_string = (mvm_string){.header = header, .bytes = heap->empty_string.own};
}

bool mvm_heap_init(mvm_heap *heap) {
    *heap = (mvm_heap){.next_collection = MVM_COLLECTION_SMALLEST};
    make_shared_strings(heap);
    mvm_heap_space *space = calloc(1, sizeof *space);
    if (!space) return false;
    space->marks.ranges = malloc(MARKS_AT_FIRST * sizeof *space->marks.ranges);
    if (!space->marks.ranges) {
        free(space);
        return false;
    }
    space->marks.capacity = MARKS_AT_FIRST;
    space->marks.largest = SIZE_MAX / sizeof *space->marks.ranges;
    space->physical_memory = physical_memory();
    heap->space = space;
    return true;
}

static void destroy_owners(mvm_block *blocks) {
    for (mvm_block *block = blocks; block; block = block->next) {
        for (uint32_t i = 0; i < block->cell_count; i++) {
            mvm_object *object = mvm_block_cell(block, i);
            if (object->kind != MVM_CELL_FREE) mvm_owned_free(object);
        }
    }
}

void mvm_heap_destroy(mvm_heap *heap) {
    mvm_heap_space *space = heap->space;
    if (!space) return;
    for (int i = 0; i < MVM_SIZE_CLASSES; i++) destroy_owners(space->owners[i].blocks);
    mvm_arenas_destroy(space);
    for (mvm_large *large = space->large, *next; large; large = next) {
        next = large->next;
        free(large);
    }
    free(space->marks.ranges);
    free(space);
    *heap = (mvm_heap){0};
}

// Bytes that may be allocated before the limit or the machine's end is reached.
static size_t room_left(const mvm_heap *heap) {
    size_t limit = heap->space->physical_memory;
    if (heap->limit && heap->limit < limit) limit = heap->limit;
    return heap->bytes_in_use < limit ? limit - heap->bytes_in_use : 0;
}

bool mvm_heap_has_room(const mvm_heap *heap, size_t extra) { return extra <= room_left(heap); }

bool mvm_heap_fail(mvm_vm *vm, size_t size) {
    mvm_heap *heap = &vm->heap;
    heap->exhausted = true;
    if (heap->limit && heap->limit <= heap->space->physical_memory) {
        return mvm_fail(vm, MVM_ERROR_MEMORY,
                        "out of memory: %zu bytes more would pass the heap limit of %zu bytes",
                        size, heap->limit);
    }
    return mvm_fail(vm, MVM_ERROR_MEMORY, "out of memory: no room for %zu bytes more", size);
}

static size_t add(size_t left, size_t right) {
    return left <= SIZE_MAX - right ? left + right : SIZE_MAX;
}

static bool can_grow(const mvm_heap *heap, size_t extra) {
    bool due = heap->stress || add(heap->bytes_in_use, extra) > heap->next_collection;
    return !due && extra <= room_left(heap);
}

bool mvm_heap_can_grow(const mvm_vm *vm, size_t extra) { return can_grow(&vm->heap, extra); }

// Collects when it is time to, or when `extra` bytes don't fit otherwise.
static bool make_room(mvm_vm *vm, size_t extra) {
    mvm_heap *heap = &vm->heap;
    assert(!heap->collecting);
    if (!can_grow(heap, extra)) {
        mvm_gc_collect(vm);
        // What dead lists own is freed bit by bit otherwise; that may be just the room wanted here.
        if (extra >= RELEASE_AT_ONCE || !mvm_heap_has_room(heap, extra)) mvm_release_all(heap);
        if (!mvm_heap_has_room(heap, extra)) return mvm_heap_fail(vm, extra);
        // What is about to be allocated is not what the next collection is for.
        heap->next_collection = add(heap->next_collection, extra);
    }
    return true;
}

// Cells for as many objects as the heap's limit leaves room for; under stress one.
static mvm_free_cell *find_cells(mvm_vm *vm, bool owner, size_t cell_size) {
    mvm_heap *heap = &vm->heap;
    if (!make_room(vm, cell_size)) return NULL;
    size_t most = heap->stress ? 1 : room_left(heap) / cell_size;
    mvm_free_cell *cells = mvm_sweep_cells(heap, owner, cell_size, most);
    if (!cells) mvm_heap_fail(vm, cell_size);
    return cells;
}

static mvm_object *allocate_cell(mvm_vm *vm, bool owner, size_t size) {
    mvm_free_cell **lists = owner ? vm->heap.space->owner_cells : vm->heap.free_cells;
    mvm_free_cell **list = &lists[size / MVM_CELL_STEP], *cell = *list;
    if (!cell) cell = find_cells(vm, owner, size);
    if (!cell) return NULL;
    *list = cell->next;
    memset(cell, 0, size);
    return &cell->header;
}

static mvm_object *allocate_large(mvm_vm *vm, size_t size) {
    if (!make_room(vm, size)) return NULL;
    mvm_heap_space *space = vm->heap.space;
    mvm_large *large = calloc(1, sizeof *large + size);
    if (!large) {
        mvm_heap_fail(vm, size);
        return NULL;
    }
    large->size = size;
    large->next = space->large;
    space->large = large;
    vm->heap.bytes_in_use += size;
    mvm_object *object = mvm_large_object(large);
    object->marked = MVM_LARGE;
    return object;
}

mvm_object *mvm_heap_allocate(mvm_vm *vm, mvm_object_kind kind, size_t size) {
    assert(size >= MVM_MARK_STEP && size <= SIZE_MAX / 2);
    size_t rounded = (size + MVM_CELL_STEP - 1) / MVM_CELL_STEP * MVM_CELL_STEP;
    bool owner = mvm_kind_owns(kind);
    assert(!owner || rounded <= MVM_CELL_LARGEST);
    mvm_object *object = rounded <= MVM_CELL_LARGEST ? allocate_cell(vm, owner, rounded)
                                                     : allocate_large(vm, rounded);
    if (object) object->kind = (uint8_t)kind;
    return object;
}

// --- cells without a collection --------------------------------------------------------------

bool mvm_heap_keep_reserve(mvm_heap *heap) { return mvm_arenas_keep_reserve(heap->space); }

MVM_KEEPS_REGISTERS mvm_object *mvm_heap_find_cell(mvm_heap *heap, size_t size) {
    heap->is_late |= !can_grow(heap, size);
    size_t most = room_left(heap) / size;
    if (heap->stress || most == 0) most = 1;
    mvm_free_cell *cells = mvm_sweep_cells(heap, false, size, most);
    if (!cells) {
        mvm_arenas_use_reserve(heap->space);
        cells = mvm_sweep_cells(heap, false, size, most);
    }
    if (!cells) abort();  // more than one exit makes
    heap->free_cells[size / MVM_CELL_STEP] = cells->next;
    return &cells->header;
}

void mvm_heap_catch_up(mvm_vm *vm) {
    vm->heap.is_late = false;
    mvm_gc_collect(vm);
    mvm_heap_keep_reserve(&vm->heap);
}

// --- element storage -------------------------------------------------------------------------

// Large element storage on huge pages: a page fault for every 2 MiB instead of every 4 KiB, and far
// fewer misses of the TLB for whoever strides through it. Only advice: it may have no effect.
static void advise_huge_pages(void *memory, size_t size) {
#ifdef MADV_HUGEPAGE
    uintptr_t start = ((uintptr_t)memory + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1);
    uintptr_t end = ((uintptr_t)memory + size) & ~(uintptr_t)(HUGE_PAGE - 1);
    if (start < end) (void)madvise((void *)start, end - start, MADV_HUGEPAGE);
#else
    (void)memory, (void)size;
#endif
}

// `count` is the part of bytes_in_use that the memory is counted in.
static void *resize(mvm_vm *vm, void *old, size_t old_size, size_t new_size, size_t *count) {
    assert(new_size > 0 && (old || old_size == 0));
    if (new_size > old_size && !make_room(vm, new_size - old_size)) return NULL;
    void *resized = realloc(old, new_size);
    if (!resized) {
        mvm_heap_fail(vm, new_size);
        return NULL;
    }
    if (new_size >= 2 * HUGE_PAGE) advise_huge_pages(resized, new_size);
    vm->heap.bytes_in_use += new_size - old_size;
    *count += new_size - old_size;
    return resized;
}

void *mvm_heap_resize(mvm_vm *vm, void *old, size_t old_size, size_t new_size) {
    return resize(vm, old, old_size, new_size, &vm->heap.space->owned);
}

// Large storage begins where a huge page does, and reaches to the end of one.
void *mvm_heap_new_storage(mvm_vm *vm, size_t old_size, size_t new_size) {
    if (!make_room(vm, new_size - old_size)) return NULL;
    size_t alignment = new_size < HUGE_STORAGE ? STORAGE_ALIGNMENT : HUGE_PAGE;
    size_t rounded = (new_size + alignment - 1) & ~(alignment - 1);
    void *storage = aligned_alloc(alignment, rounded);
    if (!storage) {
        mvm_heap_fail(vm, new_size);
        return NULL;
    }
    if (alignment == HUGE_PAGE) advise_huge_pages(storage, rounded);
    vm->heap.bytes_in_use += new_size - old_size;
    vm->heap.space->owned += new_size - old_size;
    return storage;
}

void *mvm_heap_resize_buffer(mvm_vm *vm, void *old, size_t old_size, size_t new_size) {
    return resize(vm, old, old_size, new_size, &vm->heap.space->buffers);
}

void mvm_heap_free_buffer(mvm_vm *vm, void *old, size_t size) {
    vm->heap.bytes_in_use -= size;
    vm->heap.space->buffers -= size;
    free(old);
}
