"""What Python tools know of one uop; the table is generated/uop_table.py, indexed by opcode."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class UopInfo:
    """`inputs` and `output` are type names, None for a value in a frame slot.

    `tied` is the typed input whose register the output shares. Uops without `has_stencils` exist in
    tier one, or in traces before optimisation, alone.
    """

    name: str
    inputs: tuple[str | None, ...]
    has_output: bool
    output: str | None
    operands: tuple[str, ...]
    flags: tuple[str, ...]
    tied: int | None
    has_stencils: bool
