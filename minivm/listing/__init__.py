"""Listings: what instructions, uops and machine code look like to a reader.

In: compiled code and a VM's executors. Out: lines of text. Nothing in them depends on where things
are in memory, so that two runs of a program give the same listing.

    instructions   code objects → instructions with their operands resolved
    uops           a stage of a trace → its uops
    machine_code   emitted code → assembly, with what was patched in named
    traces         an executor → all of that, with its exits
"""
