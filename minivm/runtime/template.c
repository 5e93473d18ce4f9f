// `format`: a template with values in its places.
//
// In: a template, "{} of {:>8.2f}", and a list of values. Out: the text; or a "type" error, a
// "value" error when template and values don't go together.
#include <inttypes.h>
#include <string.h>

#include "format_spec.h"
#include "helpers.h"
#include "numbers.h"
#include "roots.h"

typedef struct writer {
    mvm_text text;
    const mvm_list *values;
    int64_t next;  // the value that the next place shows
} writer;

static bool append_text(mvm_text *to, const mvm_format_spec *spec, mvm_value value) {
    if (spec->type || spec->plus || spec->commas) return mvm_fail_format(to->vm, spec, value);
    mvm_string *string = mvm_format_value(to->vm, value);
    if (!string) return false;
    int64_t length = string->length, byte_length = string->byte_length;
    if (spec->digits >= 0 && spec->digits < length) {
        length = spec->digits;
        byte_length = mvm_utf8_advance(string->bytes, 0, length);
    }
    char align = spec->align ? spec->align : '<';
    int root = mvm_root_keep(to->vm, mvm_from_string(string));
    mvm_append_padded(to, spec, align, string->bytes, byte_length, length);
    mvm_root_drop(to->vm, root);
    return !to->failed;
}

static bool append_value(writer *to, const mvm_format_spec *spec) {
    if (to->next >= to->values->length) {
        to->next++;  // counted, and told of at the end
        return true;
    }
    mvm_value value = mvm_list_get(to->values, to->next++);
    return mvm_is_number(value) ? mvm_append_number(&to->text, spec, value)
                                : append_text(&to->text, spec, value);
}

// A place from behind its '{'; returns where it ends, NULL with an error recorded.
static const char *append_place(writer *to, const char *at, const char *end) {
    mvm_vm *vm = to->text.vm;
    const char *closer = memchr(at, '}', (size_t)(end - at));
    if (!closer || (closer != at && *at != ':')) {
        mvm_fail(vm, MVM_ERROR_VALUE, "a '{' in the template of 'format' begins no '{}' or '{:…}'");
        return NULL;
    }
    if (closer != at) at++;
    mvm_format_spec spec;
    bool done = mvm_parse_format_spec(vm, at, closer - at, &spec) && append_value(to, &spec);
    return done ? closer + 1 : NULL;
}

static bool append_template(writer *to, const mvm_string *template) {
    const char *at = template->bytes, *end = at + template->byte_length;
    while (at < end) {
        const char *plain = at;
        while (at < end && *at != '{' && *at != '}') at++;
        mvm_text_append(&to->text, plain, (size_t)(at - plain));
        if (at == end) break;
        if (end - at > 1 && at[1] == *at) {
            mvm_text_append(&to->text, at, 1);
            at += 2;
        } else if (*at == '{') {
            at = append_place(to, at + 1, end);
            if (!at) return false;
        } else {
            return mvm_fail(to->text.vm, MVM_ERROR_VALUE,
                            "a '}' in the template of 'format' ends nothing: '}}' shows one");
        }
    }
    return !to->text.failed;
}

static bool check_count(mvm_vm *vm, const writer *from) {
    if (from->next == from->values->length) return true;
    return mvm_fail(vm, MVM_ERROR_VALUE,
                    "the places in the template of 'format': %" PRId64 ", the values: %" PRId64,
                    from->next, from->values->length);
}

bool mvm_format(mvm_vm *vm, mvm_value template, mvm_value values, mvm_value *result) {
    if (template.tag != MVM_TAG_STRING || values.tag != MVM_TAG_LIST) {
        return mvm_fail_types(vm, "format", "a template and a list of values", template, values);
    }
    writer to = {.values = values.list};
    mvm_text_init(&to.text, vm);
    mvm_string *string = NULL;
    if (append_template(&to, template.string) && check_count(vm, &to)) {
        string = mvm_string_new(vm, to.text.used ? to.text.bytes : "", (int64_t)to.text.used);
    }
    mvm_text_destroy(&to.text);
    if (!string) return false;
    *result = mvm_from_string(string);
    return true;
}
