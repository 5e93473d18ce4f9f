"""Bad input of every kind: a clear message, the right exit code, never a Python traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from command_line import EAGER, ENGINES, WriteProgram, command, environment, minivm_process

HOT_LOOP = '"before" print\n0 -> i\nwhile { true } { i 1 +% -> i }\n'


def check_failure(process: subprocess.CompletedProcess[str], code: int, message: str) -> None:
    assert process.returncode == code, process.stderr
    assert message in process.stderr
    assert "Traceback" not in process.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("rnu p", "no such command: rnu\nDid you mean run?"),
        ("--jit", "no such option: --jit"),
        ("run", "no program was given"),
        ("run --stat p", "no such option: --stat\ndid you mean --stats?"),
        ("run p --max-depth 0", "out of range"),
        ("help rnu", "no such command: rnu"),
    ],
)
def test_usage(words: str, message: str) -> None:
    check_failure(minivm_process(*words.split()), 2, message)


def test_forgotten_command(program: WriteProgram) -> None:
    path = program("1 print")
    check_failure(minivm_process(path), 2, f"To run a program: minivm run {path}.")


def test_argument_that_is_not_text(program: WriteProgram) -> None:
    words = [*command("run", program("args print")), b"\xff"]
    process = subprocess.run(words, capture_output=True, env=environment(), timeout=60)
    assert process.returncode == 2
    assert b"not UTF-8" in process.stderr and b"Traceback" not in process.stderr


@pytest.mark.parametrize("name", ["run", "check", "dis", "trace"])
def test_no_such_file(name: str, tmp_path: Path) -> None:
    check_failure(minivm_process(name, "nowhere.mvm"), 66, "nowhere.mvm: error: no such file")
    if name != "check":
        check_failure(minivm_process(name, str(tmp_path)), 66, "is a directory")


@pytest.mark.parametrize("engine", ENGINES)
def test_bad_source(engine: str, program: WriteProgram, tmp_path: Path) -> None:
    words = ["run", *ENGINES[engine]]
    check_failure(minivm_process(*words, program("1 ) 2")), 65, ":1:3: error: ")
    unbalanced = program("true if { 1 } else { }")
    check_failure(minivm_process(*words, unbalanced), 65, "leave different stacks")
    other = tmp_path / "latin1.mvm"
    other.write_bytes(b'"\xe9" print')
    check_failure(minivm_process(*words, str(other)), 65, ":1:2: error: not UTF-8: byte 0xe9")


def test_line_of_100_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "long.mvm"
    with open(path, "wb") as file:
        file.truncate(100 * 1024 * 1024)
    message = "a program may have at most 16 MB of text"
    check_failure(minivm_process("run", str(path)), 66, message)
    with open(path, "rb") as file:
        process = subprocess.run(
            command("run", "-"), stdin=file, capture_output=True, text=True, env=environment()
        )
    check_failure(process, 66, message)


RUN_TIME_ERRORS = {
    "overflow": (
        "9223372036854775000 -> n\nfor i in 0 5000 range {\n    n 1 + -> n\n}",
        ":3:9: error: integer overflow in 9223372036854775807 + 1 (overflow)\n"
        "  3 |     n 1 + -> n\n    |         ^",
    ),
    "index": (
        "[ 1 2 3 ] -> l\n0 -> n\nfor i in 0 5 range { l i get n + -> n }",
        "index 3 is out of range for a list of length 3 (index)",
    ),
    "type": ("0 -> n\nfor i in [ 1 2 3 nil ] { n i + -> n }", "(type)"),
    "division": ("for i in 0 9 range { 1 5 i - // print }", "(division by zero)"),
    "recursion": (
        "fn down(n -- m) { n 1 + down 1 + }\n0 down print",
        "calls are in progress (stack depth)",
    ),
    "assertion": ("for i in 0 9 range { i 5 < assert }", "(assertion)"),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", RUN_TIME_ERRORS)
def test_run_time_errors(name: str, engine: str, program: WriteProgram) -> None:
    text, message = RUN_TIME_ERRORS[name]
    process = minivm_process("run", program(text), *ENGINES[engine], *EAGER)
    check_failure(process, 1, message)


@pytest.mark.parametrize("engine", ENGINES)
def test_traceback(engine: str, program: WriteProgram) -> None:
    path = program("fn f(n -- m) {\n    n 0 //\n}\nfn g( -- m) { 7 f }\ng print")
    process = minivm_process("run", path, *ENGINES[engine], *EAGER)
    assert process.returncode == 1
    assert process.stderr.splitlines()[1:] == [
        "  2 |     n 0 //",
        "    |         ^^",
        "calls in progress, the innermost first:",
        f"  f     {path}:2:9",
        f"  g     {path}:4:17",
        f"  main  {path}:5:1",
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_traceback_of_endless_recursion(engine: str, program: WriteProgram) -> None:
    path = program("fn down(n -- m) { n 1 + down }\n0 down print")
    words = ["run", path, "--max-depth", "1000", *ENGINES[engine]]
    lines = minivm_process(*words, *EAGER).stderr.splitlines()
    calls = lines[4:]
    assert len(calls) == 21
    assert calls[0] == f"  down  {path}:1:25"
    assert calls[10].strip(" …0123456789,") == "more"
    assert calls[20] == f"  main  {path}:2:3"


def test_limits(program: WriteProgram) -> None:
    path = program('[ ] -> l\nwhile { true } { l "0123456789" "x" concat push }')
    check_failure(minivm_process("run", path, "--max-heap", "1000000"), 1, "(memory)")
    path = program('"' + "x" * 5000 + '" print')
    check_failure(minivm_process("run", path, "--max-heap", "100"), 1, "(memory)")


# --- the outside ------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_broken_pipe(engine: str, program: WriteProgram) -> None:
    path = program("for i in 0 1000000 range { i print }")
    process = subprocess.Popen(
        command("run", path, *ENGINES[engine]),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    assert process.stdout is not None and process.stderr is not None
    assert process.stdout.readline() == b"0\n"
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 141


def test_broken_pipe_of_a_listing(program: WriteProgram) -> None:
    path = program("1 print\n" * 5000)
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(
        command("dis", path), stdout=writer, stderr=subprocess.PIPE, env=environment(), timeout=60
    )
    os.close(writer)
    assert (process.returncode, process.stderr) == (141, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize("words", [[], ["--jit=uops"], ["--jit"], ["dis"], ["--help"]])
def test_full_disk(words: list[str], program: WriteProgram) -> None:
    path = program("for i in 0 100 range { i print }")
    words = words if words == ["--help"] else ["dis", path] if words else ["run", path, *words]
    with open("/dev/full", "wb") as full:
        process = subprocess.run(
            command(*words), stdout=full, stderr=subprocess.PIPE, text=True, env=environment()
        )
    check_failure(process, 1, "cannot write the output: No space left on device")
    assert process.stderr.count("error:") == 1


def test_closed_outputs(program: WriteProgram) -> None:
    run = " ".join(command("run", program("1 print")))
    shell = subprocess.run(f"{run} >&-", shell=True, capture_output=True, env=environment())
    assert shell.returncode == 1 and b"cannot write the output" in shell.stderr
    shell = subprocess.run(f"{run} 2>&-", shell=True, capture_output=True, env=environment())
    assert (shell.returncode, shell.stdout) == (0, b"1\n")


@pytest.mark.parametrize("engine", ENGINES)
def test_interrupt(engine: str, program: WriteProgram) -> None:
    process = start_hot_loop(program, *ENGINES[engine])
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert output == "before\n"
    assert ":3:1: error: the program was interrupted (interrupt)" in errors
    assert "Traceback" not in errors


def test_interrupt_twice(program: WriteProgram) -> None:
    process = start_hot_loop(program, "--jit")
    for _ in range(5):
        process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors
    assert (process.returncode, output) == (130, "before\n")


def start_hot_loop(program: WriteProgram, *words: str) -> subprocess.Popen[str]:
    """A process that has run for long enough to be inside its loop."""
    process = subprocess.Popen(
        command("run", program(HOT_LOOP), *words),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    status = Path(f"/proc/{process.pid}/stat")
    # User time (field 14, in hundredths of a second) beyond what starting takes.
    deadline = time.monotonic() + 30
    while int(status.read_text().rsplit(")")[1].split()[11]) < 40 and time.monotonic() < deadline:
        time.sleep(0.02)
    return process
