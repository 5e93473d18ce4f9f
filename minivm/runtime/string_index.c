// Where in a string's bytes a code point begins.
//
// In: a string and an index of a code point. Out: its offset in bytes. Of ASCII text that is the
// index. In other text it is found from where the last look ended, when that is near; else, in a
// buffer, from the offset of every STRIDEth code point, which are noted as far as they are asked
// for.
#include <assert.h>
#include <string.h>

#include "heap_space.h"
#include "utf8.h"
#include "vm.h"

enum { STRIDE = 128 };

static int64_t offset_count(const mvm_buffer *index) {
    return index ? index->used / (int64_t)sizeof(int64_t) : 0;
}

static int64_t *offsets(mvm_buffer *index) { return (int64_t *)(void *)index->bytes; }

// Gives the string's buffer an index with room for `count` offsets, those that are known in it.
static bool make_room(mvm_vm *vm, mvm_buffer *buffer, int64_t count) {
    int64_t size = count * (int64_t)sizeof(int64_t);
    if (buffer->index && size <= buffer->index->capacity) return true;
    size_t room = sizeof(mvm_buffer) + 2 * (size_t)size;
    mvm_buffer *index = (mvm_buffer *)mvm_heap_allocate(vm, MVM_OBJECT_BUFFER, room);
    if (!index) return false;
    index->capacity = 2 * size;
    if (buffer->index) {
        index->used = buffer->index->used;
        memcpy(index->bytes, buffer->index->bytes, (size_t)index->used);
    }
    buffer->index = index;
    return true;
}

// The offset of code point `place * STRIDE`, which the string has.
static bool noted_offset(mvm_vm *vm, const mvm_string *string, int64_t place, int64_t *offset) {
    mvm_buffer *buffer = string->buffer;
    if (!make_room(vm, buffer, place + 1)) return false;
    int64_t *known = offsets(buffer->index);
    int64_t count = offset_count(buffer->index);
    if (count == 0) known[count++] = 0;
    for (; count <= place; count++) {
        known[count] = mvm_utf8_advance(string->bytes, known[count - 1], STRIDE);
    }
    buffer->index->used = count * (int64_t)sizeof(int64_t);
    *offset = known[place];
    return true;
}

bool mvm_string_offset(mvm_vm *vm, const mvm_string *string, int64_t index, int64_t *offset) {
    assert(index >= 0 && index <= string->length);
    if (string->header.flags & MVM_STRING_ASCII) {
        *offset = index;
        return true;
    }
    mvm_string_cursor *cursor = &vm->heap.space->cursor, from = *cursor;
    bool near =
        from.string == string && index - from.index <= STRIDE && from.index - index <= STRIDE;
    if (!near) {
        from = (mvm_string_cursor){.string = string};
        if (index > STRIDE && string->header.flags & MVM_STRING_IN_BUFFER) {
            from.index = index / STRIDE * STRIDE;
            if (!noted_offset(vm, string, index / STRIDE, &from.offset)) return false;
        }
    }
    from.offset = mvm_utf8_advance(string->bytes, from.offset, index - from.index);
    from.index = index;
    *cursor = from;
    *offset = from.offset;
    return true;
}
