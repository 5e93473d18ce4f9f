// How `format` is asked to show a value: what stands behind the ':' in a template's `{:…}`.
#ifndef MVM_FORMAT_SPEC_H
#define MVM_FORMAT_SPEC_H

#include "text.h"

// [[fill]align][+][0][width][,][.digits][type], as in Python.
typedef struct mvm_format_spec {
    const char *fill;  // one code point
    int fill_size;     // bytes
    char align;        // '<', '>' or '^'; 0: numbers to the right, anything else to the left
    bool plus, zeros, commas;
    int64_t width, digits;  // code points; -1: not given
    char type;              // one of "dxXboefg%"; 0: not given
    const char *text;       // as written, for messages
    int64_t size;
} mvm_format_spec;

// False, with an error recorded, when the text is no such thing.
bool mvm_parse_format_spec(mvm_vm *vm, const char *text, int64_t size, mvm_format_spec *spec);
// Records that a value of this type can't be shown so. Always returns false.
bool mvm_fail_format(mvm_vm *vm, const mvm_format_spec *spec, mvm_value value);

// Appends text of so many code points, padded to the spec's width.
void mvm_append_padded(mvm_text *to, const mvm_format_spec *spec, char align, const char *bytes,
                       int64_t byte_length, int64_t length);
// Appends an int or a float. False, with an error recorded, when the spec is not for it.
bool mvm_append_number(mvm_text *to, const mvm_format_spec *spec, mvm_value number);

#endif
