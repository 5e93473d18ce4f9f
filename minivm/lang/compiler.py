"""The front end as a whole.

In: a program's text. Out: a `Program`, one `Code` for each function, the main program first; or a
SourceError that marks the first thing wrong with it.

    source ─ tokens ─ parser ─ checker ─ lowering ─ emitter ─ code
"""

from __future__ import annotations

from minivm.lang.checker import check
from minivm.lang.code import Program
from minivm.lang.lowering import lower
from minivm.lang.names import Names
from minivm.lang.parser import parse
from minivm.lang.source import MAX_SOURCE_BYTES, Source, too_large


def compile_text(text: str, path: str) -> Program:
    """The program in `text`; errors show `path`."""
    if len(text) > MAX_SOURCE_BYTES:
        raise too_large(path)
    source = Source(text, path)
    _check_characters(source)
    functions = parse(source)
    names = Names(source, functions)
    # All functions are checked before any is lowered: an error costs no more than it must.
    frames = [check(source, names, function) for function in (*functions[1:], functions[0])]
    frames = [frames[-1], *frames[:-1]]
    pairs = zip(functions, frames, strict=True)
    return [lower(source, names, function, frame) for function, frame in pairs]


def _check_characters(source: Source) -> None:
    """Refuses surrogates, which a Python string can hold but UTF-8 cannot."""
    try:
        source.text.encode()
    except UnicodeEncodeError as error:
        message = f"U+{ord(source.text[error.start]):04X} is a surrogate, not a character"
        raise source.error(error.start, error.start + 1, message) from None
