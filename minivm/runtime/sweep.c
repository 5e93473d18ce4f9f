// Sweeping: finding the cells that the last collection left without an object.
//
// In: mark bits. Out: free lists, made of a block when cells of its size are wanted, and not
// before; the memory that dead objects own, freed a block at a time and all of it before the next
// marking.
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "heap_space.h"
#include "list_packing.h"
#include "map.h"
#include "sections.h"

MVM_CODE_SECTION("mvm_collector")

enum { CELLS_ENOUGH = 64, BLOCKS_AT_ONCE = 8 };

// --- objects that own memory -----------------------------------------------------------------

size_t mvm_owned_size(const mvm_object *object) {
    bool is_list = object->kind == MVM_OBJECT_LIST;
    return is_list ? mvm_list_storage((const mvm_list *)object)
                   : mvm_map_storage((const mvm_map *)object);
}

void mvm_owned_free(mvm_object *object) {
    if (object->kind == MVM_OBJECT_LIST) {
        free(((mvm_list *)object)->elements);
    } else {
        free(((mvm_map *)object)->entries);
    }
}

// Where nothing should be found any more, a stale pointer finds nothing that looks like an object;
// with the address sanitizer, looking behind a free cell's link is an error.
static void poison(void *cell, size_t size) {
#ifdef MVM_DEBUG
    MVM_UNPOISON(cell, size);
    memset(cell, 0xdb, size);
    ((mvm_object *)cell)->kind = MVM_CELL_FREE;
#endif
    MVM_POISON((char *)cell + sizeof(mvm_free_cell), size - sizeof(mvm_free_cell));
}

static void release_object(mvm_heap *heap, mvm_object *object, size_t cell_size) {
    size_t size = mvm_owned_size(object);
    mvm_heap_space *space = heap->space;
    assert(space->owned_dead >= size && heap->bytes_in_use >= size);
    space->owned -= size;
    space->owned_dead -= size;
    heap->bytes_in_use -= size;
    heap->next_collection -= size;  // which counted on it
    mvm_owned_free(object);
    object->kind = MVM_CELL_FREE;
    poison(object, cell_size);
}

static void release_block(mvm_heap *heap, mvm_block *block) {
    if (!block->unreleased) return;
    block->unreleased = false;
    for (uint32_t i = 0; i < block->cell_count; i++) {
        mvm_object *object = mvm_block_cell(block, i);
        if (object->kind != MVM_CELL_FREE && !mvm_cell_marked(object)) {
            release_object(heap, object, block->cell_size);
        }
    }
}

static void release_class(mvm_heap *heap, mvm_size_class *class) {
    for (; class->unreleased; class->unreleased = class->unreleased->next) {
        release_block(heap, class->unreleased);
    }
}

void mvm_release_all(mvm_heap *heap) {
    for (int i = 0; i < MVM_SIZE_CLASSES; i++) release_class(heap, &heap->space->owners[i]);
}

// One more block, so that none waits for the next collection while others are allocated.
static void release_some(mvm_heap *heap) {
    mvm_heap_space *space = heap->space;
    if (space->owned_dead == 0) return;
    for (int i = 0; i < MVM_SIZE_CLASSES; i++) {
        mvm_size_class *class = &space->owners[space->next_release];
        while (class->unreleased && !class->unreleased->unreleased) {
            class->unreleased = class->unreleased->next;
        }
        if (class->unreleased) {
            release_block(heap, class->unreleased);
            return;
        }
        space->next_release = (space->next_release + 1) % MVM_SIZE_CLASSES;
    }
}

// --- after marking ---------------------------------------------------------------------------

static uint32_t count_marks(const mvm_block *block) {
    const uint64_t *marks = mvm_block_marks(block);
    int count = 0;
    for (int i = 0; i < MVM_BLOCK_WORDS; i++) count += __builtin_popcountll(marks[i]);
    return (uint32_t)count;
}

static void poison_dead(const mvm_block *block) {
#if defined(MVM_DEBUG) || defined(MVM_ADDRESS_SANITIZER)
    for (uint32_t i = 0; i < block->cell_count; i++) {
        mvm_object *object = mvm_block_cell(block, i);
        if (!mvm_cell_marked(object)) poison(object, block->cell_size);
    }
#else
    (void)block;
#endif
}

