// Maps (map.h).
//
// In: maps, keys and values. Out: entries found, added and removed; new maps and lists; or a
// "type", "value" or "memory" error. `recent` is the entry that was found or added last: a program
// asks for a key, gets it and sets it, and only the first of these looks it up.
#include "map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "helpers.h"
#include "map_probe.h"
#include "numbers.h"
#include "roots.h"

enum { GROUPS_AT_FIRST = 2 };

// What an empty map has in place of storage, never written: a group of empty slots, and an entry
// that no key is equal to.
static const mvm_map_group no_group = {.positions = {0}};
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

typedef bool same_key(mvm_value found, mvm_value key);

// The key's entry or NULL. Inlined, one loop for each way to compare.
static inline __attribute__((always_inline)) mvm_map_entry *probe(const mvm_map *map, uint32_t hash,
                                                                  mvm_value key, same_key *same) {
    for (uint64_t i = hash & map->mask;; i = (i + 1) & map->mask) {
        const mvm_map_group *group = &map->groups[i];
        for (uint32_t all = mvm_map_which(group->hashes, hash); all != 0; all &= all - 1) {
            uint32_t position = group->positions[__builtin_ctz(all)];
            if (position == 0) continue;
            mvm_map_entry *entry = &map->entries[position - 1];
            if (same(entry->key, key)) return entry;
        }
        if (mvm_map_which(group->positions, 0) != 0) return NULL;
    }
}

static mvm_map_entry *probe_any(const mvm_map *map, uint32_t hash, mvm_value key) {
    if (key.tag == MVM_TAG_STRING) return probe(map, hash, key, same_string);
    return probe(map, hash, key, same_scalar);
}

// One slot of a group.
typedef struct place {
    uint64_t group;
    uint32_t slot;
} place;

static void put(mvm_map *map, place at, uint32_t hash, uint32_t position) {
    map->groups[at.group].hashes[at.slot] = hash;
    map->groups[at.group].positions[at.slot] = position;
}

// The first slot with this position, on the way that a hash is looked for; of 0, an empty one.
static place find_slot(const mvm_map *map, uint32_t hash, uint32_t position) {
    for (uint64_t i = hash & map->mask;; i = (i + 1) & map->mask) {
        uint32_t which = mvm_map_which(map->groups[i].positions, position);
        if (which) return (place){i, (uint32_t)__builtin_ctz(which)};
    }
}

static void put_slot(mvm_map *map, uint32_t hash, uint32_t position) {
    put(map, find_slot(map, hash, 0), hash, position);
}

// The slot of a group whose hash was looked for in the group at `hole` as well, before it got here.
static bool came_by(const mvm_map *map, uint64_t group, uint64_t hole, uint32_t *slot) {
    for (uint32_t i = 0; i < MVM_MAP_GROUP; i++) {
        uint64_t home = map->groups[group].hashes[i] & map->mask;
        bool came = ((group - home) & map->mask) >= ((group - hole) & map->mask);
        if (!came || map->groups[group].positions[i] == 0) continue;
        *slot = i;
        return true;
    }
    return false;
}

// Empties a slot. Where its group was full, one that went on from there moves up, and so on.
static void take_slot(mvm_map *map, uint32_t hash, uint32_t position) {
    place hole = find_slot(map, hash, position);
    bool was_full = !mvm_map_which(map->groups[hole.group].positions, 0);
    for (uint64_t i = (hole.group + 1) & map->mask; was_full; i = (i + 1) & map->mask) {
        const mvm_map_group *group = &map->groups[i];
        was_full = !mvm_map_which(group->positions, 0);
        uint32_t slot;
        if (!came_by(map, i, hole.group, &slot)) continue;
        put(map, hole, group->hashes[slot], group->positions[slot]);
        hole = (place){i, slot};
    }
    put(map, hole, 0, 0);
}

// --- storage -----------------------------------------------------------------------------------

static uint64_t group_count(const mvm_map *map) { return map->capacity > 0 ? map->mask + 1 : 0; }

// At most five of eight slots are in use.
static uint64_t capacity_for(uint64_t groups) { return groups * MVM_MAP_GROUP / 8 * 5; }

static size_t storage_size(uint64_t groups) {
    return capacity_for(groups) * sizeof(mvm_map_entry) + groups * sizeof(mvm_map_group);
}

size_t mvm_map_storage(const mvm_map *map) { return storage_size(group_count(map)); }

static void forget_recent(mvm_map *map) { map->recent = (mvm_map_entry *)&no_entry; }

static void set_storage(mvm_map *map, void *storage, uint64_t groups) {
    map->entries = storage;
    map->capacity = (int64_t)capacity_for(groups);
    map->groups = (mvm_map_group *)(map->entries + map->capacity);
    map->mask = groups - 1;
    forget_recent(map);
}

static void clear_index(mvm_map *map) {
    memset(map->groups, 0, group_count(map) * sizeof *map->groups);
}

mvm_map *mvm_map_new(mvm_vm *vm) {
    mvm_map *map = (mvm_map *)mvm_heap_allocate(vm, MVM_OBJECT_MAP, sizeof *map);
    if (!map) return NULL;
    map->groups = (mvm_map_group *)&no_group;
    forget_recent(map);
    return map;
}

