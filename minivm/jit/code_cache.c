// The code cache: arenas, W^X and trampolines.
#define _DEFAULT_SOURCE 1  // MAP_ANONYMOUS
#include "code_cache.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "patch.h"
#include "stencil.h"

enum {
    ARENA_SIZE = 1 << 20,
    COLD_START = ARENA_SIZE / 2,
    ARENA_LIMIT = 64,  // arenas of one VM
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

static mvm_arena *add_arena(mvm_code_cache *cache) {
    uint32_t count = 0;
    for (const mvm_arena *arena = cache->arenas; arena; arena = arena->next) count++;
    mvm_arena *arena = count < ARENA_LIMIT ? calloc(1, sizeof *arena) : NULL;
    if (!arena) return NULL;
    arena->memory = map_near();
    if (!arena->memory) {
        free(arena);
        return NULL;
    }
    arena->far = !reaches(arena->memory);
    if (arena->far) arena->hot_used = write_trampolines(arena->memory);
    arena->next = cache->arenas;
    cache->arenas = arena;
    return arena;
}

bool mvm_code_cache_init(mvm_code_cache *cache) { return add_arena(cache) != NULL; }

bool mvm_code_cache_open(mvm_arena *arena) {
    return mprotect(arena->memory, ARENA_SIZE, PROT_READ | PROT_WRITE) == 0;
}

bool mvm_code_cache_close(mvm_arena *arena) {
    return mprotect(arena->memory, ARENA_SIZE, PROT_READ | PROT_EXEC) == 0;
}

bool mvm_code_cache_reserve(mvm_code_cache *cache, size_t hot, size_t cold, mvm_code_space *space) {
    mvm_arena *arena = cache->arenas;
    bool fits =
        arena && arena->hot_used + hot <= COLD_START && arena->cold_used + cold <= COLD_START;
    if (!fits) arena = add_arena(cache);
    if (!arena || arena->hot_used + hot > COLD_START || cold > COLD_START) return false;
    if (!mvm_code_cache_open(arena)) return false;
    *space = (mvm_code_space){arena, arena->memory + arena->hot_used,
                              arena->memory + COLD_START + arena->cold_used};
    return true;
}

bool mvm_code_cache_commit(mvm_code_cache *cache, mvm_code_space *space, size_t hot, size_t cold,
                           bool keep) {
    mvm_arena *arena = space->arena;
    if (keep) {
        arena->hot_used += align(hot);
        arena->cold_used += align(cold);
        cache->hot_bytes += hot;
        cache->cold_bytes += cold;
        __builtin___clear_cache((char *)space->hot, (char *)space->hot + hot);
        __builtin___clear_cache((char *)space->cold, (char *)space->cold + cold);
    }
    return mvm_code_cache_close(arena);
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
        munmap(arena->memory, ARENA_SIZE);
        free(arena);
    }
}
