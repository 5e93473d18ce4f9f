"""Programs on the command line: reading, compiling, running and what may go wrong in it.

In: a command's `Arguments`. Out: a compiled program, a VM that is ready to run it, an exit code.
"""

from __future__ import annotations

import sys

from minivm.commands.console import complain, uses_color
from minivm.commands.exit_codes import BROKEN_PIPE, FAILED, INTERRUPTED, OK
from minivm.commands.failure import is_broken_pipe, render_failure
from minivm.commands.parsing import Arguments, UsageError
from minivm.errors import Exit, ProgramError
from minivm.lang import compile_source, load_source
from minivm.lang.code import Program
from minivm.machine import Machine

# The program that comes in at the standard input, as it is named and as it is shown.
STDIN, STDIN_NAME = "-", "<stdin>"


class LoadedProgram:
    """A program as read and as compiled; `path` is how errors call it."""

    __slots__ = ("code", "path", "text")

    def __init__(self, path: str, text: str, code: Program) -> None:
        self.path = path
        self.text = text
        self.code = code

    @property
    def sources(self) -> dict[str, str]:
        """The text of each of its files, by path."""
        return self.code.sources


def load_program(arguments: Arguments) -> LoadedProgram:
    """Read and compile PROG. Raises SourceError."""
    return read_program(arguments.program)


def read_program(path: str, tests: bool = False) -> LoadedProgram:
    """Read and compile the program in a file, with its tests if wanted. Raises SourceError."""
    shown = STDIN_NAME if path == STDIN else path
    text = load_source(path)
    return LoadedProgram(shown, text, compile_source(text, shown, tests=tests, alone=True))


def make_vm(
    arguments: Arguments,
    engine: str,
    output: int = 1,
    counting: bool = False,
    keep_stages: bool = False,
) -> Machine:
    """A VM with nothing in it, as the options want it.

    Raises NativeError, UsageError, MemoryError.
    """
    return Machine(
        engine=engine,
        output=output,
        max_depth=arguments.number("--max-depth"),
        max_heap=arguments.number("--max-heap"),
        max_code=arguments.number("--max-code"),
        force_exits=arguments.number("--force-exits"),
        warm_up=arguments.number("--warm-up"),
        loop_threshold=arguments.number("--loop-threshold"),
        entry_threshold=arguments.number("--entry-threshold"),
        exit_threshold=arguments.number("--exit-threshold"),
        stress=arguments.has("--gc-stress"),
        checking=arguments.has("--check-uops"),
        counting=counting,
        keep_stages=keep_stages,
        disabled=_disabled(arguments),
        llvm_level=arguments.number("--llvm-opt") if arguments.has("--llvm-opt") else 2,
    )


def _disabled(arguments: Arguments) -> list[str]:
    if not arguments.has("--jit-disable"):
        return []
    from minivm.commands.switches import disabled

    return disabled(arguments)


def load(vm: Machine, program: LoadedProgram, arguments: Arguments) -> None:
    """Put the program and its arguments into a VM.

    Raises UsageError, and ProgramError when --max-heap is too small for the program itself.
    """
    vm.load(program.code)
    try:
        vm.add_arguments(arguments.rest)
    except UnicodeEncodeError as error:
        raise UsageError(f"an argument for the program is not UTF-8: {error.object!a}") from None


def engine_of(arguments: Arguments, default: str) -> str:
    """The engine that --jit chooses, as `VM` calls it."""
    return {"": default, "machine": "jit"}.get(arguments.text("--jit"), arguments.text("--jit"))


def run_program(vm: Machine, program: LoadedProgram) -> int:
    """Run it to its end, tell of a run-time error, and give the exit code."""
    try:
        vm.run()
    except ProgramError as error:
        if isinstance(error, Exit):
            return error.status
        if is_broken_pipe(error):
            return BROKEN_PIPE
        complain(render_failure(error, program.path, program.sources, uses_color(sys.stderr)))
        return INTERRUPTED if error.kind == "interrupt" else FAILED
    return OK
