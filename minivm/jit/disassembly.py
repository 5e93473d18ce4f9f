"""Machine code → lines to read.

In: a stencil's bytes and holes. Out: a line for each instruction, with the holes it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from minivm.jit.errors import MissingToolError
from minivm.jit.holes import Hole
from minivm.jit.target import Target


def disassemble(code: bytes, holes: Sequence[Hole], target: Target) -> tuple[str, ...]:
    """One line an instruction: its offset (hexadecimal), its text and its holes' values."""
    lines = []
    waiting = list(holes)
    for address, size, mnemonic, operands in _disassembler(target).disasm_lite(code, 0):
        line = f"{address:04x}: {mnemonic} {operands}".rstrip()
        while waiting and waiting[0].offset < address + size:
            line += f"  ; {_shown(waiting.pop(0))}"
        lines.append(line)
    return tuple(lines)


def _shown(hole: Hole) -> str:
    addend = f"{hole.addend:+d}" if hole.addend else ""
    return f"{hole.symbol or hole.value}{addend} {hole.kind.name.lower()}"


def _disassembler(target: Target) -> Any:
    """A disassembler of its own for each call: capstone's may not be shared between threads."""
    try:
        import capstone
    except ImportError as error:
        raise MissingToolError(f"building needs capstone ({error})") from None
    architecture, mode = (getattr(capstone, name) for name in target.disassembler)
    disassembler = capstone.Cs(architecture, mode)
    # Bytes that are no instruction become `.byte` lines instead of ending the listing.
    disassembler.skipdata = True
    return disassembler
