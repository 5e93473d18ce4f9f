"""The FILES of a command line.

In: paths of files and directories as they were given. Out: the programs they stand for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

_EXTENSION = ".mvm"


def programs_in(paths: Sequence[str]) -> Iterator[str]:
    """Each file once, in order; of a directory every .mvm file in it, however deep, sorted."""
    seen: set[str] = set()
    for path in paths:
        for found in _walk(path) if os.path.isdir(path) else (path,):
            if found not in seen:
                seen.add(found)
                yield found


def _walk(directory: str) -> Iterator[str]:
    for folder, folders, names in os.walk(directory):
        # Hidden folders hold what tools keep for themselves.
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith(_EXTENSION):
                yield os.path.normpath(os.path.join(folder, name))
