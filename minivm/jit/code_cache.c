// The code cache: arenas, W^X and trampolines.
#define _DEFAULT_SOURCE 1  // MAP_ANONYMOUS
#include "code_cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "patch.h"
#include "stencil.h"

enum {
    ARENA_SIZE = 1 << 20,
    COLD_START = ARENA_SIZE / 2,
    ALIGNMENT = 16,
    REACH = 0x7f000000,  // of a 32-bit call, with room for the arena itself
    PROBE_STEP = 0x1000000,
};

static size_t align(size_t size) { return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1); }

static bool reaches(const uint8_t *memory) {
    int64_t distance = (int64_t)((uintptr_t)memory - (uintptr_t)&mvm_code_cache_reserve);
    return distance > -(int64_t)REACH && distance < (int64_t)REACH;
}

static uint8_t *map_at(uintptr_t hint) {
    void *memory =
        mmap((void *)hint, ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

// Near the library: ask at growing distances on both sides, and take what comes if all fails.
static uint8_t *map_near(void) {
    uintptr_t library = (uintptr_t)&mvm_code_cache_reserve & ~(uintptr_t)(PROBE_STEP - 1);
    for (uintptr_t distance = PROBE_STEP; distance < REACH; distance += 4 * (uintptr_t)PROBE_STEP) {
        for (int below = 1; below >= 0; below--) {
            uint8_t *memory = map_at(below ? library - distance : library + distance);
            if (!memory) return NULL;
            if (reaches(memory)) return memory;
            munmap(memory, ARENA_SIZE);
        }
    }
    return map_at(0);
}

static size_t write_trampolines(uint8_t *memory) {
    uint32_t count = 0;
    while (mvm_stencil_symbols[count]) {
        uint64_t target = (uint64_t)(uintptr_t)mvm_stencil_symbols[count];
        mvm_write_trampoline(memory + count * MVM_TRAMPOLINE_SIZE, target);
        count++;
    }
    return align(count * MVM_TRAMPOLINE_SIZE);
}

static void free_arena(mvm_arena *arena) {
    if (arena->memory) munmap(arena->memory, ARENA_SIZE);
    mvm_free_ranges_destroy(&arena->hot);
    mvm_free_ranges_destroy(&arena->cold);
    free(arena);
}

static mvm_arena *add_arena(mvm_code_cache *cache) {
    mvm_arena *arena = calloc(1, sizeof *arena);
    if (!arena) return NULL;
    arena->memory = map_near();
    arena->is_open = true;
    arena->far = arena->memory && !reaches(arena->memory);
    size_t start = arena->far ? write_trampolines(arena->memory) : 0;
    if (!arena->memory || !mvm_free_ranges_give(&arena->hot, start, COLD_START - start) ||
        !mvm_free_ranges_give(&arena->cold, COLD_START, ARENA_SIZE - COLD_START)) {
        free_arena(arena);
        return NULL;
    }
    arena->next = cache->arenas;
    cache->arenas = arena;
    return arena;
}

bool mvm_code_cache_init(mvm_code_cache *cache) { return add_arena(cache) != NULL; }

bool mvm_code_cache_open(mvm_arena *arena) {
    if (!arena->is_open)
        arena->is_open = mprotect(arena->memory, ARENA_SIZE, PROT_READ | PROT_WRITE) == 0;
    return arena->is_open;
}

static bool close_arena(mvm_arena *arena) {
    if (arena->is_open)
        arena->is_open = mprotect(arena->memory, ARENA_SIZE, PROT_READ | PROT_EXEC) != 0;
    return !arena->is_open;
}

bool mvm_code_cache_seal(mvm_code_cache *cache) {
    bool sealed = true;
    for (mvm_arena *arena = cache->arenas; arena; arena = arena->next) {
        if (!close_arena(arena)) sealed = false;
    }
    return sealed;
}

static bool find_space(mvm_arena *arena, mvm_code_space *space) {
    ptrdiff_t hot = mvm_free_ranges_find(&arena->hot, align(space->hot_size));
    ptrdiff_t cold = mvm_free_ranges_find(&arena->cold, align(space->cold_size));
    if (hot == MVM_NO_RANGE || cold == MVM_NO_RANGE) return false;
    space->arena = arena;
    space->hot = arena->memory + hot;
    space->cold = arena->memory + cold;
    return true;
}

bool mvm_code_cache_reserve(mvm_code_cache *cache, size_t hot, size_t cold, mvm_code_space *space) {
    if (hot + cold > cache->room) return false;
    *space = (mvm_code_space){.hot_size = hot, .cold_size = cold};
    mvm_arena *arena = cache->arenas;
    while (arena && !find_space(arena, space)) arena = arena->next;
    if (!arena) arena = add_arena(cache);
    if (!arena || (!space->arena && !find_space(arena, space))) return false;
    return mvm_code_cache_open(arena);
}

void mvm_code_cache_keep(mvm_code_cache *cache, const mvm_code_space *space) {
    mvm_arena *arena = space->arena;
    mvm_free_ranges_take(&arena->hot, (size_t)(space->hot - arena->memory), align(space->hot_size));
    mvm_free_ranges_take(&arena->cold, (size_t)(space->cold - arena->memory),
                         align(space->cold_size));
    cache->hot_bytes += space->hot_size;
    cache->cold_bytes += space->cold_size;
    __builtin___clear_cache((char *)space->hot, (char *)space->hot + space->hot_size);
    __builtin___clear_cache((char *)space->cold, (char *)space->cold + space->cold_size);
}

// In a debug build, whoever still comes by traps.
static void make_unusable(const mvm_code_space *space) {
#ifdef MVM_DEBUG
    if (!mvm_code_cache_open(space->arena)) return;
    memset(space->hot, MVM_TRAP_BYTE, space->hot_size);
    memset(space->cold, MVM_TRAP_BYTE, space->cold_size);
    close_arena(space->arena);
#else
    (void)space;
#endif
}

void mvm_code_cache_release(mvm_code_cache *cache, const mvm_code_space *space) {
    mvm_arena *arena = space->arena;
    make_unusable(space);
    mvm_free_ranges_give(&arena->hot, (size_t)(space->hot - arena->memory), align(space->hot_size));
    mvm_free_ranges_give(&arena->cold, (size_t)(space->cold - arena->memory),
                         align(space->cold_size));
    cache->hot_bytes -= space->hot_size;
    cache->cold_bytes -= space->cold_size;
}

uint64_t mvm_code_cache_helper(const mvm_arena *arena, uint32_t symbol) {
    if (arena->far) return (uint64_t)(uintptr_t)(arena->memory + symbol * MVM_TRAMPOLINE_SIZE);
    return (uint64_t)(uintptr_t)mvm_stencil_symbols[symbol];
}

bool mvm_code_cache_has(const mvm_code_cache *cache, uintptr_t address) {
    const mvm_arena *arena = cache->arenas;
    while (arena && address - (uintptr_t)arena->memory >= ARENA_SIZE) arena = arena->next;
    return arena != NULL;
}

void mvm_code_cache_free(mvm_code_cache *cache) {
    while (cache->arenas) {
        mvm_arena *arena = cache->arenas;
        cache->arenas = arena->next;
        free_arena(arena);
    }
}
