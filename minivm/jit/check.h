// The uop checker: run between passes in checking builds of a trace (`mvm_options.checking`).
#ifndef MVM_CHECK_H
#define MVM_CHECK_H

#include "trace.h"

// Abort the process, naming the pass and the uop, when the uops `stage` left are not well formed:
// before allocation, every value is defined once, before its uses and with the type they need;
// after it, every number is a register's or a spill slot's, and every exit has its uops.
void mvm_check_uops(const mvm_trace *trace, bool allocated, const char *stage);

#endif
