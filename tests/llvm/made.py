"""Uops and exits as the compiler gets them, made by tests."""

from __future__ import annotations

from dataclasses import dataclass

from minivm.generated.uop_table import UOPS

OPCODES = {info.name: opcode for opcode, info in enumerate(UOPS)}


@dataclass(frozen=True)
class Made:
    """As mvm_uop."""

    opcode: int
    output: int = 0
    inputs: tuple[int, ...] = (0, 0, 0)
    exit: int | None = None
    is_immediate: int = 0
    immediate: int = 0
    operands: tuple[int, ...] = (0, 0, 0)


def uop(name: str, **fields: object) -> Made:
    return Made(OPCODES[name], **fields)  # type: ignore[arg-type]


@dataclass(frozen=True)
class MadeExit:
    """As mvm_final_exit."""

    first_uop: int
    side: int = 0
    registers: int = 0
