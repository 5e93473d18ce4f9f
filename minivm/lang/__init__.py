"""The language front end: `.mvm` source text to code objects.

In: source text. Out: a `Program`, the list of a program's `Code` objects, the main program first
(code.py says what each holds). The modules, in the order a program passes through them:

    source       reading a file; lines and columns
    tokens       text to tokens, with literals
    parser       tokens to the trees of tree
    checker      stack effects, locals and names, on the abstract stack of flow
    lowering     trees to instructions, with conditions and ranges
    emitter      instructions to units, fused and encoded

`compile_source` and `load_source` raise `SourceError`, and nothing else, for whatever is wrong with
a program; `str` of it is the text to show.

What holds data here are plain classes with `__slots__`: with dataclasses, importing the front end
takes twice as long, more than compiling a small program and running it.
"""

from __future__ import annotations

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


def compile_source(text: str, path: str) -> Program:
    """Compiles the program in `text`; `path` is how errors and tracebacks call it.

    Raises SourceError, marking the first thing that is wrong.
    """
    # The compiler needs the generated table, which itself imports a module of this package.
    from minivm.lang.compiler import compile_text

    return compile_text(text, path)
