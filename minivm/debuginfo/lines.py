"""Regions → DWARF's table of lines (.debug_line).

In: regions, whose rows say from which address on the code is of which line. Out: the section, a
program for DWARF's line machine, and the numbers that other sections call the source files by.
"""

from __future__ import annotations

from collections.abc import Sequence

from minivm.debuginfo.encoding import sized, sleb, text, u8, u16, u64, uleb
from minivm.debuginfo.regions import Region

_VERSION = 4
_COPY, _ADVANCE_PC, _ADVANCE_LINE, _SET_FILE, _SET_COLUMN = 1, 2, 3, 4, 5
_END_SEQUENCE, _SET_ADDRESS = 1, 2
# How many operands each of the standard instructions has, numbers 1 to 12.
_OPERAND_COUNTS = bytes([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1])
# Of the instructions that advance address and line at once, which are not used here.
_LINE_BASE, _LINE_RANGE = b"\xfb", 14


def file_numbers(regions: Sequence[Region]) -> dict[str, int]:
    """All source files of `regions`, numbered from 1."""
    paths: dict[str, int] = {}
    for region in regions:
        for place in (region.start, *(each for row in region.rows for each in row.places)):
            paths.setdefault(place.path, len(paths) + 1)
    return paths


def line_section(regions: Sequence[Region], files: dict[str, int]) -> bytes:
    """The content of .debug_line."""
    table = b"".join(text(path) + uleb(0) * 3 for path in files)
    header = (
        bytes([1, 1, 1]) + _LINE_BASE + u8(_LINE_RANGE) + u8(len(_OPERAND_COUNTS) + 1)
        + _OPERAND_COUNTS + b"\0" + table + b"\0"
    )  # fmt: skip
    program = b"".join(_sequence(region, files) for region in regions)
    return sized(u16(_VERSION) + sized(header) + program)


def _sequence(region: Region, files: dict[str, int]) -> bytes:
    """The rows of one region; the line machine starts at line 1 of file 1."""
    content = _extended(_SET_ADDRESS, u64(region.address))
    address, line = region.address, 1
    for row in region.rows:
        place = row.places[0]
        content += u8(_ADVANCE_PC) + uleb(row.address - address)
        content += u8(_SET_FILE) + uleb(files[place.path])
        content += u8(_SET_COLUMN) + uleb(place.column)
        content += u8(_ADVANCE_LINE) + sleb(place.line - line) + u8(_COPY)
        address, line = row.address, place.line
    content += u8(_ADVANCE_PC) + uleb(region.end - address)
    return content + _extended(_END_SEQUENCE)


def _extended(number: int, operand: bytes = b"") -> bytes:
    return b"\0" + uleb(1 + len(operand)) + u8(number) + operand
