// Keys of maps looked up without a call: for tier one and for stencils.
//
// In: a map and a key, an int or a string. Out: where its value stands until the map next changes;
// or NULL, when it is not in the map.
#ifndef MVM_MAP_PROBE_H
#define MVM_MAP_PROBE_H

#include "hash.h"
#include "map.h"

// Which of a group's numbers are the wanted one: a bit each.
static inline uint32_t mvm_map_which(const uint32_t numbers[MVM_MAP_GROUP], uint32_t wanted) {
#ifdef __SSE2__
    typedef uint32_t four __attribute__((vector_size(16), may_alias));
    typedef float floats __attribute__((vector_size(16)));
    four all = {wanted, wanted, wanted, wanted};
    return (uint32_t)__builtin_ia32_movmskps((floats)(*(const four *)numbers == all));
#else
    uint32_t which = 0;
    for (int i = 0; i < MVM_MAP_GROUP; i++) which |= (uint32_t)(numbers[i] == wanted) << i;
    return which;
#endif
}

static inline bool mvm_map_is_recent(const mvm_map *map, uint64_t tag, uint64_t bits) {
    return map->recent->key.tag == tag && map->recent->key.bits == bits;
}

static inline mvm_value *mvm_map_found(mvm_map *map, mvm_map_entry *entry) {
    if (!entry) return NULL;
    map->recent = entry;
    return &entry->value;
}

// The entry of a key with that tag and those bits. NULL: there is none; or `*unsure` is set, and
// the map has to be asked.
static inline mvm_map_entry *mvm_map_entry_of(const mvm_map *map, uint32_t hash, uint64_t tag,
                                              uint64_t bits, bool *unsure) {
    for (uint64_t i = hash & map->mask;; i = (i + 1) & map->mask) {
        const mvm_map_group *group = &map->groups[i];
        uint32_t which = mvm_map_which(group->hashes, hash);
        if (which != 0) {
            uint32_t position = group->positions[__builtin_ctz(which)];
            mvm_map_entry *entry = map->entries + position - 1;
            if (position && entry->key.tag == tag && entry->key.bits == bits) return entry;
            *unsure = true;
            return NULL;
        }
        if (mvm_map_which(group->positions, 0) != 0) return NULL;
    }
}

static inline mvm_value *mvm_map_look_up_int(mvm_map *map, int64_t key) {
    if (mvm_map_is_recent(map, MVM_TAG_INT, (uint64_t)key)) return &map->recent->value;
    bool unsure = false;
    mvm_map_entry *entry =
        mvm_map_entry_of(map, mvm_hash_int(key), MVM_TAG_INT, (uint64_t)key, &unsure);
    return unsure ? mvm_map_find_int(map, key) : mvm_map_found(map, entry);
}

static inline mvm_value *mvm_map_look_up_string(mvm_map *map, mvm_string *key) {
    if (mvm_map_is_recent(map, MVM_TAG_STRING, (uintptr_t)key)) return &map->recent->value;
    uint32_t hash = key->header.hash;
    bool unsure = hash == 0;
    mvm_map_entry *entry =
        unsure ? NULL : mvm_map_entry_of(map, hash, MVM_TAG_STRING, (uintptr_t)key, &unsure);
    return unsure ? mvm_map_find_string(map, key) : mvm_map_found(map, entry);
}

// What uops hand on: an address, 0 for a key that is not in the map.
static inline int64_t mvm_map_place(const mvm_value *found) { return (int64_t)(uintptr_t)found; }

static inline mvm_value *mvm_map_at(int64_t place) { return (mvm_value *)(uintptr_t)place; }

// Once a value with that tag has been stored.
static inline void mvm_map_note_value(mvm_map *map, uint64_t tag) {
    if (tag >= MVM_TAG_STRING) map->header.packing = MVM_MAP_OBJECTS;
}

#endif
