// Maps (map.h).
//
// In: maps, keys and values. Out: entries found, added and removed; new maps and lists; or a
// "type", "value" or "memory" error. `recent` is the entry that was found or added last: a program
// asks for a key, gets it and sets it, and only the first of these looks it up.
#include "map.h"

#include <assert.h>
#include <string.h>

#include "helpers.h"
#include "map_probe.h"
#include "roots.h"

enum { INDEX_AT_FIRST = 8 };

// What an empty map has in place of storage, never written: an index whose one slot is empty, and
// an entry that no key is equal to.
static const uint64_t no_index[1] = {0};
static const mvm_map_entry no_entry = {.key = {.tag = MVM_TAG_NIL}};

// --- the index ----------------------------------------------------------------------------------

static inline bool same_string(mvm_value found, mvm_value key) {
    return found.tag == MVM_TAG_STRING && mvm_string_equal(found.string, key.string);
}

// Of keys that are not strings.
static inline bool same_scalar(mvm_value found, mvm_value key) {
    if (mvm_are_numbers(found, key)) return mvm_compare_numbers(found, key) == MVM_EQUAL;
    return found.tag == key.tag && found.bits == key.bits;
}

static uint64_t *probe_any(const mvm_map *map, uint32_t hash, mvm_value key) {
    if (key.tag == MVM_TAG_STRING) return mvm_map_probe(map, hash, key, same_string);
    return mvm_map_probe(map, hash, key, same_scalar);
}

// Puts in a slot whose key is not in the index.
static void put_slot(mvm_map *map, uint64_t slot) {
    uint64_t i = slot >> 32 & map->mask;
    while (map->index[i] != 0) i = (i + 1) & map->mask;
    map->index[i] = slot;
}

// Empties a slot; those behind it that it kept from their own places move up.
static void take_slot(mvm_map *map, uint64_t hole) {
    for (uint64_t i = (hole + 1) & map->mask; map->index[i] != 0; i = (i + 1) & map->mask) {
        uint64_t home = map->index[i] >> 32;
        if (((i - home) & map->mask) < ((i - hole) & map->mask)) continue;
        map->index[hole] = map->index[i];
        hole = i;
    }
    map->index[hole] = 0;
}

// --- storage -----------------------------------------------------------------------------------

static uint64_t index_size(const mvm_map *map) { return map->capacity > 0 ? map->mask + 1 : 0; }

// At most five of eight slots are in use.
static uint64_t capacity_for(uint64_t slots) { return slots / 8 * 5; }

static size_t storage_size(uint64_t slots) {
    return capacity_for(slots) * sizeof(mvm_map_entry) + slots * sizeof(uint64_t);
}

size_t mvm_map_storage(const mvm_map *map) { return storage_size(index_size(map)); }

static void forget_recent(mvm_map *map) { map->recent = (mvm_map_entry *)&no_entry; }

static void set_storage(mvm_map *map, void *storage, uint64_t slots) {
    map->entries = storage;
    map->capacity = (int64_t)capacity_for(slots);
    map->index = (uint64_t *)(map->entries + map->capacity);
    map->mask = slots - 1;
    forget_recent(map);
}

mvm_map *mvm_map_new(mvm_vm *vm) {
    mvm_map *map = (mvm_map *)mvm_heap_allocate(vm, MVM_OBJECT_MAP, sizeof *map);
    if (!map) return NULL;
    map->index = (uint64_t *)no_index;
    forget_recent(map);
    return map;
}

// Twice the storage. The old index is read from where it stands, among what are unused entries now:
// twice the entries take more room than the entries and the index took.
static bool enlarge(mvm_vm *vm, mvm_map *map) {
    uint64_t old_slots = index_size(map), slots = old_slots ? 2 * old_slots : INDEX_AT_FIRST;
    if (slots > UINT64_C(1) << 32) {
        return mvm_fail(vm, MVM_ERROR_MEMORY, "out of memory: no room for a map of more keys");
    }
    size_t old_size = storage_size(old_slots), size = storage_size(slots);
    void *storage = mvm_heap_resize(vm, map->entries, old_size, size);
    if (!storage) return false;
    set_storage(map, storage, slots);
    memset(map->index, 0, slots * sizeof *map->index);
    const uint64_t *old_index = (const uint64_t *)(map->entries + capacity_for(old_slots));
    for (uint64_t i = 0; i < old_slots; i++) {
        if (old_index[i] != 0) put_slot(map, old_index[i]);
    }
    return true;
}

