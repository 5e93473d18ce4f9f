"""What must hold of uops.def's types and uops beyond the grammar; what does not is an error.

In: the definitions and all their uops. Out: nothing, or the first DefinitionError.
"""

from __future__ import annotations

from minivm.generate.definitions import DefinitionError, Definitions, Operand, Type, Uop
from minivm.generate.model import MAX_INPUTS, MAX_OPERANDS

# Each flag and how many arguments it takes; None: any number.
FLAGS = {
    "pure": 0, "reads": None, "writes": None, "exits": 1, "errors": 0, "calls": 0, "allocates": 0,
    "guard": 0, "commutes": 0, "immediate": 0, "spilled": 0, "untied": 0, "tied": 1,
    "unboxes": 1, "shuffle": 0, "load_local": 0, "store_local": 0, "load_constant": 0, "jump": 0,
    "branch": 2, "call": 0, "return": 0, "enter": 0, "backward": 0, "halt": 0, "leave": 0,
    "top": 0, "link": 0, "enters": 0, "root": 0, "tier1": 0, "tier2": 0, "type_guard": 0,
    "array": 0, "call_value": 0, "call_generic": 0, "throws": 0, "host": 0, "identity": 0,
    "boxes": 1, "knows": 0,
}  # fmt: skip

_REGISTER_CLASSES = ("general", "vector")


def check_definitions(definitions: Definitions, uops: dict[str, Uop]) -> None:
    for declared in definitions.types.values():
        _check_type(declared, definitions)
    for uop in uops.values():
        _check_flags(uop, definitions, uops)
        _check_promises(uop)
        _check_ties(uop)
        _check_items(uop, definitions)
        _check_outputs(uop)
        _check_operands(uop.operands, uop)
        _check_body(uop)


def _check_type(declared: Type, definitions: Definitions) -> None:
    if declared.register_class not in _REGISTER_CLASSES:
        raise DefinitionError(
            declared.line,
            f"the registers of '{declared.name}' are general or vector, "
            f"not '{declared.register_class}'",
        )
    if declared.base and definitions.types[declared.base].base:
        raise DefinitionError(
            declared.line, f"'{declared.name}' refines '{declared.base}', itself a refined type"
        )
    if "type" not in definitions.exits:
        raise DefinitionError(
            declared.line, f"'{declared.name}' is checked by guards, which need an 'exit type'"
        )


def _check_flags(uop: Uop, definitions: Definitions, uops: dict[str, Uop]) -> None:
    for flag, arguments in uop.flags.items():
        if flag not in FLAGS:
            raise DefinitionError(uop.line, f"'{uop.name}' has the unknown flag '{flag}'")
        if FLAGS[flag] not in (None, len(arguments)):
            raise DefinitionError(
                uop.line, f"the flag '{flag}' takes {FLAGS[flag]} arguments, found {len(arguments)}"
            )
    for memory in (*uop.flags.get("reads", ()), *uop.flags.get("writes", ())):
        if memory not in definitions.memory:
            raise DefinitionError(uop.line, f"'{uop.name}' names the unknown memory '{memory}'")
    for reason in uop.flags.get("exits", ()):
        if reason not in definitions.exits:
            raise DefinitionError(uop.line, f"'{uop.name}' exits for the unknown reason '{reason}'")
    if uop.has("errors") and "error" not in definitions.exits:
        raise DefinitionError(uop.line, f"'{uop.name}' has an error, which needs an 'exit error'")
    for guard in uop.flags.get("branch", ()):
        if guard not in uops or not uops[guard].has("guard"):
            raise DefinitionError(uop.line, f"'{uop.name}' expects the unknown guard '{guard}'")


def _check_ties(uop: Uop) -> None:
    names = [item.name for item in uop.inputs if item.type is not None]
    boxed = [item.name for item in uop.inputs if item.type is None and item.count is None]
    for name in uop.flags.get("boxes", ()):
        if name not in boxed:
            raise DefinitionError(uop.line, f"'{uop.name}' has no untyped input '{name}' to box")
    for flag in ("tied", "unboxes"):
        for name in uop.flags.get(flag, ()):
            if name not in names:
                raise DefinitionError(uop.line, f"'{uop.name}' has no typed input '{name}' to tie")
    if uop.has("tied") and (uop.has("untied") or not uop.outputs or uop.outputs[0].type is None):
        raise DefinitionError(uop.line, f"'{uop.name}' has no typed output to tie")
    if uop.has("unboxes") and (len(uop.outputs) != 1 or uop.outputs[0].type is not None):
        raise DefinitionError(uop.line, f"'{uop.name}' gives nothing that can be unboxed")
    if uop.has("knows") and not uop.has("unboxes"):
        raise DefinitionError(uop.line, f"'{uop.name}' knows types, so it needs the flag unboxes")


