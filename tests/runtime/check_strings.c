// UTF-8, strings that share a buffer, and the index of text that is not ASCII.
//
// In: a VM. Out: failed checks, counted and printed.
#include "check.h"

#include "utf8.h"

static int64_t valid(const char *bytes) { return mvm_utf8_valid(bytes, (int64_t)strlen(bytes)); }

static void check_utf8(void) {
    CHECK(valid("") == 0 && valid("plain ASCII text") == 16);
    CHECK(valid("\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf") == 18);
    CHECK(valid("ab\x80") == 2 && valid("12345678\xff") == 8);
    CHECK(valid("\xc1\xbf") == 0 && valid("\xe0\x9f\xbf") == 0 && valid("\xf0\x8f\xbf\xbf") == 0);
    CHECK(valid("\xed\xa0\x80") == 0 && valid("\xed\x9f\xbf") == 3);
    CHECK(valid("\xf4\x90\x80\x80") == 0 && valid("\xf5\x80\x80\x80") == 0);
    CHECK(valid("a\xe2\x82") == 1 && valid("a\xe2\x82\xac") == 4 && valid("\xe2(\xa1") == 0);
    for (uint32_t code = 0; code <= MVM_CODE_POINT_LARGEST; code += code < 0x900 ? 1 : 97) {
        char bytes[MVM_UTF8_LONGEST];
        if (mvm_is_surrogate(code)) continue;
        int size = mvm_utf8_encode(code, bytes);
        CHECK(mvm_utf8_valid(bytes, size) == size && mvm_utf8_size(bytes[0]) == size);
        CHECK(mvm_utf8_decode(bytes) == code && mvm_utf8_count(bytes, size) == 1);
    }
}

// There is one string of each ASCII character, whoever makes it.
static void check_shared(mvm_vm *vm) {
    mvm_value word = text(vm, "abc"), result;
    CHECK(mvm_get(vm, word, of_int(1), &result) && result.string == &vm->heap.characters['b']);
    CHECK(text(vm, "b").string == result.string && text(vm, "").string == &vm->heap.empty_string);
    CHECK(mvm_slice(vm, word, of_int(1), of_int(2), &result) && result.string->bytes[0] == 'b');
    CHECK(result.string == &vm->heap.characters['b']);
    mvm_value spaced = text(vm, " b "), pieces = list(vm);
    CHECK(mvm_trim(vm, spaced, &result) && result.string == &vm->heap.characters['b']);
    CHECK(mvm_upper(vm, result, &result) && result.string == &vm->heap.characters['B']);
    CHECK(mvm_push(vm, pieces, text(vm, "")) && mvm_push(vm, pieces, text(vm, "x")));
    CHECK(mvm_join(vm, pieces, text(vm, ""), &result));
    CHECK(result.string == &vm->heap.characters['x']);
    CHECK(mvm_replace(vm, word, text(vm, "bc"), text(vm, ""), &result));
    CHECK(result.string == &vm->heap.characters['a']);
}

// Two strings may go on where a third ends; none of them sees what the others got.
static void check_buffers(mvm_vm *vm) {
    mvm_value start, left, right, more;
    CHECK(mvm_repeat(vm, text(vm, "0123456789"), of_int(30), &start));
    keep(vm, start);
    mvm_value grown = text(vm, "x");
    CHECK(mvm_concat(vm, start, grown, &grown));
    keep(vm, grown);
    CHECK(mvm_concat(vm, grown, text(vm, "left"), &left));
    keep(vm, left);
    CHECK(left.string->buffer == grown.string->buffer);
    CHECK(mvm_concat(vm, grown, text(vm, "right"), &right));
    keep(vm, right);
    CHECK(right.string->buffer != grown.string->buffer);
    CHECK(mvm_concat(vm, left, left, &more));
    keep(vm, more);
    CHECK(grown.string->length == 301 && left.string->length == 305 && more.string->length == 610);
    CHECK(memcmp(left.string->bytes + 300, "xleft", 5) == 0);
    CHECK(memcmp(right.string->bytes + 300, "xright", 6) == 0);
    CHECK(memcmp(more.string->bytes + 300, "xleft01234", 10) == 0);
    CHECK(memcmp(more.string->bytes + 605, "xleft", 5) == 0);
    mvm_value nothing = text(vm, "");
    CHECK(mvm_concat(vm, left, nothing, &more) && more.string == left.string);
    CHECK(mvm_concat(vm, nothing, left, &more) && more.string == left.string);
}

static void check_index(mvm_vm *vm) {
    mvm_value wide, result;
    CHECK(mvm_repeat(vm, text(vm, "a\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80"), of_int(300), &wide));
    keep(vm, wide);
    CHECK(wide.string->length == 1200 && wide.string->byte_length == 3000);
    static const int64_t starts[] = {0, 1, 3, 6};
    for (int64_t i = 0; i <= 1200; i++) {
        int64_t place = i * 611 % 1201, offset = -1;
        CHECK(mvm_string_offset(vm, wide.string, place, &offset));
        CHECK(offset == place / 4 * 10 + starts[place % 4]);
    }
    CHECK(mvm_concat(vm, wide, wide, &result));
    keep(vm, result);
    int64_t offset = -1;
    CHECK(mvm_string_offset(vm, result.string, 2399, &offset) && offset == 5996);
    CHECK(mvm_string_offset(vm, wide.string, 1199, &offset) && offset == 2996);
    CHECK(gives(vm, mvm_get, result, of_int(1201), "\xc3\xa9"));
    CHECK(gives(vm, mvm_find, result, text(vm, "\xf0\x9f\x98\x80"), "3"));
}

void check_strings(mvm_vm *vm) {
    check_utf8();
    check_shared(vm);
    check_buffers(vm);
    check_index(vm);
}

// A string made of a million pieces: the collector frees what it outgrew, and one that is kept from
// the middle of it keeps its text.
void check_long_strings(mvm_vm *vm) {
    empty_stack(vm);
    mvm_value whole = text(vm, "start"), piece = text(vm, "0123456789");
    mvm_value *place = vm->stack_top - 1, kept = whole;
    keep(vm, kept);
    for (int i = 0; i < 1000000; i++) {
        CHECK(mvm_concat(vm, whole, piece, &whole));
        *place = whole;
        if (i == 499999) *vm->stack_top = kept = whole;
    }
    CHECK(whole.string->length == 10000005 && kept.string->length == 5000005);
    CHECK(memcmp(whole.string->bytes, kept.string->bytes, 5000005) == 0);
    CHECK(memcmp(whole.string->bytes + 9999995, "0123456789", 10) == 0);
    for (int i = 0; i < 2; i++) mvm_gc_collect(vm);  // the second frees what earlier checks left
    CHECK(vm->heap.bytes_in_use < 50000000);
    vm->heap.limit = vm->heap.bytes_in_use + 1000000;
    CHECK(fails(vm, mvm_concat, whole, whole, MVM_ERROR_MEMORY, "heap limit"));
    CHECK(fails(vm, mvm_repeat, whole, of_int(INT64_MAX), MVM_ERROR_MEMORY, "out of memory"));
    vm->heap.limit = 0;
}
