"""Numbers and texts → the bytes that DWARF and ELF make of them, on a 64-bit little-endian machine.

In: what to write. Out: bytes.
"""

from __future__ import annotations

import struct


def u8(number: int) -> bytes:
    return struct.pack("<B", number)


def u16(number: int) -> bytes:
    return struct.pack("<H", number)


def u32(number: int) -> bytes:
    return struct.pack("<I", number)


def u64(number: int) -> bytes:
    return struct.pack("<Q", number)


def uleb(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the top bit says that more follow."""
    content = bytearray()
    while number >= 0x80:
        content.append(number & 0x7F | 0x80)
        number >>= 7
    content.append(number)
    return bytes(content)


def sleb(number: int) -> bytes:
    """The same, with the last byte's bit 6 as the sign."""
    content = bytearray()
    while not -0x40 <= number < 0x40:
        content.append(number & 0x7F | 0x80)
        number >>= 7
    content.append(number & 0x7F)
    return bytes(content)


def text(content: str) -> bytes:
    """With the zero byte that ends it; one inside is left out."""
    return content.encode(errors="surrogateescape").replace(b"\0", b"") + b"\0"


def sized(content: bytes) -> bytes:
    """With its length, in four bytes, before it."""
    return u32(len(content)) + content
