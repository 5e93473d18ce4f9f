"""Uops → the text of a trace's function."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent

from minivm.generated.uop_table import UOPS
from minivm.llvm.trace_ir import trace_ir

OPCODES = {info.name: opcode for opcode, info in enumerate(UOPS)}


@dataclass(frozen=True)
class Made:
    """A uop as the compiler gets it."""

    opcode: int
    output: int = 0
    inputs: tuple[int, ...] = (0, 0, 0)
    exit: int | None = None
    is_immediate: int = 0
    immediate: int = 0
    operands: tuple[int, ...] = (0, 0, 0)


def uop(name: str, **fields: object) -> Made:
    return Made(OPCODES[name], **fields)  # type: ignore[arg-type]


EXIT = uop("_EXIT_TRACE", operands=(2**64 - 16, 0, 0))


def body_of(*uops: Made, loop_start: int = 0, exits: tuple[int, ...] = ()) -> str:
    """The function's blocks."""
    text = trace_ir(uops, loop_start, exits)
    return text[text.index("entry:") : text.index("unreachable:")]


def check(found: str, expected: str) -> None:
    assert found == dedent(expected).lstrip("\n")


def test_a_loop_over_registers() -> None:
    found = body_of(
        uop("_UNBOX_INT", output=3, inputs=(7, 0, 0)),
        uop("_ADD_INT", inputs=(3, 5, 0), output=3, exit=0, is_immediate=1, immediate=-2),
        uop("_JUMP_TO_TOP"),
        EXIT,
        loop_start=1,
        exits=(3,),
    )
    check(
        found,
        """
        entry:
          %r3 = alloca i64
          br label %uop0
        uop0:
          call i1 @uop_UNBOX_INT(ptr %slots, ptr %vm, i64 7, ptr %r3)
          br label %uop1
        uop1:
          %uop1.0 = load i64, ptr %r3
          %uop1.left = call i1 @uop_ADD_INT(ptr %slots, ptr %vm, i64 %uop1.0, i64 -2, ptr %r3)
          br i1 %uop1.left, label %uop3, label %uop2, !prof !99999
        uop2:
          call i1 @uop_JUMP_TO_TOP(ptr %slots, ptr %vm)
          br label %uop1
        uop3:
          call i1 @uop_EXIT_TRACE(ptr %slots, ptr %vm, i64 -16)
          ret void
        """,
    )


def test_floats_have_registers_of_their_own() -> None:
    found = body_of(uop("_ADD_FLOAT", inputs=(1, 2, 0), output=1), EXIT)
    assert "  %d1 = alloca double\n  %d2 = alloca double\n" in found
    assert "double %uop0.0, double %uop0.1, ptr %d1)" in found


def test_values_without_registers_go_by_number() -> None:
    found = body_of(uop("_ADD", inputs=(4, 5, 0), output=6, exit=0), EXIT, exits=(1,))
    assert "call i1 @uop_ADD(ptr %slots, ptr %vm, i64 4, i64 5, i64 6)" in found
    assert "alloca" not in found


def test_what_must_leave_goes_nowhere_else() -> None:
    found = body_of(uop("_LEAVE", exit=0), EXIT, exits=(1,))
    assert "br i1 %uop0.left, label %uop1, label %unreachable, !prof" in found
