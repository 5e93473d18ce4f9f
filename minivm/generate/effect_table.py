"""Model → generated/effect_table.py: what instructions do to stack and locals, by steps."""

from __future__ import annotations

from minivm.generate.definitions import Item, Uop
from minivm.generate.model import Instruction, Model, Source, Step
from minivm.generate.output import notice

# The flags that say what a uop does beside taking its inputs and leaving its outputs.
_ACTIONS = (
    "load_local",
    "store_local",
    "load_constant",
    "jump",
    "branch",
    "backward",
    "enter",
    "call",
    "call_value",
    "call_generic",
    "return",
    "halt",
    "host",
    "throws",
)


def effect_table(model: Model) -> str:
    # Tier one alone writes specialised forms.
    instructions = [i for i in model.instructions.values() if not i.is_form]
    lines = [
        f'"""{notice("effect_table")}"""',
        "",
        "# fmt: off",
        "from minivm.verifier.step import Step",
        "",
        "STEPS: dict[str, tuple[Step, ...]] = {",
        *(line for instruction in instructions for line in _rows(instruction)),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _rows(instruction: Instruction) -> list[str]:
    return [
        f"    {instruction.name!r}: (",
        *(f"        {_step(step)}," for step in instruction.steps),
        "    ),",
    ]


def _step(step: Step) -> str:
    uop = step.uop
    operands = [_operand(source) for source in step.sources]
    return (
        f"Step({uop.name!r}, {_action(uop)!r}, {_items(uop.inputs)!r}, {_items(uop.outputs)!r}, "
        f"{_count(uop)!r}, {_moved(uop)!r}, {tuple(operands)!r})"
    )


def _action(uop: Uop) -> str:
    return next((action for action in _ACTIONS if uop.has(action)), "")


def _items(items: tuple[Item, ...]) -> tuple[str, ...]:
    """The types of items; an array is not among them."""
    return tuple(item.type or "any" for item in items if not item.count)


def _count(uop: Uop) -> int | None:
    """Which operand says how many values are taken, if the input is an array."""
    for item in uop.inputs:
        if item.count:
            return next(at for at, operand in enumerate(uop.operands) if operand.name == item.count)
    return None


def _moved(uop: Uop) -> tuple[int, ...] | None:
    """Of a shuffle, which input each output is."""
    if not uop.has("shuffle"):
        return None
    names = [item.name for item in uop.inputs]
    return tuple(names.index(item.name) for item in uop.outputs)


def _operand(source: Source) -> tuple[str, int]:
    return (source.place.name if source.place else "", source.addend)
