// What the LLVM engine's bodies are made of. In: the functions that generate/llvm_source.py writes
// below an #include of this file. Out, through clang: bitcode, one function a uop, which
// minivm/llvm inlines into a trace's.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../runtime/helpers.h"
#include "../runtime/map_probe.h"
#include "../runtime/take.h"
#include "../runtime/vm.h"
#include "exits.h"
#include "shift.h"

#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define BODY(name) __attribute__((always_inline)) bool name
#define OPAQUE(value) (value)
#define AT(values, operand) ((values)[operand])
#define NOTE_FIELD(record, field, value) ((void)0)
#define NOTE_FIELDS(type, values, count) ((void)0)
#define EXIT_IF(condition)                                                                         \
    do {                                                                                           \
        if (UNLIKELY(condition)) return true;                                                      \
    } while (0)
#define ERROR_IF(condition) EXIT_IF(condition)
