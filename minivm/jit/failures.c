// How often traces failed at an instruction. It outlives the executors, which are freed, lest
// values that keep changing their types have traces made for ever.
#include "failures.h"

#include <stdlib.h>

static mvm_failed_place *find(const mvm_failures *failures, const uint16_t *ip) {
    for (uint32_t i = 0; i < failures->count; i++) {
        if (failures->places[i].ip == ip) return &failures->places[i];
    }
    return NULL;
}

uint32_t mvm_failures_at(const mvm_failures *failures, const uint16_t *ip) {
    const mvm_failed_place *place = find(failures, ip);
    return place ? place->traces : 0;
}

void mvm_failures_add(mvm_failures *failures, const uint16_t *ip) {
    mvm_failed_place *place = find(failures, ip);
    if (place) {
        place->traces++;
        return;
    }
    if (failures->count == failures->capacity) {
        uint32_t capacity = failures->capacity ? 2 * failures->capacity : 8;
        mvm_failed_place *larger = realloc(failures->places, capacity * sizeof *larger);
        if (!larger) return;
        failures->places = larger;
        failures->capacity = capacity;
    }
    failures->places[failures->count++] = (mvm_failed_place){ip, 1};
}

void mvm_failures_forget(mvm_failures *failures, const mvm_code *code) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < failures->count; i++) {
        mvm_failed_place place = failures->places[i];
        bool is_in_code = place.ip >= code->units && place.ip < code->units + code->unit_count;
        if (!is_in_code) failures->places[kept++] = place;
    }
    failures->count = kept;
}

void mvm_failures_destroy(mvm_failures *failures) { free(failures->places); }