// Moves the entries together, over the tombstones.
static void compact(mvm_map *map) {
    memset(map->index, 0, index_size(map) * sizeof *map->index);
    int64_t kept = 0;
    for (int64_t i = 0; i < map->entry_count; i++) {
        if (mvm_map_is_tombstone(&map->entries[i])) continue;
        map->entries[kept] = map->entries[i];
        put_slot(map, mvm_map_slot(mvm_hash_key(map->entries[kept].key), kept));
        kept++;
    }
    map->entry_count = kept;
    forget_recent(map);
}

// Room for one more entry: compacting pays when it frees a quarter of the entries.
static bool make_room(mvm_vm *vm, mvm_map *map) {
    if (map->entry_count < map->capacity) return true;
    if (map->length >= map->capacity - map->capacity / 4) return enlarge(vm, map);
    compact(map);
    return true;
}

bool mvm_map_make_room_now(mvm_vm *vm, mvm_map *map) {
    if (!mvm_heap_can_grow(vm, mvm_map_storage(map) + storage_size(INDEX_AT_FIRST))) return false;
    if (make_room(vm, map)) return true;
    vm->error.kind = MVM_ERROR_NONE;  // for mvm_set to record
    return false;
}

// --- looking up --------------------------------------------------------------------------------

bool mvm_map_check_key(mvm_vm *vm, mvm_value key) {
    switch (key.tag) {
    case MVM_TAG_INT:
    case MVM_TAG_BOOL:
    case MVM_TAG_STRING: return true;
    case MVM_TAG_FLOAT:
        if (key.number == key.number) return true;
        return mvm_fail(vm, MVM_ERROR_VALUE, "nan is not equal to itself, so it can't be a key");
    default:
        return mvm_fail(vm, MVM_ERROR_TYPE, "a key is an int, a float, a bool or a string, not %s",
                        mvm_type_name(mvm_type_of(key)));
    }
}

mvm_value *mvm_map_find_string(mvm_map *map, mvm_string *key) {
    if (mvm_map_is_recent(map, MVM_TAG_STRING, (uintptr_t)key)) return &map->recent->value;
    return mvm_map_found(
        map, *mvm_map_probe(map, mvm_hash_string(key), mvm_from_string(key), same_string));
}

mvm_value *mvm_map_find(mvm_map *map, mvm_value key) {
    if (key.tag == MVM_TAG_INT) return mvm_map_look_up_int(map, key.integer);
    if (key.tag == MVM_TAG_STRING) return mvm_map_find_string(map, key.string);
    return mvm_map_found(map, *probe_any(map, mvm_hash_key(key), key));
}

// --- changing ----------------------------------------------------------------------------------

// Adds a key that is not in the map.
static bool add(mvm_vm *vm, mvm_map *map, mvm_value key, mvm_value value, uint64_t *slot) {
    uint32_t hash = mvm_hash_key(key);
    if (map->entry_count == map->capacity) {
        if (!make_room(vm, map)) return false;
        slot = probe_any(map, hash, key);
    }
    mvm_map_append(map, hash, key, value, slot);
    if (mvm_is_object(key)) map->header.packing = MVM_MAP_OBJECTS;
    return true;
}

static bool store(mvm_vm *vm, mvm_map *map, mvm_value key, mvm_value value, uint64_t *slot) {
    if (mvm_is_object(value)) map->header.packing = MVM_MAP_OBJECTS;
    mvm_value *found = mvm_map_found(map, *slot);
    if (!found) return add(vm, map, key, value, slot);
    *found = value;
    return true;
}

static bool store_recent(mvm_map *map, mvm_value value) {
    if (mvm_is_object(value)) map->header.packing = MVM_MAP_OBJECTS;
    map->recent->value = value;
    return true;
}

