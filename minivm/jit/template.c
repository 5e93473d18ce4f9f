// What every stencil is made of. In: the functions that generate/stencil_sources.py writes below an
// #include of this file. Out, through clang: machine code whose undefined symbols `_JIT_*` are
// holes.
//
// A stencil is a function that takes the trace's whole state in registers and hands it on with a
// tail call: `preserve_none` keeps two fixed parameters and the sixteen virtual registers in
// machine registers. How a symbol is declared decides its hole's width: a function's address
// becomes a 32-bit immediate or displacement, a char array's a 64-bit constant.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../runtime/helpers.h"
#include "../runtime/map_probe.h"
#include "../runtime/take.h"
#include "../runtime/vm.h"
#include "exits.h"

#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define MUSTTAIL __attribute__((musttail))
#define PRESERVE_NONE __attribute__((preserve_none))

#define REGISTER_PARAMETERS                                                                        \
    int64_t r0, int64_t r1, int64_t r2, int64_t r3, int64_t r4, int64_t r5, int64_t r6,            \
        int64_t r7, double d0, double d1, double d2, double d3, double d4, double d5, double d6,   \
        double d7
#define PARAMETERS mvm_value *slots, mvm_vm *vm, REGISTER_PARAMETERS
#define ARGUMENTS slots, vm, r0, r1, r2, r3, r4, r5, r6, r7, d0, d1, d2, d3, d4, d5, d6, d7

// Jumps.
extern PRESERVE_NONE void _JIT_CONTINUE(PARAMETERS);
extern PRESERVE_NONE void _JIT_EXIT_TARGET(PARAMETERS);
extern PRESERVE_NONE void _JIT_ERROR_TARGET(PARAMETERS);
extern PRESERVE_NONE void _JIT_TOP(PARAMETERS);
extern PRESERVE_NONE void _JIT_LINK(PARAMETERS);

// Operands and places. Slots are byte offsets from `slots`, spills from `vm`.
extern void _JIT_OPERAND0_16(void), _JIT_OPERAND1_16(void), _JIT_OPERAND2_16(void);
extern void _JIT_OPERAND0_32(void), _JIT_OPERAND1_32(void), _JIT_OPERAND2_32(void);
extern char _JIT_OPERAND0_64[], _JIT_OPERAND1_64[], _JIT_OPERAND2_64[];
extern void _JIT_OPERAND0_SCALED(void);
extern void _JIT_INPUT0_SLOT(void), _JIT_INPUT1_SLOT(void), _JIT_INPUT2_SLOT(void);
extern void _JIT_INPUT0_SPILL(void), _JIT_INPUT1_SPILL(void), _JIT_INPUT2_SPILL(void);
extern void _JIT_OUTPUT_SLOT(void), _JIT_OUTPUT_SPILL(void);
extern void _JIT_IMMEDIATE_32(void);

#define SLOT(hole) ((char *)slots + (intptr_t)&hole)
#define SPILL(hole) ((char *)vm + (intptr_t)&hole)
#define IMMEDIATE() ((int64_t)(intptr_t)&_JIT_IMMEDIATE_32)

// values[operand 0], at a constant offset.
#define AT(values, operand)                                                                        \
    (*((void)(operand), (mvm_value *)((char *)(values) + (intptr_t)&_JIT_OPERAND0_SCALED)))

// LLVM takes an address to be neither null nor negative nor odd, which a constant may be: the empty
// asm keeps it from knowing that the number came from an address.
static inline uint64_t opaque(uint64_t number) {
    __asm__("" : "+r"(number));
    return number;
}
#define OPERAND_64(hole) opaque((uint64_t)(uintptr_t)hole)
#define OPAQUE(value) ((int64_t)opaque((uint64_t)(value)))

#define STENCIL(name) PRESERVE_NONE void name(PARAMETERS)
#include "shift.h"
#define CONTINUE() MUSTTAIL return _JIT_CONTINUE(ARGUMENTS)
#define JUMP_TO_TOP() MUSTTAIL return _JIT_TOP(ARGUMENTS)
#define LINK() MUSTTAIL return _JIT_LINK(ARGUMENTS)
typedef PRESERVE_NONE void trace_code(PARAMETERS);
#define ENTER_AT(point) MUSTTAIL return ((trace_code *)(uintptr_t)(point)->code)(ARGUMENTS)

// No virtual register lives through a call of C, so none needs saving: hand on whatever is there.
// The empty asm "computes" a value in whichever register it is wanted in; volatile, lest all be
// made one.
static inline int64_t any_general(void) {
    int64_t any;
    __asm__ volatile("" : "=r"(any));
    return any;
}
static inline double any_vector(void) {
    double any;
    __asm__ volatile("" : "=x"(any));
    return any;
}
#define ANY_R any_general()
#define ANY_D any_vector()
#define CONTINUE_AFTER_CALL() MUSTTAIL return AFTER_CALL(_JIT_CONTINUE)
#define AFTER_CALL(target)                                                                         \
    target(slots, vm, ANY_R, ANY_R, ANY_R, ANY_R, ANY_R, ANY_R, ANY_R, ANY_R, ANY_D, ANY_D, ANY_D, \
           ANY_D, ANY_D, ANY_D, ANY_D, ANY_D)

// STENCIL_CALLS is defined for a uop that calls C.
#ifdef STENCIL_CALLS
#define EXIT() MUSTTAIL return AFTER_CALL(_JIT_EXIT_TARGET)
#else
#define EXIT() MUSTTAIL return _JIT_EXIT_TARGET(ARGUMENTS)
#endif
#define NOTE_FIELD(record, field, value) ((void)0)
#define NOTE_FIELDS(type, values, count) ((void)0)
#define EXIT_IF(condition)                                                                         \
    do {                                                                                           \
        if (UNLIKELY(condition)) EXIT();                                                           \
    } while (0)
#define ERROR_IF(condition)                                                                        \
    do {                                                                                           \
        if (UNLIKELY(condition)) MUSTTAIL return AFTER_CALL(_JIT_ERROR_TARGET);                    \
    } while (0)
