"""What gdb and perf are told of machine code: names, source lines, how to unwind the stack.

In: a VM, before anything runs. Out: object files that gdb finds in the process, and files that perf
reads. In the order in which they use each other:

    unwinding.py   machine code → where the return address is, at each instruction
    regions.py     an executor → its stretches of code with names, lines and inlined calls
    dwarf.py       regions → sections of debugging information (lines.py, entries.py, frames.py)
    elf.py         sections → an object file
    gdb.py, perf_map.py, jitdump.py   what is done with a region
    observer.py    connects a VM with these
"""