// Blocks without objects go back. In an owners' block the dead ones may still own something, unless
// it had none alive before and got none since.
static void start_class(mvm_heap *heap, mvm_size_class *class, bool owner) {
    mvm_block **link = &class->blocks;
    while (*link) {
        mvm_block *block = *link;
        bool unused = !owner || (block->live == 0 && block->swept == 0);
        block->live = count_marks(block);
        block->swept = 0;
        block->unreleased = owner;
        heap->objects += block->live;
        heap->bytes_in_use += (size_t)block->live * block->cell_size;
        if (!owner) poison_dead(block);
        if (block->live > 0 || !unused) {
            link = &block->next;
        } else {
            *link = block->next;
            mvm_block_free(heap->space, block);
        }
    }
    class->unswept = class->blocks;
    class->unreleased = owner ? class->blocks : NULL;
}

static void sweep_large(mvm_heap *heap) {
    mvm_large **link = &heap->space->large;
    while (*link) {
        mvm_large *large = *link;
        mvm_object *object = mvm_large_object(large);
        if (object->marked == MVM_LARGE_MARKED) {
            object->marked = MVM_LARGE;
            heap->objects++;
            heap->bytes_in_use += large->size;
            link = &large->next;
        } else {
            *link = large->next;
            free(large);
        }
    }
}

void mvm_sweep_start(mvm_heap *heap) {
    mvm_heap_space *space = heap->space;
    heap->objects = 0;
    heap->bytes_in_use = space->owned + space->buffers;
    assert(space->owned_live <= space->owned);
    space->owned_dead = space->owned - space->owned_live;
    for (int i = 0; i < MVM_SIZE_CLASSES; i++) {
        heap->free_cells[i] = space->owner_cells[i] = NULL;
        start_class(heap, &space->plain[i], false);
        start_class(heap, &space->owners[i], true);
    }
    sweep_large(heap);
    mvm_arenas_trim(space);
}

// --- making free lists -----------------------------------------------------------------------

// Appends the block's free cells, from where sweeping stopped, to the list that ends at *tail;
// returns how many, at most `most`.
static size_t sweep_block(mvm_block *block, size_t most, mvm_free_cell ***tail) {
    size_t found = 0;
    uint32_t i = block->swept;
    if (block->live == block->cell_count) i = block->cell_count;
    for (; i < block->cell_count && found < most; i++) {
        mvm_free_cell *cell = (mvm_free_cell *)mvm_block_cell(block, i);
        if (block->live > 0 && mvm_cell_marked(cell)) continue;
        MVM_UNPOISON(cell, block->cell_size);
        **tail = cell;
        *tail = &cell->next;
        found++;
    }
    block->swept = i;
    return found;
}

static mvm_block *add_block(mvm_heap_space *space, bool owner, size_t cell_size) {
    mvm_size_class *classes = owner ? space->owners : space->plain;
    mvm_block *block = mvm_block_add(space, &classes[cell_size / MVM_CELL_STEP], cell_size);
    for (uint32_t i = 0; block && owner && i < block->cell_count; i++) {
        mvm_block_cell(block, i)->kind = MVM_CELL_FREE;
    }
    return block;
}

// A block added since the last collection stands in front of those that are all swept.
static mvm_block *next_unswept(const mvm_block *block) {
    mvm_block *next = block->next;
    return next && next->swept < next->cell_count ? next : NULL;
}

// The class's blocks left to sweep, one after the other, until there are enough cells.
static size_t sweep_class(mvm_heap *heap, mvm_size_class *class, size_t most,
                          mvm_free_cell ***tail) {
    size_t found = 0;
    for (int i = 0; class->unswept && (found == 0 || i < BLOCKS_AT_ONCE); i++) {
        mvm_block *block = class->unswept;
        release_block(heap, block);
        found += sweep_block(block, most - found, tail);
        if (block->swept == block->cell_count) class->unswept = next_unswept(block);
        if (found == most || found >= CELLS_ENOUGH) break;
    }
    return found;
}

mvm_free_cell *mvm_sweep_cells(mvm_heap *heap, bool owner, size_t cell_size, size_t most) {
    mvm_heap_space *space = heap->space;
    mvm_size_class *class = &(owner ? space->owners : space->plain)[cell_size / MVM_CELL_STEP];
    mvm_free_cell *list = NULL, **tail = &list;
    assert(most > 0);
    release_some(heap);
    size_t found = sweep_class(heap, class, most, &tail);
    if (found == 0) {
        class->unswept = add_block(space, owner, cell_size);
        if (!class->unswept) return NULL;
        found = sweep_class(heap, class, most, &tail);
    }
    *tail = NULL;
    heap->bytes_in_use += found * cell_size;
    return list;
}
