// Maps: the index under removal and growth, the block that holds it, and hashes.
//
// In: a VM. Out: failed checks, counted and printed.
#include "check.h"

#include "hash.h"
#include "map_probe.h"

static mvm_map *new_map(mvm_vm *vm) {
    mvm_map *map = mvm_map_new(vm);
    keep(vm, mvm_from_map(map));
    return map;
}

static bool holds(mvm_map *map, mvm_value key, int64_t expected) {
    const mvm_value *found = mvm_map_find(map, key);
    return found && found->tag == MVM_TAG_INT && found->integer == expected;
}

static void check_hashes(mvm_vm *vm) {
    CHECK(mvm_hash_key(of_int(7)) == mvm_hash_key(of_float(7)));
    CHECK(mvm_hash_key(of_float(0.0)) == mvm_hash_key(of_float(-0.0)));
    CHECK(mvm_hash_key(of_int(INT64_MIN)) == mvm_hash_key(of_float(-0x1p63)));
    CHECK(mvm_hash_key(of_int(1)) != mvm_hash_key(mvm_from_bool(true)));
    CHECK(mvm_hash_key(text(vm, "12345678")) == mvm_hash_key(text(vm, "12345678")));
    CHECK(mvm_hash_key(text(vm, "12345678")) != mvm_hash_key(text(vm, "123456789")));
    CHECK(mvm_hash_key(text(vm, "")) != 0);
}

// How many groups are looked at, on average, for keys at one distance from each other.
static double groups_per_key(mvm_vm *vm, uint64_t stride) {
    enum { KEYS = 5000 };
    mvm_map *map = new_map(vm);
    for (uint64_t i = 0; i < KEYS; i++) {
        CHECK(mvm_map_set(vm, map, of_int((int64_t)(i * stride)), of_int(0)));
    }
    double looked_at = 0;
    for (uint32_t i = 0; i < KEYS; i++) {
        uint64_t at = mvm_hash_int((int64_t)(i * stride)) & map->mask;
        for (; !mvm_map_which(map->groups[at].positions, i + 1); at = (at + 1) & map->mask) {
            looked_at++;
        }
        looked_at++;
    }
    vm->stack_top--;
    return looked_at / KEYS;
}

static void check_strides(mvm_vm *vm) {
    for (int shift = 0; shift < 51; shift++) {
        CHECK(groups_per_key(vm, UINT64_C(1) << shift) < 1.5);
        CHECK(groups_per_key(vm, (UINT64_C(1) << shift) + 1) < 1.5);
    }
}

// Keys come, go and come again in an order that leaves tombstones everywhere.
static void check_removal(mvm_vm *vm) {
    enum { KEYS = 300 };
    mvm_map *map = new_map(vm);
    CHECK(!mvm_map_remove(map, of_int(1)) && !mvm_map_find(map, of_int(1)));
    for (int64_t i = 0; i < KEYS; i++) CHECK(mvm_map_set(vm, map, of_int(i), of_int(i)));
    for (int64_t i = 0; i < KEYS; i++) {
        if (i % 3 != 0) CHECK(mvm_map_remove(map, of_int(i)));
    }
    CHECK(map->length == KEYS / 3);
    for (int64_t i = 0; i < KEYS; i++) {
        CHECK(i % 3 == 0 ? holds(map, of_int(i), i) : !mvm_map_find(map, of_int(i)));
    }
    int64_t capacity = map->capacity;
    for (int64_t i = 0; i < 20 * KEYS; i++) {
        CHECK(mvm_map_set(vm, map, of_float(0.5 + (double)i), of_int(i)));
        CHECK(mvm_map_remove(map, of_float(0.5 + (double)i)));
    }
    CHECK(map->capacity == capacity && map->length == KEYS / 3);
    for (int64_t i = 0; i < KEYS; i += 3) CHECK(mvm_map_remove(map, of_int(i)));
    CHECK(map->length == 0 && map->entry_count == 0);
}

