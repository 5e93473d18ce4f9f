"""The prompt as a process: on a terminal of its own, and with its input piped in."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command_line import WriteProgram, command, environment, minivm_process

_TIME_LIMIT_SECONDS = 60.0

_LARGE = "1000000000000 60000 fill\nlen\n"

INTERRUPT, END = b"\x03", b"\x04"


class Terminal:
    """A process on a terminal, and what has appeared there since it was last looked at."""

    def __init__(self, words: tuple[str, ...], extra: dict[str, str]) -> None:
        self._terminal, other = pty.openpty()
        self.process = subprocess.Popen(
            command(*words),
            stdin=other,
            stdout=other,
            stderr=other,
            env=environment({"TERM": "dumb", **extra}),
            start_new_session=True,
            # Ctrl-C reaches the processes whose terminal this is.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(other)
        self._text = ""

    def send(self, keys: str | bytes) -> None:
        os.write(self._terminal, keys.encode() if isinstance(keys, str) else keys)

    def expect(self, part: str) -> str:
        """What appears up to and with `part`."""
        limit = time.monotonic() + _TIME_LIMIT_SECONDS
        while part not in self._text:
            ready, _, _ = select.select([self._terminal], [], [], max(0, limit - time.monotonic()))
            assert ready, f"{part!r} is not in {self._text!r}"
            try:
                self._text += os.read(self._terminal, 4096).decode().replace("\r", "")
            except OSError:
                pytest.fail(f"it ended: {part!r} is not in {self._text!r}")
        before, self._text = self._text.split(part, 1)
        return before + part

    def enter(self, line: str) -> str:
        """Type a line, and give what appears between it and the next prompt."""
        self.send(f"{line}\n")
        self.expect(f"{line}\n")
        return self.expect("mvm> ").removesuffix("mvm> ")

    def end(self) -> int:
        """Ctrl-D; the exit code."""
        self.send(END)
        return self.process.wait(_TIME_LIMIT_SECONDS)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._terminal)


OpenTerminal = Callable[..., Terminal]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[OpenTerminal]:
    """Starts `minivm WORDS`, with a history of its own; ends it after the test."""
    opened: list[Terminal] = []

    def start(*words: str, **extra: str) -> Terminal:
        opened.append(Terminal(words, {"XDG_STATE_HOME": str(tmp_path / "state"), **extra}))
        opened[-1].expect("mvm> ")
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def test_values_stay(terminal: OpenTerminal) -> None:
    prompt = terminal()
    assert prompt.enter("1 2") == "( 1 2 )\n"
    assert prompt.enter("+ -> x") == "( )\n"
    assert prompt.enter('x print  "a" x') == '3\n( "a" 3 )\n'
    assert prompt.enter(":clear") == "( )\n"
    assert prompt.enter("# nothing") == ""
    assert prompt.end() == 0


def test_several_lines(terminal: OpenTerminal) -> None:
    prompt = terminal()
    prompt.send("fn double(n -- m) {\n")
    prompt.expect("...> ")
    prompt.send("n n +\n")
    prompt.expect("...> ")
    assert prompt.enter("}") == ""
    assert prompt.enter("4 double") == "( 8 )\n"


def test_errors(terminal: OpenTerminal) -> None:
    prompt = terminal()
    assert prompt.enter("1 2") == "( 1 2 )\n"
    shown = prompt.enter("drop nothing")
    assert "error: unknown word 'nothing'" in shown and shown.endswith("( 1 2 )\n")
    shown = prompt.enter("drop 0 //")
    assert "error: division by zero in 1 // 0" in shown and shown.endswith("( 1 2 )\n")


def test_interrupt(terminal: OpenTerminal) -> None:
    """Ctrl-C stops what runs and drops what is being typed, and the prompt goes on."""
    prompt = terminal()
    prompt.enter("7")
    prompt.send('"running" print while { true } { }\n')
    prompt.expect("running\n")
    time.sleep(0.2)
    prompt.send(INTERRUPT)
    shown = prompt.expect("mvm> ")
    assert "(interrupt)" in shown and "( 7 )\n" in shown
    prompt.send("1 2 [ 3")
    prompt.expect("1 2 [ 3")
    # Readline notices a signal only while it waits for a key.
    time.sleep(0.3)
    prompt.send(INTERRUPT)
    prompt.expect("mvm> ")
    assert prompt.enter("1 +") == "( 8 )\n"


def test_completion(terminal: OpenTerminal) -> None:
    prompt = terminal()
    prompt.enter("12 -> remarkable")
    prompt.send("remar\t print\n")
    prompt.expect("remarkable print\n")
    assert prompt.expect("mvm> ") == "12\nmvm> "


def test_history(terminal: OpenTerminal, tmp_path: Path) -> None:
    prompt = terminal()
    prompt.enter("12345")
    assert prompt.end() == 0
    assert "12345" in (tmp_path / "state" / "minivm" / "history").read_text()
    prompt = terminal("repl", "--no-jit")
    prompt.send(b"\x10\n")  # Ctrl-P: the line before
    assert "( 12345 )" in prompt.expect(")")


def test_output_without_a_line_break(terminal: OpenTerminal) -> None:
    prompt = terminal()
    assert prompt.enter('"abc" write') == "abc\n"
    assert prompt.enter("1") == "( 1 )\n"


def test_exit_and_quit(terminal: OpenTerminal) -> None:
    prompt = terminal()
    prompt.send("3 exit\n")
    assert prompt.process.wait(_TIME_LIMIT_SECONDS) == 3
    prompt = terminal()
    prompt.send(":quit\n")
    assert prompt.process.wait(_TIME_LIMIT_SECONDS) == 0


def test_colors(terminal: OpenTerminal) -> None:
    prompt = terminal(TERM="xterm")
    prompt.send("[ 1 2 ]\n")
    shown = prompt.expect("mvm> ")
    assert re.search(r"\x1b\[\d+m1\x1b", shown)


def test_files_first(terminal: OpenTerminal, program: WriteProgram) -> None:
    path = program("fn double(n -- m) { n n + }\n21 double -> answer\n")
    prompt = terminal("repl", path)
    assert prompt.enter("answer") == "( 42 )\n"


def test_piped_input() -> None:
    """Without a terminal, `minivm repl` has no prompts, and `minivm` runs what comes in."""
    process = minivm_process("repl", stdin="1 2\n+ print\n[ 1\n2 ]\n")
    assert (process.returncode, process.stdout) == (0, "( 1 2 )\n3\n( )\n( [1 2] )\n")
    process = minivm_process(stdin='1\n2 + print "more" print')
    assert (process.returncode, process.stdout) == (0, "3\nmore\n")
    process = minivm_process(stdin="1 2 +")
    assert process.returncode == 65 and "<stdin>" in process.stderr


def test_piped_input_that_is_no_text() -> None:
    process = subprocess.run(
        command("repl"),
        input=b'"\xff" print\n1\n',
        capture_output=True,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert (process.returncode, process.stdout) == (0, b"( 1 )\n")
    assert b"is a surrogate, not a character" in process.stderr


def test_value_without_room_for_its_text() -> None:
    process = minivm_process(
        "repl", "--max-heap", "1000000", stdin="1000000000000 60000 fill\nlen\n"
    )
    assert (process.returncode, process.stdout) == (0, "( … )\n( 60000 )\n")
