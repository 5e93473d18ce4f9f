"""Machine code → what a debugger needs to find a frame's caller.

In: a function's or a stencil's code, which starts with the return address on top of the stack. Out:
rows that say, from an offset on, how much has been pushed since and where saved registers are.

Stencils come without unwind tables, and may call C in the middle: hence this. Only what compilers
write is understood: push, pop, and constants added to the stack pointer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from minivm.jit.target import host_target

# The numbers that DWARF gives registers, on x86-64, of those a function may have to save.
SAVED_REGISTERS = {"rbx": 3, "rbp": 6, "r12": 12, "r13": 13, "r14": 14, "r15": 15}
STACK_POINTER, RETURN_ADDRESS = 7, 16
_WORD = 8

_ADDED = re.compile(r"rsp, (?:\[rsp ([+-]) )?(-?(?:0x[0-9a-f]+|\d+))\]?$")


@dataclass(frozen=True)
class UnwindRow:
    """From `offset` on: `pushed` bytes below the return address; `saved` has (register, bytes below
    the return address's upper end) for what the caller wants back."""

    offset: int
    pushed: int
    saved: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class _Instruction:
    size: int
    mnemonic: str
    operands: str


def unwind_rows(code: bytes) -> tuple[UnwindRow, ...]:
    """The rows by offset, one wherever something changes; the first is at 0."""
    instructions = {
        offset: _Instruction(size, mnemonic, operands)
        for offset, size, mnemonic, operands in _disassembler().disasm_lite(code, 0)
    }
    states: dict[int, UnwindRow] = {}
    waiting = [UnwindRow(0, 0, ())]
    while waiting:
        state = waiting.pop()
        instruction = instructions.get(state.offset)
        if instruction is not None and state.offset not in states:
            states[state.offset] = state
            waiting += _following(state, instruction)
    return tuple(_changes([states[offset] for offset in sorted(states)]))


def _following(state: UnwindRow, instruction: _Instruction) -> Iterator[UnwindRow]:
    """The states that the instruction leads to, also outside the code."""
    mnemonic, operands = instruction.mnemonic, instruction.operands
    if mnemonic.startswith("j") and operands[0].isdigit():
        yield replace(state, offset=int(operands, 0))
    if mnemonic not in ("jmp", "ret", "ud2"):
        after = _after(state, mnemonic, operands)
        yield replace(after, offset=state.offset + instruction.size)


def _after(state: UnwindRow, mnemonic: str, operands: str) -> UnwindRow:
    if mnemonic == "push":
        pushed, saved = state.pushed + _WORD, state.saved
        number = SAVED_REGISTERS.get(operands)
        if number is not None and number not in dict(saved):
            saved = (*saved, (number, pushed + _WORD))
        return replace(state, pushed=pushed, saved=saved)
    if mnemonic == "pop":
        entry = (SAVED_REGISTERS.get(operands), state.pushed + _WORD)
        saved = tuple(kept for kept in state.saved if kept != entry)
        return replace(state, pushed=state.pushed - _WORD, saved=saved)
    added = _ADDED.match(operands)
    if added and mnemonic in ("add", "sub", "lea"):
        number = int(added[2], 0)
        down = mnemonic == "sub" or added[1] == "-"
        return replace(state, pushed=state.pushed + (number if down else -number))
    return state


def _changes(states: list[UnwindRow]) -> Iterator[UnwindRow]:
    before = None
    for state in states:
        if before is None or (state.pushed, state.saved) != (before.pushed, before.saved):
            yield state
        before = state


@lru_cache(maxsize=1)
def _disassembler() -> Any:
    import capstone

    architecture, mode = (getattr(capstone, name) for name in host_target().disassembler)
    return capstone.Cs(architecture, mode)
