"""What the front end knows of one instruction and of one built-in word.

The tables themselves are generated from uops.def: `minivm/generated/instruction_table.py`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Operand:
    """An operand the front end fills in: `bits` (16 or 32) at `unit` units from the opcode."""

    name: str
    unit: int
    bits: int


@dataclass(frozen=True)
class Instruction:
    """One opcode. `units` is its whole size in 16-bit units, inline caches included.

    `generic` names the instruction a specialised form belongs to (None for what the front end emits).
    """

    name: str
    opcode: int
    units: int
    operands: tuple[Operand, ...]
    generic: str | None


@dataclass(frozen=True)
class Item:
    """One item of a stack effect: its name and its type ("any" when any value will do)."""

    name: str
    type: str


@dataclass(frozen=True)
class Word:
    """A built-in word that is one instruction, with its stack effect, bottom to top.

    `shuffle` is true when the effect only moves items: an output named like an input is that input.
    """

    name: str
    instruction: str
    inputs: tuple[Item, ...]
    outputs: tuple[Item, ...]
    shuffle: bool
