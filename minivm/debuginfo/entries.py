"""Regions → DWARF's description of functions (.debug_info and the two sections it refers to).

In: regions. Out: a compilation unit with a function for each region, and in it the calls that are
inlined there, as deep as they are. Those are of few parts, which may be apart: a list of ranges.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from minivm import __version__
from minivm.debuginfo.encoding import sized, text, u8, u16, u32, u64, uleb
from minivm.debuginfo.regions import Region
from minivm.executors import Place

_VERSION, _ADDRESS_SIZE = 4, 8
_C99, _INLINED = 0x0C, 1
# Entries: their number here, and DWARF's.
_UNIT, _FUNCTION, _INLINED_FUNCTION, _INLINED_CALL = 1, 2, 3, 4
_TAGS = {_UNIT: 0x11, _FUNCTION: 0x2E, _INLINED_FUNCTION: 0x2E, _INLINED_CALL: 0x1D}
_HAS_CHILDREN = {_UNIT, _FUNCTION, _INLINED_CALL}
_NAME, _LINES, _LOW, _HIGH, _LANGUAGE, _DIRECTORY = 0x03, 0x10, 0x11, 0x12, 0x13, 0x1B
_INLINE, _PRODUCER, _ORIGIN, _FILE, _LINE = 0x20, 0x25, 0x31, 0x3A, 0x3B
_RANGES, _CALL_FILE, _CALL_LINE = 0x55, 0x58, 0x59
_ADDRESS, _DATA8, _STRING, _DATA1, _NUMBER, _REFERENCE, _OFFSET = 1, 7, 8, 11, 15, 19, 23
_ATTRIBUTES = {
    _UNIT: (
        (_PRODUCER, _STRING), (_LANGUAGE, _DATA1), (_NAME, _STRING), (_DIRECTORY, _STRING),
        (_LINES, _OFFSET), (_LOW, _ADDRESS), (_RANGES, _OFFSET),
    ),
    _FUNCTION: (
        (_NAME, _STRING), (_FILE, _NUMBER), (_LINE, _NUMBER), (_LOW, _ADDRESS), (_HIGH, _DATA8),
    ),
    _INLINED_FUNCTION: ((_NAME, _STRING), (_INLINE, _DATA1)),
    _INLINED_CALL: (
        (_ORIGIN, _REFERENCE), (_RANGES, _OFFSET), (_CALL_FILE, _NUMBER), (_CALL_LINE, _NUMBER),
    ),
}  # fmt: skip

# From where to where: addresses.
Range = tuple[int, int]


def entry_sections(regions: Sequence[Region], files: dict[str, int]) -> dict[str, bytes]:
    """The three sections by name. `files` are numbered as in the table of lines."""
    writer = _Writer(files)
    content = writer.unit(regions)
    return {
        ".debug_abbrev": _abbreviations(),
        ".debug_info": content,
        ".debug_ranges": writer.ranges,
    }


def _abbreviations() -> bytes:
    content = b""
    for number, attributes in _ATTRIBUTES.items():
        content += uleb(number) + uleb(_TAGS[number]) + u8(number in _HAS_CHILDREN)
        for attribute, form in (*attributes, (0, 0)):
            content += uleb(attribute) + uleb(form)
    return content + b"\0"


@dataclass
class _Call:
    """Code of one function: its own and that of calls inlined in it, by caller and callee."""

    ranges: list[Range] = field(default_factory=list)
    inlined: dict[tuple[Place, str], _Call] = field(default_factory=dict)

    def add(self, places: tuple[Place, ...], where: Range) -> None:
        """`places` are the instruction and the calls between it and this function."""
        if self.ranges and self.ranges[-1][1] == where[0]:
            self.ranges[-1] = (self.ranges[-1][0], where[1])
        else:
            self.ranges.append(where)
        if len(places) > 1:
            key = (places[-1], places[-2].function)
            self.inlined.setdefault(key, _Call()).add(places[:-1], where)


class _Writer:
    def __init__(self, files: dict[str, int]) -> None:
        self._files = files
        self._functions: dict[str, int] = {}  # where each inlined one's entry is
        self.ranges = b""

    def unit(self, regions: Sequence[Region]) -> bytes:
        calls = [_calls_of(region) for region in regions]
        header = u16(_VERSION) + u32(0) + u8(_ADDRESS_SIZE)
        content = header + self._unit_entry(regions)
        for name in _inlined_functions(calls):
            self._functions[name] = 4 + len(content)
            content += uleb(_INLINED_FUNCTION) + text(name) + u8(_INLINED)
        for region, call in zip(regions, calls, strict=True):
            content += self._function(region, call)
        return sized(content + b"\0")

    def _unit_entry(self, regions: Sequence[Region]) -> bytes:
        where = self._range_list([(region.address, region.end) for region in regions])
        return (
            uleb(_UNIT) + text(f"minivm {__version__}") + u8(_C99)
            + text(regions[0].start.path) + text(os.getcwd()) + u32(0) + u64(0) + u32(where)
        )  # fmt: skip

    def _function(self, region: Region, call: _Call) -> bytes:
        place = region.start
        return (
            uleb(_FUNCTION) + text(region.name) + uleb(self._files[place.path])
            + uleb(place.line) + u64(region.address) + u64(len(region.code))
            + self._inlined(call)
        )  # fmt: skip

    def _inlined(self, call: _Call) -> bytes:
        """The entries of what is inlined in `call`, and the end of its list of entries."""
        content = b""
        for (caller, name), inner in call.inlined.items():
            content += uleb(_INLINED_CALL) + u32(self._functions[name])
            content += u32(self._range_list(inner.ranges))
            content += uleb(self._files[caller.path]) + uleb(caller.line)
            content += self._inlined(inner)
        return content + b"\0"

    def _range_list(self, ranges: Sequence[Range]) -> int:
        where = len(self.ranges)
        self.ranges += b"".join(u64(start) + u64(end) for start, end in [*ranges, (0, 0)])
        return where


def _calls_of(region: Region) -> _Call:
    call = _Call()
    ends = [*(row.address for row in region.rows[1:]), region.end]
    for row, end in zip(region.rows, ends, strict=True):
        call.add(row.places, (row.address, end))
    return call


def _inlined_functions(calls: Sequence[_Call]) -> list[str]:
    """The names of all functions that are inlined anywhere, each once."""
    found: dict[str, None] = {}
    waiting = list(calls)
    while waiting:
        for (_, name), inner in waiting.pop().inlined.items():
            found[name] = None
            waiting.append(inner)
    return list(found)
