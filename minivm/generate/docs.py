"""Model → docs/uops.md: the types, instructions and uops, for readers."""

from __future__ import annotations

from minivm.generate.definitions import Item, Uop
from minivm.generate.model import Instruction, Model
from minivm.generate.output import notice

_INTRODUCTION = """\
Everything here comes from `minivm/uops.def`. An **instruction** is what the compiler emits and tier
one runs; it is spelled as **uops**, which are also what traces are made of. Effects read bottom to
top, `( before -- after )`; an item without a type may be any value.
"""


def uops_page(model: Model) -> str:
    instructions = model.instructions.values()
    written = [i for i in instructions if i.name in model.definitions.macros]
    fused = [model.instructions[name] for name in model.fused.values()]
    return "\n".join(
        [
            f"<!-- {notice('docs')} -->",
            "# Uops and instructions",
            "",
            _INTRODUCTION,
            "## Types",
            "",
            "| type | register class | refines |",
            "| --- | --- | --- |",
            *(f"| {t.name} | {t.register_class} | {t.base or ''} |" for t in model.types.values()),
            "",
            "## Instructions",
            "",
            "A name after an indent is a specialised form of the instruction above it.",
            "",
            "| instruction | units | uops |",
            "| --- | --- | --- |",
            *map(_instruction, written),
            "",
            "### Fused sequences",
            "",
            "Each also has the specialised forms of its members.",
            "",
            ", ".join(f"`{i.name}`" for i in fused),
            "",
            "## Uops",
            "",
            "| uop | effect | operands | flags |",
            "| --- | --- | --- | --- |",
            *map(_uop, model.uops.values()),
            "",
            "## Memory",
            "",
            "What the flags `reads` and `writes` name; all of it where they name none.",
            "",
            *(f"- **{m.name}**: {m.text}" for m in model.definitions.memory.values()),
            "",
            "## Why traces are left",
            "",
            *(f"- **{r.name}**: {r.text}" for r in model.definitions.exits.values()),
            "",
            "## Why no trace is made",
            "",
            *(f"- **{r.name}**: {r.text}" for r in model.definitions.aborts.values()),
            "",
        ]
    )


def _instruction(instruction: Instruction) -> str:
    name = f"&nbsp;&nbsp;`{instruction.name}`" if instruction.is_form else f"`{instruction.name}`"
    spelled = " ".join(f"`{step.uop.name}`" for step in instruction.steps)
    return f"| {name} | {instruction.units} | {spelled} |"


def _uop(uop: Uop) -> str:
    effect = f"( {_items(uop.inputs)} -- {_items(uop.outputs)} )".replace("  ", " ")
    operands = ", ".join(f"{o.name}: {o.bits}" for o in uop.operands)
    flags = ", ".join(
        f"{flag}({', '.join(arguments)})" if arguments else flag
        for flag, arguments in uop.flags.items()
    )
    return f"| `{uop.name}` | `{effect}` | {operands} | {flags} |"


def _items(items: tuple[Item, ...]) -> str:
    return " ".join(
        (f"{i.name}[{i.count}]" if i.count else i.name) + (f": {i.type}" if i.type else "")
        for i in items
    )
