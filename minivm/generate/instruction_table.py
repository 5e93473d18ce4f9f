"""Model → generated/instruction_table.py: instructions, fusions and words, for the front end."""

from __future__ import annotations

from minivm.generate.definitions import Item
from minivm.generate.model import Instruction, Model
from minivm.generate.output import notice


def instruction_table(model: Model) -> str:
    types = model.definitions.types.values()
    lines = [
        f'"""{notice("instruction_table")}"""',
        "",
        "# fmt: off",
        "from minivm.lang.instruction import Instruction, Item, Operand, Word",
        "",
        "INSTRUCTIONS: dict[str, Instruction] = {",
        *(f"    {i.name!r}: {_instruction(i)}," for i in model.instructions.values()),
        "}",
        "",
        "FUSED: dict[tuple[str, ...], str] = {",
        *(f"    {sequence!r}: {name!r}," for sequence, name in model.fused.items()),
        "}",
        "",
        "WORDS: dict[str, Word] = {",
        *(
            f"    {word.name!r}: {_word(model, word.name, word.instruction)},"
            for word in model.definitions.words
        ),
        "}",
        "",
        "# Nothing runs behind these, unless something jumps there.",
        f"NO_WAY_ON: frozenset[str] = frozenset({_no_way_on(model)!r})",
        "",
        "# The names of the types of values, by tag.",
        f"TAGS: tuple[str, ...] = {tuple(t.name for t in types if not t.base)!r}",
        "",
        "# The record types every program has, by number, with their fields.",
        "RECORDS: dict[str, tuple[str, ...]] = {",
        *(f"    {r.name!r}: {r.fields!r}," for r in model.definitions.records.values()),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _instruction(instruction: Instruction) -> str:
    operands = [
        f"Operand({p.name!r}, {p.unit}, {p.bits})" for p in instruction.places if not p.cache
    ]
    generic = instruction.generic if instruction.is_form else None
    return (
        f"Instruction({instruction.name!r}, {instruction.opcode}, {instruction.units}, "
        f"{_tuple(operands)}, {generic!r})"
    )


def _no_way_on(model: Model) -> tuple[str, ...]:
    generic = [i for i in model.instructions.values() if not i.is_form]
    ends = ("jump", "backward", "return", "throws", "halt")
    return tuple(i.name for i in generic if i.steps[-1].uop.has(*ends))


def _word(model: Model, name: str, instruction: str) -> str:
    (step,) = model.instructions[instruction].steps
    shuffle = step.uop.has("shuffle")
    inputs, outputs = map(_items, (step.uop.inputs, step.uop.outputs))
    return f"Word({name!r}, {instruction!r}, {inputs}, {outputs}, {shuffle})"


def _items(items: tuple[Item, ...]) -> str:
    return _tuple([f"Item({item.name!r}, {item.type or 'any'!r})" for item in items])


def _tuple(texts: list[str]) -> str:
    return "(" + "".join(f"{text}, " for text in texts).rstrip() + ")" if texts else "()"
