"""Sections and functions → a relocatable object file, as gdb wants one of a compiler at run time.

In: sections of debugging information, and functions with where their code is in memory. Out: the
bytes of an ELF file. Each function has a section of its own, with an address but no content: the
code is where it is.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from minivm.debuginfo.encoding import text

MACHINE = 62  # x86-64
_HEADER_SIZE, _SECTION_SIZE, _SYMBOL_SIZE = 64, 64, 24
_RELOCATABLE, _VERSION = 1, 1
_PROGBITS, _SYMTAB, _STRTAB, _NOBITS = 1, 2, 3, 8
_ALLOCATED, _EXECUTABLE = 2, 4
_GLOBAL_FUNCTION = 1 << 4 | 2


@dataclass(frozen=True)
class Function:
    """Machine code that is in memory already."""

    name: str
    address: int
    size: int


@dataclass(frozen=True)
class _Section:
    name: str
    kind: int
    content: bytes = b""
    flags: int = 0
    address: int = 0
    size: int = 0  # of one without content
    link: int = 0
    first_global: int = 0
    entry_size: int = 0


class _Strings:
    """A string table being filled."""

    def __init__(self) -> None:
        self.content = b"\0"

    def add(self, string: str) -> int:
        place = len(self.content)
        self.content += text(string)
        return place


def object_file(functions: Sequence[Function], sections: Mapping[str, bytes]) -> bytes:
    """The file's bytes. Functions' sections come first, then `sections` by name."""
    names = _Strings()
    symbols = bytes(_SYMBOL_SIZE)
    for number, function in enumerate(functions, 1):
        entry = (names.add(function.name), _GLOBAL_FUNCTION, 0, number, 0, function.size)
        symbols += struct.pack("<IBBHQQ", *entry)
    found = [_Section("", 0)]
    found += [_code(function) for function in functions]
    found += [_Section(name, _PROGBITS, content) for name, content in sections.items()]
    strings = len(found) + 1
    found.append(
        _Section(".symtab", _SYMTAB, symbols, link=strings, first_global=1, entry_size=_SYMBOL_SIZE)
    )
    found.append(_Section(".strtab", _STRTAB, names.content))
    return _assemble(found)


def _code(function: Function) -> _Section:
    flags = _ALLOCATED | _EXECUTABLE
    return _Section(".text", _NOBITS, flags=flags, address=function.address, size=function.size)


def _assemble(sections: list[_Section]) -> bytes:
    """The header, the sections' contents, and the table of sections behind them."""
    names = _Strings()
    starts = [names.add(section.name) for section in sections] + [names.add(".shstrtab")]
    sections = [*sections, _Section(".shstrtab", _STRTAB, names.content)]
    contents, table = b"", b""
    for start, section in zip(starts, sections, strict=True):
        place = _HEADER_SIZE + len(contents)
        table += _table_row(start, place, section)
        contents += section.content
    padding = bytes(-len(contents) % 8)
    return (
        _header(_HEADER_SIZE + len(contents + padding), len(sections)) + contents + padding + table
    )


def _table_row(name: int, place: int, section: _Section) -> bytes:
    size = len(section.content) or section.size
    first = (name, section.kind, section.flags, section.address, place, size)
    last = (section.link, section.first_global, 1, section.entry_size)
    return struct.pack("<IIQQQQIIQQ", *first, *last)


def _header(table: int, count: int) -> bytes:
    identification = b"\x7fELF" + bytes([2, 1, _VERSION]) + bytes(9)
    kind = struct.pack("<HHI", _RELOCATABLE, MACHINE, _VERSION)
    places = struct.pack("<QQQ", 0, 0, table)
    sizes = struct.pack("<IHHHHHH", 0, _HEADER_SIZE, 0, 0, _SECTION_SIZE, count, count - 1)
    return identification + kind + places + sizes
