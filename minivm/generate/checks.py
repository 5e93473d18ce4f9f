"""What must hold of uops.def beyond its grammar; the first thing that does not is a DefinitionError."""

from __future__ import annotations

from minivm.generate.definitions import DefinitionError, Definitions, Uop
from minivm.generate.model import MAX_INPUTS, MAX_OPERANDS

# Each flag and how many arguments it takes.
FLAGS = {
    "pure": 0, "reads": 0, "writes": 0, "exits": 1, "errors": 0, "calls": 0, "allocates": 0,
    "widens": 0, "guard": 0, "commutes": 0, "immediate": 0, "spilled": 0, "untied": 0, "shuffle": 0,
    "load_local": 0, "store_local": 0, "load_constant": 0, "jump": 0, "branch": 2, "call": 0,
    "return": 0, "enter": 0, "backward": 0, "halt": 0, "leave": 0, "top": 0, "tier1": 0, "tier2": 0,
    "type_guard": 0, "array": 0,
}  # fmt: skip


def check_definitions(definitions: Definitions, uops: dict[str, Uop]) -> None:
    for uop in uops.values():
        _check_flags(uop, definitions, uops)
        _check_effect(uop, definitions)
        _check_body(uop)
    _check_names(definitions, uops)


def _check_flags(uop: Uop, definitions: Definitions, uops: dict[str, Uop]) -> None:
    for flag, arguments in uop.flags.items():
        if flag not in FLAGS:
            raise DefinitionError(uop.line, f"'{uop.name}' has the unknown flag '{flag}'")
        if len(arguments) != FLAGS[flag]:
            raise DefinitionError(
                uop.line, f"the flag '{flag}' takes {FLAGS[flag]} arguments, found {len(arguments)}"
            )
    for reason in uop.flags.get("exits", ()):
        if reason not in definitions.exits:
            raise DefinitionError(uop.line, f"'{uop.name}' exits for the unknown reason '{reason}'")
    for guard in uop.flags.get("branch", ()):
        if guard not in uops or not uops[guard].has("guard"):
            raise DefinitionError(uop.line, f"'{uop.name}' expects the unknown guard '{guard}'")
    if uop.has("pure") and uop.has("reads", "writes", "allocates", "errors"):
        raise DefinitionError(uop.line, f"'{uop.name}' is pure, so it can't touch objects or fail")
    if uop.has("exits") and uop.has("errors"):
        raise DefinitionError(uop.line, f"'{uop.name}' has both an exit and an error")
    typed = any(item.type for item in (*uop.inputs, *uop.outputs))
    if uop.has("calls") and typed and not uop.has("spilled"):
        raise DefinitionError(uop.line, f"'{uop.name}' calls, so its typed items must be spilled")
    if uop.has("allocates") and not uop.has("calls"):
        raise DefinitionError(uop.line, f"'{uop.name}' allocates, so it calls")


def _check_effect(uop: Uop, definitions: Definitions) -> None:
    for item in (*uop.inputs, *uop.outputs):
        if item.type is not None and item.type not in definitions.types:
            raise DefinitionError(uop.line, f"'{uop.name}' uses the unknown type '{item.type}'")
        if item.count and item.count not in {operand.name for operand in uop.operands}:
            raise DefinitionError(uop.line, f"'{item.count}' is no operand of '{uop.name}'")
    if any(item.count for item in uop.inputs) != uop.has("array"):
        raise DefinitionError(uop.line, f"'{uop.name}' needs the flag array and an input of many values")
    if len(uop.inputs) > MAX_INPUTS or len(uop.operands) > MAX_OPERANDS:
        raise DefinitionError(
            uop.line, f"'{uop.name}' has over {MAX_INPUTS} inputs or {MAX_OPERANDS} operands"
        )
    names = [item.name for item in uop.inputs]
    if uop.has("shuffle"):
        if not {item.name for item in uop.outputs} <= set(names):
            raise DefinitionError(uop.line, f"'{uop.name}' gives an item it does not take")
    elif len(uop.outputs) > 1:
        raise DefinitionError(uop.line, f"'{uop.name}' has more than one output")
    if uop.has("immediate") and (not uop.inputs or uop.inputs[-1].type != "int"):
        raise DefinitionError(uop.line, f"'{uop.name}': an immediate must be an int input")
    for operand in uop.operands:
        if operand.bits not in (16, 32, 64):
            raise DefinitionError(uop.line, f"an operand has 16, 32 or 64 bits, not {operand.bits}")


def _check_body(uop: Uop) -> None:
    body = uop.body or ""
    if (uop.body is None) != uop.has("shuffle", "type_guard"):
        raise DefinitionError(uop.line, f"'{uop.name}' needs a body, or the flag shuffle and none")
    for macro, flag in (("EXIT_IF", "exits"), ("ERROR_IF", "errors")):
        if macro in body and not uop.has(flag):
            raise DefinitionError(uop.line, f"'{uop.name}' uses {macro} without the flag '{flag}'")
        if macro not in body and uop.body is not None and uop.has(flag):
            raise DefinitionError(uop.line, f"'{uop.name}' has the flag '{flag}' but no {macro}")


def _check_names(definitions: Definitions, uops: dict[str, Uop]) -> None:
    macros = definitions.macros
    for macro in macros.values():
        for part in macro.parts:
            if part.uop not in uops:
                raise DefinitionError(part.line, f"'{macro.name}' uses the unknown uop '{part.uop}'")
            if uops[part.uop].has("tier2"):
                raise DefinitionError(part.line, f"'{part.uop}' exists in tier two alone")
            if part.addend is not None and not uops[part.uop].operands:
                raise DefinitionError(part.line, f"'{part.uop}' has no operand to bind")
        if macro.family and (macro.family not in macros or macros[macro.family].family):
            raise DefinitionError(macro.line, f"there is no instruction '{macro.family}'")
    for fuse in definitions.fuses:
        for name in (name for choice in fuse.choices for name in choice):
            if name not in macros or macros[name].family:
                raise DefinitionError(fuse.line, f"there is no instruction '{name}' to fuse")
    for word in definitions.words:
        if word.instruction not in macros:
            raise DefinitionError(word.line, f"the word '{word.name}' has no instruction")
