"""The assembly pass: what clang wrote for one uop → text ready to be assembled.

In: clang's assembly, the uop and its stencils' names. Out: assembly in which each stencil is a
section `.text.UOP.STENCIL` that falls through to the next stencil, with the constants it uses,
copied for it alone, in `.rodata.UOP.STENCIL`. Texts of several uops may be joined.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from minivm.jit.assembly_layout import lay_out
from minivm.jit.assembly_parser import (
    MAXIMUM_ALIGNMENT_POWER,
    AssemblyFile,
    Instruction,
    parse_assembly,
)
from minivm.jit.errors import BuildError
from minivm.jit.target import Target

_LOCAL_LABEL = re.compile(r"\.L[\w.$]*")
# clang takes a symbol to be below 2**31 and loads it with zeros above; a constant may be negative.
_ZERO_EXTENDED = re.compile(r"\bmovl\s+\$_JIT_IMMEDIATE_32, %(?:e(\w\w)|(r\d+)d)\b")


def _extend_sign(line: str) -> str:
    def wide(match: re.Match[str]) -> str:
        return f"movq\t$_JIT_IMMEDIATE_32, %{'r' + match[1] if match[1] else match[2]}"

    return _ZERO_EXTENDED.sub(wide, line)


@dataclass(frozen=True)
class RewrittenUop:
    """`text` to assemble, and for each stencil whether some path goes on to the next stencil."""

    text: str
    continues: tuple[bool, ...]


def section_suffix(uop: str, stencil: str) -> str:
    """What follows ".text." and ".rodata." in the names of a stencil's sections."""
    return f"{uop}.{stencil}"


def rewrite(text: str, uop: str, stencils: Sequence[str], target: Target) -> RewrittenUop:
    """Rewrite one uop's assembly; raises `BuildError` naming uop, stencil and cause."""
    try:
        file = parse_assembly(text, target)
    except BuildError as error:
        raise BuildError(f"uop {uop}: {error}") from None
    _check_functions(file, uop, stencils)
    parts, continues = [], []
    for stencil in stencils:
        try:
            part, goes_on = _rewrite_stencil(file, uop, stencil, target)
        except BuildError as error:
            raise BuildError(f"uop {uop}, stencil {stencil}: {error}") from None
        parts.append(part)
        continues.append(goes_on)
    return RewrittenUop("".join(parts), tuple(continues))


def _check_functions(file: AssemblyFile, uop: str, stencils: Sequence[str]) -> None:
    for stencil in stencils:
        if stencil not in file.functions:
            raise BuildError(f"uop {uop}: its C file doesn't define stencil {stencil}")
    for function in file.functions:
        if function not in stencils:
            raise BuildError(
                f"uop {uop}: function {function} is not one of its stencils; "
                "a function stencils use must be inlined (static inline, always_inline)"
            )


def _rewrite_stencil(
    file: AssemblyFile, uop: str, stencil: str, target: Target
) -> tuple[str, bool]:
    layout = lay_out(file.functions[stencil], target)
    suffix = section_suffix(uop, stencil)
    constants = _constants_used(file, stencil)
    names = {label: f".L{suffix}.data{number}" for number, label in enumerate(constants)}

    def rename(match: re.Match[str]) -> str:
        label = match[0]
        return names[label] if label in names else f".L{suffix}.{label[2:]}"

    lines = [f'.section .text.{suffix},"ax",@progbits']
    lines.extend(_extend_sign(_LOCAL_LABEL.sub(rename, line)) for line in layout.lines)
    if constants:
        lines.append(f'.section .rodata.{suffix},"a",@progbits')
    for label in constants:
        lines.extend((f".p2align {MAXIMUM_ALIGNMENT_POWER}", f"{names[label]}:"))
        lines.extend(file.constants[label])
    return "\n".join(lines) + "\n", layout.continues


def _constants_used(file: AssemblyFile, stencil: str) -> list[str]:
    """Labels of the constants the stencil refers to, each once, in order of first use."""
    used: dict[str, None] = {}
    for item in file.functions[stencil]:
        if not isinstance(item, Instruction) or item.mnemonic.startswith("j"):
            continue
        for label in _LOCAL_LABEL.findall(item.operands):
            if label not in file.constants:
                raise BuildError(f"'{item}' takes the address of code or of unknown data")
            used[label] = None
    return list(used)
