// The code cache: the executable memory all traces of one VM share.
//
// Memory comes in arenas, reserved near the library so that machine code reaches the C helpers with
// 32-bit calls; an arena that is not gets trampolines. Each arena fills from its start with hot
// code and from its middle with cold code and data; room that is given back is used again. W^X: an
// arena is writable or executable, never both. Going from one to the other and back costs as much
// as the passes over a small trace, so an arena that was opened stays writable until all is done
// that has to be written for a trace, its parent's jump included; then the cache is sealed.
#ifndef MVM_CODE_CACHE_H
#define MVM_CODE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "free_ranges.h"

typedef struct mvm_arena {
    uint8_t *memory;
    mvm_free_ranges hot, cold;  // what is free, by its offset
    bool far;                   // helpers are out of reach: calls go through trampolines
    bool is_open;               // writable
    struct mvm_arena *next;
} mvm_arena;

typedef struct mvm_code_cache {
    mvm_arena *arenas;             // the newest first
    size_t hot_bytes, cold_bytes;  // in use
    size_t room;                   // the most that the next trace may take
} mvm_code_cache;

// Room for one trace in one arena, which is open.
typedef struct mvm_code_space {
    mvm_arena *arena;
    uint8_t *hot, *cold;
    size_t hot_size, cold_size;
} mvm_code_space;

// Map the first arena; false when there is no memory.
bool mvm_code_cache_init(mvm_code_cache *cache);
// False when there is no memory, or the trace is larger than the room there is, or than an arena.
bool mvm_code_cache_reserve(mvm_code_cache *cache, size_t hot, size_t cold, mvm_code_space *space);
// Keep the space that was reserved last.
void mvm_code_cache_keep(mvm_code_cache *cache, const mvm_code_space *space);
// Give room back in which nothing runs any more.
void mvm_code_cache_release(mvm_code_cache *cache, const mvm_code_space *space);
// Make an arena writable, if it is not, to patch what is there.
bool mvm_code_cache_open(mvm_arena *arena);
// Make all arenas executable again. Where it fails, no machine code of this cache may run any more.
bool mvm_code_cache_seal(mvm_code_cache *cache);
// Where a call of a C helper has to go from this arena.
uint64_t mvm_code_cache_helper(const mvm_arena *arena, uint32_t symbol);
// Whether `address` is in one of the arenas.
bool mvm_code_cache_has(const mvm_code_cache *cache, uintptr_t address);
void mvm_code_cache_free(mvm_code_cache *cache);

#endif
