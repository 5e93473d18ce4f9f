// Arenas and their blocks (heap_space.h).
//
// In: the size of cells wanted. Out: blocks of them, from memory that the system gives aligned to
// an arena's size and takes back when none of an arena's blocks is in use.
#define _DEFAULT_SOURCE 1  // madvise, MAP_ANONYMOUS
#include <assert.h>
#include <string.h>
#include <sys/mman.h>

#include "heap_space.h"

// Huge pages would cost a small program more memory and time than they save.
enum { ARENAS_BEFORE_HUGE_PAGES = 4 };

// Blocks kept for when there are no more: what an exit makes needs a few, each for one cell size.
enum { RESERVE_BLOCKS = 16 };

// Twice the size holds an aligned piece; the rest goes back.
static void *map_aligned(void) {
    size_t twice = 2 * (size_t)MVM_ARENA_SIZE;
    char *memory = mmap(NULL, twice, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return NULL;
    size_t before = -(uintptr_t)memory & (MVM_ARENA_SIZE - 1);
    if (before > 0) munmap(memory, before);
    munmap(memory + before + MVM_ARENA_SIZE, MVM_ARENA_SIZE - before);
    return memory + before;
}

static void unmap(mvm_arena *arena) {
    MVM_UNPOISON(arena, MVM_ARENA_SIZE);
    munmap(arena, MVM_ARENA_SIZE);
}

static mvm_arena *add_arena(mvm_heap_space *space) {
    mvm_arena *arena = map_aligned();
    if (!arena) return NULL;
#ifdef MADV_HUGEPAGE
    if (space->arena_count >= ARENAS_BEFORE_HUGE_PAGES) {
        (void)madvise(arena, MVM_ARENA_SIZE, MADV_HUGEPAGE);
    }
#endif
    for (int i = MVM_ARENA_BLOCKS; i-- > 0;) {
        mvm_block *block = &arena->blocks[i];
        block->cells = (char *)arena + (size_t)(i + 1) * MVM_BLOCK_SIZE;
        block->next = arena->free_blocks;
        arena->free_blocks = block;
    }
    arena->next = space->arenas;
    space->arenas = arena;
    arena->next_available = space->available;
    space->available = arena;
    space->arena_count++;
    return arena;
}

static mvm_block *take_block(mvm_heap_space *space) {
    mvm_arena *arena = space->available ? space->available : add_arena(space);
    if (!arena) return NULL;
    mvm_block *block = arena->free_blocks;
    arena->free_blocks = block->next;
    arena->blocks_in_use++;
    if (!arena->free_blocks) space->available = arena->next_available;
    return block;
}

mvm_block *mvm_block_add(mvm_heap_space *space, mvm_size_class *class, size_t cell_size) {
    mvm_block *block = take_block(space);
    if (!block) return NULL;
    assert(cell_size >= MVM_MARK_STEP && cell_size % MVM_CELL_STEP == 0);
    MVM_UNPOISON(block->cells, MVM_BLOCK_SIZE);
    block->cell_size = (uint32_t)cell_size;
    block->cell_count = (uint32_t)(MVM_BLOCK_SIZE / cell_size);
    block->live = block->swept = 0;
    block->unreleased = false;
    block->next = class->blocks;
    class->blocks = block;
    return block;
}

void mvm_block_free(mvm_heap_space *space, mvm_block *block) {
    mvm_arena *arena = mvm_arena_of(block);
    if (!arena->free_blocks) {
        arena->next_available = space->available;
        space->available = arena;
    }
    block->next = arena->free_blocks;
    arena->free_blocks = block;
    arena->blocks_in_use--;
}

bool mvm_arenas_keep_reserve(mvm_heap_space *space) {
    for (; space->reserve_count < RESERVE_BLOCKS; space->reserve_count++) {
        mvm_block *block = take_block(space);
        if (!block) return false;
        block->next = space->reserve;
        space->reserve = block;
    }
    return true;
}

void mvm_arenas_use_reserve(mvm_heap_space *space) {
    while (space->reserve) {
        mvm_block *block = space->reserve;
        space->reserve = block->next;
        mvm_block_free(space, block);
    }
    space->reserve_count = 0;
}

// The arenas that stay, in order, with those that have a free block linked anew.
static void keep_arenas(mvm_heap_space *space, size_t *spare) {
    mvm_arena **link = &space->arenas, **available = &space->available;
    while (*link) {
        mvm_arena *arena = *link;
        if (arena->blocks_in_use == 0 && *spare < MVM_ARENA_BLOCKS) {
            *link = arena->next;
            space->arena_count--;
            unmap(arena);
            continue;
        }
        size_t unused = MVM_ARENA_BLOCKS - arena->blocks_in_use;
        *spare -= unused < *spare ? unused : *spare;
        if (arena->free_blocks) {
            *available = arena;
            available = &arena->next_available;
        }
        link = &arena->next;
    }
    *available = NULL;
}

void mvm_arenas_trim(mvm_heap_space *space) {
    size_t in_use = 0;
    for (mvm_arena *arena = space->arenas; arena; arena = arena->next) {
        in_use += arena->blocks_in_use;
    }
    size_t spare =
        2 * in_use + MVM_SPARE_BLOCKS + MVM_ARENA_BLOCKS;  // what is soon allocated again
    keep_arenas(space, &spare);
}

void mvm_arenas_destroy(mvm_heap_space *space) {
    for (mvm_arena *arena = space->arenas, *next; arena; arena = next) {
        next = arena->next;
        unmap(arena);
    }
    space->arenas = space->available = NULL;
    space->reserve = NULL;
}
