"""Regions of machine code → perf's map of a process, /tmp/perf-PID.map.

In: an executor's regions when it is made. Out: a line for each, `START SIZE name`, in hexadecimal.
The map has no time: where code took the place of other code, perf knows only one of the two.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache

from minivm.debuginfo.perf_file import PerfFile
from minivm.debuginfo.regions import Region

# Where perf looks, whatever TMPDIR says.
_FOLDER = "/tmp"


@lru_cache
def _file(process: int) -> PerfFile:
    return PerfFile(f"{_FOLDER}/perf-{process}.map")


class PerfMap:
    """What one VM adds to the process's map."""

    name = "perf's map"

    def add(self, executor: int, regions: Sequence[Region]) -> None:
        """Name an executor's code. Raises OSError."""
        lines = (f"{each.address:x} {len(each.code):x} {each.name}\n" for each in regions)
        _file(os.getpid()).append("".join(lines).encode(errors="surrogateescape"))

    def remove(self, executor: int) -> None:
        """A line that was written stays."""
