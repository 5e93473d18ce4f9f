// Values as text (format.h).
//
// In: a value. Out: its text as a string or in the program's output. Lists, maps and records are
// walked with a stack of their own, so that how deep they nest does not matter to C's; what is on
// that stack carries a flag, which is how a container inside itself is noticed.
#include "format.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "copy.h"
#include "digits.h"
#include "heap_space.h"
#include "map.h"
#include "text.h"
#include "vm.h"

enum { IS_OPEN = 0x80, SCALAR_ROOM = 32 };

// A list, map or record whose beginning is written and what is in it from `next` on is not.
typedef struct open_container {
    mvm_value value;
    int64_t next;
} open_container;

typedef struct formatter {
    mvm_text text;
    open_container *open;
    size_t depth, capacity;
} formatter;

// The text of a nil, bool, int or float; returns its length.
static int format_scalar(mvm_value value, char text[SCALAR_ROOM]) {
    switch (value.tag) {
    case MVM_TAG_BOOL: return snprintf(text, SCALAR_ROOM, value.integer ? "true" : "false");
    case MVM_TAG_INT: return snprintf(text, SCALAR_ROOM, "%" PRId64, value.integer);
    case MVM_TAG_FLOAT: return mvm_format_float(value.number, text);
    default: assert(value.tag == MVM_TAG_NIL); return snprintf(text, SCALAR_ROOM, "nil");
    }
}

static void append_range(mvm_text *text, const mvm_range *range) {
    mvm_text_format(text, "%" PRId64 " %" PRId64 " range", range->start, range->end);
    if (range->step != 1) mvm_text_format(text, " %" PRId64 " step", range->step);
}

static bool reserve_open(formatter *to) {
    if (to->depth < to->capacity) return true;
    size_t capacity = to->capacity ? 2 * to->capacity : 16;
    size_t size = capacity * sizeof *to->open, old_size = to->capacity * sizeof *to->open;
    open_container *open = mvm_heap_resize_buffer(to->text.vm, to->open, old_size, size);
    if (!open) {
        to->text.failed = true;
        return false;
    }
    to->open = open;
    to->capacity = capacity;
    return true;
}

// How a container begins, ends, and stands inside itself.
static const char *opening(mvm_value value) {
    return value.tag == MVM_TAG_LIST ? "[" : value.tag == MVM_TAG_MAP ? "%{" : "(";
}

static const char *closing(mvm_value value) {
    return value.tag == MVM_TAG_LIST ? "]" : value.tag == MVM_TAG_MAP ? "}" : ")";
}

static void append_text(formatter *to, const char *text) {
    mvm_text_append(&to->text, text, strlen(text));
}

static void enter(formatter *to, mvm_value value) {
    if (value.tag == MVM_TAG_RECORD) {
        append_text(to, mvm_type_of_record(to->text.vm, value.record)->name);
    }
    append_text(to, opening(value));
    if (value.object->flags & IS_OPEN) {
        append_text(to, "...");
        append_text(to, closing(value));
    } else if (reserve_open(to)) {
        value.object->flags |= IS_OPEN;
        to->open[to->depth++] = (open_container){value, 0};
    }
}

static void leave(formatter *to) {
    mvm_value left = to->open[--to->depth].value;
    left.object->flags &= (uint8_t)~IS_OPEN;
    append_text(to, closing(left));
}

static void append_function(formatter *to, const mvm_function *function) {
    const mvm_code *code = function->code;
    bool anonymous = strcmp(code->name, "fn") == 0;
    append_text(to, anonymous ? "fn" : "fn ");
    append_text(to, anonymous ? "" : code->name);
    mvm_text_format(&to->text, "(%u -- %u)", code->parameters, code->results);
}

// Writes a value as it stands in a container; of another container only its beginning.
static void append(formatter *to, mvm_value value) {
    char text[SCALAR_ROOM];
    switch (value.tag) {
    case MVM_TAG_STRING:
        mvm_text_append_quoted(&to->text, value.string->bytes, (size_t)value.string->byte_length);
        break;
    case MVM_TAG_LIST:
    case MVM_TAG_MAP:
    case MVM_TAG_RECORD: enter(to, value); break;
    case MVM_TAG_RANGE: append_range(&to->text, value.range); break;
    case MVM_TAG_FUNCTION: append_function(to, value.function); break;
    default: mvm_text_append(&to->text, text, (size_t)format_scalar(value, text));
    }
}

