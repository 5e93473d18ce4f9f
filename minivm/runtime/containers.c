// Strings, lists, ranges and maps as the program sees them: `len get set has remove slice …`.
//
// In: any values. Out: what the functions of each kind of container do once types and indexes are
// checked; or a "type", "index", "key" or "value" error.
#include <inttypes.h>

#include "helpers.h"
#include "list_edit.h"
#include "map.h"
#include "numbers.h"
#include "range.h"
#include "text.h"
#include "vm.h"

static bool give_list(mvm_value *result, mvm_list *list) {
    if (!list) return false;
    *result = mvm_from_list(list);
    return true;
}

static bool give_string(mvm_value *result, mvm_string *string) {
    if (!string) return false;
    *result = mvm_from_string(string);
    return true;
}

static bool give_map(mvm_value *result, mvm_map *map) {
    if (!map) return false;
    *result = mvm_from_map(map);
    return true;
}

// --- making lists ------------------------------------------------------------------------------

bool mvm_build_list(mvm_vm *vm, const mvm_value *values, int64_t count, mvm_value *result) {
    return give_list(result, mvm_list_of(vm, values, count));
}

bool mvm_fill(mvm_vm *vm, mvm_value value, mvm_value count, mvm_value *result) {
    if (!mvm_is_int(count)) return mvm_fail_type(vm, "fill", "an int as count", count);
    if (count.integer < 0) {
        return mvm_fail(vm, MVM_ERROR_VALUE, "'fill' needs a count of 0 or more, found %" PRId64,
                        count.integer);
    }
    return give_list(result, mvm_list_filled(vm, value, count.integer));
}

// --- length, indexes and keys ------------------------------------------------------------------

// The number of elements of what is indexed; false for any other value.
static bool length_of(mvm_value container, int64_t *length) {
    switch (container.tag) {
    case MVM_TAG_STRING: *length = container.string->length; return true;
    case MVM_TAG_LIST: *length = container.list->length; return true;
    case MVM_TAG_RANGE: *length = container.range->length; return true;
    default: return false;
    }
}

bool mvm_len(mvm_vm *vm, mvm_value value, mvm_value *result) {
    int64_t length;
    if (value.tag == MVM_TAG_MAP) {
        length = value.map->length;
    } else if (!length_of(value, &length)) {
        return mvm_fail_type(vm, "len", "a list, a map, a string or a range", value);
    }
    *result = mvm_from_int(length);
    return true;
}

static bool check_index(mvm_vm *vm, const char *word, mvm_value container, int64_t length,
                        mvm_value index) {
    if (!mvm_is_int(index)) return mvm_fail_type(vm, word, "an int as index", index);
    if (index.integer >= 0 && index.integer < length) return true;
    if (container.tag == MVM_TAG_LIST) return mvm_fail_index(vm, index.integer, length);
    return mvm_fail(vm, MVM_ERROR_INDEX,
                    "index %" PRId64 " is out of range for a %s of length %" PRId64, index.integer,
                    mvm_type_name(mvm_type_of(container)), length);
}

static bool fail_key(mvm_vm *vm, mvm_value key) {
    enum { ROOM = 160 };
    char text[ROOM];
    if (key.tag == MVM_TAG_STRING) {
        mvm_quote(key.string->bytes, (size_t)key.string->byte_length, text, ROOM);
        return mvm_fail(vm, MVM_ERROR_KEY, "key %s is not in the map", text);
    }
    const char *shown = key.tag != MVM_TAG_BOOL ? mvm_number_text(key, text)
                        : key.integer           ? "true"
                                                : "false";
    return mvm_fail(vm, MVM_ERROR_KEY, "key %s is not in the map", shown);
}

static bool get_from_map(mvm_vm *vm, mvm_map *map, mvm_value key, mvm_value *result) {
    if (!mvm_map_check_key(vm, key)) return false;
    const mvm_value *found = mvm_map_find(map, key);
    if (!found) return fail_key(vm, key);
    *result = *found;
    return true;
}

bool mvm_get(mvm_vm *vm, mvm_value container, mvm_value index, mvm_value *result) {
    int64_t length;
    if (container.tag == MVM_TAG_MAP) return get_from_map(vm, container.map, index, result);
    if (!length_of(container, &length)) {
        return mvm_fail_type(vm, "get", "a list, a map, a string or a range", container);
    }
    return check_index(vm, "get", container, length, index) &&
           mvm_next(vm, container, index.integer, result);
}