// Twice the storage. Each group's slots go to two groups, so both halves of the new index are
// written from front to back.
static bool enlarge(mvm_vm *vm, mvm_map *map) {
    uint64_t old_count = group_count(map), count = old_count ? 2 * old_count : GROUPS_AT_FIRST;
    if (count > (UINT64_C(1) << 32) / MVM_MAP_GROUP) {
        return mvm_fail(vm, MVM_ERROR_MEMORY, "out of memory: no room for a map of more keys");
    }
    mvm_map_entry *old_entries = map->entries;
    const mvm_map_group *old = map->groups;
    void *storage = mvm_heap_new_storage(vm, storage_size(old_count), storage_size(count));
    if (!storage) return false;
    set_storage(map, storage, count);
    if (old_count > 0) memcpy(storage, old_entries, map->entry_count * sizeof *old_entries);
    clear_index(map);
    for (uint64_t i = 0; i < old_count * MVM_MAP_GROUP; i++) {
        const mvm_map_group *group = &old[i / MVM_MAP_GROUP];
        uint32_t position = group->positions[i % MVM_MAP_GROUP];
        if (position != 0) put_slot(map, group->hashes[i % MVM_MAP_GROUP], position);
    }
    free(old_entries);
    return true;
}

// Moves the entries together, over the tombstones.
static void compact(mvm_map *map) {
    clear_index(map);
    uint32_t kept = 0;
    for (int64_t i = 0; i < map->entry_count; i++) {
        if (mvm_map_is_tombstone(&map->entries[i])) continue;
        map->entries[kept] = map->entries[i];
        put_slot(map, mvm_hash_key(map->entries[kept].key), kept + 1);
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

// The same, unless making it might collect or fail.
static MVM_KEEPS_REGISTERS __attribute__((noinline)) bool make_room_now(mvm_vm *vm, mvm_map *map) {
    if (!mvm_heap_can_grow(vm, mvm_map_storage(map) + storage_size(GROUPS_AT_FIRST))) return false;
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

mvm_value *mvm_map_find_int(mvm_map *map, int64_t key) {
    return mvm_map_found(map, probe(map, mvm_hash_int(key), mvm_from_int(key), same_scalar));
}

mvm_value *mvm_map_find_string(mvm_map *map, mvm_string *key) {
    mvm_value boxed = mvm_from_string(key);
    return mvm_map_found(map, probe(map, mvm_hash_string(key), boxed, same_string));
}

mvm_value *mvm_map_find(mvm_map *map, mvm_value key) {
    if (key.tag == MVM_TAG_INT) return mvm_map_look_up_int(map, key.integer);
    if (key.tag == MVM_TAG_STRING) return mvm_map_look_up_string(map, key.string);
    return mvm_map_found(map, probe_any(map, mvm_hash_key(key), key));
}

// --- changing ----------------------------------------------------------------------------------

// Adds a key for which there is room.
static mvm_value *append(mvm_map *map, uint32_t hash, mvm_value key) {
    mvm_map_entry *entry = &map->entries[map->entry_count++];
    *entry = (mvm_map_entry){.key = key, .value = {.tag = MVM_TAG_NIL}};
    put_slot(map, hash, (uint32_t)map->entry_count);
    map->recent = entry;
    map->length++;
    mvm_map_note_value(map, key.tag);
    return &entry->value;
}

mvm_value *mvm_map_add_now(mvm_vm *vm, mvm_map *map, mvm_value key) {
    if (map->entry_count == map->capacity && !make_room_now(vm, map)) return NULL;
    bool is_int = key.tag == MVM_TAG_INT;
    uint32_t hash = is_int ? mvm_hash_int(key.integer) : key.string->header.hash;
    return append(map, hash, key);
}

bool mvm_map_set(mvm_vm *vm, mvm_map *map, mvm_value key, mvm_value value) {
    mvm_value *place = mvm_map_find(map, key);
    if (!place) {
        if (map->entry_count == map->capacity && !make_room(vm, map)) return false;
        place = append(map, mvm_hash_key(key), key);
    }
    mvm_map_note_value(map, value.tag);
    *place = value;
    return true;
}

bool mvm_map_remove(mvm_map *map, mvm_value key) {
    uint32_t hash = mvm_hash_key(key);
    mvm_map_entry *entry = probe_any(map, hash, key);
    if (!entry) return false;
    take_slot(map, hash, (uint32_t)(entry - map->entries) + 1);
    *entry = no_entry;
    map->length--;
    while (map->entry_count > 0 && mvm_map_is_tombstone(&map->entries[map->entry_count - 1])) {
        map->entry_count--;
    }
    return true;
}

void mvm_map_clear(mvm_map *map) {
    if (map->capacity == 0) return;
    memset(map->entries, 0, (size_t)map->entry_count * sizeof *map->entries);
    clear_index(map);
    map->length = map->entry_count = 0;
    map->header.packing = MVM_MAP_SCALARS;
}

// --- new maps and lists ------------------------------------------------------------------------

mvm_map *mvm_map_copy(mvm_vm *vm, const mvm_map *map) {
    mvm_map *copy = mvm_map_new(vm);
    if (!copy || map->length == 0) return copy;
    int root = mvm_root_keep(vm, mvm_from_map(copy));
    size_t size = mvm_map_storage(map);
    void *storage = mvm_heap_new_storage(vm, 0, size);
    mvm_root_drop(vm, root);
    if (!storage) return NULL;
    memcpy(storage, map->entries, size);
    set_storage(copy, storage, group_count(map));
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
