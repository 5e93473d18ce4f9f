"""A file that perf reads after the process has ended.

In: whole records. Out: a file with as many of them as there was room for. There is one a process,
which all VMs write to; it is not written through links, since others may write to its folder.
"""

from __future__ import annotations

import contextlib
import os
from threading import Lock


class PerfFile:
    """Opened anew. What can't be done is an OSError with the file's name."""

    def __init__(self, path: str) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        self.path = path
        self.descriptor = os.open(path, flags, 0o644)
        self._size = 0
        self._lock = Lock()

    def append(self, record: bytes) -> None:
        """Write all of a record, or nothing."""
        with self._lock:
            rest = memoryview(record)
            try:
                while rest:
                    rest = rest[os.write(self.descriptor, rest) :]
            except OSError as error:
                with contextlib.suppress(OSError):
                    os.ftruncate(self.descriptor, self._size)
                    os.lseek(self.descriptor, self._size, os.SEEK_SET)
                raise OSError(error.errno, error.strerror, self.path) from None
            self._size += len(record)
