// Text in the making: a growable buffer, and a string's bytes as mvm source would write them.
//
// In: pieces of text. Out: one buffer, or a "memory" error in the VM and no more appending.
#ifndef MVM_TEXT_H
#define MVM_TEXT_H

#include "object.h"

typedef struct mvm_text {
    mvm_vm *vm;
    char *bytes;  // not NUL-terminated
    size_t used, capacity;
    bool failed;  // an error is recorded; what is appended from here on is dropped
} mvm_text;

void mvm_text_init(mvm_text *text, mvm_vm *vm);
void mvm_text_destroy(mvm_text *text);
void mvm_text_append(mvm_text *text, const char *bytes, size_t count);
// printf format, for at most 127 bytes.
void mvm_text_format(mvm_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
// The bytes between quotes, with \n, \t, \", \\ and \u{…} for other control characters.
void mvm_text_append_quoted(mvm_text *text, const char *bytes, size_t count);
// The same in `room` bytes, NUL-terminated, cut short with "…" where needed; room >= 16.
void mvm_quote(const char *bytes, size_t count, char *quoted, size_t room);

#endif
