"""The language front end: `.mvm` source text to code objects.

In: source text. Out: a `Program`: its `Code` objects, the main program first, records, generic
functions (code.py says what each holds). The modules, in the order a program passes through them:

    source       reading a file; lines and columns
    tokens       text to tokens, with literals
    parser       tokens to declarations and trees: reader, statements, parser; scopes finds out what
                 closures capture
    modules      the files that are imported
    names        what each name means in a file
    checker      stack effects, locals and names, on the abstract stack of flow
    lowering     trees to instructions, with conditions and ranges
    emitter      instructions to units, fused and encoded
    builder      the program: functions, records, generics, symbols by number

compiler.py drives them. session.py compiles one entry after another for a prompt, or for a host
that runs several texts. `compile_source` and `load_source` raise `SourceError`, and nothing else,
for whatever is wrong with a program; `str` of it is the text to show.

What holds data here are plain classes with `__slots__`: with dataclasses, importing the front end
takes twice as long, more than compiling a small program and running it.
"""

from __future__ import annotations

from collections.abc import Mapping

from minivm.lang.code import Code, Position, Program
from minivm.lang.errors import Note, SourceError
from minivm.lang.source import load_source, render_position

__all__ = [
    "Code",
    "Note",
    "Position",
    "Program",
    "SourceError",
    "compile_source",
    "load_source",
    "render_position",
]


def compile_source(
    text: str,
    path: str,
    *,
    words: Mapping[str, str] | None = None,
    tests: bool = False,
    alone: bool = False,
) -> Program:
    """Compiles the program in `text`; `path` is how errors and tracebacks call it.

    `words` are those of the host, with their effects, such as {"now": "( -- seconds)"}: the operand
    of HOST is a word's place among them. With `tests`, the tests of the file itself are compiled,
    too. `alone` says that the program's records are all there will be: then a field that none of
    them has, but that is spelled almost like one of theirs, is an error.
    Raises SourceError, marking the first thing that is wrong.
    """
    # The compiler needs the generated table, which itself imports a module of this package.
    from minivm.lang.compiler import compile_text

    return compile_text(text, path, words or {}, tests, alone)
