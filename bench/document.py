"""Files that are written, and documents of which a part is.

In: a path and what belongs there. Out: the file; BenchError where it can't be written.
"""

from __future__ import annotations

from pathlib import Path

from bench.engines import BenchError


def write(path: Path, content: bytes) -> None:
    """The whole file."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise BenchError(f"can't write {path}: {error.strerror}") from None


def put_into(path: Path, marks: tuple[str, str], new: str) -> None:
    """Puts text between two lines of a document, in place of what stands there."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BenchError(f"can't read {path}: {error.strerror}") from None
    before, start, rest = text.partition(f"{marks[0]}\n")
    _, end, after = rest.partition(marks[1])
    if not start or not end:
        raise BenchError(f"{path} has no lines {marks[0]} and {marks[1]}")
    write(path, f"{before}{start}{new}{end}{after}".encode())
