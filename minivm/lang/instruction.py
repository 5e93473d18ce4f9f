"""What the front end knows of one instruction and of one built-in word.

The tables themselves are generated from uops.def: `minivm/generated/instruction_table.py`.
"""

from __future__ import annotations


class Operand:
    """An operand the front end fills in: `bits` (16 or 32) at `unit` units from the opcode."""

    __slots__ = ("bits", "name", "unit")

    def __init__(self, name: str, unit: int, bits: int) -> None:
        self.name = name
        self.unit = unit
        self.bits = bits


class Instruction:
    """One opcode. `units` is its whole size in 16-bit units, inline caches included.

    `generic` names the instruction a specialised form belongs to; it is None for what the front
    end emits.
    """

    __slots__ = ("generic", "name", "opcode", "operands", "units")

    def __init__(
        self, name: str, opcode: int, units: int, operands: tuple[Operand, ...], generic: str | None
    ) -> None:
        self.name = name
        self.opcode = opcode
        self.units = units
        self.operands = operands
        self.generic = generic


class Item:
    """One item of a stack effect: its name and its type ("any" when any value will do)."""

    __slots__ = ("name", "type")

    def __init__(self, name: str, type: str) -> None:
        self.name = name
        self.type = type


class Word:
    """A built-in word that is one instruction, with its stack effect, bottom to top.

    `shuffle` is true when the effect only moves items: an output named like an input is that input.
    """

    __slots__ = ("inputs", "instruction", "name", "outputs", "shuffle")

    def __init__(
        self,
        name: str,
        instruction: str,
        inputs: tuple[Item, ...],
        outputs: tuple[Item, ...],
        shuffle: bool,
    ) -> None:
        self.name = name
        self.instruction = instruction
        self.inputs = inputs
        self.outputs = outputs
        self.shuffle = shuffle