bool mvm_get_or(mvm_vm *vm, mvm_value map, mvm_value key, mvm_value missing, mvm_value *result) {
    if (map.tag != MVM_TAG_MAP) return mvm_fail_type(vm, "get_or", "a map", map);
    if (!mvm_map_check_key(vm, key)) return false;
    const mvm_value *found = mvm_map_find(map.map, key);
    *result = found ? *found : missing;
    return true;
}

bool mvm_set(mvm_vm *vm, mvm_value container, mvm_value index, mvm_value value) {
    if (container.tag == MVM_TAG_MAP) {
        return mvm_map_check_key(vm, index) && mvm_map_set(vm, container.map, index, value);
    }
    if (container.tag != MVM_TAG_LIST)
        return mvm_fail_type(vm, "set", "a list or a map", container);
    mvm_list *list = container.list;
    return check_index(vm, "set", container, list->length, index) &&
           mvm_list_set(vm, list, index.integer, value);
}

bool mvm_keys(mvm_vm *vm, mvm_value map, mvm_value *result) {
    if (map.tag != MVM_TAG_MAP) return mvm_fail_type(vm, "keys", "a map", map);
    return give_list(result, mvm_map_keys(vm, map.map));
}

bool mvm_values(mvm_vm *vm, mvm_value map, mvm_value *result) {
    if (map.tag != MVM_TAG_MAP) return mvm_fail_type(vm, "values", "a map", map);
    return give_list(result, mvm_map_values(vm, map.map));
}

// --- looking for elements ----------------------------------------------------------------------

bool mvm_has(mvm_vm *vm, mvm_value container, mvm_value item, int64_t *truth) {
    switch (container.tag) {
    case MVM_TAG_LIST: *truth = mvm_list_find(vm, container.list, item) >= 0; return true;
    case MVM_TAG_MAP:
        if (!mvm_map_check_key(vm, item)) return false;
        *truth = mvm_map_find(container.map, item) != NULL;
        return true;
    case MVM_TAG_STRING: return mvm_string_has(vm, container.string, item, truth);
    default: return mvm_fail_type(vm, "has", "a list, a map or a string", container);
    }
}

bool mvm_find(mvm_vm *vm, mvm_value container, mvm_value item, mvm_value *result) {
    switch (container.tag) {
    case MVM_TAG_STRING: return mvm_string_find(vm, container.string, item, result);
    case MVM_TAG_LIST: *result = mvm_from_int(mvm_list_find(vm, container.list, item)); return true;
    default: return mvm_fail_type(vm, "find", "a list or a string", container);
    }
}

// --- changing ----------------------------------------------------------------------------------

bool mvm_push(mvm_vm *vm, mvm_value list, mvm_value value) {
    if (list.tag != MVM_TAG_LIST) return mvm_fail_type(vm, "push", "a list", list);
    return mvm_list_push(vm, list.list, value);
}

bool mvm_pop(mvm_vm *vm, mvm_value list, mvm_value *result) {
    if (list.tag != MVM_TAG_LIST) return mvm_fail_type(vm, "pop", "a list", list);
    int64_t length = list.list->length;
    if (length == 0) return mvm_fail(vm, MVM_ERROR_INDEX, "'pop' needs an element, found none");
    *result = mvm_list_get(list.list, length - 1);
    list.list->length--;
    return true;
}

bool mvm_insert(mvm_vm *vm, mvm_value list, mvm_value index, mvm_value value) {
    if (list.tag != MVM_TAG_LIST) return mvm_fail_type(vm, "insert", "a list", list);
    if (mvm_is_int(index) && index.integer == list.list->length) {
        return mvm_list_push(vm, list.list, value);
    }
    return check_index(vm, "insert", list, list.list->length, index) &&
           mvm_list_insert(vm, list.list, index.integer, value);
}

