// Strings: making and comparing immutable UTF-8 text.
//
// In: bytes of valid UTF-8, or strings. Out: new strings, with their code points counted once, when
// they are made. Longer ones stand in buffers (object.h), so that building a string from pieces
// takes time in proportion to its length.
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "copy.h"
#include "heap_space.h"
#include "roots.h"
#include "utf8.h"

// Bytes that may stand in the string itself.
enum { OWN_LARGEST = 128 };

// --- memory ----------------------------------------------------------------------------------

// A string of no bytes with room for so many in itself.
static mvm_string *allocate_own(mvm_vm *vm, int64_t byte_length) {
    size_t size = offsetof(mvm_string, own) + (size_t)byte_length + MVM_CELL_STEP - 1;
    size = size < sizeof(mvm_string) ? sizeof(mvm_string) : size / MVM_CELL_STEP * MVM_CELL_STEP;
    mvm_object *object = mvm_heap_take_cell(&vm->heap, size);
    if (!object) object = mvm_heap_allocate(vm, MVM_OBJECT_STRING, size);
    if (!object) return NULL;
    mvm_string *string = (mvm_string *)object;
    *string = (mvm_string){.header = {.kind = MVM_OBJECT_STRING}};
    string->bytes = string->own;
    return string;
}

static void put_in_buffer(mvm_string *string, mvm_buffer *buffer) {
    string->header.flags |= MVM_STRING_IN_BUFFER;
    string->buffer = buffer;
    string->bytes = buffer->bytes;
}

// A string in a buffer of its own that has room for `capacity` bytes.
static mvm_string *allocate_in_buffer(mvm_vm *vm, int64_t byte_length, int64_t capacity) {
    if (capacity < byte_length || capacity > INT64_MAX / 2 - (int64_t)sizeof(mvm_buffer)) {
        mvm_heap_fail(vm, (size_t)byte_length);
        return NULL;
    }
    mvm_string *string = allocate_own(vm, 0);
    if (!string) return NULL;
    int root = mvm_root_keep(vm, mvm_from_string(string));
    size_t size = sizeof(mvm_buffer) + (size_t)capacity;
    mvm_buffer *buffer = (mvm_buffer *)mvm_heap_allocate(vm, MVM_OBJECT_BUFFER, size);
    mvm_root_drop(vm, root);
    if (!buffer) return NULL;
    buffer->used = byte_length;
    buffer->capacity = capacity;
    put_in_buffer(string, buffer);
    return string;
}

static void set_length(mvm_string *string, int64_t length, int64_t byte_length) {
    assert(length <= byte_length);
    string->length = length;
    string->byte_length = byte_length;
    if (length == byte_length) string->header.flags |= MVM_STRING_ASCII;
}

mvm_string *mvm_string_blank(mvm_vm *vm, int64_t length, int64_t byte_length) {
    assert(byte_length > 1);
    mvm_string *string = byte_length <= OWN_LARGEST
                             ? allocate_own(vm, byte_length)
                             : allocate_in_buffer(vm, byte_length, byte_length);
    if (string) set_length(string, length, byte_length);
    return string;
}

char *mvm_string_writable(mvm_string *string) {
    bool in_buffer = string->header.flags & MVM_STRING_IN_BUFFER;
    return in_buffer ? string->buffer->bytes : string->own;
}

static mvm_string *copy(mvm_vm *vm, const char *bytes, int64_t length, int64_t byte_length) {
    if (byte_length == 0) return &vm->heap.empty_string;
    if (byte_length == 1) return &vm->heap.characters[(unsigned char)*bytes];
    mvm_string *string = mvm_string_blank(vm, length, byte_length);
    if (string) mvm_copy_bytes(mvm_string_writable(string), bytes, (size_t)byte_length);
    return string;
}

mvm_string *mvm_string_new(mvm_vm *vm, const char *bytes, int64_t byte_length) {
    assert(byte_length >= 0);
    return copy(vm, bytes, mvm_utf8_count(bytes, byte_length), byte_length);
}

// --- concatenation ---------------------------------------------------------------------------

// Whether the buffer's room goes on where the string ends, with so many bytes of it free.
static bool can_continue(const mvm_string *string, int64_t byte_length) {
    if (!(string->header.flags & MVM_STRING_IN_BUFFER)) return false;
    const mvm_buffer *buffer = string->buffer;
    return string->byte_length == buffer->used && byte_length <= buffer->capacity - buffer->used;
}

static mvm_string *continue_in_place(mvm_vm *vm, const mvm_string *left, const mvm_string *right) {
    mvm_string *string = allocate_own(vm, 0);
    if (!string) return NULL;
    mvm_buffer *buffer = left->buffer;
    mvm_copy_bytes(buffer->bytes + buffer->used, right->bytes, (size_t)right->byte_length);
    buffer->used += right->byte_length;
    put_in_buffer(string, buffer);
    return string;
}

// What was put together once is likely to be continued: half as much room again.
static mvm_string *copy_both(mvm_vm *vm, const mvm_string *left, const mvm_string *right) {
    int64_t total = left->byte_length + right->byte_length;
    mvm_string *string = total <= OWN_LARGEST ? allocate_own(vm, total)
                                              : allocate_in_buffer(vm, total, total + total / 2);
    if (!string) return NULL;
    char *bytes = mvm_string_writable(string);
    mvm_copy_bytes(bytes, left->bytes, (size_t)left->byte_length);
    mvm_copy_bytes(bytes + left->byte_length, right->bytes, (size_t)right->byte_length);
    return string;
}

mvm_string *mvm_string_concat(mvm_vm *vm, mvm_string *left, mvm_string *right) {
    if (left->byte_length == 0) return right;
    if (right->byte_length == 0) return left;
    mvm_string *string = can_continue(left, right->byte_length) ? continue_in_place(vm, left, right)
                                                                : copy_both(vm, left, right);
    if (!string) return NULL;
    set_length(string, left->length + right->length, left->byte_length + right->byte_length);
    return string;
}

// --- parts -----------------------------------------------------------------------------------

mvm_string *mvm_string_at(mvm_vm *vm, const mvm_string *string, int64_t index) {
    assert(index >= 0 && index < string->length);
    int64_t offset;
    if (!mvm_string_offset(vm, string, index, &offset)) return NULL;
    return copy(vm, string->bytes + offset, 1, mvm_utf8_size(string->bytes[offset]));
}

mvm_string *mvm_string_slice(mvm_vm *vm, mvm_string *string, int64_t from, int64_t to) {
    assert(0 <= from && from <= to && to <= string->length);
    if (to - from == string->length) return string;
    int64_t start, end;
    if (!mvm_string_offset(vm, string, from, &start)) return NULL;
    if (!mvm_string_offset(vm, string, to, &end)) return NULL;
    return copy(vm, string->bytes + start, to - from, end - start);
}

// --- comparison ------------------------------------------------------------------------------

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
