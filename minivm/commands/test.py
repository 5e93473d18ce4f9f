"""`minivm test`: the `test` blocks of programs → which pass, and why the others don't."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import suppress

from minivm.commands.console import DIM, GREEN, RED, RESET, say, uses_color
from minivm.commands.exit_codes import FAILED, INTERRUPTED, OK
from minivm.commands.failure import render_failure, tell_source_error
from minivm.commands.files import programs_in
from minivm.commands.parsing import Arguments
from minivm.commands.program import LoadedProgram, engine_of, load, make_vm, read_program
from minivm.errors import Exit, ProgramError
from minivm.lang import SourceError, load_source
from minivm.lang.code import Test
from minivm.lang.errors import count
from minivm.machine import CAPTURE

# Of what a test that fails has printed, how many lines are shown.
_LAST_LINES = 20


def execute(arguments: Arguments) -> int:
    """Run the chosen tests of FILES, or of all programs here."""
    report = _Report()
    for path in _paths(arguments):
        try:
            _test_file(path, arguments, report)
        except SourceError as error:
            report.worst = tell_source_error(error)
        except KeyboardInterrupt:
            report.worst = INTERRUPTED
            break
    report.end()
    return report.worst or (FAILED if report.failed else OK)


def _paths(arguments: Arguments) -> Iterator[str]:
    """The files to look for tests in: those named, and those of directories that mention tests."""
    given = set(arguments.files)
    for path in programs_in(arguments.files or ["."]):
        if path in given or _mentions_tests(path):
            yield path


def _mentions_tests(path: str) -> bool:
    """Whether a program may have tests: others need not even compile."""
    try:
        return "test" in load_source(path).split()
    except SourceError:
        # Trying to run its tests will show the error.
        return True


def _test_file(path: str, arguments: Arguments, report: _Report) -> None:
    program = read_program(path, tests=True)
    chosen = [test for test in program.code.tests if arguments.text("-k") in test.name]
    if chosen:
        say(program.path)
    for test in chosen:
        _test(program, test, arguments, report)


def _test(program: LoadedProgram, test: Test, arguments: Arguments, report: _Report) -> None:
    """Run one test, in a VM of its own, after the top level of its file."""
    engine = engine_of(arguments, "tier1")
    with make_vm(arguments, engine, CAPTURE) as vm:
        load(vm, program, arguments)
        before = 0
        try:
            # A top level that ends itself has come to its end.
            with suppress(Exit):
                vm.run()
            before = len(vm.captured())
            vm.run(test.function)
        except ProgramError as error:
            if error.kind == "interrupt":
                raise KeyboardInterrupt from None
            failure = render_failure(error, program.path, program.sources, uses_color(sys.stdout))
            # What the top level has printed is the same for each test.
            output = vm.captured()[before:].decode(errors="replace")
            report.failure(test.name, failure, output.splitlines())
        else:
            report.success(test.name)


class _Report:
    """Shows results as they come, and adds them up. `worst` is an exit code that goes before."""

    def __init__(self) -> None:
        self.passed = self.failed = self.worst = 0
        self._colors = uses_color(sys.stdout)

    def success(self, name: str) -> None:
        self.passed += 1
        say(f"  {self._color(GREEN, 'ok')}      {name}")

    def failure(self, name: str, text: str, output: Sequence[str]) -> None:
        self.failed += 1
        say(f"  {self._color(RED, 'FAILED')}  {name}")
        say(textwrap.indent(text, "    "))
        if output:
            say(f"    {self._color(DIM, 'it printed:')}")
            omitted = len(output) - _LAST_LINES
            more = [f"… {count(omitted, 'line')} …"] if omitted > 0 else []
            say(textwrap.indent("\n".join([*more, *output[-_LAST_LINES:]]), "      "))

    def end(self) -> None:
        """The last line."""
        if self.passed or self.failed:
            say(f"{self.passed} passed, {self.failed} failed")
        elif not self.worst:
            say("no tests found")

    def _color(self, color: str, text: str) -> str:
        return f"{color}{text}{RESET}" if self._colors else text
