// Strings taken to pieces and put together: `split lines join replace`.
//
// In: any values. Out: lists of strings, or strings; or a "type" or "value" error. All of them take
// time in proportion to the text.
#define _GNU_SOURCE 1  // memmem
#include <inttypes.h>
#include <string.h>

#include "copy.h"
#include "helpers.h"
#include "roots.h"

static bool give(mvm_value *result, mvm_string *string) {
    if (!string) return false;
    *result = mvm_from_string(string);
    return true;
}

static const char *find(const char *from, const char *end, const mvm_string *part) {
    return memmem(from, (size_t)(end - from), part->bytes, (size_t)part->byte_length);
}

// --- split, lines ----------------------------------------------------------------------------

// The list is held by a root; so is the piece, while the list grows.
static bool push_piece(mvm_vm *vm, mvm_list *list, const char *start, const char *end) {
    mvm_string *piece = mvm_string_new(vm, start, end - start);
    if (!piece) return false;
    int root = mvm_root_keep(vm, mvm_from_string(piece));
    bool pushed = mvm_list_push(vm, list, mvm_from_string(piece));
    mvm_root_drop(vm, root);
    return pushed;
}

static bool push_pieces(mvm_vm *vm, mvm_list *list, const mvm_string *string,
                        const mvm_string *separator) {
    const char *start = string->bytes, *end = start + string->byte_length, *found;
    while ((found = find(start, end, separator))) {
        if (!push_piece(vm, list, start, found)) return false;
        start = found + separator->byte_length;
    }
    return push_piece(vm, list, start, end);
}

bool mvm_split(mvm_vm *vm, mvm_value string, mvm_value separator, mvm_value *result) {
    if (string.tag != MVM_TAG_STRING || separator.tag != MVM_TAG_STRING) {
        return mvm_fail_types(vm, "split", "two strings", string, separator);
    }
    if (separator.string->byte_length == 0) {
        return mvm_fail(vm, MVM_ERROR_VALUE, "'split' needs a separator, found \"\"");
    }
    mvm_list *list = mvm_list_new(vm, MVM_LIST_VALUES, 0);
    if (!list) return false;
    int root = mvm_root_keep(vm, mvm_from_list(list));
    bool done = push_pieces(vm, list, string.string, separator.string);
    mvm_root_drop(vm, root);
    *result = mvm_from_list(list);
    return done;
}

static bool push_lines(mvm_vm *vm, mvm_list *list, const mvm_string *string) {
    const char *start = string->bytes, *end = start + string->byte_length;
    while (start < end) {
        const char *newline = memchr(start, '\n', (size_t)(end - start));
        const char *line_end = newline ? newline : end;
        if (newline && line_end > start && line_end[-1] == '\r') line_end--;
        if (!push_piece(vm, list, start, line_end)) return false;
        start = newline ? newline + 1 : end;
    }
    return true;
}

bool mvm_lines(mvm_vm *vm, mvm_value string, mvm_value *result) {
    if (string.tag != MVM_TAG_STRING) return mvm_fail_type(vm, "lines", "a string", string);
    mvm_list *list = mvm_list_new(vm, MVM_LIST_VALUES, 0);
    if (!list) return false;
    int root = mvm_root_keep(vm, mvm_from_list(list));
    bool done = push_lines(vm, list, string.string);
    mvm_root_drop(vm, root);
    *result = mvm_from_list(list);
    return done;
}

// --- join ------------------------------------------------------------------------------------

typedef struct sizes {
    int64_t length, byte_length;
} sizes;

// Adds `count` times the string; false when that is more than there can be.
static bool add_sizes(sizes *total, const mvm_string *string, int64_t count) {
    int64_t bytes;
    if (__builtin_mul_overflow(string->byte_length, count, &bytes)) return false;
    if (__builtin_add_overflow(total->byte_length, bytes, &total->byte_length)) return false;
    total->length += string->length * count;
    return true;
}

static bool measure(mvm_vm *vm, const mvm_list *list, const mvm_string *separator, sizes *total) {
    *total = (sizes){0, 0};
    if (list->length > 1 && !add_sizes(total, separator, list->length - 1)) return false;
    for (int64_t i = 0; i < list->length; i++) {
        mvm_value piece = mvm_list_get(list, i);
        if (piece.tag != MVM_TAG_STRING) {
            return mvm_fail(vm, MVM_ERROR_TYPE,
                            "'join' needs a list of strings, found %s at index %" PRId64,
                            mvm_type_name(mvm_type_of(piece)), i);
        }
        if (!add_sizes(total, piece.string, 1)) return false;
    }
    return true;
}

