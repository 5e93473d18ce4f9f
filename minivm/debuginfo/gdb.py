"""Regions of machine code → what gdb knows of the process.

In: an executor's regions when it is made, its number when it goes. Out: an object file in memory,
which the library puts where gdb looks (jit/gdb.c).
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any

from minivm.debuginfo.elf import Function, object_file
from minivm.debuginfo.entries import entry_sections
from minivm.debuginfo.frames import frame_section
from minivm.debuginfo.lines import file_numbers, line_section
from minivm.debuginfo.regions import Region

# The library's list is one for the process, and VMs may run in several threads.
_LOCK = Lock()


class GdbObjects:
    """The object files of one VM's executors."""

    name = "gdb"

    def __init__(self, lib: Any) -> None:
        self._lib = lib
        self._objects: dict[int, Any] = {}

    def add(self, executor: int, regions: Sequence[Region]) -> None:
        """Let gdb know of an executor. Raises MemoryError."""
        content = describe(regions)
        with _LOCK:
            added = self._lib.mvm_gdb_add(content, len(content))
        if not added:
            raise MemoryError("no memory for what gdb is told")
        self._objects[executor] = added

    def remove(self, executor: int) -> None:
        """Let gdb forget one, if it knows of it."""
        known = self._objects.pop(executor, None)
        if known is not None:
            with _LOCK:
                self._lib.mvm_gdb_remove(known)


def describe(regions: Sequence[Region]) -> bytes:
    """An object file that describes the regions."""
    files = file_numbers(regions)
    functions = [Function(each.name, each.address, len(each.code)) for each in regions]
    sections = {
        ".debug_line": line_section(regions, files),
        ".debug_frame": frame_section(regions),
        **entry_sections(regions, files),
    }
    return object_file(functions, sections)
