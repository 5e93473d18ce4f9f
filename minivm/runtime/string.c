// Strings: making, comparing and looking into immutable UTF-8 text.
//
// In: bytes of valid UTF-8, or strings. Out: new strings, with their code points counted once, when
// they are made. One-character ASCII strings are made once a heap.
#include <assert.h>
#include <string.h>

#include "heap_space.h"
#include "vm.h"

static bool starts_code_point(char byte) { return ((unsigned char)byte & 0xc0) != 0x80; }

static int64_t count_code_points(const char *bytes, int64_t byte_length) {
    int64_t count = 0;
    for (int64_t i = 0; i < byte_length; i++) count += starts_code_point(bytes[i]);
    return count;
}

// A string of `byte_length` bytes still to be written.
static mvm_string *allocate(mvm_vm *vm, int64_t byte_length) {
    assert(byte_length >= 0);
    size_t size = sizeof(mvm_string) + (size_t)byte_length + 1;
    mvm_string *string = (mvm_string *)mvm_heap_allocate(vm, MVM_OBJECT_STRING, size);
    if (string) string->byte_length = byte_length;
    return string;
}

static void set_length(mvm_string *string, int64_t length) {
    assert(length <= string->byte_length);
    string->length = length;
    if (length == string->byte_length) string->header.flags |= MVM_STRING_ASCII;
}

mvm_string *mvm_string_new(mvm_vm *vm, const char *bytes, int64_t byte_length) {
    mvm_string *string = allocate(vm, byte_length);
    if (!string) return NULL;
    if (byte_length > 0) memcpy(string->bytes, bytes, (size_t)byte_length);
    set_length(string, count_code_points(bytes, byte_length));
    return string;
}

mvm_string *mvm_string_concat(mvm_vm *vm, const mvm_string *left, const mvm_string *right) {
    mvm_string *string = allocate(vm, left->byte_length + right->byte_length);
    if (!string) return NULL;
    memcpy(string->bytes, left->bytes, (size_t)left->byte_length);
    memcpy(string->bytes + left->byte_length, right->bytes, (size_t)right->byte_length);
    set_length(string, left->length + right->length);
    return string;
}

static mvm_string *ascii_character(mvm_vm *vm, char byte) {
    mvm_string **made = &vm->heap.space->characters[(unsigned char)byte];
    if (!*made) *made = mvm_string_new(vm, &byte, 1);
    return *made;
}

static int64_t next_code_point(const mvm_string *string, int64_t offset) {
    do offset++;
    while (offset < string->byte_length && !starts_code_point(string->bytes[offset]));
    return offset;
}

// The byte offset of the code point at `index`: from where the last look ended, or the beginning.
static int64_t seek(mvm_string_cursor *cursor, const mvm_string *string, int64_t index) {
    if (cursor->string != string || cursor->index > index) {
        *cursor = (mvm_string_cursor){.string = string};
    }
    while (cursor->index < index) {
        cursor->offset = next_code_point(string, cursor->offset);
        cursor->index++;
    }
    return cursor->offset;
}

mvm_string *mvm_string_at(mvm_vm *vm, const mvm_string *string, int64_t index) {
    assert(index >= 0 && index < string->length);
    bool ascii = string->header.flags & MVM_STRING_ASCII;
    int64_t offset = ascii ? index : seek(&vm->heap.space->cursor, string, index);
    const char *bytes = string->bytes + offset;
    if ((unsigned char)*bytes < MVM_ASCII_CHARACTERS) return ascii_character(vm, *bytes);
    return mvm_string_new(vm, bytes, next_code_point(string, offset) - offset);
}

bool mvm_string_equal(const mvm_string *left, const mvm_string *right) {
    if (left == right) return true;
    if (left->byte_length != right->byte_length) return false;
    return memcmp(left->bytes, right->bytes, (size_t)left->byte_length) == 0;
}

int mvm_string_compare(const mvm_string *left, const mvm_string *right) {
    bool shorter = left->byte_length < right->byte_length;
    size_t common = (size_t)(shorter ? left->byte_length : right->byte_length);
    int order = memcmp(left->bytes, right->bytes, common);
    if (order != 0) return order;
    return shorter ? -1 : left->byte_length > right->byte_length;
}
