"""What uops.def says, as data: the output of the parser and the input of every generator."""

from __future__ import annotations

from dataclasses import dataclass, field


class DefinitionError(Exception):
    """uops.def is wrong. The message starts with "uops.def:LINE: "."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"uops.def:{line}: {message}")


@dataclass(frozen=True)
class Type:
    """A type of values, in "general" or "vector" registers; a refined type has its base's class.

    `field` is the mvm_value member that holds it. Of refined types only: `test` is C over `value`,
    `reads` the memory that it looks at, () for any, None for none.
    """

    name: str
    register_class: str
    c_type: str
    field: str
    base: str | None = None
    test: str | None = None
    reads: tuple[str, ...] | None = None
    line: int = 0

    @property
    def tag(self) -> str:
        return f"MVM_TAG_{(self.base or self.name).upper()}"

    @property
    def constant(self) -> str:
        return f"MVM_TYPE_{self.name.upper()}"


@dataclass(frozen=True)
class Record:
    """A record type that the runtime makes itself."""

    name: str
    fields: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Memory:
    """A class of memory, for what uops read and write."""

    name: str
    text: str
    line: int


@dataclass(frozen=True)
class Reason:
    """Why a trace is left (exit) or not made (abort)."""

    name: str
    text: str
    line: int = 0


@dataclass(frozen=True)
class Operand:
    """A uop's operand: 16, 32 or 64 bits; a cache is written by tier one, not by the front end."""

    name: str
    bits: int
    cache: bool

    @property
    def trace_bits(self) -> int:
        """Its width in a trace, where a cache operand is the address of the cache."""
        return 64 if self.cache else self.bits


@dataclass(frozen=True)
class Item:
    """An item of a stack effect; `type` is None for any value, `count` names an operand."""

    name: str
    type: str | None = None
    count: str | None = None


@dataclass(frozen=True)
class Uop:
    name: str
    operands: tuple[Operand, ...]
    inputs: tuple[Item, ...]
    outputs: tuple[Item, ...]
    flags: dict[str, tuple[str, ...]] = field(hash=False)
    body: str | None
    line: int

    def has(self, *flags: str) -> bool:
        """True when the uop has any of the flags."""
        return any(flag in self.flags for flag in flags)

    @property
    def constant(self) -> str:
        return f"MVM_UOP{self.name}"


@dataclass(frozen=True)
class Part:
    """One uop of an instruction, and what its first operand is bound to.

    `name` None and `addend` None: the uop's own operand. `name` given: the instruction's operand of
    that name plus `addend`. `name` None, `addend` given: that fixed number.
    """

    uop: str
    name: str | None
    addend: int | None
    line: int


@dataclass(frozen=True)
class Macro:
    """An instruction as written, of `parts`; `family` is the generic form's name, if any."""

    name: str
    parts: tuple[Part, ...]
    family: str | None
    line: int


@dataclass(frozen=True)
class Fuse:
    """Sequences of instructions, one from each choice, that get an instruction of their own."""

    choices: tuple[tuple[str, ...], ...]
    line: int


@dataclass(frozen=True)
class Combine:
    """A tier-two uop for `first` followed by the guard `second` on its result."""

    name: str
    first: str
    second: str
    line: int


@dataclass(frozen=True)
class WordLine:
    name: str
    instruction: str
    line: int


@dataclass(frozen=True)
class Definitions:
    """Everything in uops.def, in its order."""

    types: dict[str, Type]
    records: dict[str, Record]
    memory: dict[str, Memory]
    exits: dict[str, Reason]
    aborts: dict[str, Reason]
    uops: dict[str, Uop]
    macros: dict[str, Macro]
    fuses: tuple[Fuse, ...]
    combines: dict[str, Combine]
    words: tuple[WordLine, ...]
