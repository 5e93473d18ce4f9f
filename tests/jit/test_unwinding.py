"""The stack's depth at each instruction: of small pieces of code, and of every stencil."""

from __future__ import annotations

from minivm.debuginfo.unwinding import SAVED_REGISTERS, UnwindRow, unwind_rows
from minivm.jit.stencils import Stencil
from minivm.jit.target import HoleKind
from tests.jit.machine import Machine

RET = b"\xc3"
RBX, RBP = SAVED_REGISTERS["rbx"], SAVED_REGISTERS["rbp"]


def test_code_that_leaves_the_stack_alone() -> None:
    assert unwind_rows(bytes.fromhex("4889d0") + RET) == (UnwindRow(0, 0, ()),)


def test_what_is_pushed_and_saved() -> None:
    # push rbp; push rbx; sub rsp, 0x18; call; add rsp, 0x18; pop rbx; pop rbp; ret
    code = bytes.fromhex("55 53 4883ec18 e800000000 4883c418 5b 5d c3")
    rbp, rbx = (RBP, 16), (RBX, 24)
    assert unwind_rows(code) == (
        UnwindRow(0, 0, ()),
        UnwindRow(1, 8, (rbp,)),
        UnwindRow(2, 16, (rbp, rbx)),
        UnwindRow(6, 40, (rbp, rbx)),
        UnwindRow(15, 16, (rbp, rbx)),
        UnwindRow(16, 8, (rbp,)),
        UnwindRow(17, 0, ()),
    )


def test_what_follows_a_jump_is_as_at_the_jumps_that_lead_there() -> None:
    # push rax; test eax, eax; jne +2; pop rax; ret; lea rsp, [rsp + 8]; ret
    code = bytes.fromhex("50 85c0 7502 58 c3 488d642408 c3")
    depths = [(row.offset, row.pushed) for row in unwind_rows(code)]
    assert depths == [(0, 0), (1, 8), (6, 0), (7, 8), (12, 0)]


def test_a_register_pushed_as_an_argument_is_not_where_it_was_saved() -> None:
    # push rbx; push rbx; pop rbx; pop rbx
    saved = [row.saved for row in unwind_rows(bytes.fromhex("53 53 5b 5b c3"))]
    assert saved == [(), ((RBX, 16),), ((RBX, 16),), ((RBX, 16),), ()]


def test_every_stencil_is_left_as_it_was_entered(machine: Machine) -> None:
    stencils = [each for found in machine.stencils.values() for each in found]
    assert not [stencil.name for stencil in stencils if not _is_balanced(stencil)]
    calling = [each for each in stencils if any(hole.value == "SYMBOL" for hole in each.holes)]
    assert all(unwind_rows(each.code)[-1].offset for each in calling) and len(calling) > 100


def _is_balanced(stencil: Stencil) -> bool:
    """Its jumps away and its end are each pointed at a place of their own behind the code."""
    code, end = bytearray(stencil.code), len(stencil.code)
    exits = [
        hole
        for hole in stencil.holes
        if hole.kind is HoleKind.RELATIVE_32 and hole.value not in ("SYMBOL", "DATA")
    ]
    for number, hole in enumerate(exits, 1):
        distance = end + number - (hole.offset + 4)
        code[hole.offset : hole.offset + 4] = distance.to_bytes(4, "little")
    rows = unwind_rows(bytes(code) + RET * (len(exits) + 1))
    at_end = [row for row in rows if row.offset <= end][-1:] if stencil.continues else []
    behind = [row for row in rows if row.offset > end]
    return all(row.pushed == 0 and not row.saved for row in at_end + behind)
