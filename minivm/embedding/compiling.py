"""`minivm.compile`: source text → a program, to be looked into, and run by any number of VMs."""

from __future__ import annotations

import os
from collections.abc import Mapping

from minivm.lang import compile_source
from minivm.lang.code import Program


def compile(
    text: str, path: str | os.PathLike[str] = "<text>", *, words: Mapping[str, str] | None = None
) -> Program:
    """The program in `text`; `path` is how errors call it, and what its imports are relative to.

    `words` are those of the host that it may call, with their effects, such as
    {"lookup": "(name -- value)"}; a VM must have them registered to run it. Raises SourceError.
    """
    return compile_source(text, os.fspath(path), words=words)
