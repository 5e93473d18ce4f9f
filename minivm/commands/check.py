"""`minivm check`: a program's source → its first error, or nothing."""

from __future__ import annotations

from minivm.commands.exit_codes import OK
from minivm.commands.parsing import Arguments
from minivm.commands.program import read_program


def execute(arguments: Arguments) -> int:
    """Compile PROG, with its tests, and forget it; main() tells of an error."""
    read_program(arguments.program, tests=True)
    return OK
