"""An executor → its regions of machine code.

In: the library's executor. Out: `Region`s, each with a name, its code, the source lines and inlined
calls it came from, and how to unwind from it. Copied code has two, what runs in the loop and the
exits; the code of another compiler is one, of which only the start's line is known.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from minivm.debuginfo.unwinding import UnwindRow, unwind_rows
from minivm.executors import Emitted, Executor, Place, read_executor, read_origins
from minivm.lang.errors import printable


@dataclass(frozen=True)
class Row:
    """The code from `address` on: `places` are the instruction it came from and the calls that it
    is inlined through, the innermost first."""

    address: int
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Region:
    """A stretch of machine code. `start` is where its trace starts, `rows` go by address."""

    name: str
    start: Place
    address: int
    code: bytes
    rows: tuple[Row, ...]
    unwinding: tuple[UnwindRow, ...]

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.address + len(self.code)


def read_regions(ffi: Any, lib: Any, pointer: Any) -> list[Region]:
    """The regions of the executor at `pointer`; none where a uop interpreter runs it."""
    executor = read_executor(ffi, lib, pointer)
    if executor.emitted:
        origins = read_origins(ffi, lib, pointer, len(executor.emitted))
        return _copied(executor, origins)
    if executor.code_address:
        code = bytes(ffi.buffer(ffi.cast("char *", executor.code_address), executor.code_size))
        return [_compiled(executor, code)]
    return []


def name_of(executor: Executor) -> str:
    """What a trace is called: mvm:inner (program.mvm:12 loop)."""
    place = executor.place
    kind = "side" if executor.is_side_trace else "loop" if executor.is_loop else "entry"
    file = printable(os.path.basename(place.path))
    return f"mvm:{place.function} ({file}:{place.line} {kind})"


def _copied(executor: Executor, origins: Sequence[tuple[Place, ...]]) -> list[Region]:
    name = name_of(executor)
    hot_end = executor.code_address + executor.code_size
    hot = [row for row in executor.emitted if executor.code_address <= row.address < hot_end]
    return [
        _region(name, executor.place, hot, origins),
        _region(f"{name} exits", executor.place, executor.emitted[len(hot) :], origins),
    ]


def _region(
    name: str, start: Place, emitted: Sequence[Emitted], origins: Sequence[tuple[Place, ...]]
) -> Region:
    address = emitted[0].address
    by_place = groupby(emitted, lambda each: origins[each.uop])
    rows = tuple(Row(next(group).address, places) for places, group in by_place)
    unwinding = tuple(
        replace(row, offset=row.offset + each.address - address)
        for each in emitted
        for row in _stencil_rows(each.stencil, each.code)
    )
    code = b"".join(each.code for each in emitted)
    return Region(name, start, address, code, rows, unwinding)


_STENCIL_ROWS: dict[int, tuple[UnwindRow, ...]] = {}


def _stencil_rows(stencil: int, code: bytes) -> tuple[UnwindRow, ...]:
    """The same for all copies of a stencil, whatever was patched in."""
    if stencil not in _STENCIL_ROWS:
        _STENCIL_ROWS[stencil] = unwind_rows(code)
    return _STENCIL_ROWS[stencil]


def _compiled(executor: Executor, code: bytes) -> Region:
    place, address = executor.place, executor.code_address
    rows = (Row(address, (place,)),)
    return Region(name_of(executor), place, address, code, rows, unwind_rows(code))
