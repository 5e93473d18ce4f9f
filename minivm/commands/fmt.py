"""`minivm fmt`: programs → the same programs, formatted, in place or at the standard output."""

from __future__ import annotations

from minivm.commands import console
from minivm.commands.exit_codes import FAILED, OK
from minivm.commands.failure import tell_source_error
from minivm.commands.files import programs_in
from minivm.commands.parsing import Arguments
from minivm.commands.program import STDIN
from minivm.formatter import format_source
from minivm.lang import SourceError, load_source
from minivm.lang.errors import count
from minivm.lang.parser import parse
from minivm.lang.source import Source
from minivm.lang.tokens import tokenise


def execute(arguments: Arguments) -> int:
    """Format every file, or with --check say which are not formatted."""
    worst, different = OK, 0
    paths = list(programs_in(arguments.files))
    for path in paths:
        try:
            different += _format(path, arguments.has("--check"))
        except SourceError as error:
            # The other files are formatted all the same.
            worst = max(worst, tell_source_error(error))
    if worst:
        return worst
    if not arguments.has("--check"):
        return OK
    if different:
        console.complain(f"{count(different, 'file')} of {len(paths)} not formatted")
    return FAILED if different else OK


def _format(path: str, only_check: bool) -> bool:
    """Format one program; whether that changed anything."""
    text = load_source(path)
    formatted = formatted_program(text, path)
    if only_check:
        if formatted != text:
            console.say(path)
    elif path == STDIN:
        console.write(formatted)
    elif formatted != text:
        _replace(path, formatted)
        console.say(f"formatted {path}")
    return formatted != text


def formatted_program(text: str, path: str) -> str:
    """A program's text, formatted. Raises SourceError unless it can be parsed."""
    source = Source(text, path)
    parse(source)
    formatted = format_source(text, path)
    # Better no formatting than a program that means something else.
    if _spellings(Source(formatted, path)) != _spellings(source):
        raise AssertionError(f"formatting {path} would change the program")
    return formatted


def _spellings(source: Source) -> list[str]:
    return [source.text[token.start : token.end] for token in tokenise(source)]


def _replace(path: str, text: str) -> None:
    try:
        with open(path, "wb") as file:
            file.write(text.encode())
    except OSError as error:
        raise SourceError(path, f"cannot be written: {error.strerror or error}") from None
