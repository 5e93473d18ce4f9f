"""Programs with their answers in comments, and how to run one and compare.

In: the text of a program, or of a file that holds several, each begun by a line `# --- NAME`. Out:
cases; what one prints and how it ends on an engine; a text that says what differs, "" for nothing.

The answers, which may stand anywhere in their case, in the order in which they come out:

    1 2 + print  # expect: 3
    # expect error: overflow: integer overflow in 1 + 2     KIND: MESSAGE; … at its end: any rest
    # expect traceback: inner:3 outer:7 main:12             FUNCTION:LINE, innermost first
    # expect exit: 1                                        of the process; 0 if it isn't there
    # input: some text                                      a line for the program to read
"""

from __future__ import annotations

import re
import tempfile
import threading
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from minivm.commands.exit_codes import FAILED, OK
from minivm.errors import Exit, ProgramError
from minivm.lang import Program, compile_source
from minivm.machine import Machine

# The options of a VM, by what they try. A small value stack: under stress each collection goes over
# all of it.
_COMMON: dict[str, int | bool] = {"checking": True, "max_depth": 2000}
_AT_ONCE = {**_COMMON, "warm_up": 1, "loop_threshold": 1, "entry_threshold": 1, "exit_threshold": 1}
MODES = {
    "default": _COMMON,
    "at_once": _AT_ONCE,
    "forced": {**_AT_ONCE, "force_exits": 1},
    "stress": {**_AT_ONCE, "stress": True},
}

# A program that hangs fails its test instead of stopping them all.
_TIME_LIMIT_SECONDS = 60.0

_CASE = re.compile(r"^# --- (.*)$", re.MULTILINE)
_LINE = re.compile(r"# expect:(?: (.*))?$", re.MULTILINE)
_ERROR = re.compile(r"^# expect error: ([^:\n]+): (.*)$", re.MULTILINE)
_TRACEBACK = re.compile(r"^# expect traceback: (.*)$", re.MULTILINE)
_EXIT = re.compile(r"^# expect exit: ([0-9]+)$", re.MULTILINE)
_INPUT = re.compile(r"^# input:(?: (.*))?$", re.MULTILINE)
_KNOWN = re.compile(r"# expect(:| error: [^:\n]+: | traceback: | exit: [0-9])")


@dataclass(frozen=True)
class Outcome:
    """What a program does: its output and exit code, and if it fails, how and where.

    `traceback` has FUNCTION:LINE of each call in progress, innermost first; None is not compared.
    """

    output: str
    exit_code: int = OK
    kind: str = ""
    message: str = ""
    traceback: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Case:
    """A program and what is expected of it. Its lines are numbered as in the file it is from."""

    name: str
    path: str
    text: str
    expected: Outcome
    input: str = ""


@dataclass(frozen=True)
class Settings:
    """The engine a case runs on and the VM's options."""

    engine: str
    options: dict[str, Any] = field(default_factory=dict)


def cases_in(path: Path) -> list[Case]:
    """The cases of a file, in order."""
    text = path.read_text(encoding="utf-8")
    marks = list(_CASE.finditer(text))
    if not marks:
        return [make_case(path.stem, str(path), text)]
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    cases = []
    for mark, end in zip(marks, ends, strict=True):
        blank_lines = "\n" * text.count("\n", 0, mark.start())
        cases.append(make_case(mark[1], str(path), blank_lines + text[mark.start() : end]))
    return cases


def make_case(name: str, path: str, text: str) -> Case:
    """The case in `text`. Raises ValueError for an answer that can't be read."""
    written, known = len(re.findall(r"# expect\b", text)), len(_KNOWN.findall(text))
    if written != known:
        raise ValueError(f"{path}: {name}: {written - known} malformed '# expect …'")
    output = "".join(f"{match[1] or ''}\n" for match in _LINE.finditer(text))
    error, traceback, code = _ERROR.search(text), _TRACEBACK.search(text), _EXIT.search(text)
    expected = Outcome(
        output,
        int(code[1]) if code else OK,
        error[1] if error else "",
        error[2] if error else "",
        tuple(traceback[1].split()) if traceback else None,
    )
    given = "".join(f"{match[1] or ''}\n" for match in _INPUT.finditer(text))
    return Case(name, path, text, expected, given)


@lru_cache(maxsize=256)
def compiled(text: str, path: str) -> Program:
    """The program, compiled once however often it is run."""
    return compile_source(text, path)


def run_case(case: Case, settings: Settings) -> Outcome:
    """What the case does, in this process."""
    program = compiled(case.text, case.path)
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as given:
        given.write(case.input.encode("utf-8"))
        given.seek(0)
        files = {"output": output.fileno(), "input": given.fileno()}
        with Machine(engine=settings.engine, **files, **settings.options) as vm:
            vm.load(program)
            failure = _run(vm)
            if vm.llvm is not None and vm.llvm.failures:
                # Tier one would have gone on, and nobody would have noticed.
                raise vm.llvm.failures[0]
        output.seek(0)
        text = output.read().decode("utf-8")
    if failure is None:
        return Outcome(text, traceback=())
    if isinstance(failure, Exit):
        return Outcome(text, failure.status, traceback=())
    calls = tuple(f"{call.function}:{call.line}" for call in failure.innermost)
    return Outcome(text, FAILED, failure.kind, failure.message, calls)


def _run(vm: Machine) -> ProgramError | None:
    watchdog = threading.Timer(_TIME_LIMIT_SECONDS, vm.interrupt)
    watchdog.start()
    try:
        vm.run()
    except ProgramError as error:
        return error
    finally:
        watchdog.cancel()
        watchdog.join()
    return None


def difference(case: Case, found: Outcome) -> str:
    """What is not as expected, or ""."""
    expected = case.expected
    where = f"{Path(case.path).name}: {case.name}"
    if found.output != expected.output:
        return f"{where}: {_first_difference(expected.output, found.output)} {found.message}"
    if found.kind != expected.kind or not _same_message(expected.message, found.message):
        return f"{where}: expected error {expected.kind}: {expected.message!r}, found {found}"
    if expected.traceback is not None and found.traceback != expected.traceback:
        return f"{where}: expected the calls {expected.traceback}, found {found.traceback}"
    if found.exit_code != expected.exit_code:
        return f"{where}: expected exit code {expected.exit_code}, found {found.exit_code}"
    return ""


def _same_message(expected: str, found: str) -> bool:
    if expected.endswith("…"):
        return found.startswith(expected[:-1])
    return found == expected


def _first_difference(expected: str, found: str) -> str:
    expected_lines, found_lines = expected.split("\n"), found.split("\n")
    for number, pair in enumerate(zip(expected_lines, found_lines, strict=False), 1):
        if pair[0] != pair[1]:
            return f"output line {number}: expected {pair[0]!r}, found {pair[1]!r}"
    return f"expected {len(expected_lines) - 1} lines, found {len(found_lines) - 1}"
