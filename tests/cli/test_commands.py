"""What each command says, and the exit code it ends with."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest
from command_line import EAGER, ENGINES, WriteProgram, command, environment, minivm_process

import minivm
from minivm.commands.command_table import COMMANDS
from minivm.commands.exit_codes import MEANINGS


def test_version() -> None:
    process = minivm_process("--version")
    assert (process.returncode, process.stdout) == (0, f"minivm {minivm.__version__}\n")


def test_help() -> None:
    process = minivm_process("--help")
    assert process.returncode == 0
    assert all(f"  {name}" in process.stdout for name in COMMANDS)
    assert all(f"  {code}" in process.stdout for code in MEANINGS)
    assert minivm_process("help").stdout == process.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_commands(name: str) -> None:
    process = minivm_process(name, "--help")
    assert process.returncode == 0
    assert process.stdout.startswith(f"Usage: minivm {name}")
    assert "Examples:\n  " in process.stdout
    assert all(option.flags[0] in process.stdout for option in COMMANDS[name].options)
    assert max(map(len, process.stdout.splitlines())) <= 88
    assert minivm_process("help", name).stdout == process.stdout


def test_every_exit_code_is_documented() -> None:
    text = Path(__file__).parents[2].joinpath("docs", "cli.md").read_text(encoding="utf-8")
    assert all(f"| {code} |" in text for code in MEANINGS)
    options = {flag for c in COMMANDS.values() for option in c.options for flag in option.flags}
    assert all(f"`{flag}" in text for flag in options)


@pytest.mark.parametrize("engine", ENGINES)
def test_run(engine: str, program: WriteProgram) -> None:
    path = program("args print\n0 -> n\nfor i in 0 50 range { n i + -> n }\nn print")
    process = minivm_process("run", path, *ENGINES[engine], *EAGER, "a", "-5", "--jit")
    expected = '["a" "-5" "--jit"]\n1225\n'
    assert (process.returncode, process.stdout, process.stderr) == (0, expected, "")


def test_run_from_standard_input() -> None:
    process = minivm_process("run", "-", "é", stdin='args 0 get print "ü" print')
    assert (process.returncode, process.stdout) == (0, "é\nü\n")


def test_stats(program: WriteProgram) -> None:
    path = program("0 -> n\nfor i in 0 500 range { n i + -> n }\nn print")
    process = minivm_process("run", "--stats", "--jit", "--loop-threshold", "10", path)
    assert (process.returncode, process.stdout) == (0, "124750\n")
    lines = {line[:34].strip(): line[34:].split() for line in process.stderr.splitlines()}
    assert int(lines["traces made"][0]) > 0
    assert float(lines["share in machine code"][0]) > 0
    assert int(lines["machine code"][0]) > 0
    plain = minivm_process("run", "--stats", path).stderr
    assert "instructions in tier one" in plain and "traces" not in plain


def test_passes_are_left_out(program: WriteProgram) -> None:
    path = program("0 -> n\nfor i in 0 5000 range { n i + -> n }\nn print")
    disabled = ["--jit-disable=constants,dead-code", "--jit"]
    assert minivm_process("run", *disabled, path).stdout == "12497500\n"
    listing = minivm_process("trace", "--jit-disable", "constants,dead-code", path).stdout
    assert "combine:" in listing
    assert "constants:" not in listing and "dead code:" not in listing
    refused = minivm_process("run", "--jit-disable", "registers", path)
    assert refused.returncode == 2
    assert "nothing is called 'registers' that can be left out" in refused.stderr
    assert "constants, " in refused.stderr and "dead-code, " in refused.stderr
    assert refused.stderr.endswith("See minivm run --help.\n")


@pytest.mark.parametrize("command", ["run", "test", "dis", "trace", "repl"])
@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("", "there is a name missing"),
        ("constants,,links", "there is a name missing"),
        ("dead_code", "Did you mean dead-code?"),
        ("Constants", "Did you mean constants?"),
    ],
)
def test_wrong_names_are_refused_first(
    command: str, names: str, message: str, program: WriteProgram
) -> None:
    path = program('1 print\ntest "one" { 1 1 == assert }\n')
    refused = minivm_process(command, f"--jit-disable={names}", path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert message in refused.stderr


def test_check(program: WriteProgram) -> None:
    process = minivm_process("check", program('"never run" print'))
    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")
    process = minivm_process("check", program("1 +"))
    assert process.returncode == 65
    assert "program.mvm:1:3: error: '+' needs 2 values" in process.stderr


def test_check_of_several(program: WriteProgram, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "wrong.mvm").write_text("1 +")
    process = minivm_process("check", program("1 print"), str(tmp_path / "deep"), "nowhere.mvm")
    assert process.returncode == 66
    headlines = [line for line in process.stderr.splitlines() if "error:" in line]
    assert [line.rpartition("/")[2].partition(":")[0] for line in headlines] == [
        "wrong.mvm",
        "nowhere.mvm",
    ]
    process = minivm_process("check", "-", stdin="1 +")
    assert process.returncode == 65 and process.stderr.startswith("<stdin>:1:3: error: ")


def test_error_in_the_library(program: WriteProgram) -> None:
    """The line that called it is shown, too."""
    path = program("import list\n[ 1 2 ] fn(a b -- c) { a b + } map print")
    process = minivm_process("run", path)
    lines = process.stderr.splitlines()
    assert lines[0].startswith("<std>/list.mvm:") and "|" in lines[1]
    assert lines[3:6] == [
        f"called by {path}:2:32:",
        "  2 | [ 1 2 ] fn(a b -- c) { a b + } map print",
        "    |                                ^^^",
    ]
    assert lines[6].startswith("calls in progress")


def test_build_has_nothing_to_do() -> None:
    process = minivm_process("build")
    assert process.returncode == 0 and "stencils" in process.stdout


def test_no_library(tmp_path: Path, program: WriteProgram) -> None:
    """A copy of the package as it is before the first build."""
    source = Path(minivm.__file__).parent
    copy = tmp_path / "minivm"
    for path in source.rglob("*.py"):
        if "_native" not in path.parts:
            target = copy / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    path = program("1 print")
    extra = {"PYTHONPATH": str(tmp_path)}
    process = minivm_process("run", path, "--jit", extra=extra, cwd=tmp_path)
    assert process.returncode == 69
    assert "libminivm is not built: run `minivm build`" in process.stderr
    # The compiler is there; without one it is the next thing to know.
    assert "ziglang" not in process.stderr
    extra["MINIVM_CC"] = "no-such-clang"
    process = minivm_process("run", path, "--jit", extra=extra, cwd=tmp_path)
    assert (
        "`minivm build` would find MINIVM_CC='no-such-clang': there is no program" in process.stderr
    )
    assert "Traceback" not in process.stderr


def test_no_compiler() -> None:
    process = minivm_process("build", extra={"MINIVM_CC": "/no/such/clang"})
    assert process.returncode == 69
    assert process.stderr.startswith("minivm: error: ") and "/no/such/clang" in process.stderr


@pytest.mark.parametrize("debug", [False, True])
def test_internal_error(debug: bool, tmp_path: Path) -> None:
    """Whatever is wrong inside, the user gets a message."""
    tmp_path.joinpath("sitecustomize.py").write_text(
        "import minivm.commands.program as p\n"
        "def broken(*_, **__): raise ZeroDivisionError('oops')\n"
        "p.read_program = broken\n"
    )
    path = os.pathsep.join([str(tmp_path), environment()["PYTHONPATH"]])
    extra = {"PYTHONPATH": path, **({"MINIVM_DEBUG": "1"} if debug else {})}
    process = minivm_process("check", "x", extra=extra)
    assert process.returncode == 70
    assert "internal error: ZeroDivisionError: oops" in process.stderr
    assert "MINIVM_DEBUG=1" in process.stderr
    assert ("Traceback" in process.stderr) == debug


def test_colors_only_on_a_terminal(program: WriteProgram) -> None:
    path = program("1 2 / 0 // print")
    assert "\x1b[" not in minivm_process("run", path).stderr
    assert "\x1b[31merror:" not in _on_a_terminal(path, {"NO_COLOR": "1", "TERM": "xterm"})
    assert "\x1b[1;31merror:" in _on_a_terminal(path, {"TERM": "xterm"})


def _on_a_terminal(path: str, extra: dict[str, str]) -> str:
    """What appears on a terminal that is the standard error."""
    terminal, end = pty.openpty()
    process = subprocess.Popen(command("run", path), stderr=end, env=environment(extra))
    os.close(end)
    text = b""
    while True:
        try:
            text += os.read(terminal, 4096)
        except OSError:  # Linux's way to say that the other end is closed
            break
    os.close(terminal)
    assert process.wait() == 1
    return text.decode()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_has_every_option(name: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    for option in COMMANDS[name].options:
        choices = [f"{option.flags[0]}={choice}" for choice in option.choices]
        missing = [each for each in (*option.flags, *choices) if f"`{each}" not in page]
        assert not missing
