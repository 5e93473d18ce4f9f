"""Where what a program prints goes, and where what it reads comes from.

In: what `VM(output=…, input=…)` was given. Out: a function that takes bytes, or a file descriptor;
a file to read.
"""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Callable
from typing import Any

from minivm.machine import CAPTURE

Sink = Callable[[bytes], object]


def descriptor_of(output: Any) -> int:
    """The file descriptor the VM writes to by itself; CAPTURE when it keeps or hands on."""
    if isinstance(output, bool) or not isinstance(output, int):
        return CAPTURE
    return output


def file_of(given: Any) -> Any:
    """The file, or its descriptor, that a program reads; text stands in a file of its own."""
    if isinstance(given, str):
        from tempfile import TemporaryFile

        # The VM keeps it open.
        file = TemporaryFile()  # noqa: SIM115
        file.write(given.encode())
        file.seek(0)
        return file
    if isinstance(given, int) or hasattr(given, "fileno"):
        return given
    raise TypeError(f"input is text, a file with a descriptor, or a descriptor, not {given!r}")


def sink_of(output: Any) -> Sink | None:
    """What takes the output; None when the VM writes it by itself, or keeps it."""
    if output == "capture" or (isinstance(output, int) and not isinstance(output, bool)):
        return None
    if output is None:
        # Looked up each time: who puts another file in its place wants to have the output.
        return _Text(_print)
    if isinstance(output, (io.RawIOBase, io.BufferedIOBase)):
        return _Bytes(output)
    if hasattr(output, "write"):
        return _Text(output.write)
    if callable(output):
        return _Text(output)
    message = "output is 'capture', a file, a file descriptor, a function that takes text, or None"
    raise TypeError(f"{message}, not {output!r}")


def _print(text: str) -> None:
    sys.stdout.write(text)
    if sys.stdout.isatty():
        sys.stdout.flush()


def wants_lines(output: Any) -> bool:
    """Whether each line is to be handed on at once: to a function, or to somebody who waits."""
    file = sys.stdout if output is None else output
    is_terminal = getattr(file, "isatty", None)
    return is_terminal() if is_terminal else callable(output)


class _Text:
    """Hands the output on as text. A character may come in two parts."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def __call__(self, content: bytes) -> None:
        text = self._decoder.decode(content)
        if text:
            self._write(text)


class _Bytes:
    """Hands the output on as it is; a raw file may take it in parts."""

    def __init__(self, file: io.RawIOBase | io.BufferedIOBase) -> None:
        self._file = file

    def __call__(self, content: bytes) -> None:
        rest = memoryview(content)
        while rest:
            written = self._file.write(rest)
            rest = rest[written or 0 :]