// --- what is in a container, piece by piece; false at its end -----------------------------------

static void separate(formatter *to, int64_t index) {
    if (index > 0) append_text(to, " ");
}

static bool append_element(formatter *to, open_container *innermost) {
    const mvm_list *list = innermost->value.list;
    if (innermost->next == list->length) return false;
    separate(to, innermost->next);
    append(to, mvm_list_get(list, innermost->next++));
    return true;
}

static bool append_entry(formatter *to, open_container *innermost) {
    const mvm_map *map = innermost->value.map;
    const mvm_map_entry *entries = map->entries;
    bool first = innermost->next == 0;
    while (innermost->next < map->entry_count && mvm_map_is_tombstone(&entries[innermost->next])) {
        innermost->next++;
    }
    if (innermost->next == map->entry_count) return false;
    const mvm_map_entry *entry = &entries[innermost->next++];
    separate(to, !first);
    append(to, entry->key);
    append_text(to, " ");
    append(to, entry->value);
    return true;
}

static bool append_field(formatter *to, open_container *innermost) {
    const mvm_vm *vm = to->text.vm;
    const mvm_record *record = innermost->value.record;
    const mvm_record_type *type = mvm_type_of_record(vm, record);
    if (innermost->next == type->field_count) return false;
    separate(to, innermost->next);
    append_text(to, vm->records.symbols[type->symbols[innermost->next]]);
    append_text(to, " ");
    append(to, record->fields[innermost->next++]);
    return true;
}

// Goes on with the innermost open container.
static void advance(formatter *to) {
    open_container *innermost = &to->open[to->depth - 1];
    bool more = innermost->value.tag == MVM_TAG_LIST  ? append_element(to, innermost)
                : innermost->value.tag == MVM_TAG_MAP ? append_entry(to, innermost)
                                                      : append_field(to, innermost);
    if (!more) leave(to);
}

// The value's text in `to->text`; false with an error recorded when out of memory.
static bool format_object(formatter *to, mvm_vm *vm, mvm_value value) {
    *to = (formatter){.depth = 0};
    mvm_text_init(&to->text, vm);
    append(to, value);
    while (to->depth > 0 && !to->text.failed) advance(to);
    while (to->depth > 0) leave(to);  // after an error, for the flags' sake
    mvm_heap_free_buffer(vm, to->open, to->capacity * sizeof *to->open);
    return !to->text.failed;
}

mvm_string *mvm_int_to_string(mvm_vm *vm, int64_t integer) {
    if (integer >= 0 && integer < 10) return &vm->heap.characters['0' + integer];
    char text[SCALAR_ROOM], *end = text + SCALAR_ROOM;
    char *start = mvm_put_int_digits(end, integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer);
    if (integer < 0) *--start = '-';
    mvm_string *string = mvm_string_blank(vm, end - start, end - start);
    if (string) mvm_copy_bytes(mvm_string_writable(string), start, (size_t)(end - start));
    return string;
}

mvm_string *mvm_format_value(mvm_vm *vm, mvm_value value) {
    if (value.tag == MVM_TAG_STRING) return value.string;
    if (value.tag == MVM_TAG_INT) return mvm_int_to_string(vm, value.integer);
    if (!mvm_is_object(value)) {
        char text[SCALAR_ROOM];
        int length = format_scalar(value, text);
        return mvm_string_new(vm, text, length);
    }
    formatter to;
    mvm_string *string = NULL;
    if (format_object(&to, vm, value)) {
        string = mvm_string_new(vm, to.text.bytes, (int64_t)to.text.used);
    }
    mvm_text_destroy(&to.text);
    return string;
}

static bool write_value(mvm_vm *vm, mvm_value value) {
    if (value.tag == MVM_TAG_STRING) {
        return mvm_output_write(vm, value.string->bytes, (size_t)value.string->byte_length);
    }
    if (!mvm_is_object(value)) {
        char text[SCALAR_ROOM];
        int length = format_scalar(value, text);
        return mvm_output_write(vm, text, (size_t)length);
    }
    formatter to;
    bool written =
        format_object(&to, vm, value) && mvm_output_write(vm, to.text.bytes, to.text.used);
    mvm_text_destroy(&to.text);
    return written;
}

bool mvm_print(mvm_vm *vm, mvm_value value, bool newline) {
    return write_value(vm, value) && (!newline || mvm_output_write(vm, "\n", 1));
}
