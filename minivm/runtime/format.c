// Values as text (format.h).
//
// In: a value. Out: its text as a string or in the program's output. Lists are walked with a stack
// of their own, so that how deep they nest does not matter to C's; a list on that stack carries a
// flag, which is how a list inside itself is noticed.
#include "format.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "heap_space.h"
#include "text.h"
#include "vm.h"

enum { LIST_IS_OPEN = 0x80, SCALAR_ROOM = 32 };

// A list whose '[' is written and whose elements from `next` on are not.
typedef struct open_list {
    mvm_list *list;
    int64_t next;
} open_list;

typedef struct formatter {
    mvm_text text;
    open_list *open;
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
    size_t size = capacity * sizeof *to->open;
    open_list *open = mvm_heap_has_room(&to->text.vm->heap, size) ? realloc(to->open, size) : NULL;
    if (!open) {
        to->text.failed = true;
        return mvm_heap_fail(to->text.vm, size);
    }
    to->open = open;
    to->capacity = capacity;
    return true;
}

static void enter(formatter *to, mvm_list *list) {
    if (list->header.flags & LIST_IS_OPEN) {
        mvm_text_append(&to->text, "[...]", 5);
    } else if (reserve_open(to)) {
        list->header.flags |= LIST_IS_OPEN;
        to->open[to->depth++] = (open_list){list, 0};
        mvm_text_append(&to->text, "[", 1);
    }
}

static void leave(formatter *to) {
    to->open[--to->depth].list->header.flags &= (uint8_t)~LIST_IS_OPEN;
    mvm_text_append(&to->text, "]", 1);
}

// Writes a value as it stands in a list; of a list only the '['.
static void append(formatter *to, mvm_value value) {
    char text[SCALAR_ROOM];
    switch (value.tag) {
    case MVM_TAG_STRING:
        mvm_text_append_quoted(&to->text, value.string->bytes, (size_t)value.string->byte_length);
        break;
    case MVM_TAG_LIST: enter(to, value.list); break;
    case MVM_TAG_RANGE: append_range(&to->text, value.range); break;
    default: mvm_text_append(&to->text, text, (size_t)format_scalar(value, text));
    }
}

// Goes on with the innermost open list: its next element, or its end.
static void advance(formatter *to) {
    open_list *innermost = &to->open[to->depth - 1];
    if (innermost->next == innermost->list->length) {
        leave(to);
        return;
    }
    if (innermost->next > 0) mvm_text_append(&to->text, " ", 1);
    append(to, mvm_list_get(innermost->list, innermost->next++));
}

// The value's text in `to->text`; false with an error recorded when out of memory.
static bool format_object(formatter *to, mvm_vm *vm, mvm_value value) {
    *to = (formatter){.depth = 0};
    mvm_text_init(&to->text, vm);
    append(to, value);
    while (to->depth > 0 && !to->text.failed) advance(to);
    while (to->depth > 0) leave(to);  // after an error, for the flags' sake
    free(to->open);
    return !to->text.failed;
}

mvm_string *mvm_format_value(mvm_vm *vm, mvm_value value) {
    if (value.tag == MVM_TAG_STRING) return value.string;
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