bool mvm_map_set_string(mvm_vm *vm, mvm_map *map, mvm_string *key, mvm_value value) {
    if (mvm_map_is_recent(map, MVM_TAG_STRING, (uintptr_t)key)) return store_recent(map, value);
    mvm_value boxed = mvm_from_string(key);
    return store(vm, map, boxed, value,
                 mvm_map_probe(map, mvm_hash_string(key), boxed, same_string));
}

bool mvm_map_set(mvm_vm *vm, mvm_map *map, mvm_value key, mvm_value value) {
    if (key.tag == MVM_TAG_STRING) return mvm_map_set_string(vm, map, key.string, value);
    return store(vm, map, key, value, probe_any(map, mvm_hash_key(key), key));
}

bool mvm_map_remove(mvm_map *map, mvm_value key) {
    uint64_t *slot = probe_any(map, mvm_hash_key(key), key);
    if (*slot == 0) return false;
    map->entries[mvm_map_position(*slot)] = no_entry;
    take_slot(map, (uint64_t)(slot - map->index));
    map->length--;
    while (map->entry_count > 0 && mvm_map_is_tombstone(&map->entries[map->entry_count - 1])) {
        map->entry_count--;
    }
    return true;
}

void mvm_map_clear(mvm_map *map) {
    if (map->capacity == 0) return;
    memset(map->entries, 0, (size_t)map->entry_count * sizeof *map->entries);
    memset(map->index, 0, index_size(map) * sizeof *map->index);
    map->length = map->entry_count = 0;
    map->header.packing = MVM_MAP_SCALARS;
}

// --- new maps and lists ------------------------------------------------------------------------

mvm_map *mvm_map_copy(mvm_vm *vm, const mvm_map *map) {
    mvm_map *copy = mvm_map_new(vm);
    if (!copy || map->length == 0) return copy;
    int root = mvm_root_keep(vm, mvm_from_map(copy));
    size_t size = mvm_map_storage(map);
    void *storage = mvm_heap_resize(vm, NULL, 0, size);
    mvm_root_drop(vm, root);
    if (!storage) return NULL;
    memcpy(storage, map->entries, size);
    set_storage(copy, storage, index_size(map));
    copy->length = map->length;
    copy->entry_count = map->entry_count;
    copy->header.packing = map->header.packing;
    return copy;
}

static bool add_pairs(mvm_vm *vm, mvm_map *map, const mvm_value *values, int64_t count) {
    assert(count % 2 == 0);
    for (int64_t i = 0; i < count; i += 2) {
        if (!mvm_map_check_key(vm, values[i])) return false;
        if (!mvm_map_set(vm, map, values[i], values[i + 1])) return false;
    }
    return true;
}

bool mvm_build_map(mvm_vm *vm, const mvm_value *values, int64_t count, mvm_value *result) {
    mvm_map *map = mvm_map_new(vm);
    if (!map) return false;
    int root = mvm_root_keep(vm, mvm_from_map(map));
    bool built = add_pairs(vm, map, values, count);
    mvm_root_drop(vm, root);
    *result = mvm_from_map(map);
    return built;
}

// The keys, or the values, of all entries.
static mvm_list *list_of(mvm_vm *vm, const mvm_map *map, bool keys) {
    mvm_list *list = mvm_list_new(vm, MVM_LIST_EMPTY, 0);
    if (!list) return NULL;
    int root = mvm_root_keep(vm, mvm_from_list(list));
    bool pushed = true;
    for (int64_t i = 0; i < map->entry_count && pushed; i++) {
        const mvm_map_entry *entry = &map->entries[i];
        if (mvm_map_is_tombstone(entry)) continue;
        pushed = mvm_list_push(vm, list, keys ? entry->key : entry->value);
    }
    mvm_root_drop(vm, root);
    return pushed ? list : NULL;
}

mvm_list *mvm_map_keys(mvm_vm *vm, const mvm_map *map) { return list_of(vm, map, true); }
mvm_list *mvm_map_values(mvm_vm *vm, const mvm_map *map) { return list_of(vm, map, false); }
