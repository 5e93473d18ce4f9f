"""`minivm check`: the source of programs → the first error of each, or nothing."""

from __future__ import annotations

from minivm.commands.exit_codes import OK
from minivm.commands.failure import tell_source_error
from minivm.commands.files import programs_in
from minivm.commands.parsing import Arguments
from minivm.commands.program import read_program
from minivm.lang import SourceError


def execute(arguments: Arguments) -> int:
    """Compile every one of FILES, with its tests, and forget it."""
    worst = OK
    for path in programs_in(arguments.files):
        try:
            read_program(path, tests=True)
        except SourceError as error:
            worst = max(worst, tell_source_error(error))
    return worst
