"""Model → generated/uop_table.py: what listings and tools in Python need to know of uops."""

from __future__ import annotations

from minivm.generate.model import Model
from minivm.generate.output import notice
from minivm.generate.variants import REGISTERS, has_stencils, tied_input


def _vector_types(model: Model) -> list[str]:
    """The types whose values live in vector registers."""
    return [name for name, found in model.types.items() if found.register_class == "vector"]


def uop_table(model: Model) -> str:
    lines = [
        f'"""{notice("uop_table")}"""',
        "",
        "# fmt: off",
        "from minivm.jit.uop import UopInfo",
        "",
        f"REGISTERS: dict[str, int] = {REGISTERS!r}",
        "",
        f"VECTOR_TYPES: frozenset[str] = frozenset({_vector_types(model)!r})",
        "",
        "TYPES: tuple[str, ...] = (",
        *(f"    {name!r}," for name in ("any", *model.types)),
        ")",
        "",
        "EXIT_REASONS: dict[str, str] = {",
        *(f"    {r.name!r}: {r.text!r}," for r in model.definitions.exits.values()),
        "}",
        "",
        "ABORT_REASONS: dict[str, str] = {",
        *(f"    {r.name!r}: {r.text!r}," for r in model.definitions.aborts.values()),
        "}",
        "",
        "UOPS: tuple[UopInfo, ...] = (",
    ]
    for uop in model.uops.values():
        inputs = tuple(item.type for item in uop.inputs)
        output = uop.outputs[0].type if uop.outputs and not uop.has("shuffle") else None
        has_output = bool(uop.outputs) and not uop.has("shuffle")
        operands = tuple(operand.name for operand in uop.operands)
        lines.append(
            f"    UopInfo({uop.name!r}, {inputs!r}, {has_output}, {output!r}, {operands!r}, "
            f"{tuple(sorted(uop.flags))!r}, {tied_input(uop, model.types)!r}, {has_stencils(uop)}),"
        )
    return "\n".join([*lines, ")"]) + "\n"
