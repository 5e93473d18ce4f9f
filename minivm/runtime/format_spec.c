// Reading how `format` is asked to show a value, and padding (format_spec.h).
//
// In: the text behind a ':'. Out: the spec; or a "value" error that shows it.
#include "format_spec.h"

#include <string.h>

#include "utf8.h"
#include "vm.h"

enum { WIDTH_LARGEST = 1000000, QUOTED_ROOM = 64 };

typedef struct reader {
    const char *at, *end;
} reader;

static bool take(reader *from, char wanted) {
    if (from->at == from->end || *from->at != wanted) return false;
    from->at++;
    return true;
}

// A number of at most WIDTH_LARGEST; -1: there is none, or it is larger.
static int64_t take_number(reader *from) {
    int64_t number = -1;
    while (from->at < from->end && *from->at >= '0' && *from->at <= '9') {
        number = (number < 0 ? 0 : number) * 10 + (*from->at++ - '0');
        if (number > WIDTH_LARGEST) return -1;
    }
    return number;
}

static bool is_align(char byte) { return byte == '<' || byte == '>' || byte == '^'; }

static void take_align(reader *from, mvm_format_spec *spec) {
    if (from->at == from->end) return;
    int size = mvm_utf8_size(*from->at);
    if (size < from->end - from->at && is_align(from->at[size])) {
        spec->fill = from->at;
        spec->fill_size = size;
        spec->align = from->at[size];
        from->at += size + 1;
    } else if (is_align(*from->at)) {
        spec->align = *from->at++;
    }
}

static bool take_spec(reader *from, mvm_format_spec *spec) {
    take_align(from, spec);
    spec->plus = take(from, '+');
    spec->zeros = take(from, '0');
    if (spec->zeros && spec->fill_size == 0) {
        spec->fill = "0";
        spec->fill_size = 1;
    }
    bool has_width = from->at < from->end && *from->at >= '0' && *from->at <= '9';
    spec->width = take_number(from);
    if (has_width && spec->width < 0) return false;
    spec->commas = take(from, ',');
    bool has_digits = take(from, '.');
    spec->digits = has_digits ? take_number(from) : -1;
    if (has_digits && spec->digits < 0) return false;
    if (from->at < from->end && strchr("dxXboefg%", *from->at)) spec->type = *from->at++;
    return from->at == from->end;
}

bool mvm_parse_format_spec(mvm_vm *vm, const char *text, int64_t size, mvm_format_spec *spec) {
    *spec = (mvm_format_spec){.text = text, .size = size};
    reader from = {text, text + size};
    if (take_spec(&from, spec)) return true;
    char quoted[QUOTED_ROOM];
    mvm_quote(text, (size_t)size, quoted, sizeof quoted);
    return mvm_fail(vm, MVM_ERROR_VALUE, "'format' can't read %s as a way to show a value", quoted);
}

bool mvm_fail_format(mvm_vm *vm, const mvm_format_spec *spec, mvm_value value) {
    char quoted[QUOTED_ROOM];
    mvm_quote(spec->text, (size_t)spec->size, quoted, sizeof quoted);
    return mvm_fail(vm, MVM_ERROR_VALUE, "'format' can't show a value of the type %s by %s",
                    mvm_type_name(mvm_type_of(value)), quoted);
}

static void append_fill(mvm_text *to, const mvm_format_spec *spec, int64_t count) {
    const char *fill = spec->fill_size ? spec->fill : " ";
    size_t size = spec->fill_size ? (size_t)spec->fill_size : 1;
    for (; count > 0 && !to->failed; count--) mvm_text_append(to, fill, size);
}

void mvm_append_padded(mvm_text *to, const mvm_format_spec *spec, char align, const char *bytes,
                       int64_t byte_length, int64_t length) {
    int64_t padding = spec->width > length ? spec->width - length : 0;
    int64_t left = align == '>' ? padding : align == '^' ? padding / 2 : 0;
    append_fill(to, spec, left);
    mvm_text_append(to, bytes, (size_t)byte_length);
    append_fill(to, spec, padding - left);
}
