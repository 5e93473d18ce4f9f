"""Which files a C source reads: the inputs its cached result depends on.

In: C text, where it stands and the include directories. Out: every file it includes, directly or
not. Files are found by reading `#include` lines, so that they are known *before* a compile: one
digest then decides whether it is needed. A line under a false `#if` counts too, which costs at
most a compile too many. Headers outside the include directories belong to the compiler and are
covered by its version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from minivm.jit.errors import BuildError

_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]*(.*?)[ \t]*(?://.*|/\*.*)?$", re.MULTILINE)
_NAMED = re.compile(r'"([^"]+)"$|<([^>]+)>$')


class IncludeScanner:
    """Finds included files; remembers what it read, so use one for one build.

    `expected` are files that are yet to be made: they count as found, and as including nothing.
    """

    def __init__(self, include_directories: Sequence[Path], expected: Iterable[Path] = ()) -> None:
        self._directories = tuple(directory.resolve() for directory in include_directories)
        self._expected = frozenset(path.resolve() for path in expected)
        self._direct: dict[Path, tuple[Path, ...]] = {}
        # Many sources include the same files; asking the system again each time took a second.
        self._resolved: dict[tuple[str, tuple[Path, ...]], Path | None] = {}

    def of_text(self, text: str, place: Path) -> tuple[Path, ...]:
        """The files `text`, standing at `place`, includes: sorted, without `place` itself."""
        place = place.resolve()
        return self._closure(self._find(text, place))

    def of_file(self, path: Path) -> tuple[Path, ...]:
        """The files `path` includes: sorted, without `path` itself."""
        return self._closure(self._direct_of(path.resolve()))

    def _closure(self, first: Iterable[Path]) -> tuple[Path, ...]:
        seen: set[Path] = set()
        waiting = list(first)
        while waiting:
            path = waiting.pop()
            if path not in seen:
                seen.add(path)
                waiting.extend(self._direct_of(path))
        return tuple(sorted(seen))

    def _direct_of(self, path: Path) -> tuple[Path, ...]:
        if path in self._expected:
            return ()
        if path not in self._direct:
            try:
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise BuildError(f"{path}: can't be read: {error}") from error
            self._direct[path] = tuple(self._find(text, path))
        return self._direct[path]

    def _find(self, text: str, place: Path) -> list[Path]:
        found = []
        for match in _INCLUDE.finditer(text):
            named = _NAMED.match(match[1])
            if named is None:
                line = text.count("\n", 0, match.start()) + 1
                raise BuildError(f"{place}:{line}: an include must name its file: {match[0]!r}")
            near = (place.parent,) if named[1] else ()
            path = self._resolve(named[1] or named[2], (*near, *self._directories))
            if path is not None:
                found.append(path)
        return found

    def _resolve(self, name: str, directories: tuple[Path, ...]) -> Path | None:
        key = (name, directories)
        if key not in self._resolved:
            self._resolved[key] = self._look_up(name, directories)
        return self._resolved[key]

    def _look_up(self, name: str, directories: tuple[Path, ...]) -> Path | None:
        for directory in directories:
            path = (directory / name).resolve()
            if path.is_file() or path in self._expected:
                return path
        return None
