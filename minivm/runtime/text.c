// Text in the making (text.h).
//
// In: pieces of text. Out: one buffer in malloc memory. It is as much the program's memory as its
// objects, so it may not grow past the heap limit either.
#include "text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap_space.h"
#include "vm.h"

enum { CAPACITY_AT_FIRST = 256, ESCAPE_LONGEST = 8, FORMAT_LONGEST = 128 };

void mvm_text_init(mvm_text *text, mvm_vm *vm) { *text = (mvm_text){.vm = vm}; }

void mvm_text_destroy(mvm_text *text) {
    mvm_heap_free_buffer(text->vm, text->bytes, text->capacity);
    *text = (mvm_text){.vm = text->vm, .failed = text->failed};
}

static bool reserve(mvm_text *text, size_t count) {
    if (text->failed) return false;
    if (count <= text->capacity - text->used) return true;
    size_t capacity = text->capacity ? text->capacity : CAPACITY_AT_FIRST;
    while (capacity - text->used < count && capacity <= SIZE_MAX / 2) capacity *= 2;
    if (capacity - text->used < count) {
        text->failed = true;
        return mvm_heap_fail(text->vm, capacity);
    }
    char *bytes = mvm_heap_resize_buffer(text->vm, text->bytes, text->capacity, capacity);
    if (!bytes) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    text->capacity = capacity;
    return true;
}

void mvm_text_append(mvm_text *text, const char *bytes, size_t count) {
    if (count == 0 || !reserve(text, count)) return;
    memcpy(text->bytes + text->used, bytes, count);
    text->used += count;
}

void mvm_text_format(mvm_text *text, const char *format, ...) {
    char piece[FORMAT_LONGEST];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    assert(length >= 0 && length < FORMAT_LONGEST);
    mvm_text_append(text, piece, (size_t)length);
}

// One byte as it stands between quotes; returns how many bytes that takes.
static size_t escape(char byte, char escaped[ESCAPE_LONGEST]) {
    static const char named[] = "\nn\tt\"\"\\\\";
    for (const char *pair = named; *pair; pair += 2) {
        if (byte == pair[0]) {
            escaped[0] = '\\';
            escaped[1] = pair[1];
            return 2;
        }
    }
    unsigned char code = (unsigned char)byte;
    if (code < 0x20 || code == 0x7f) {
        return (size_t)snprintf(escaped, ESCAPE_LONGEST, "\\u{%x}", code);
    }
    escaped[0] = byte;
    return 1;
}

void mvm_text_append_quoted(mvm_text *text, const char *bytes, size_t count) {
    char escaped[ESCAPE_LONGEST];
    mvm_text_append(text, "\"", 1);
    for (size_t i = 0; i < count && !text->failed; i++) {
        mvm_text_append(text, escaped, escape(bytes[i], escaped));
    }
    mvm_text_append(text, "\"", 1);
}

void mvm_quote(const char *bytes, size_t count, char *quoted, size_t room) {
    static const char ellipsis[] = "\xe2\x80\xa6";
    assert(room >= 16);
    size_t used = 0, whole = 1, i = 0;  // `whole`: where the last code point ends
    quoted[used++] = '"';
    for (; i < count; i++) {
        char escaped[ESCAPE_LONGEST];
        size_t length = escape(bytes[i], escaped);
        if (((unsigned char)bytes[i] & 0xc0) != 0x80) whole = used;
        if (used + length + sizeof ellipsis + 1 > room) break;
        memcpy(quoted + used, escaped, length);
        used += length;
    }
    if (i < count) {
        used = whole;
        memcpy(quoted + used, ellipsis, sizeof ellipsis - 1);
        used += sizeof ellipsis - 1;
    }
    quoted[used++] = '"';
    quoted[used] = '\0';
}
