// The interface of gdb to compilers at run time. In: object files that describe code. Out: the list
// and the function that gdb looks for, by name, in every library of the process it debugs.
//
// gdb sets a breakpoint on the function and reads the list whenever it is reached; when it is
// attached to a running process, it reads all of it. Names and layout are gdb's.
#include <stdlib.h>
#include <string.h>

#include "debug.h"

// Exported, so that they survive stripping; protected, lest another library's take their place.
#define FOR_GDB __attribute__((visibility("protected")))

struct mvm_gdb_object {
    struct mvm_gdb_object *next, *previous;
    const uint8_t *bytes;
    uint64_t size;
};

enum { NO_ACTION, ADDED, REMOVED };

typedef struct gdb_descriptor {
    uint32_t version;
    uint32_t action;
    mvm_gdb_object *relevant;  // what was added or is being removed
    mvm_gdb_object *first;
} gdb_descriptor;

// Of the whole process, all VMs: there is one debugger.
extern gdb_descriptor __jit_debug_descriptor;
FOR_GDB gdb_descriptor __jit_debug_descriptor = {.version = 1};

// The empty asm keeps calls of it from being left out.
void __jit_debug_register_code(void);
FOR_GDB __attribute__((noinline)) void __jit_debug_register_code(void) {
    __asm__ volatile("" ::: "memory");
}

static void tell(uint32_t action, mvm_gdb_object *object) {
    __jit_debug_descriptor.action = action;
    __jit_debug_descriptor.relevant = object;
    __jit_debug_register_code();
    __jit_debug_descriptor.action = NO_ACTION;
    __jit_debug_descriptor.relevant = NULL;
}

mvm_gdb_object *mvm_gdb_add(const uint8_t *bytes, uint64_t size) {
    mvm_gdb_object *object = malloc(sizeof *object + size);
    if (!object) return NULL;
    memcpy(object + 1, bytes, size);
    mvm_gdb_object *first = __jit_debug_descriptor.first;
    *object = (mvm_gdb_object){.next = first, .bytes = (uint8_t *)(object + 1), .size = size};
    if (first) first->previous = object;
    __jit_debug_descriptor.first = object;
    tell(ADDED, object);
    return object;
}

void mvm_gdb_remove(mvm_gdb_object *object) {
    if (object->next) object->next->previous = object->previous;
    if (object->previous) {
        object->previous->next = object->next;
    } else {
        __jit_debug_descriptor.first = object->next;
    }
    tell(REMOVED, object);
    free(object);
}