bool mvm_remove(mvm_vm *vm, mvm_value container, mvm_value place) {
    if (container.tag == MVM_TAG_MAP) {
        if (!mvm_map_check_key(vm, place)) return false;
        return mvm_map_remove(container.map, place) || fail_key(vm, place);
    }
    if (container.tag != MVM_TAG_LIST) {
        return mvm_fail_type(vm, "remove", "a list or a map", container);
    }
    if (!check_index(vm, "remove", container, container.list->length, place)) return false;
    mvm_list_remove(container.list, place.integer);
    return true;
}

bool mvm_clear(mvm_vm *vm, mvm_value container) {
    switch (container.tag) {
    case MVM_TAG_LIST: container.list->length = 0; return true;
    case MVM_TAG_MAP: mvm_map_clear(container.map); return true;
    default: return mvm_fail_type(vm, "clear", "a list or a map", container);
    }
}

bool mvm_sort(mvm_vm *vm, mvm_value list) {
    if (list.tag != MVM_TAG_LIST) return mvm_fail_type(vm, "sort", "a list", list);
    return mvm_list_sort(vm, list.list);
}

bool mvm_reverse(mvm_vm *vm, mvm_value list) {
    if (list.tag != MVM_TAG_LIST) return mvm_fail_type(vm, "reverse", "a list", list);
    mvm_list_reverse(list.list);
    return true;
}

// --- new containers from old ones --------------------------------------------------------------

bool mvm_concat(mvm_vm *vm, mvm_value left, mvm_value right, mvm_value *result) {
    if (left.tag == MVM_TAG_STRING && right.tag == MVM_TAG_STRING) {
        return give_string(result, mvm_string_concat(vm, left.string, right.string));
    }
    if (left.tag == MVM_TAG_LIST && right.tag == MVM_TAG_LIST) {
        return give_list(result, mvm_list_concat(vm, left.list, right.list));
    }
    return mvm_fail_types(vm, "concat", "two strings or two lists", left, right);
}

static bool check_slice(mvm_vm *vm, const char *kind, int64_t length, int64_t from, int64_t to) {
    if (from >= 0 && from <= to && to <= length) return true;
    return mvm_fail(vm, MVM_ERROR_INDEX,
                    "a slice from %" PRId64 " to %" PRId64 " of a %s of length %" PRId64, from, to,
                    kind, length);
}

mvm_string *mvm_string_part(mvm_vm *vm, mvm_string *string, int64_t from, int64_t to) {
    if (!check_slice(vm, "string", string->length, from, to)) return NULL;
    return mvm_string_slice(vm, string, from, to);
}

mvm_string *mvm_string_get(mvm_vm *vm, mvm_string *string, int64_t index) {
    mvm_value container = mvm_from_string(string);
    if (!check_index(vm, "get", container, string->length, mvm_from_int(index))) return NULL;
    return mvm_string_at(vm, string, index);
}

bool mvm_slice(mvm_vm *vm, mvm_value container, mvm_value from, mvm_value to, mvm_value *result) {
    if (container.tag != MVM_TAG_LIST && container.tag != MVM_TAG_STRING) {
        return mvm_fail_type(vm, "slice", "a list or a string", container);
    }
    if (!mvm_are_ints(from, to)) return mvm_fail_types(vm, "slice", "two ints", from, to);
    if (container.tag == MVM_TAG_STRING) {
        mvm_string *string = container.string;
        return give_string(result, mvm_string_part(vm, string, from.integer, to.integer));
    }
    const mvm_list *list = container.list;
    return check_slice(vm, "list", list->length, from.integer, to.integer) &&
           give_list(result, mvm_list_slice(vm, list, from.integer, to.integer));
}

// What can't change is its own copy.
bool mvm_copy(mvm_vm *vm, mvm_value container, mvm_value *result) {
    switch (container.tag) {
    case MVM_TAG_STRING:
    case MVM_TAG_RANGE: *result = container; return true;
    case MVM_TAG_LIST: {
        const mvm_list *list = container.list;
        return give_list(result, mvm_list_slice(vm, list, 0, list->length));
    }
    case MVM_TAG_MAP: return give_map(result, mvm_map_copy(vm, container.map));
    case MVM_TAG_RECORD: {
        const mvm_record *record = container.record;
        return mvm_new_record(vm, record->header.record_type, record->fields,
                              mvm_type_of_record(vm, record)->field_count, result);
    }
    default: return mvm_fail_type(vm, "copy", "a list, a map or a record", container);
    }
}
