"""Regions of machine code → perf's jitdump, jit-PID.dump, which has the code itself and its lines.

In: an executor's regions when it is made. Out: a file that `perf inject --jit` turns into object
files. The format is that of tools/perf/Documentation/jitdump-specification.txt in the kernel's
sources: a header, and for each region its lines, then its code. perf finds the file because the
process maps it as code.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from collections.abc import Sequence
from functools import lru_cache
from itertools import count
from threading import get_native_id

from minivm.debuginfo.elf import MACHINE
from minivm.debuginfo.encoding import text
from minivm.debuginfo.perf_file import PerfFile
from minivm.debuginfo.regions import Region

FOLDER_VARIABLE = "JITDUMPDIR"
_MAGIC, _VERSION, _HEADER_SIZE = 0x4A695444, 1, 40
_CODE_LOAD, _CODE_DEBUG_INFO = 0, 2
_RECORD_HEADER_SIZE = 16


class _Dump:
    """The process's file; `indices` number what is in it."""

    def __init__(self, process: int) -> None:
        folder = os.environ.get(FOLDER_VARIABLE) or "."
        self.file = PerfFile(os.path.join(folder, f"jit-{process}.dump"))
        self.indices = count(1)
        self._marker = _map_as_code(self.file)
        header = (_MAGIC, _VERSION, _HEADER_SIZE, MACHINE, 0, process, _now(), 0)
        self.file.append(struct.pack("<IIIIIIQQ", *header))


def _map_as_code(file: PerfFile) -> mmap.mmap:
    """The mapping that perf records, with the file's name. Nobody reads it."""
    descriptor, size = file.descriptor, mmap.PAGESIZE
    protection = mmap.PROT_READ | mmap.PROT_EXEC
    try:
        # Python refuses to map what is behind a file's end: for a moment the file is long enough.
        os.ftruncate(descriptor, size)
        mapping = mmap.mmap(descriptor, size, flags=mmap.MAP_PRIVATE, prot=protection)
        os.ftruncate(descriptor, 0)
    except OSError as error:
        raise OSError(error.errno, error.strerror, file.path) from None
    return mapping


@lru_cache
def _dump(process: int) -> _Dump:
    return _Dump(process)


def _now() -> int:
    """On the clock that `perf record -k mono` uses."""
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


class JitDump:
    """What one VM adds to the process's file."""

    name = "jitdump"

    def add(self, executor: int, regions: Sequence[Region]) -> None:
        """Write an executor's lines and code. Raises OSError."""
        dump = _dump(os.getpid())
        for region in regions:
            dump.file.append(_lines(region) + _code(region, next(dump.indices)))

    def remove(self, executor: int) -> None:
        """perf tells code from other code at the same address by the time."""


def _lines(region: Region) -> bytes:
    content = struct.pack("<QQ", region.address, len(region.rows))
    for row in region.rows:
        place = row.places[0]
        content += struct.pack("<QII", row.address, place.line, 0) + text(place.path)
    return _record(_CODE_DEBUG_INFO, content)


def _code(region: Region, index: int) -> bytes:
    numbers = (os.getpid(), get_native_id(), region.address, region.address, len(region.code))
    content = struct.pack("<IIQQQQ", *numbers, index)
    return _record(_CODE_LOAD, content + text(region.name) + region.code)


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<IIQ", kind, _RECORD_HEADER_SIZE + len(content), _now()) + content