// Keys leave at one end and come at the other: the entries move together now and then.
static void check_queue(mvm_vm *vm) {
    enum { WAITING = 100, KEYS = 3000 };
    mvm_map *map = new_map(vm);
    for (int64_t i = 0; i < KEYS; i++) {
        CHECK(mvm_map_set(vm, map, of_int(i), of_int(-i)));
        if (i >= WAITING) CHECK(mvm_map_remove(map, of_int(i - WAITING)));
    }
    CHECK(map->length == WAITING && map->capacity < 4 * WAITING);
    mvm_list *keys = mvm_map_keys(vm, map);
    CHECK(keys && keys->length == WAITING && keys->header.packing == MVM_LIST_INTS);
    CHECK(keys->ints[0] == KEYS - WAITING && keys->ints[WAITING - 1] == KEYS - 1);
}

// The entry found last is remembered, but not for longer than it is there.
static void check_recent(mvm_vm *vm) {
    mvm_map *map = new_map(vm);
    mvm_value key = text(vm, "key");
    CHECK(mvm_map_set(vm, map, key, of_int(1)) && holds(map, key, 1));
    CHECK(holds(map, text(vm, "key"), 1));
    CHECK(mvm_map_remove(map, key) && !mvm_map_find(map, key));
    CHECK(mvm_map_set(vm, map, key, of_int(2)) && holds(map, key, 2));
    mvm_map_clear(map);
    CHECK(!mvm_map_find(map, key) && map->header.packing == MVM_MAP_SCALARS);
    mvm_map_clear(new_map(vm));
}

static void check_storage(mvm_vm *vm) {
    size_t before = vm->heap.bytes_in_use;
    mvm_map *map = new_map(vm);
    for (int64_t i = 0; i < 100; i++) CHECK(mvm_map_set(vm, map, of_int(i), of_int(i)));
    CHECK(map->header.packing == MVM_MAP_SCALARS);
    mvm_map *copy = mvm_map_copy(vm, map);
    CHECK(copy && mvm_map_storage(copy) == mvm_map_storage(map) && holds(copy, of_int(99), 99));
    vm->stack_top--;
    mvm_gc_collect(vm);
    mvm_gc_collect(vm);
    CHECK(vm->heap.bytes_in_use <= before);
    map = new_map(vm);
    vm->heap.limit = vm->heap.bytes_in_use + 100000;
    bool added = true;
    int64_t count = 0;
    while (added && count < 1000000) added = mvm_map_set(vm, map, of_int(count++), of_int(0));
    CHECK(!added && failed(vm, MVM_ERROR_MEMORY, "heap limit"));
    CHECK(map->length == count - 1 && holds(map, of_int(0), 0));
    vm->heap.limit = 0;
}

static void check_errors(mvm_vm *vm) {
    mvm_value map = mvm_from_map(new_map(vm));
    CHECK(
        fails(vm, mvm_get, map, text(vm, "a\n"), MVM_ERROR_KEY, "key \"a\\n\" is not in the map"));
    CHECK(fails(vm, mvm_get, map, of_float(0.5), MVM_ERROR_KEY, "key 0.5 is not"));
    CHECK(fails(vm, mvm_get, map, of_float(NAN), MVM_ERROR_VALUE, "nan is not equal to itself"));
    CHECK(fails(vm, mvm_get, map, map, MVM_ERROR_TYPE, "not map"));
    char large[1001] = {0};
    memset(large, 'y', 1000);
    CHECK(fails(vm, mvm_get, map, text(vm, large), MVM_ERROR_KEY,
                "\xe2\x80\xa6\" is not in the map"));
}

void check_maps(mvm_vm *vm) {
    check_hashes(vm);
    check_removal(vm);
    check_recent(vm);
    check_errors(vm);
}

// Apart, as these are too large to be collected at every allocation.
void check_large_maps(mvm_vm *vm) {
    check_strides(vm);
    check_queue(vm);
    check_storage(vm);
}
