"""Regions → DWARF's rules for unwinding (.debug_frame).

In: regions with their unwinding rows. Out: the section. The frame's address is where the stack
pointer stood before the call that made the frame; the return address is right below it.
"""

from __future__ import annotations

from collections.abc import Sequence

from minivm.debuginfo.encoding import sized, sleb, text, u8, u32, u64, uleb
from minivm.debuginfo.regions import Region
from minivm.debuginfo.unwinding import (
    RETURN_ADDRESS,
    SAVED_REGISTERS,
    STACK_POINTER,
    UnwindRow,
)

_VERSION = 4
_ADVANCE_4, _UNDEFINED, _SAME_VALUE, _DEFINE_FRAME, _FRAME_OFFSET = 0x04, 0x07, 0x08, 0x0C, 0x0E
_SAVED_AT = 0x80
_WORD = 8
_COMMON = 0xFFFFFFFF  # marks what several descriptions share


def frame_section(regions: Sequence[Region]) -> bytes:
    """The content of .debug_frame: what all regions start with, then a description of each."""
    content = _padded(u32(_COMMON) + _common())
    for region in regions:
        content += _padded(u32(0) + _description(region))
    return content


def _padded(entry: bytes) -> bytes:
    return sized(entry + bytes(-(4 + len(entry)) % _WORD))


def _common() -> bytes:
    content = u8(_VERSION) + text("") + u8(_WORD) + u8(0)
    content += uleb(1) + sleb(-_WORD) + uleb(RETURN_ADDRESS)
    content += u8(_DEFINE_FRAME) + uleb(STACK_POINTER) + uleb(_WORD)
    content += _saved(RETURN_ADDRESS, _WORD)
    # preserve_none: but for rbp, nothing is given back to the caller.
    for name, number in SAVED_REGISTERS.items():
        content += b"" if name == "rbp" else u8(_UNDEFINED) + uleb(number)
    return content


def _description(region: Region) -> bytes:
    content = u64(region.address) + u64(len(region.code))
    before = UnwindRow(0, 0, ())
    for row in region.unwinding:
        if (row.pushed, row.saved) == (before.pushed, before.saved):
            continue
        content += u8(_ADVANCE_4) + u32(row.offset - before.offset)
        if row.pushed != before.pushed:
            content += u8(_FRAME_OFFSET) + uleb(row.pushed + _WORD)
        for number, _ in set(before.saved) - set(row.saved):
            content += u8(_SAME_VALUE) + uleb(number)
        for number, below in set(row.saved) - set(before.saved):
            content += _saved(number, below)
        before = row
    return content


def _saved(register: int, below: int) -> bytes:
    """The register is in memory, so many bytes below the frame's address."""
    return u8(_SAVED_AT | register) + uleb(below // _WORD)
