// Shifts by operand 0 of a uop: an unsigned 64-bit number to the left and to the right, a signed
// one to the right. In: the number, and the operand's name in the body. Out: the result.
//
// A stencil has the count in the instruction itself; C's shift, which does not know the hole's
// content as a number, would load it to a register first, and on x86-64 to a certain one.
#ifndef MVM_SHIFT_H
#define MVM_SHIFT_H

#if defined(STENCIL) && defined(__x86_64__)

#define SHIFT_INSTRUCTION(name, instruction, type)                                                 \
    static inline type name(type value) {                                                          \
        __asm__(instruction " %1, %0" : "+r"(value) : "i"(&_JIT_OPERAND0_16) : "cc");              \
        return value;                                                                              \
    }
SHIFT_INSTRUCTION(shift_left, "shlq", uint64_t)
SHIFT_INSTRUCTION(shift_right, "shrq", uint64_t)
SHIFT_INSTRUCTION(shift_right_signed, "sarq", int64_t)
#define SHIFT_LEFT(value, operand) ((void)(operand), shift_left(value))
#define SHIFT_RIGHT(value, operand) ((void)(operand), shift_right(value))
#define SHIFT_RIGHT_SIGNED(value, operand) ((void)(operand), shift_right_signed(value))

#else

#define SHIFT_LEFT(value, operand) ((uint64_t)(value) << (operand))
#define SHIFT_RIGHT(value, operand) ((uint64_t)(value) >> (operand))
#define SHIFT_RIGHT_SIGNED(value, operand) ((int64_t)(value) >> (operand))

#endif

#endif
