"""A content-addressed cache on disk.

In: a digest of everything a result depends on. Out: the result's bytes, if they were stored. The
cache stands in `$MINIVM_CACHE`, else `$XDG_CACHE_HOME/minivm`, else `~/.cache/minivm`; where none
can be written, in a temporary directory that goes with the process. Entries unused for a month are
removed.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

CACHE_VARIABLE = "MINIVM_CACHE"
_DAY = 24 * 60 * 60.0
_KEPT_UNUSED = 30 * _DAY
_PRUNED_MARK = "pruned"


def digest(parts: Iterable[str | bytes]) -> str:
    """A digest of `parts`, which also depends on where one ends and the next begins."""
    hasher = hashlib.sha256()
    for part in parts:
        encoded = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        hasher.update(b"%d:" % len(encoded))
        hasher.update(encoded)
    return hasher.hexdigest()


@dataclass(frozen=True)
class Cache:
    """Results by digest under `directory`. Several processes may use it at once."""

    directory: Path

    def read(self, kind: str, key: str) -> bytes | None:
        """What was stored, or None."""
        path = self.directory / kind / key
        try:
            content = path.read_bytes()
            self._note_use(path)
        except OSError:
            return None
        return content

    def write(self, kind: str, key: str, content: bytes) -> None:
        """Store a result. It appears whole or not at all; a full disk only costs the caching."""
        path = self.directory / kind / key
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content)

    def prune(self) -> None:
        """Remove what was not used for a month; looks at most once a day."""
        mark = self.directory / _PRUNED_MARK
        now = time.time()
        with contextlib.suppress(OSError):
            if mark.exists() and now - mark.stat().st_mtime < _DAY:
                return
            mark.touch()
            for path in self.directory.rglob("*"):
                if path.is_file() and now - path.stat().st_mtime > _KEPT_UNUSED:
                    path.unlink()

    @staticmethod
    def _note_use(path: Path) -> None:
        if time.time() - path.stat().st_mtime > _DAY:
            os.utime(path)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace `path` in one step: readers see the old content or the new, never a part."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def write_if_changed(path: Path, content: bytes) -> bool:
    """Replace `path` unless it holds `content` already; returns whether it was replaced."""
    with contextlib.suppress(OSError):
        if path.read_bytes() == content:
            return False
    write_atomically(path, content)
    return True


def open_cache(note: Callable[[str], object]) -> Cache:
    """The cache to use. `note` is told when it will not outlive the process."""
    wanted = _wanted_directory()
    try:
        wanted.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=wanted):
            pass
    except OSError as error:
        temporary = tempfile.mkdtemp(prefix="minivm-cache-")
        atexit.register(shutil.rmtree, temporary, ignore_errors=True)
        note(f"the cache {wanted} can't be written ({error.strerror}): using a temporary one")
        return Cache(Path(temporary))
    return Cache(wanted)


def _wanted_directory() -> Path:
    if named := os.environ.get(CACHE_VARIABLE):
        return Path(named).absolute()
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base).absolute() / "minivm"
    return Path(os.path.expanduser("~")).absolute() / ".cache" / "minivm"
