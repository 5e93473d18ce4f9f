// Back-off counters: 12 bits count down to an event, 4 bits say how far to back off after the next
// one.
#ifndef MVM_COUNTER_H
#define MVM_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

enum { MVM_COUNTER_MASK = 0xfff, MVM_COUNTER_MAX_EXPONENT = 11 };

// Fires after `count` ticks, 1 <= count <= 4095.
static inline uint16_t mvm_counter_start(uint32_t count) {
    return (uint16_t)(count > MVM_COUNTER_MASK ? MVM_COUNTER_MASK : count < 1 ? 1 : count);
}

static inline bool mvm_counter_tick(uint16_t *counter) {
    return ((*counter = (uint16_t)(*counter - 1)) & MVM_COUNTER_MASK) == 0;
}

// After an event that brought nothing: 64 ticks the first time, then twice as many each time, up to
// 4,095. The exponent has to survive in the counter's upper bits.
static inline uint16_t mvm_counter_back_off(uint16_t counter) {
    uint32_t exponent = counter >> 12;
    uint32_t ticks = 64u << exponent;
    if (ticks > MVM_COUNTER_MASK) ticks = MVM_COUNTER_MASK;
    if (exponent < MVM_COUNTER_MAX_EXPONENT) exponent++;
    return (uint16_t)(exponent << 12 | ticks);
}

// After an event that came too early: again after 16 ticks.
static inline uint16_t mvm_counter_wait(uint16_t counter) {
    uint32_t exponent = counter >> 12;
    return (uint16_t)((exponent + (exponent < MVM_COUNTER_MAX_EXPONENT)) << 12 | 16);
}

#endif
