"""The verifier: programs made by anybody → programs that cannot crash the VM.

The VM trusts its code: that operands are in range, that the stack is as deep as an instruction
needs it, that a local is set before it is read, that a cell is where a cell is expected. `verify`
checks all of it. What each instruction does comes from uops.def (generated/effect_table.py).

    error       VerifyError: which function, where, why
    tables      everything but instructions: names, numbers, positions, handlers, constants
    decoding    units to instructions, operands in range
    execution   one instruction over kinds in place of values; state says which kinds there are
    flow        one function, on every way through it

A closure starts with what it captured, so functions are checked again when another way to enter
them is found, until nothing new is.
"""

from __future__ import annotations

from minivm.verifier.error import VerifyError
from minivm.verifier.program import verify

__all__ = ["VerifyError", "verify"]
