// Int keys of maps looked up and set without a call: for tier one and for stencils.
//
// In: a map and an int key. Out: where its value stands until the map next changes; or NULL, when
// it is not in the map; or false, and then mvm_set does it, which may collect.
#ifndef MVM_MAP_PROBE_H
#define MVM_MAP_PROBE_H

#include "hash.h"
#include "map.h"
#include "numbers.h"

// --- the index: the hash above, the position + 1 below; 0: empty --------------------------------

static inline uint64_t mvm_map_slot(uint32_t hash, int64_t position) {
    return (uint64_t)hash << 32 | (uint64_t)(position + 1);
}

static inline int64_t mvm_map_position(uint64_t slot) { return (int64_t)(uint32_t)slot - 1; }

typedef bool mvm_same_key(mvm_value found, mvm_value key);

static inline bool mvm_same_int_key(mvm_value found, mvm_value key) {
    if (__builtin_expect(found.tag == MVM_TAG_INT, true)) return found.integer == key.integer;
    return found.tag == MVM_TAG_FLOAT && mvm_fits_int(found.number) &&
           (int64_t)found.number == key.integer && (double)key.integer == found.number;
}

// The slot of the key, or the empty one where it belongs. Inlined, one loop for each way to
// compare.
static inline __attribute__((always_inline)) uint64_t *
mvm_map_probe(const mvm_map *map, uint32_t hash, mvm_value key, mvm_same_key *same) {
    for (uint64_t i = hash & map->mask;; i = (i + 1) & map->mask) {
        uint64_t slot = map->index[i];
        if (slot == 0) return &map->index[i];
        if (slot >> 32 == hash && same(map->entries[mvm_map_position(slot)].key, key)) {
            return &map->index[i];
        }
    }
}

// --- entries ------------------------------------------------------------------------------------

static inline bool mvm_map_is_recent(const mvm_map *map, uint64_t tag, uint64_t bits) {
    return map->recent->key.tag == tag && map->recent->key.bits == bits;
}

static inline mvm_value *mvm_map_found(mvm_map *map, uint64_t slot) {
    if (slot == 0) return NULL;
    map->recent = &map->entries[mvm_map_position(slot)];
    return &map->recent->value;
}

// There is room for it.
static inline void mvm_map_append(mvm_map *map, uint32_t hash, mvm_value key, mvm_value value,
                                  uint64_t *slot) {
    int64_t position = map->entry_count++;
    map->entries[position] = (mvm_map_entry){key, value};
    *slot = mvm_map_slot(hash, position);
    map->recent = &map->entries[position];
    map->length++;
}

// Once a value with that tag has been stored.
static inline void mvm_map_note_value(mvm_map *map, uint64_t tag) {
    if (tag >= MVM_TAG_STRING) map->header.packing = MVM_MAP_OBJECTS;
}

static inline mvm_value *mvm_map_look_up_int(mvm_map *map, int64_t key) {
    if (mvm_map_is_recent(map, MVM_TAG_INT, (uint64_t)key)) return &map->recent->value;
    return mvm_map_found(
        map, *mvm_map_probe(map, mvm_hash_int(key), mvm_from_int(key), mvm_same_int_key));
}

static inline bool mvm_map_put_int(mvm_vm *vm, mvm_map *map, int64_t key, mvm_value value) {
    if (mvm_map_is_recent(map, MVM_TAG_INT, (uint64_t)key)) {
        map->recent->value = value;
        return true;
    }
    if (map->entry_count == map->capacity && !mvm_map_make_room_now(vm, map)) return false;
    uint32_t hash = mvm_hash_int(key);
    mvm_value boxed = mvm_from_int(key);
    uint64_t *slot = mvm_map_probe(map, hash, boxed, mvm_same_int_key);
    mvm_value *found = mvm_map_found(map, *slot);
    if (found) {
        *found = value;
    } else {
        mvm_map_append(map, hash, boxed, value, slot);
    }
    return true;
}

#endif
