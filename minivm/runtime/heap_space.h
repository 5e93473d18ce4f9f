// The inside of the heap: arenas, blocks, large objects and the mark stack.
//
// In: nothing but heap.h's contract. Out: the structures heap.c allocates from, gc.c marks, sweep.c
// sweeps, and string.c keeps its caches in. Nothing else includes this file (tests may).
//
// An arena is a piece of memory aligned to its size, cut into blocks; the first of them holds the
// arena's own header, with a mark bit for every 16 bytes, in which no two objects start. So the
// mark bit of a cell is found from its address alone, sweeping reads bits and not objects, and the
// bits of many objects share a cache line.
#ifndef MVM_HEAP_SPACE_H
#define MVM_HEAP_SPACE_H

#include "heap.h"

#if defined(__SANITIZE_ADDRESS__)
#define MVM_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MVM_ADDRESS_SANITIZER 1
#endif
#endif
#ifdef MVM_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#define MVM_POISON(memory, size) __asan_poison_memory_region(memory, size)
#define MVM_UNPOISON(memory, size) __asan_unpoison_memory_region(memory, size)
#else
#define MVM_POISON(memory, size) ((void)(memory), (void)(size))
#define MVM_UNPOISON(memory, size) ((void)(memory), (void)(size))
#endif

enum {
    MVM_ARENA_SIZE = 2 * 1024 * 1024,                        // bytes, and its alignment
    MVM_BLOCK_SIZE = 32 * 1024,                              // bytes
    MVM_ARENA_BLOCKS = MVM_ARENA_SIZE / MVM_BLOCK_SIZE - 1,  // without the header's
    MVM_MARK_STEP = 16,  // bytes a mark bit stands for: no two cells start in the same ones
    MVM_BLOCK_WORDS = MVM_BLOCK_SIZE / MVM_MARK_STEP / 64,  // of mark bits
    MVM_CELL_FREE = 0xff,  // the `kind` of an owners' cell that no object lives in
    MVM_COLLECTION_SMALLEST = 8 * 1024 * 1024,  // bytes allocated between collections, at least
    MVM_SPARE_BLOCKS = MVM_COLLECTION_SMALLEST / MVM_BLOCK_SIZE,  // empty ones a collection keeps
};

// A large object's `marked` byte, which is 0 in a cell.
enum { MVM_LARGE = 1, MVM_LARGE_MARKED = 3 };

// Cells of one size. Its place in its arena's `blocks` is its place in the arena's memory.
typedef struct mvm_block {
    struct mvm_block *next;  // of its class, or of the arena's free blocks
    char *cells;
    uint32_t cell_size;
    uint32_t cell_count;
    uint32_t live;    // cells marked in the last collection
    uint32_t swept;   // cells looked at since, from the first on
    bool unreleased;  // owners: what its dead objects own is still to be freed
} mvm_block;

typedef struct mvm_arena {
    uint64_t marks[MVM_ARENA_SIZE / MVM_MARK_STEP / 64];
    struct mvm_arena *next;            // of all arenas
    struct mvm_arena *next_available;  // of those that have a free block
    mvm_block *free_blocks;            // whose mark bits are 0
    uint32_t blocks_in_use;
    mvm_block blocks[MVM_ARENA_BLOCKS];
} mvm_arena;

_Static_assert(sizeof(mvm_arena) <= MVM_BLOCK_SIZE, "an arena's header fits its first block");

// The blocks of one cell size.
typedef struct mvm_size_class {
    mvm_block *blocks;
    mvm_block *unswept;     // from here on, cells may be found
    mvm_block *unreleased;  // owners: from here on, blocks may be unreleased
} mvm_size_class;

// An object of more than MVM_CELL_LARGEST bytes follows.
typedef struct mvm_large {
    struct mvm_large *next;
    size_t size;  // the object's bytes
} mvm_large;

_Static_assert(sizeof(mvm_large) % 16 == 0, "the object follows the header, aligned");

// What is still to be marked, from `next` to before `end`: values, or pointers to objects.
typedef struct mvm_mark_range {
    const char *next, *end;
    size_t stride;  // bytes: of a value or of a pointer, which tells which they are
} mvm_mark_range;

// When it cannot grow, `overflowed` is set and the collector finds what did not fit by going
// through the heap again.
typedef struct mvm_mark_stack {
    mvm_mark_range *ranges;
    size_t count, capacity;
    size_t largest;  // capacity it may grow to
    bool overflowed;
} mvm_mark_stack;