static char *append(char *to, const mvm_string *string) {
    mvm_copy_bytes(to, string->bytes, (size_t)string->byte_length);
    return to + string->byte_length;
}

// A string that the list's pieces and the separators between them fill.
static mvm_string *join(mvm_vm *vm, const mvm_list *list, const mvm_string *separator,
                        sizes total) {
    mvm_string *string = mvm_string_blank(vm, total.length, total.byte_length);
    if (!string) return NULL;
    char *to = mvm_string_writable(string);
    for (int64_t i = 0; i < list->length; i++) {
        if (i > 0) to = append(to, separator);
        to = append(to, list->values[i].string);
    }
    return string;
}

// Of at most one byte there is a string already: the only piece, or separator, that is not empty.
static mvm_string *join_short(mvm_vm *vm, const mvm_list *list, mvm_string *separator) {
    if (list->length > 1 && separator->byte_length > 0) return separator;
    for (int64_t i = 0; i < list->length; i++) {
        if (list->values[i].string->byte_length > 0) return list->values[i].string;
    }
    return &vm->heap.empty_string;
}

bool mvm_join(mvm_vm *vm, mvm_value list, mvm_value separator, mvm_value *result) {
    if (list.tag != MVM_TAG_LIST || separator.tag != MVM_TAG_STRING) {
        return mvm_fail_types(vm, "join", "a list of strings and a string", list, separator);
    }
    sizes total;
    if (!measure(vm, list.list, separator.string, &total)) {
        return mvm_fail(vm, MVM_ERROR_MEMORY, "out of memory: no room to join a list");
    }
    return give(result, total.byte_length < 2 ? join_short(vm, list.list, separator.string)
                                              : join(vm, list.list, separator.string, total));
}

// --- replace ---------------------------------------------------------------------------------

static int64_t count_parts(const mvm_string *string, const mvm_string *part) {
    const char *start = string->bytes, *end = start + string->byte_length, *found;
    int64_t count = 0;
    while ((found = find(start, end, part))) {
        count++;
        start = found + part->byte_length;
    }
    return count;
}

static void write_replaced(char *to, const mvm_string *string, const mvm_string *old,
                           const mvm_string *new) {
    const char *start = string->bytes, *end = start + string->byte_length, *found;
    while ((found = find(start, end, old))) {
        mvm_copy_bytes(to, start, (size_t)(found - start));
        to = append(to + (found - start), new);
        start = found + old->byte_length;
    }
    memcpy(to, start, (size_t)(end - start));
}

// Too short to be one that mvm_string_blank may make.
static mvm_string *replaced_short(mvm_vm *vm, const mvm_string *string, const mvm_string *old,
                                  const mvm_string *new, int64_t byte_length) {
    char bytes[1] = {0};
    write_replaced(bytes, string, old, new);
    return mvm_string_new(vm, bytes, byte_length);
}

bool mvm_replace(mvm_vm *vm, mvm_value string, mvm_value old, mvm_value new, mvm_value *result) {
    if (string.tag != MVM_TAG_STRING) return mvm_fail_type(vm, "replace", "a string", string);
    if (old.tag != MVM_TAG_STRING || new.tag != MVM_TAG_STRING) {
        return mvm_fail_types(vm, "replace", "two strings, the old part and the new", old, new);
    }
    if (old.string->byte_length == 0) {
        return mvm_fail(vm, MVM_ERROR_VALUE, "'replace' needs a part to look for, found \"\"");
    }
    int64_t count = count_parts(string.string, old.string);
    if (count == 0) return give(result, string.string);
    sizes total = {string.string->length - count * old.string->length,
                   string.string->byte_length - count * old.string->byte_length};
    if (!add_sizes(&total, new.string, count)) total.byte_length = INT64_MAX;
    if (total.byte_length < 2) {
        return give(result,
                    replaced_short(vm, string.string, old.string, new.string, total.byte_length));
    }
    mvm_string *replaced = mvm_string_blank(vm, total.length, total.byte_length);
    if (!replaced) return false;
    write_replaced(mvm_string_writable(replaced), string.string, old.string, new.string);
    return give(result, replaced);
}
