// Where a side trace starts: in the frames, and with the values, that the exit it goes on from
// leaves. Only for traces with a `from`.
#ifndef MVM_RESUME_H
#define MVM_RESUME_H

#include "abstract.h"

// Make the frames that are in progress at the exit the trace's own. Returns the innermost one's
// number.
uint16_t mvm_resume_frames(mvm_trace *trace);

// Start the type pass with what the exit's snapshot says of each slot. What stands in registers and
// spill slots goes into trace->inherited. False when the trace is aborted.
bool mvm_resume_values(abstract *state, mvm_trace *trace);

#endif
