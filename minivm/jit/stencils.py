"""Object files → stencils: code, constants and holes.

In: an `ObjectFile` and the names of a uop's stencils. Out: one `Stencil` each. A relocation whose
type or symbol isn't understood is an error naming uop, stencil and symbol.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from minivm.jit.assembly import section_suffix
from minivm.jit.disassembly import disassemble
from minivm.jit.errors import BuildError
from minivm.jit.holes import DATA, SYMBOL, Hole, value_of_symbol
from minivm.jit.objects import ObjectFile, Relocation
from minivm.jit.target import RELATIVE_KINDS, HoleKind, Target

_LARGEST_PART = 0xFFFF  # bytes of code and of data: their sizes are 16 bits in mvm_stencil


@dataclass(frozen=True)
class Stencil:
    """One stencil variant. `continues`: it can fall through to the code after it.

    `listing` is the disassembly, a line an instruction, each hole named where it stands.
    """

    name: str
    code: bytes
    data: bytes
    holes: tuple[Hole, ...]
    continues: bool
    listing: tuple[str, ...]


def stencils_of(
    object_file: ObjectFile,
    uop: str,
    names: Sequence[str],
    continues: Sequence[bool],
    target: Target,
) -> tuple[Stencil, ...]:
    """The stencils of one uop, in the order of `names`."""
    result = []
    for name, goes_on in zip(names, continues, strict=True):
        try:
            result.append(_stencil(object_file, uop, name, goes_on, target))
        except BuildError as error:
            raise BuildError(f"uop {uop}, stencil {name}: {error}") from None
    return tuple(result)


def _stencil(
    object_file: ObjectFile, uop: str, name: str, continues: bool, target: Target
) -> Stencil:
    suffix = section_suffix(uop, name)
    code, data = object_file.code[suffix], object_file.data.get(suffix, b"")
    for part, content in (("code", code), ("data", data)):
        if len(content) > _LARGEST_PART:
            raise BuildError(f"{len(content)} bytes of {part}, more than {_LARGEST_PART}")
    found = (_hole(entry, suffix, target) for entry in object_file.relocations.get(suffix, ()))
    holes = tuple(sorted(found, key=lambda hole: hole.offset))
    return Stencil(name, code, data, holes, continues, disassemble(code, holes, target))


def _hole(relocation: Relocation, suffix: str, target: Target) -> Hole:
    shown = relocation.symbol or relocation.section
    kind = target.relocations.get(relocation.type)
    if kind is None:
        raise BuildError(f"relocation {relocation.type} of {shown} isn't understood")
    if not -(2**31) <= relocation.addend < 2**31:
        raise BuildError(f"the addend {relocation.addend} of {shown} is out of range")
    if relocation.section == f".rodata.{suffix}":
        _check_width(kind, "the stencil's own data")
        return Hole(relocation.offset, kind, DATA.name, "", relocation.addend)
    value = value_of_symbol(relocation.symbol)
    if value is None or relocation.section:
        raise BuildError(f"symbol {shown} isn't understood: no hole and no C function of minivm")
    if kind in RELATIVE_KINDS and not value.near:
        raise BuildError(f"{shown} is taken relative to the code, but is no address near it")
    if value.near:
        _check_width(kind, shown)
    symbol = relocation.symbol if value is SYMBOL else ""
    return Hole(relocation.offset, kind, value.name, symbol, relocation.addend)


def _check_width(kind: HoleKind, shown: str) -> None:
    """An address is 64 bits, or a distance; fewer bits would never hold it at run time."""
    if kind is not HoleKind.ABSOLUTE_64 and kind not in RELATIVE_KINDS:
        raise BuildError(f"the address of {shown} does not fit a hole of the kind {kind.name}")
