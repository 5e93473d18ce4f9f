// Sections of the library's code that the profiler tells apart by an address.
//
// A C file that belongs to one says so after its includes: MVM_CODE_SECTION("mvm_collector").
#ifndef MVM_SECTIONS_H
#define MVM_SECTIONS_H

// Without clang there is no profiler either.
#ifdef __clang__
#define MVM_PRAGMA(text) _Pragma(#text)
#define MVM_CODE_SECTION(name) MVM_PRAGMA(clang section text = name)
#else
#define MVM_CODE_SECTION(name)
#endif

#define MVM_LINKED extern __attribute__((visibility("hidden"))) const char

// Defined by the linker, for sections whose names are C identifiers.
MVM_LINKED __start_mvm_tier_one[], __stop_mvm_tier_one[];
MVM_LINKED __start_mvm_collector[], __stop_mvm_collector[];
MVM_LINKED __start_mvm_uop_interpreter[], __stop_mvm_uop_interpreter[];

// And for the whole library: what is in memory starts and ends there.
MVM_LINKED __ehdr_start[], _end[];

#endif
