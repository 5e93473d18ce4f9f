"""Which stencil variants a uop has: one for each choice of registers, also with an immediate.

The numbering is mixed radix, the typed inputs first and the output (unless tied) last; the
immediate forms, whose last input is a constant, follow. `variant_of` (jit/emit.c) counts the same
way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from minivm.generate.definitions import Item, Type, Uop

# How many registers of each class a trace may use. preserve_none passes that many, beside the two
# fixed parameters, and leaves clang enough scratch registers.
REGISTERS = {"general": 8, "vector": 8}


# What projection follows itself: no trace runs it.
CONTROL = (
    "jump", "branch", "call", "call_value", "call_generic", "return", "enter", "backward", "halt",
    "host", "throws",
)  # fmt: skip


@dataclass(frozen=True)
class Variant:
    """`inputs[i]` is the register number of the i-th typed input (None: the immediate)."""

    number: int
    inputs: tuple[int | None, ...]
    output: int | None


def has_stencils(uop: Uop) -> bool:
    """Whether the uop is emitted as it is; the others exist in tier one or before optimisation."""
    managed = ("shuffle", "load_local", "store_local", "load_constant", "type_guard", "tier1")
    return not uop.has(*managed, *CONTROL)


def typed(items: tuple[Item, ...]) -> list[Item]:
    return [item for item in items if item.type is not None]


def tied_input(uop: Uop, types: dict[str, Type]) -> int | None:
    """The typed input whose register the output shares; None when the output has its own."""
    if uop.has("untied") or not typed(uop.outputs):
        return None
    wanted = types[uop.outputs[0].type or ""].register_class
    named = uop.flags.get("tied")
    for index, item in enumerate(typed(uop.inputs)):
        same_class = types[item.type or ""].register_class == wanted
        if same_class and (named is None or item.name == named[0]):
            return index
    return None


def variants(uop: Uop, types: dict[str, Type]) -> Iterator[Variant]:
    if uop.has("spilled"):
        yield Variant(0, (), None)
        return
    number = 0
    for immediate in (False, True) if uop.has("immediate") else (False,):
        for inputs, output in _choices(uop, types, immediate):
            yield Variant(number, inputs, output)
            number += 1


def _choices(
    uop: Uop, types: dict[str, Type], immediate: bool
) -> Iterator[tuple[tuple[int | None, ...], int | None]]:
    inputs = typed(uop.inputs)
    in_registers = inputs[:-1] if immediate else inputs
    ranges = [range(REGISTERS[types[item.type or ""].register_class]) for item in in_registers]
    tied = tied_input(uop, types)
    outputs = typed(uop.outputs)
    if outputs and tied is None:
        ranges.append(range(REGISTERS[types[outputs[0].type or ""].register_class]))
    for choice in product(*ranges):
        chosen: tuple[int | None, ...] = choice[: len(in_registers)]
        if immediate:
            chosen = (*chosen, None)
        if not outputs:
            yield chosen, None
        elif tied is not None:
            yield chosen, chosen[tied]
        else:
            yield chosen, choice[-1]
