"""Object file → its code, its constants and its relocations.

In: an object assembled from the assembly pass's text. Out: an `ObjectFile`, its sections by the
suffix they share (`.text.X` and `.rodata.X` belong together). A section that isn't understood is an
error, as is a constant that needs a relocation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from minivm.jit.errors import BuildError, MissingToolError
from minivm.jit.target import Target

_CODE = ".text."
_DATA = ".rodata."
_NOT_CONTENT = frozenset(
    {"", ".strtab", ".shstrtab", ".symtab", ".comment", ".note.GNU-stack", ".llvm_addrsig"}
)


@dataclass(frozen=True)
class Relocation:
    """`symbol + addend` belongs at `offset`. `type` is the object format's name for how.

    `symbol` is empty where the relocation is against a section; `section` is that section, and
    empty for a symbol that another object defines.
    """

    offset: int
    type: str
    symbol: str
    section: str
    addend: int


@dataclass
class ObjectFile:
    """Code and constants by the suffix of their sections' names; relocations are of the code."""

    code: dict[str, bytes] = field(default_factory=dict)
    data: dict[str, bytes] = field(default_factory=dict)
    relocations: dict[str, list[Relocation]] = field(default_factory=dict)


def read_object(path: Path, target: Target) -> ObjectFile:
    """Read an object file; raises `BuildError` naming what in it isn't understood."""
    # Importing lief takes most of a second, which a build that finds all in the cache saves.
    try:
        import lief
    except ImportError as error:
        raise MissingToolError(f"building needs lief ({error})") from None

    parsed = lief.ELF.parse(str(path))
    if not isinstance(parsed, lief.ELF.Binary):
        raise BuildError(f"{path.name} is not an ELF object")
    machine = parsed.header.machine_type.name
    if machine != target.machine:
        raise BuildError(f"{path.name} is for {machine}, not for {target.machine}")
    result = ObjectFile()
    for section in parsed.sections:
        _read_section(section, result)
    for relocation in parsed.object_relocations:
        _read_relocation(relocation, result)
    return result


def _read_section(section: Any, result: ObjectFile) -> None:
    name = str(section.name)
    if name.startswith(_CODE):
        result.code[name.removeprefix(_CODE)] = bytes(section.content)
    elif name.startswith(_DATA):
        result.data[name.removeprefix(_DATA)] = bytes(section.content)
    elif name.startswith(".rela"):
        return
    elif name not in _NOT_CONTENT and (name != ".text" or section.size):
        raise BuildError(f"section {name} isn't understood")


def _read_relocation(relocation: Any, result: ObjectFile) -> None:
    where = str(relocation.section.name) if relocation.section is not None else "no section"
    symbol = relocation.symbol
    name = str(symbol.name) if symbol is not None else ""
    if not where.startswith(_CODE):
        raise BuildError(f"section {where} refers to {name or 'code'}: constants must be plain")
    inside = symbol.section if symbol is not None else None
    result.relocations.setdefault(where.removeprefix(_CODE), []).append(
        Relocation(
            offset=int(relocation.address),
            type=str(relocation.type.name),
            symbol=name,
            section=str(inside.name) if inside is not None else "",
            addend=int(relocation.addend),
        )
    )
