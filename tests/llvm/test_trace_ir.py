"""Uops → the text of a trace's function."""

from __future__ import annotations

from textwrap import dedent

from minivm.llvm.trace_ir import trace_ir
from tests.llvm.made import Made, MadeExit, uop

EXIT = uop("_EXIT_TRACE", operands=(2**64 - 16, 0, 0))


def body_of(
    *uops: Made, loop_start: int = 0, exits: tuple[MadeExit, ...] = (), link: int = 0
) -> str:
    """The function's blocks."""
    text = trace_ir(uops, loop_start, exits, link)
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
        exits=(MadeExit(3),),
    )
    check(
        found,
        """
        entry:
          %r3 = alloca i64
          store i64 %r3.in, ptr %r3
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
    assert "  store double %d1.in, ptr %d1\n  store double %d2.in, ptr %d2\n" in found
    assert "double %uop0.0, double %uop0.1, ptr %d1)" in found


def test_values_without_registers_go_by_number() -> None:
    found = body_of(uop("_ADD", inputs=(4, 5, 0), output=6, exit=0), EXIT, exits=(MadeExit(1),))
    assert "call i1 @uop_ADD(ptr %slots, ptr %vm, i64 4, i64 5, i64 6)" in found
    assert "alloca" not in found


def test_what_must_leave_goes_nowhere_else() -> None:
    found = body_of(uop("_LEAVE", exit=0), EXIT, exits=(MadeExit(1),))
    assert "br i1 %uop0.left, label %uop1, label %unreachable, !prof" in found


def test_an_exit_goes_on_in_its_side_trace_once_there_is_one() -> None:
    found = body_of(
        uop("_GUARD_TRUE", inputs=(0, 0, 0), exit=0),
        uop("_GUARD_TRUE", inputs=(0, 0, 0), exit=0),
        EXIT,
        exits=(MadeExit(2, side=0x1000, registers=1 << 3 | 1 << 8 + 2),),
    )
    assert found.count("label %exit0, ") == 2 and found.count("exit0:") == 1
    assert "  store i64 %r3.in, ptr %r3\n  store double %d2.in, ptr %d2\n" in found
    passed = ["i64 poison"] * 8 + ["double poison"] * 8
    passed[3], passed[10] = "i64 %side0.r3", "double %side0.d2"
    check(
        found[found.index("exit0:") :],
        f"""
        exit0:
          %exit0.side = load volatile ptr, ptr inttoptr (i64 4096 to ptr)
          %exit0.none = icmp eq ptr %exit0.side, null
          br i1 %exit0.none, label %uop2, label %side0
        side0:
          %side0.r3 = load i64, ptr %r3
          %side0.d2 = load double, ptr %d2
          musttail call preserve_nonecc void %exit0.side(ptr %slots, ptr %vm, {", ".join(passed)})
          ret void
        """,
    )


def test_a_link_goes_on_in_another_trace_with_its_slots_and_no_registers() -> None:
    found = body_of(uop("_LINK", operands=(32, 2**64 - 64, 0)), link=2**63 + 16)
    passed = ["i64 poison"] * 8 + ["double poison"] * 8
    target = f"inttoptr (i64 {16 - 2**63} to ptr)"
    arguments = f"ptr %uop0.slots, ptr %vm, {', '.join(passed)}"
    check(
        found[found.index("uop0:") :],
        f"""
        uop0:
          %uop0.slots = getelementptr i8, ptr %slots, i64 32
          musttail call preserve_nonecc void {target}({arguments})
          ret void
        """,
    )
