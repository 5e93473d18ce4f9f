// Maps: insertion-ordered hash tables.
//
// A map's storage is one block: `capacity` entries in the order they came, then the index, an
// open-addressing table of hashes and positions: groups of slots with linear probing, so that most
// keys are found, or found missing, with one look at one group. A removed entry becomes a
// tombstone (its key is nil) until the entries are moved together. The index has none: what stands
// behind a removed slot moves up.
//
// In: maps, and keys that mvm_map_check_key has passed. Out: maps, entries, values.
#ifndef MVM_MAP_H
#define MVM_MAP_H

#include "object.h"

// What a map's `packing` says.
enum {
    MVM_MAP_SCALARS,  // no key and no value is an object
    MVM_MAP_OBJECTS,  // some may be
};

static inline bool mvm_map_is_tombstone(const mvm_map_entry *entry) {
    return entry->key.tag == MVM_TAG_NIL;
}

// Bytes of storage the map owns.
size_t mvm_map_storage(const mvm_map *map);
// Ints, floats, bools and strings are keys, NaN is not: else records an error.
bool mvm_map_check_key(mvm_vm *vm, mvm_value key);
// An empty map.
mvm_map *mvm_map_new(mvm_vm *vm);
// Where the key's value stands until the map next changes; NULL when it is not in the map.
mvm_value *mvm_map_find(mvm_map *map, mvm_value key);
bool mvm_map_set(mvm_vm *vm, mvm_map *map, mvm_value key, mvm_value value);
// False when the key is not in the map.
bool mvm_map_remove(mvm_map *map, mvm_value key);
// The same for an int and for a string.
MVM_KEEPS_REGISTERS mvm_value *mvm_map_find_int(mvm_map *map, int64_t key);
MVM_KEEPS_REGISTERS mvm_value *mvm_map_find_string(mvm_map *map, mvm_string *key);
// Adds a key, an int or a string that has its hash, which is not in the map, without a value: where
// that goes. NULL when making room might collect or fail.
MVM_KEEPS_REGISTERS mvm_value *mvm_map_add_now(mvm_vm *vm, mvm_map *map, mvm_value key);
void mvm_map_clear(mvm_map *map);
mvm_map *mvm_map_copy(mvm_vm *vm, const mvm_map *map);
// New lists, in the map's order.
mvm_list *mvm_map_keys(mvm_vm *vm, const mvm_map *map);
mvm_list *mvm_map_values(mvm_vm *vm, const mvm_map *map);

#endif