// Where the last look into a non-ASCII string ended, so that reading one in order is linear.
typedef struct mvm_string_cursor {
    const mvm_string *string;  // NULL: nowhere
    int64_t index;             // code points before it
    int64_t offset;            // bytes before it
} mvm_string_cursor;

typedef struct mvm_heap_space {
    mvm_size_class plain[MVM_SIZE_CLASSES];
    // Objects that own malloc memory have blocks of their own: only these need a look at the dead.
    mvm_size_class owners[MVM_SIZE_CLASSES];
    mvm_free_cell *owner_cells[MVM_SIZE_CLASSES];
    mvm_arena *arenas, *available;
    mvm_block *reserve;  // for when the machine has no more, and somebody can't do without
    uint32_t reserve_count;
    uint32_t arena_count;
    mvm_large *large;
    int next_release;   // the owners' class whose blocks are released next
    size_t owned;       // bytes of element storage, dead objects' included
    size_t buffers;     // bytes that no object owns
    size_t owned_live;  // bytes of element storage that the last collection found in use
    size_t owned_dead;  // bytes of element storage still to be freed
    mvm_mark_stack marks;
    size_t physical_memory;  // bytes; SIZE_MAX where it can't be found out
    mvm_string_cursor cursor;
} mvm_heap_space;

static inline mvm_arena *mvm_arena_of(const void *address) {
    return (mvm_arena *)((uintptr_t)address & ~(uintptr_t)(MVM_ARENA_SIZE - 1));
}

// The number of an address's mark bit in its arena.
static inline size_t mvm_mark_index(const void *address) {
    return ((uintptr_t)address & (MVM_ARENA_SIZE - 1)) / MVM_MARK_STEP;
}

static inline bool mvm_cell_marked(const void *cell) {
    size_t index = mvm_mark_index(cell);
    return mvm_arena_of(cell)->marks[index / 64] >> index % 64 & 1;
}

// The block's mark bits.
static inline uint64_t *mvm_block_marks(const mvm_block *block) {
    return mvm_arena_of(block)->marks + mvm_mark_index(block->cells) / 64;
}

static inline mvm_object *mvm_block_cell(const mvm_block *block, uint32_t index) {
    return (mvm_object *)(block->cells + (size_t)index * block->cell_size);
}

// Whether objects of the kind own malloc memory.
static inline bool mvm_kind_owns(mvm_object_kind kind) {
    return kind == MVM_OBJECT_LIST || kind == MVM_OBJECT_MAP;
}

static inline mvm_object *mvm_large_object(mvm_large *large) { return (mvm_object *)(large + 1); }

// --- heap.c ----------------------------------------------------------------------------------
// True when `extra` more bytes fit the limit and the machine; no collection is tried.
bool mvm_heap_has_room(const mvm_heap *heap, size_t extra);
// Records that `size` bytes could not be had. Always returns false.
bool mvm_heap_fail(mvm_vm *vm, size_t size);

// --- arena.c ---------------------------------------------------------------------------------
// A block of cells in front of the class's others, nothing swept yet; NULL: no memory.
mvm_block *mvm_block_add(mvm_heap_space *space, mvm_size_class *class, size_t cell_size);
// Gives back a block that is in no class any more and has no mark bit set.
void mvm_block_free(mvm_heap_space *space, mvm_block *block);
// Gives arenas without a block in use back to the system, save what is worth keeping.
void mvm_arenas_trim(mvm_heap_space *space);
// Set a few blocks aside, or have them be used; false when there are none.
bool mvm_arenas_keep_reserve(mvm_heap_space *space);
void mvm_arenas_use_reserve(mvm_heap_space *space);
void mvm_arenas_destroy(mvm_heap_space *space);

// --- sweep.c ---------------------------------------------------------------------------------
// For objects of a kind that owns malloc memory: how many bytes, and how to free it.
size_t mvm_owned_size(const mvm_object *object);
void mvm_owned_free(mvm_object *object);
// Frees what the dead objects of all blocks own. Their mark bits must still be there.
void mvm_release_all(mvm_heap *heap);
// After marking: what is alive counts as in use; all blocks are to be swept.
void mvm_sweep_start(mvm_heap *heap);
// The first up to `most` free cells of the class that can be found without much ado, counted in
// bytes_in_use; NULL when there is no memory.
mvm_free_cell *mvm_sweep_cells(mvm_heap *heap, bool owner, size_t cell_size, size_t most);

#endif
