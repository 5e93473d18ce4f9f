// What is noted of executors that go.
#ifndef MVM_ACCOUNT_H
#define MVM_ACCOUNT_H

#include "executor.h"

// The executor is about to be freed: what it has done stays in the account.
void mvm_account_keep(mvm_jit *jit, const mvm_executor *executor);

#endif
