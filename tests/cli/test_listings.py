"""Golden listings: golden/*.expected are what `dis` and `trace` show of listing.mvm.

With MINIVM_UPDATE_GOLDEN=1 in the environment they are written anew; look at the difference.
Machine code has no golden file, since it is the compiler's: it is checked for what must be in it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from command_line import ENGINES, WriteProgram, minivm_process

from minivm.commands.exit_codes import INTERNAL
from minivm.listing.uops import show_bits

HERE = Path(__file__).parent
NEEDS_CAPSTONE = pytest.mark.skipif(
    "asan" in os.environ.get("LD_PRELOAD", ""), reason="the sanitizer does not let capstone load"
)
THRESHOLDS = ["--warm-up", "2", "--loop-threshold", "20", "--entry-threshold", "100"]

LISTINGS = {
    "dis": ["dis", "listing.mvm"],
    "dis_specialized": ["dis", "listing.mvm", "--specialized", "--warm-up", "2"],
    "dis_function": ["dis", "listing.mvm", "--function", "square"],
    "trace_projection": ["trace", "listing.mvm", *THRESHOLDS, "--stage", "projection"],
    "trace_types": ["trace", "listing.mvm", *THRESHOLDS, "--stage", "types"],
    "trace_registers": ["trace", "listing.mvm", *THRESHOLDS, "--stage", "registers"],
    "trace_exits": ["trace", "listing.mvm", *THRESHOLDS, "--stage", "exits"],
}


@pytest.mark.parametrize("name", LISTINGS)
def test_golden(name: str) -> None:
    process = minivm_process(*LISTINGS[name], cwd=HERE)
    assert (process.returncode, process.stderr) == (0, "")
    path = HERE / "golden" / f"{name}.expected"
    if os.environ.get("MINIVM_UPDATE_GOLDEN"):
        path.write_text(process.stdout, encoding="utf-8")
    assert process.stdout == path.read_text(encoding="utf-8")


def test_functions_without_a_name(program: WriteProgram) -> None:
    path = program("fn(a -- b) { a } -> f\nfn(a -- b) {\n    a f call(1 -- 1)\n} -> g\n")
    for name, headings in (("fn of line 2", 1), ("2", 1), ("fn", 2)):
        process = minivm_process("dis", path, "--function", name)
        assert process.stdout.count("fn of line 2: 1 parameter") == 1
        assert process.stdout.count(": 1 parameter") == headings
    process = minivm_process("dis", path, "--function", "3")
    assert "There are: main, fn of line 1, fn of line 2." in process.stderr


def test_traces_of_functions_without_a_name(program: WriteProgram) -> None:
    body = "{ 0 -> s for i in 0 n range { s i + -> s } s }"
    path = program("".join(f"fn(n -- s) {body} -> {name}\n" for name in "fg") + "99 f call(1 -- 1)"
                   " 99 g call(1 -- 1) + print")  # fmt: skip
    for name, others in (("fn of line 2", 0), ("2", 0), ("fn", 1)):
        listing = trace(path, *THRESHOLDS, "--function", name, "--stage", "dead-code")
        assert listing.count("loop in fn of line 2") == listing.count("dead code:") - others == 1
        assert listing.count("loop in fn of line 1") == others


def trace(*words: str) -> str:
    process = minivm_process("trace", *words, cwd=HERE)
    assert (process.returncode, process.stderr) == (0, "")
    return process.stdout


@NEEDS_CAPSTONE
def test_machine_code() -> None:
    listing = trace("listing.mvm", *THRESHOLDS, "--stage", "code")
    for part in ("_UNBOX_INT → r", "[slot 0.payload]", "exit 1\n", "jmp     top\n", "exits:\n"):
        assert part in listing
    # Nothing that differs from run to run: no address of code, of the VM or of an object.
    assert not re.search(r"0x[0-9a-f]{9,}|outside", listing)


@NEEDS_CAPSTONE
def test_listings_do_not_change() -> None:
    program = str(HERE / "strings.mvm")
    words = [program, "--loop-threshold", "10", "--warm-up", "2"]
    assert trace(*words) == trace(*words)


def test_uop_interpreter_has_no_machine_code() -> None:
    listing = trace("listing.mvm", *THRESHOLDS, "--jit=uops")
    assert "registers: " in listing and "machine code" not in listing


@NEEDS_CAPSTONE
def test_filters() -> None:
    everything = trace("listing.mvm", *THRESHOLDS)
    assert "loop in main, listing.mvm:7:1" in everything
    chosen = trace("listing.mvm", *THRESHOLDS, "--line", "7", "--function", "main")
    assert "loop in main, listing.mvm:7:1" in chosen
    nothing = trace("listing.mvm", *THRESHOLDS, "--line", "5", "--function", "main")
    assert nothing.startswith("no trace starts at line 5 in main; they start at line 7 (main)")
    process = minivm_process("trace", "listing.mvm", *THRESHOLDS, "--stage", "typos", cwd=HERE)
    assert process.returncode == 2 and "there is no stage 'typos'" in process.stderr
    process = minivm_process("dis", "listing.mvm", "--function", "squre", cwd=HERE)
    assert process.returncode == 2 and "There are: main, square." in process.stderr


@NEEDS_CAPSTONE
def test_failing_program_is_listed(program: WriteProgram) -> None:
    path = program("for i in 0 99 range { 1 90 i - // -> n }")
    for words in (["dis", "--specialized"], ["trace", "--loop-threshold", "9"]):
        process = minivm_process(*words, path)
        assert process.returncode == 1
        assert "(division by zero)" in process.stderr
        assert "main" in process.stdout


@pytest.mark.parametrize("path", sorted((HERE.parent / "programs").glob("*.mvm"))[::8], ids=str)
def test_every_program_can_be_listed(path: Path) -> None:
    """Whatever is in a program, its listings come out, and the same each time."""
    words = [str(path), "--loop-threshold", "2", "--entry-threshold", "2"]
    for command in (["dis", "--specialized"], ["trace"], ["trace", *ENGINES["uops"]]):
        process = minivm_process(*command, *words)
        # A file of several cases that do not fit together is no program, and one may end with any
        # status; a signal's is negative.
        assert 0 <= process.returncode != INTERNAL
        assert "internal error" not in process.stderr


def test_constants_of_every_type() -> None:
    assert show_bits("float", 0x3FF8000000000000) == "1.5"
    assert show_bits("int", 2**64 - 1) == "-1"
    assert show_bits("bool", 1) == "true" and show_bits("nil", 0) == "nil"
    assert show_bits("string", 0x7F0000001000) == "a string"


_DECLARATIONS = """\
record Circle { radius }
generic area(shape -- a)
method Circle.area(self -- a) { self .radius dup * }
fn total(shapes f -- sum) {
    0 -> sum
    for shape in shapes { sum shape area f call(1 -- 1) + -> sum }
    sum
}
[ 2 Circle ] -> shapes
3 -> factor
for i in 0 99 range { shapes fn(x -- y) { x factor * } total drop }
shapes &len call(1 -- 1) drop
"""


def test_declared_names(program: WriteProgram) -> None:
    """Records, fields, generics and functions go by their names."""
    path = program(_DECLARATIONS)
    listing = minivm_process("dis", path).stdout
    for part in (" Circle, 1\n", " self, .radius\n", " area\n", " fn of line 11, 1\n", " &len\n"):
        assert part in listing
    assert "\nfn of line 11: 1 parameter" in listing
    words = [path, *THRESHOLDS, "--function", "total", "--stage"]
    listing = trace(*words, "projection")
    assert "_CALL_GENERIC area, Circle " in listing and "_LOAD_FIELD .radius " in listing
    listing = trace(*words, "types")
    assert re.search(r"_CHECK_RECORD v\d+, Circle ", listing)
    assert re.search(r"_CHECK_FUNCTION v\d+, fn of line 11 ", listing)
    assert re.search(r"_GET_CAPTURE v\d+, captured 0 ", listing)
