// Records that a loop carries, in the escape pass.
#include "escape.h"

void escape_choose_carried(escape_pass *pass) { pass->carried_count = 0; }

void escape_enter_loop(escape_pass *pass) { escape_read_all(pass); }

void escape_close_loop(escape_pass *pass) {
    mvm_trace *trace = pass->trace;
    for (uint32_t i = 0; i < trace->loop_value_count; i++) {
        uint16_t from = pass->same[trace->loop_values[i].from];
        if (pass->object_of[from]) escape_note(pass, from);
        if (pass->commits) trace->loop_values[i].from = from;
    }
}

bool escape_load_carried(escape_pass *pass, escape_object *object, uint32_t place,
                         const mvm_uop *load) {
    (void)pass, (void)object, (void)place, (void)load;
    return false;
}
