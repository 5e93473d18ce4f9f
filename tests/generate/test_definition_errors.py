"""Every way in which uops.def can be wrong: the error names the file, the line and the cause."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from minivm.generate import generate_all
from minivm.generate.definitions import DefinitionError
from tests.generate.snippets import PRELUDE, PRELUDE_LINES, model_of

GUARD = "uop _GUARD(condition: bool --) tier2 guard exits(branch) { EXIT_IF(!condition); }\n"
TEST = "uop _TEST(left: int -- res: bool) pure { res = left < 0; }\n"
LIST = "uop _BUILD[count: 16](all[count] -- res) array calls { build(all, count, &res); }\n"

# (the lines, the number of the bad one, the message)
WRONG = [
    # syntax
    ("inst A = ;", 1, "syntax error at ';'"),
    ("\ninst A = _ADD", 2, "syntax error at the end of the file"),
    ("uop _A(--) pure $", 1, "syntax error at '$'"),
    ("uop _A(--) { if (a) { b; }", 1, "syntax error at '{': a body's braces must balance"),
    ("uop _A(--) { { { { { } } } } }", 1, "syntax error at '{': a body's braces must balance"),
    ('exit late "too late', 1, "syntax error at '\"'"),
    ("uop lower(--) { }", 1, "syntax error at 'lower'"),
    # names defined twice
    ("uop _A(--) { }\n\nuop _A(--) { }", 3, "'_A' is defined twice"),
    ("uop _A(--) pure pure { }", 1, "'pure' is defined twice"),
    ('type int : general "int" integer;', 1, "'int' is defined twice"),
    ('exit type "again";', 1, "'type' is defined twice"),
    ('abort full "a";\nabort full "b";', 2, "'full' is defined twice"),
    ("inst ADD = _SWAP;", 1, "'ADD' is defined twice"),
    ("family SWAP {\n    ADD_INT = _SWAP;\n}", 2, "'ADD_INT' is defined twice"),
    ('word "+" = ADD;\nword "+" = ADD;', 2, "'+' is defined twice"),
    ("uop _BOX_INT(value -- res) { res = value; }", 1, "the uop '_BOX_INT' exists already"),
    (TEST + GUARD + "combine _ADD = _TEST + _GUARD;", 3, "the uop '_ADD' exists already"),
    # types
    ('type odd : fast "int" integer;', 1, "the registers of 'odd' are general or vector"),
    ('type odd refines even when "1";', 1, "'odd' refines the unknown type 'even'"),
    ('type odd refines list_int when "1";', 1, "'odd' refines 'list_int', itself a refined type"),
    ('type even refines int when "1" pure;', 1, "may have the flag 'reads', not 'pure'"),
    ('type even refines int when "1" reads(hair);', 1, "'_REFINE_EVEN' names the unknown memory"),
    # flags
    ("uop _A(--) quick { }", 1, "'_A' has the unknown flag 'quick'"),
    ("uop _A(--) exits { EXIT_IF(1); }", 1, "the flag 'exits' takes 1 arguments, found 0"),
    ("uop _A(--) pure(yes) { }", 1, "the flag 'pure' takes 0 arguments, found 1"),
    ("uop _A(--) writes(hair) { }", 1, "'_A' names the unknown memory 'hair'"),
    ("uop _A(--) exits(never) { EXIT_IF(1); }", 1, "'_A' exits for the unknown reason 'never'"),
    ("uop _A(--) branch(_X, _Y) { }", 1, "'_A' expects the unknown guard '_X'"),
    ("uop _A(--) branch(_ADD, _ADD) { }", 1, "'_A' expects the unknown guard '_ADD'"),
    ("uop _A(--) pure writes { }", 1, "'_A' is pure, so it can't touch objects or fail"),
    ("uop _A(--) pure errors { ERROR_IF(1); }", 1, "'_A' is pure, so it can't"),
    (
        "uop _A(--) exits(type) errors { EXIT_IF(1); ERROR_IF(1); }",
        1,
        "'_A' has both an exit and an error",
    ),
    ("uop _A(a: int --) calls { }", 1, "'_A' calls, so its typed items must be spilled"),
    ("uop _A(--) allocates { }", 1, "'_A' allocates, so it calls"),
    ("uop _A(a: int --) commutes { }", 1, "'_A' commutes, so it takes two items of one type"),
    ("uop _A(a: int, b: bool --) commutes { }", 1, "'_A' commutes, so it takes two items of one"),
    ("uop _A(a: float --) immediate { }", 1, "'_A': an immediate must be an int or bool input"),
    ("uop _A(--) immediate { }", 1, "'_A': an immediate must be an int or bool input"),
    ("uop _A(a: int --) immediate spilled { }", 1, "'_A' is spilled, so it has no immediate form"),
    ("uop _A(a: int -- b: int) tied(c) { b = a; }", 1, "'_A' has no typed input 'c' to tie"),
    ("uop _A(a -- b: int) tied(a) { b = 1; }", 1, "'_A' has no typed input 'a' to tie"),
    ("uop _A(a: int -- b) tied(a) { b = 1; }", 1, "'_A' has no typed output to tie"),
    ("uop _A(a: int -- b: int) tied(a) untied { b = a; }", 1, "'_A' has no typed output to tie"),
    ("uop _A(a: int -- b) unboxes(c) { b = a; }", 1, "'_A' has no typed input 'c' to tie"),
    ("uop _A(a: int -- b: int) unboxes(a) { b = a; }", 1, "'_A' gives nothing that can be unbox"),
    ("uop _A(a: int -- b) knows { b = a; }", 1, "'_A' knows types, so it needs the flag unboxes"),
    # effects and operands
    ("uop _A(a: real --) { }", 1, "'_A' uses the unknown type 'real'"),
    ("uop _A(-- a: real) { a = 0; }", 1, "'_A' uses the unknown type 'real'"),
    ("uop _A(a[count] -- b) array { b = a[0]; }", 1, "'count' is no operand of '_A'"),
    (
        "uop _A[n: 16](a[n] -- b) { b = a[0]; }",
        1,
        "'_A' needs the flag array and one input, of many values",
    ),
    ("uop _A(a -- b) array { b = a; }", 1, "'_A' needs the flag array and one input"),
    ("uop _A[n: 16](a[n], c -- b) array { b = c; }", 1, "'_A' needs the flag array and one input"),
    ("uop _A[n: 16](a[n] --) array { }", 1, "'_A' is an array's, so it has an output"),
    ("uop _A(a, b, c, d --) { }", 1, "'_A' has over 3 inputs or 3 operands"),
    ("uop _A[a: 16, b: 16, c: 16, d: 16](--) { }", 1, "'_A' has over 3 inputs or 3 operands"),
    ("uop _A(a -- b, c) { }", 1, "'_A' has more than one output"),
    ("uop _A(a -- b) shuffle;", 1, "'_A' gives an item it does not take"),
    ("uop _A(a, a --) { }", 1, "'_A' has two items called 'a'"),
    ("uop _A[a: 16](a --) { }", 1, "'_A' has two items called 'a'"),
    ("uop _A(a -- a) { }", 1, "'_A' has two items called 'a'"),
    ("uop _A[a: 8](--) { }", 1, "an operand has 16, 32 or 64 bits, not 8"),
    ("uop _A[a: cache 32](--) { }", 1, "the cache 'a' must have 16 bits"),
    # bodies
    ("uop _A(a -- b);", 1, "'_A' needs a body, or the flag shuffle and none"),
    ("uop _A(a -- a) shuffle { }", 1, "'_A' needs a body, or the flag shuffle and none"),
    ("uop _A(--) { EXIT_IF(1); }", 1, "'_A' uses EXIT_IF without the flag 'exits'"),
    ("uop _A(--) { ERROR_IF(1); }", 1, "'_A' uses ERROR_IF without the flag 'errors'"),
    ("uop _A(--) exits(type) { }", 1, "'_A' has the flag 'exits' but no EXIT_IF"),
    ("uop _A(--) errors { }", 1, "'_A' has the flag 'errors' but no ERROR_IF"),
    # instructions
    ("inst A =\n    _ADD +\n    _SUB;", 3, "'A' uses the unknown uop '_SUB'"),
    (GUARD + "inst A = _GUARD;", 2, "'_GUARD' exists in tier two alone"),
    ("inst A = _UNBOX_INT;", 1, "'_UNBOX_INT' exists in tier two alone"),
    ("inst A = _GUARD_INT;", 1, "'_GUARD_INT' comes with typed inputs, not by name"),
    ("inst A = _ADD(1);", 1, "'_ADD' has no operand to bind"),
    ("inst A = _ADD(name);", 1, "'_ADD' has no operand to bind"),
    (
        "uop _W[number: 64](--) { }\ninst A = _W;",
        2,
        "the operand 'number' of '_W' is too wide: 64 bits",
    ),
    ("uop _C[seen: cache 16](--) { }\ninst A = _C(3);", 2, "the cache 'seen' can't be a number"),
    ("uop _C[seen: cache 16](--) { }\ninst A = _C(b + 1);", 2, "the cache 'seen' can't be a"),
    ("family NOTHING { A = _ADD; }", 1, "there is no instruction 'NOTHING'"),
    ("family ADD_INT { A = _ADD; }", 1, "there is no instruction 'ADD_INT'"),
    ("inst A = _ADD_FLOAT;", 1, "'A' has a typed input and no generic form"),
    ("uop _A(--) exits(type) { EXIT_IF(1); }\ninst A = _A;", 2, "'A' may exit and has no generic"),
    (
        "family ADD { ADD_ONE = _STORE_LOCAL(slot) + _LOAD_INT; }",
        1,
        "'ADD_ONE' has other operands than 'ADD'",
    ),
    (
        "inst A = _ADD;\nfamily A { A_INT = _SWAP + _STORE_LOCAL(1) + _LOAD_INT(1) + _ADD_INT; }",
        2,
        "in 'A_INT', '_GUARD_INT' may exit after '_STORE_LOCAL' changed something",
    ),
    ("inst A = _ADD + _ADD;", 1, "in 'A', '_ADD' may exit after '_ADD' changed something"),
    (
        "uop _J[offset: 32](--) jump { taken = 1; }\ninst A = _J + _SWAP;",
        2,
        "in 'A', '_SWAP' stands after '_J'",
    ),
    (LIST + "inst A = _SWAP + _BUILD;", 2, "in 'A', '_BUILD' must stand alone"),
    (LIST + "inst A = _BUILD + _SWAP;", 2, "in 'A', '_SWAP' stands after '_BUILD'"),
    (
        "uop _W[wide: 32](--) { }\ninst A = _LOAD_LOCAL(n) + _W(n);",
        2,
        "in 'A', the operand 'n' has two sizes",
    ),
    (
        "family SWAP { SWAP_ONE = _ADD; }",
        1,
        "'SWAP_ONE' has another stack effect (2 -- 1) than its instruction (2 -- 2)",
    ),
    # fusions, combinations, words
    ("fuse {ADD} + {NOTHING};", 1, "there is no instruction 'NOTHING' to fuse"),
    ("fuse {ADD_INT} + {ADD};", 1, "there is no instruction 'ADD_INT' to fuse"),
    ("fuse {SWAP} + {SWAP};\nfuse {SWAP} + {SWAP};", 2, "'SWAP_SWAP' exists already"),
    (
        "uop _J[offset: 32](--) jump { taken = 1; }\ninst A = _J;\nfuse {A} + {SWAP};",
        3,
        "in 'A_SWAP', '_SWAP' stands after '_J'",
    ),
    (TEST + "combine _C = _TEST + _NONE;", 2, "'_C' combines the unknown uop '_NONE'"),
    (GUARD + "combine _C = _NONE + _GUARD;", 2, "'_C' combines the unknown uop '_NONE'"),
    (TEST + "combine _C = _TEST + _ADD;", 2, "'_C' must be a uop with a result and a guard"),
    (
        GUARD + "combine _C = _ADD_INT + _GUARD;",
        2,
        "'_ADD_INT' must be pure or read, without exits, calls, operands",
    ),
    (GUARD + "combine _C = _ADD_FLOAT + _GUARD;", 2, "'_GUARD' does not take what '_ADD_FLOAT'"),
    (
        TEST + GUARD + "combine _C = _TEST + _GUARD;\ncombine _D = _TEST + _GUARD;",
        4,
        "'_TEST' and '_GUARD' are combined already",
    ),
    ('word "+" = NOTHING;', 1, "the word '+' has no instruction"),
    ('word "+" = ADD_INT;', 1, "the word '+' has no instruction"),
    ('inst A = _SWAP + _SWAP;\nword "a" = A;', 2, "the word 'a' needs an instruction of one uop"),
]


@pytest.mark.parametrize(("text", "line", "message"), WRONG)
def test_wrong_definitions(text: str, line: int, message: str) -> None:
    place = f"uops.def:{PRELUDE_LINES + line}: "
    with pytest.raises(DefinitionError, match="^" + re.escape(place) + ".*" + re.escape(message)):
        model_of(text)


@pytest.mark.parametrize("reason", ["type", "error"])
def test_reasons_that_must_be_there(reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line for line in PRELUDE.splitlines() if not line.startswith(f"exit {reason}")]
    monkeypatch.setattr("tests.generate.snippets.PRELUDE", "\n".join(lines))
    with pytest.raises(DefinitionError, match=rf"^uops\.def:\d+: .*need.* an 'exit {reason}'"):
        model_of()


def test_generate_all_reports_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "uops.def").write_text(PRELUDE + "inst A = _NOTHING;")
    with pytest.raises(DefinitionError, match=rf"^uops\.def:{PRELUDE_LINES + 1}: 'A' uses"):
        generate_all(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["uops.def"]


def test_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"^uops\.def:1: can't be read: No such file"):
        generate_all(tmp_path)
    (tmp_path / "uops.def").write_bytes(b"# one\n# \xff\n")
    with pytest.raises(DefinitionError, match=r"^uops\.def:2: the byte 0xff is not UTF-8"):
        generate_all(tmp_path)
