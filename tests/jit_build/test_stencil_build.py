"""From C to stencils: holes, constants, errors and the cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from minivm.jit.cache import Cache
from minivm.jit.errors import BuildError
from minivm.jit.holes import Hole
from minivm.jit.stencils import Stencil
from minivm.jit.target import HoleKind
from tests.jit_build.conftest import Builder, Source, source


def one(build: Builder, body: str) -> Stencil:
    (stencil,) = build(source("_U", u_0=body)).uops[0].stencils
    return stencil


def test_add_with_overflow(build_stencils: Builder) -> None:
    stencil = one(
        build_stencils,
        "int64 res; EXIT_IF(__builtin_add_overflow(r0, (int64)&_JIT_IMMEDIATE_32, &res));"
        "r0 = res; CONTINUE();",
    )
    kinds = [(hole.kind, hole.value, hole.addend) for hole in stencil.holes]
    assert kinds == [
        (HoleKind.ABSOLUTE_32_SIGNED, "IMMEDIATE", 0),
        (HoleKind.RELATIVE_32, "EXIT_TARGET", -4),
    ]
    assert stencil.continues
    assert stencil.data == b""
    assert "; EXIT_TARGET-4 relative_32" in "\n".join(stencil.listing)


def test_folded_displacement_has_an_addend(build_stencils: Builder) -> None:
    stencil = one(
        build_stencils, "r0 = *(int64 *)(slots + (int64)&_JIT_INPUT0_SLOT + 8); CONTINUE();"
    )
    (hole,) = stencil.holes
    assert (hole.kind, hole.value, hole.addend) == (HoleKind.ABSOLUTE_32_SIGNED, "INPUT0_SLOT", 8)


def test_kinds_by_declaration(build_stencils: Builder) -> None:
    wide = one(build_stencils, "r0 = (int64)_JIT_OPERAND0_64; CONTINUE();")
    assert wide.holes == (Hole(2, HoleKind.ABSOLUTE_64, "OPERAND0", "", 0),)
    narrow = one(
        build_stencils,
        '__asm__("movw $_JIT_OPERAND0_16, %w0" : "+r"(r0)); CONTINUE();',
    )
    assert [hole.kind for hole in narrow.holes] == [HoleKind.ABSOLUTE_16]
    signed = one(build_stencils, "r0 = (int64)&_JIT_IMMEDIATE_32; CONTINUE();")
    assert [hole.kind for hole in signed.holes] == [HoleKind.ABSOLUTE_32_SIGNED]


def test_constant_is_copied(build_stencils: Builder) -> None:
    stencil = one(build_stencils, "d0 = -d0; CONTINUE();")
    (hole,) = stencil.holes
    assert (hole.value, hole.kind, hole.addend) == ("DATA", HoleKind.RELATIVE_32, -4)
    assert stencil.data == bytes.fromhex("0000000000000080" * 2)


def test_call_of_a_helper(build_stencils: Builder) -> None:
    text = source("_U", u_0="r0 = mvm_help(r0); CONTINUE();")
    text = Source("_U", "extern long mvm_help(long);" + text.text, text.stencils)
    (stencil,) = build_stencils(text).uops[0].stencils
    assert [hole.symbol for hole in stencil.holes if hole.value == "SYMBOL"] == ["mvm_help"]


def test_unknown_symbol(build_stencils: Builder) -> None:
    text = source("_U", u_0="r0 = 1; CONTINUE();", u_1="r0 = (int64)&_JIT_TYPO; CONTINUE();")
    text = Source("_U", "extern void _JIT_TYPO(void);" + text.text, text.stencils)
    with pytest.raises(BuildError, match=r"uop _U, stencil u_1: symbol _JIT_TYPO isn't understood"):
        build_stencils(text)


def test_relative_value(build_stencils: Builder) -> None:
    with pytest.raises(BuildError, match="stencil u_0: _JIT_IMMEDIATE_32 is taken relative"):
        one(
            build_stencils,
            '__asm__("leaq _JIT_IMMEDIATE_32(%%rip), %0" : "=r"(r0)); CONTINUE();',
        )


def test_writable_data(build_stencils: Builder) -> None:
    with pytest.raises(BuildError, match=r"uop _U: assembly line \d+: .*variables"):
        one(build_stencils, "static int64 counter; r0 = counter++; CONTINUE();")


def test_falling_off(build_stencils: Builder) -> None:
    with pytest.raises(BuildError, match="uop _U, stencil u_0: a path falls off the end"):
        one(build_stencils, "r0 = 1; __builtin_unreachable();")


def test_c_error_names_uop_and_stencil(build_stencils: Builder) -> None:
    text = source("_U", u_0="CONTINUE();", u_1="r0 = nonsense; CONTINUE();")
    with pytest.raises(BuildError, match=r"uop _U, stencil u_1: _U\.c:\d+:\d+: error: .*nonsense"):
        build_stencils(text)


def test_only_the_changed_uop_is_compiled(build_stencils: Builder) -> None:
    first = source("_A", a_0="r0 = 1; CONTINUE();")
    second = source("_B", b_0="r0 = 2; CONTINUE();")
    assert build_stencils(first, second).compiled == ("_A", "_B")
    before = build_stencils(first, second)
    assert before.compiled == ()
    changed = source("_B", b_0="r0 = 3; CONTINUE();")
    after = build_stencils(first, changed)
    assert after.compiled == ("_B",)
    assert after.uops[0] == before.uops[0]
    assert after.uops[1] != before.uops[1]
    assert build_stencils(first, second) == before


def test_changed_include_recompiles(build_stencils: Builder, tmp_path: Path) -> None:
    header = tmp_path / "includes" / "header.h"
    header.write_text("enum { NUMBER = 1 };\n")
    text = source("_A", a_0="r0 = NUMBER; CONTINUE();")
    text = Source("_A", '#include "header.h"\n' + text.text, text.stencils)
    build_stencils(text)
    assert build_stencils(text).compiled == ()
    header.write_text("enum { NUMBER = 2 };\n")
    assert build_stencils(text).compiled == ("_A",)


def test_damaged_cache_entry_is_made_again(build_stencils: Builder, cache: Cache) -> None:
    text = source("_A", a_0="r0 = 1; CONTINUE();")
    good = build_stencils(text)
    (entry,) = (cache.directory / "stencils").iterdir()
    for damaged in (b"", b"[{}]", b"[]", b"{", b'"text"', b"\xff"):
        entry.write_bytes(damaged)
        again = build_stencils(text)
        assert (again.uops, again.compiled) == (good.uops, ("_A",))
