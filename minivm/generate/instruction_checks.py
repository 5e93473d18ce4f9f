"""What must hold of uops.def's instructions, fusions and words; what does not is an error.

In: the definitions, or one instruction laid out. Out: nothing, or the first DefinitionError.
"""

from __future__ import annotations

import re

from minivm.generate.definitions import DefinitionError, Definitions, Macro, Part, Uop
from minivm.generate.model import Step
from minivm.lang.keywords import is_keyword

# After one of these the instruction is over.
_LAST = (
    "jump", "call", "call_value", "call_generic", "return", "enter", "backward", "halt", "host",
    "array",
)  # fmt: skip


# A word is a name or a row of signs, without those the lexer takes for itself.
_WORD = re.compile(r"[^\W\d]\w*[?!]?|[^\w\s{}\[\]()\"#]+")


def check_instructions(definitions: Definitions, uops: dict[str, Uop]) -> None:
    macros = definitions.macros
    for macro in macros.values():
        for part in macro.parts:
            _check_part(part, macro, uops)
        if macro.family and (macro.family not in macros or macros[macro.family].family):
            raise DefinitionError(macro.line, f"there is no instruction '{macro.family}'")
    for fuse in definitions.fuses:
        for name in (name for choice in fuse.choices for name in choice):
            if name not in macros or macros[name].family:
                raise DefinitionError(fuse.line, f"there is no instruction '{name}' to fuse")
    for word in definitions.words:
        if is_keyword(word.name) or not _WORD.fullmatch(word.name):
            raise DefinitionError(word.line, f"no program can use '{word.name}' as a word")
        if word.instruction not in macros or macros[word.instruction].family:
            raise DefinitionError(word.line, f"the word '{word.name}' has no instruction")
        if len(macros[word.instruction].parts) != 1:
            raise DefinitionError(
                word.line, f"the word '{word.name}' needs an instruction of one uop"
            )


def _check_part(part: Part, macro: Macro, uops: dict[str, Uop]) -> None:
    uop = uops.get(part.uop)
    if uop is None:
        raise DefinitionError(part.line, f"'{macro.name}' uses the unknown uop '{part.uop}'")
    if uop.has("tier2"):
        raise DefinitionError(part.line, f"'{part.uop}' exists in tier two alone")
    if uop.has("type_guard"):
        raise DefinitionError(part.line, f"'{part.uop}' comes with typed inputs, not by name")
    for operand in uop.operands:
        if operand.bits == 64:
            raise DefinitionError(
                part.line, f"the operand '{operand.name}' of '{part.uop}' is too wide: 64 bits"
            )
    if part.addend is None:
        return
    if not uop.operands:
        raise DefinitionError(part.line, f"'{part.uop}' has no operand to bind")
    if uop.operands[0].cache and (part.name is None or part.addend):
        raise DefinitionError(part.line, f"the cache '{uop.operands[0].name}' can't be a number")


def check_steps(steps: tuple[Step, ...], name: str, line: int) -> None:
    """Nothing may follow the uop that ends an instruction, and an array's stands alone."""
    for index, step in enumerate(steps):
        if step.uop.has(*_LAST) and index != len(steps) - 1:
            raise DefinitionError(
                line, f"in '{name}', '{steps[index + 1].uop.name}' stands after '{step.uop.name}'"
            )
        if step.uop.has("array") and len(steps) > 1:
            raise DefinitionError(line, f"in '{name}', '{step.uop.name}' must stand alone")
    places: dict[str, tuple[int, bool]] = {}
    for step in steps:
        for operand, source in zip(step.uop.operands, step.sources, strict=True):
            if source.place is None:
                continue
            shape = (operand.bits, operand.cache)
            if places.setdefault(source.place.name, shape) != shape:
                raise DefinitionError(
                    line, f"in '{name}', the operand '{source.place.name}' has two sizes"
                )


def check_form(form: tuple[Step, ...], generic: tuple[Step, ...], name: str, line: int) -> None:
    """A form takes and leaves as many values as the instruction in whose place it stands."""
    found, wanted = _stack_effect(form), _stack_effect(generic)
    if found and wanted and found != wanted:
        raise DefinitionError(
            line,
            f"'{name}' has another stack effect ({found[0]} -- {found[1]}) than its instruction "
            f"({wanted[0]} -- {wanted[1]})",
        )


def _stack_effect(steps: tuple[Step, ...]) -> tuple[int, int] | None:
    """How many values the steps take and leave; None: an operand says."""
    depth = lowest = 0
    for step in steps:
        if any(item.count for item in step.uop.inputs):
            return None
        depth -= len(step.uop.inputs)
        lowest = min(lowest, depth)
        depth += len(step.uop.outputs)
    return -lowest, depth - lowest


def check_order(steps: tuple[Step, ...], name: str, line: int) -> None:
    """Whatever can leave through an exit must come before what can't be run again.

    An untyped output overwrites the frame slot of an input, so no error may come after it either:
    an error's exit restores the instruction's start.
    """
    changed = overwritten = ""
    for step in steps:
        earlier = (changed if step.uop.has("exits") else "") or (
            overwritten if step.uop.has("exits", "errors") else ""
        )
        if earlier:
            raise DefinitionError(
                line, f"in '{name}', '{step.uop.name}' may exit after '{earlier}' changed something"
            )
        if step.uop.has("writes", "store_local", "allocates"):
            changed = step.uop.name
        if _writes_slot(step.uop):
            overwritten = step.uop.name


def _writes_slot(uop: Uop) -> bool:
    """Whether a trace runs the uop with an untyped output, which goes to a slot in memory."""
    managed = uop.has("shuffle", "load_local", "load_constant")
    return not managed and any(item.type is None for item in uop.outputs)
