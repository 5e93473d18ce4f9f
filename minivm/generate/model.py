"""The analysed uops.def: what the generators read.

Instructions have their opcodes and layouts, fused ones are spelled out, and every check a typed
input needs stands as a guard part before the uop that needs it.
"""

from __future__ import annotations

from dataclasses import dataclass

from minivm.generate.definitions import Combine, Definitions, Type, Uop

# The longest instruction effect and the most a uop takes and gives; the C tables are sized by them.
MAX_INPUTS = 3
MAX_OPERANDS = 3


@dataclass(frozen=True)
class Place:
    """An operand of an instruction: `bits` at `unit` units from the opcode."""

    name: str
    unit: int
    bits: int
    cache: bool


@dataclass(frozen=True)
class Source:
    """Where a uop's operand comes from: an instruction's place plus `addend`, or just `addend`."""

    place: Place | None
    addend: int


@dataclass(frozen=True)
class Step:
    """One uop of an instruction with its operands bound."""

    uop: Uop
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Requirement:
    """A form fits when the value at `where` has `type`.

    `where` is "stack" (`index` below the top), "local" or "constant" (`place` holds the
    number), or "number" (`place` holds the value itself, a signed 16-bit int).
    """

    where: str
    index: int
    place: Place | None
    addend: int
    type: Type


@dataclass(frozen=True)
class Instruction:
    """`generic` is the family's name, for a form and the generic itself; None without a family."""

    name: str
    opcode: int
    units: int
    places: tuple[Place, ...]
    steps: tuple[Step, ...]
    generic: str | None
    requirements: tuple[Requirement, ...]

    @property
    def is_form(self) -> bool:
        return self.generic is not None and self.generic != self.name

    @property
    def constant(self) -> str:
        return f"MVM_OP_{self.name}"


@dataclass(frozen=True)
class Model:
    """`uops` are numbered by their order; `combines` maps (first, second) to the combined uop."""

    definitions: Definitions
    types: dict[str, Type]
    uops: dict[str, Uop]
    instructions: dict[str, Instruction]
    fused: dict[tuple[str, ...], str]
    combines: dict[tuple[str, str], Combine]

    def guard_of(self, type_name: str) -> Uop:
        return self.uops[f"_GUARD_{type_name.upper()}"]

    def base_type(self, type_name: str) -> Type:
        declared = self.types[type_name]
        return self.types[declared.base] if declared.base else declared