def _check_promises(uop: Uop) -> None:
    """Flags that contradict each other, or the effect."""
    if uop.has("pure") and uop.has("reads", "writes", "allocates", "errors"):
        raise DefinitionError(uop.line, f"'{uop.name}' is pure, so it can't touch objects or fail")
    if uop.has("exits") and uop.has("errors"):
        raise DefinitionError(uop.line, f"'{uop.name}' has both an exit and an error")
    typed = any(item.type for item in (*uop.inputs, *uop.outputs))
    if uop.has("calls") and typed and not uop.has("spilled"):
        raise DefinitionError(uop.line, f"'{uop.name}' calls, so its typed items must be spilled")
    if uop.has("allocates") and not uop.has("calls"):
        raise DefinitionError(uop.line, f"'{uop.name}' allocates, so it calls")
    if uop.has("commutes") and (len(uop.inputs) != 2 or uop.inputs[0].type != uop.inputs[1].type):
        raise DefinitionError(uop.line, f"'{uop.name}' commutes, so it takes two items of one type")
    if uop.has("immediate") and (not uop.inputs or uop.inputs[-1].type not in ("int", "bool")):
        raise DefinitionError(uop.line, f"'{uop.name}': an immediate must be an int or bool input")
    if uop.has("immediate") and uop.has("spilled"):
        raise DefinitionError(uop.line, f"'{uop.name}' is spilled, so it has no immediate form")


def _check_items(uop: Uop, definitions: Definitions) -> None:
    for item in (*uop.inputs, *uop.outputs):
        if item.type is not None and item.type not in definitions.types:
            raise DefinitionError(uop.line, f"'{uop.name}' uses the unknown type '{item.type}'")
        if item.count and item.count not in {operand.name for operand in uop.operands}:
            raise DefinitionError(uop.line, f"'{item.count}' is no operand of '{uop.name}'")
    if uop.has("array") != (len(uop.inputs) == 1 and uop.inputs[0].count is not None):
        raise DefinitionError(
            uop.line, f"'{uop.name}' needs the flag array and one input, of many values"
        )
    if len(uop.inputs) > MAX_INPUTS or len(uop.operands) > MAX_OPERANDS:
        raise DefinitionError(
            uop.line, f"'{uop.name}' has over {MAX_INPUTS} inputs or {MAX_OPERANDS} operands"
        )
    names = [item.name for item in uop.inputs] + [operand.name for operand in uop.operands]
    if not uop.has("shuffle"):
        names += [item.name for item in uop.outputs]
    for name in names:
        if names.count(name) > 1:
            raise DefinitionError(uop.line, f"'{uop.name}' has two items called '{name}'")


def _check_outputs(uop: Uop) -> None:
    if uop.has("shuffle"):
        if not {item.name for item in uop.outputs} <= {item.name for item in uop.inputs}:
            raise DefinitionError(uop.line, f"'{uop.name}' gives an item it does not take")
    elif len(uop.outputs) > 1:
        raise DefinitionError(uop.line, f"'{uop.name}' has more than one output")
    elif uop.has("array") and not uop.outputs:
        raise DefinitionError(uop.line, f"'{uop.name}' is an array's, so it has an output")


def _check_operands(operands: tuple[Operand, ...], uop: Uop) -> None:
    for operand in operands:
        if operand.bits not in (16, 32, 64):
            raise DefinitionError(uop.line, f"an operand has 16, 32 or 64 bits, not {operand.bits}")
        if operand.cache and operand.bits != 16:
            raise DefinitionError(uop.line, f"the cache '{operand.name}' must have 16 bits")


def _check_body(uop: Uop) -> None:
    body = uop.body or ""
    if (uop.body is None) != uop.has("shuffle", "type_guard"):
        raise DefinitionError(uop.line, f"'{uop.name}' needs a body, or the flag shuffle and none")
    for macro, flag in (("EXIT_IF", "exits"), ("ERROR_IF", "errors")):
        if macro in body and not uop.has(flag):
            raise DefinitionError(uop.line, f"'{uop.name}' uses {macro} without the flag '{flag}'")
        if macro not in body and uop.body is not None and uop.has(flag):
            raise DefinitionError(uop.line, f"'{uop.name}' has the flag '{flag}' but no {macro}")
