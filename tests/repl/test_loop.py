"""The loop, with a terminal and a workspace that only note what is asked of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from minivm.repl.commands import COMMANDS, CommandError, find_command
from minivm.repl.loop import MORE, PROMPT, Loop, show_seconds
from minivm.repl.workspace import EntryError, Leave


class FakeTerminal:
    """Lines to read; an exception among them is raised. `shown` is what came out."""

    def __init__(self, lines: Iterable[str | BaseException]) -> None:
        self._lines = list(lines)
        self.prompts: list[str] = []
        self.shown: list[str] = []

    def read(self, prompt: str) -> str:
        self.prompts.append(prompt)
        if not self._lines:
            raise EOFError
        line = self._lines.pop(0)
        if isinstance(line, BaseException):
            raise line
        return line

    def say(self, text: str) -> None:
        self.shown.append(text)

    def complain(self, text: str) -> None:
        self.shown.append(f"! {text}")

    def say_values(self, values: Sequence[str]) -> None:
        self.shown.append(f"( {' '.join(values)} )")

    def end(self) -> None:
        self.shown.append("end")


class FakeWorkspace:
    """Every word is pushed on the stack, `drop` drops one, `oops` fails, `exit` leaves."""

    def __init__(self) -> None:
        self.entries: list[str] = []
        self.values: list[str] = []

    def evaluate(self, text: str) -> None:
        self.entries.append(text)
        for word in text.split():
            if word == "oops":
                raise EntryError("it failed")
            if word == "exit":
                raise Leave(3)
            if word == "drop":
                self.values.pop()
            else:
                self.values.append(word)

    def stack(self) -> list[str]:
        return self.values

    def clear(self) -> None:
        self.values = []

    def variables(self) -> list[tuple[str, str]]:
        return [("x", "1")]

    def dis(self, name: str) -> str:
        return f"instructions of {name}"

    def traces(self, name: str) -> str:
        return f"traces of {name or 'all'}"

    def load(self, path: str) -> None:
        raise EntryError(f"{path}: no such file")


def run(*lines: str | BaseException) -> tuple[list[str], FakeTerminal, FakeWorkspace]:
    """What is shown for lines, and the ends of it all."""
    terminal, workspace = FakeTerminal(lines), FakeWorkspace()
    code = Loop(terminal, workspace).run()  # type: ignore[arg-type]
    assert code == 0 and terminal.shown.pop() == "end"
    return terminal.shown, terminal, workspace


def test_stack_is_shown() -> None:
    shown, _, _ = run("1 2", "", "drop", "drop")
    assert shown == ["( 1 2 )", "( 1 )", "(  )"]


def test_entry_of_several_lines() -> None:
    _, terminal, workspace = run("[ 1", "2", "]", "3")
    assert workspace.entries == ["[ 1\n2\n]", "3"]
    assert terminal.prompts == [PROMPT, MORE, MORE, PROMPT, PROMPT]


def test_end_within_an_entry() -> None:
    _, _, workspace = run("[ 1")
    assert workspace.entries == ["[ 1"]


def test_interrupt_drops_the_entry() -> None:
    shown, _, workspace = run("[ 1", KeyboardInterrupt(), "2")
    assert workspace.entries == ["2"] and shown == ["", "( 2 )"]


def test_errors_are_shown_and_the_loop_goes_on() -> None:
    shown, _, _ = run("1", "oops", "2")
    assert shown == ["( 1 )", "! it failed", "( 1 )", "( 1 2 )"]


def test_commands_without_their_colon() -> None:
    shown, _, _ = run("help oops", "oops help")
    assert shown[0] == "! it failed\na command of the prompt begins with a colon: :help"
    assert "! it failed" in shown


def test_exit() -> None:
    assert Loop(FakeTerminal(["0 exit"]), FakeWorkspace()).run() == 3  # type: ignore[arg-type]


def test_commands() -> None:
    shown, _, _ = run("1", ":clear", ":stack", ":dis f", ":trace", ":tr f", " :var", ":load a.mvm")
    assert shown[1:] == [
        "(  )",
        "(  )",
        "instructions of f",
        "traces of all",
        "traces of f",
        "x = 1",
        "! a.mvm: no such file",
    ]
    shown, _, workspace = run(":time 1 2", ":time", ":dis", ":nothing", ":quit", "1")
    assert shown[0] == "( 1 2 )" and shown[1].endswith("s")
    assert [line[:8] for line in shown[2:]] == ["! :time ", "! :dis n", "! there "]
    assert workspace.entries == ["1 2"]


def test_help_names_every_command() -> None:
    (text,), _, _ = run(":help")
    assert all(f"  :{name} " in text for name in COMMANDS)
    assert max(map(len, text.splitlines())) <= 100


def test_beginnings_of_commands() -> None:
    assert find_command("q").name == "quit"
    with pytest.raises(CommandError, match="may be :"):
        find_command("t")


def test_durations() -> None:
    assert [show_seconds(s) for s in (2.5, 0.0123, 0.0000123)] == ["2.5 s", "12.3 ms", "12.3 µs"]
