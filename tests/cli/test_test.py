"""`minivm test`: which tests run, what is shown of them, and the exit code."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import EAGER, ENGINES, WriteProgram, minivm_process

_PROGRAM = """\
fn half(n -- m) { 7 n // }
[ ] -> seen
"top level" print
args len 0 == assert

test "it passes" { 2 half 3 == assert }
test "it fails" {
    "before" print
    0 half print
}
test "it passes, too" { 0 -> n for i in 1 50 range { n i half + -> n } }
"""


def test_report(program: WriteProgram) -> None:
    path = program(_PROGRAM)
    process = minivm_process("test", path)
    assert process.returncode == 1 and process.stderr == ""
    assert process.stdout == (
        f"{path}\n"
        "  ok      it passes\n"
        "  FAILED  it fails\n"
        f"    {path}:1:23: error: division by zero in 7 // 0 (division by zero)\n"
        "      1 | fn half(n -- m) { 7 n // }\n"
        "        |                       ^^\n"
        "    calls in progress, the innermost first:\n"
        f"      half      {path}:1:23\n"
        f"      it fails  {path}:9:7\n"
        "    it printed:\n"
        "      before\n"
        "  ok      it passes, too\n"
        "2 passed, 1 failed\n"
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_choosing(engine: str, program: WriteProgram) -> None:
    path = program(_PROGRAM)
    process = minivm_process("test", "-k", "passes", path, *ENGINES[engine], *EAGER)
    assert process.returncode == 0
    assert process.stdout.endswith("2 passed, 0 failed\n")
    process = minivm_process("test", "-k", "nothing", path)
    assert (process.returncode, process.stdout) == (0, "no tests found\n")


def test_run_skips_tests(program: WriteProgram) -> None:
    process = minivm_process("run", program(_PROGRAM))
    assert (process.returncode, process.stdout) == (0, "top level\n")


def test_directories(tmp_path: Path) -> None:
    """Files without tests need not compile."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.mvm").write_text('test "one" { }')
    (tmp_path / "broken.mvm").write_text("1 +")
    process = minivm_process("test", cwd=tmp_path)
    assert process.returncode == 0
    assert process.stdout.splitlines() == ["deep/a.mvm", "  ok      one", "1 passed, 0 failed"]
    (tmp_path / "broken.mvm").write_text('1 + test "two" { }')
    process = minivm_process("test", ".", cwd=tmp_path)
    assert process.returncode == 65
    assert "broken.mvm:1:3: error: '+' needs 2 values" in process.stderr
    assert "1 passed, 0 failed" in process.stdout
    assert minivm_process("test", "no/such/file").returncode == 66


def test_error_in_an_imported_file(tmp_path: Path) -> None:
    (tmp_path / "inner.mvm").write_text("# a line\nfn fail(n -- m) {\n    n 0 //\n}\n")
    main = tmp_path / "main.mvm"
    main.write_text('import "inner.mvm"\ntest "it" { 1 fail drop }\n2 fail print\n')
    process = minivm_process("run", "main.mvm", cwd=tmp_path)
    assert process.returncode == 1
    assert process.stderr.startswith(
        "inner.mvm:3:9: error: division by zero in 2 // 0 (division by zero)\n"
        "  3 |     n 0 //\n"
        "    |         ^^\n"
    )


def test_output_of_a_failing_test(program: WriteProgram) -> None:
    """The end of it; that of the top level only when the test is not reached."""
    path = program('test "it" { for i in 0 30 range { i print } false assert }')
    printed = minivm_process("test", path).stdout.partition("it printed:\n")[2]
    rows = ["      … 10 lines …", *(f"      {i}" for i in range(10, 30)), "0 passed, 1 failed"]
    assert printed.splitlines() == rows
    path = program('"top level" print 1 0 // print test "it" { }')
    assert "it printed:\n      top level\n" in minivm_process("test", path).stdout


def test_no_word_on_tests_where_there_is_an_error(program: WriteProgram) -> None:
    for path, code in ((program('1 + test "it" { }'), 65), ("nowhere.mvm", 66)):
        process = minivm_process("test", path)
        assert (process.returncode, process.stdout) == (code, "")


def test_exit(program: WriteProgram) -> None:
    """`exit` ends the top level, and fails a test."""
    path = program('test "one" { }\ntest "two" { 0 exit }\n0 exit')
    process = minivm_process("test", path)
    assert process.returncode == 1
    assert "  ok      one\n" in process.stdout and "FAILED  two\n" in process.stdout
