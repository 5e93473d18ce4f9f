// Specialisation, by the requirement tables that come from the forms' typed effects.
#include "specialize.h"

#include "counter.h"
#include "metadata.h"

// A specialised form may miss this often before it is looked at again.
enum { MISSES_ALLOWED = 32 };

static bool meets(const mvm_requirement *requirement, const uint16_t *ip, const mvm_value *sp,
                  const mvm_value *slots, const mvm_value *constants) {
    mvm_value value;
    switch ((mvm_where)requirement->where) {
    case MVM_WHERE_STACK: value = sp[-(int)requirement->index]; break;
    case MVM_WHERE_LOCAL: value = slots[mvm_read_operand(ip, requirement->operand)]; break;
    case MVM_WHERE_NUMBER:
        value = mvm_from_int((int16_t)mvm_read_operand(ip, requirement->operand));
        break;
    default: value = constants[mvm_read_operand(ip, requirement->operand)]; break;
    }
    mvm_type type = mvm_type_of(value);
    return type == requirement->type || mvm_type_infos[type].base == requirement->type;
}

static bool fits(const mvm_instruction_info *form, const uint16_t *ip, const mvm_value *sp,
                 const mvm_value *slots, const mvm_value *constants) {
    for (uint32_t i = 0; i < form->requirement_count; i++) {
        const mvm_requirement *requirement = &mvm_requirements[form->first_requirement + i];
        if (!meets(requirement, ip, sp, slots, constants)) return false;
    }
    return true;
}

uint16_t mvm_fitting_form(const uint16_t *ip, const mvm_value *sp, const mvm_value *slots,
                          const mvm_value *constants) {
    uint16_t generic = mvm_instruction_infos[*ip].generic;
    if (*ip != generic && fits(&mvm_instruction_infos[*ip], ip, sp, slots, constants)) return *ip;
    for (uint16_t form = generic + 1;
         form < MVM_OP_COUNT && mvm_instruction_infos[form].generic == generic; form++) {
        if (fits(&mvm_instruction_infos[form], ip, sp, slots, constants)) return form;
    }
    return generic;
}

bool mvm_misses_often(const uint16_t *ip) {
    const mvm_instruction_info *info = &mvm_instruction_infos[*ip];
    if (!info->adaptive) return false;
    return *ip == info->generic || ip[1] < MISSES_ALLOWED / 2;
}

void mvm_specialize(uint16_t *ip, const mvm_value *sp, const mvm_value *slots,
                    const mvm_value *constants) {
    uint16_t generic = mvm_instruction_infos[*ip].generic;
    // The forms of a family follow their generic instruction.
    for (uint16_t form = generic + 1;
         form < MVM_OP_COUNT && mvm_instruction_infos[form].generic == generic; form++) {
        if (form != *ip && fits(&mvm_instruction_infos[form], ip, sp, slots, constants)) {
            ip[0] = form;
            ip[1] = mvm_counter_start(MISSES_ALLOWED);
            return;
        }
    }
    bool still_fits = *ip != generic && fits(&mvm_instruction_infos[*ip], ip, sp, slots, constants);
    if (!still_fits) ip[0] = generic;
    ip[1] = mvm_counter_back_off(ip[1]);
}
