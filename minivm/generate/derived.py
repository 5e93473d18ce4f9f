"""The uops that follow from others: guards, boxing and unboxing from types, combined guards."""

from __future__ import annotations

from minivm.generate.definitions import (
    Combine,
    DefinitionError,
    Definitions,
    Item,
    Operand,
    Type,
    Uop,
)


def derived_uops(definitions: Definitions) -> dict[str, Uop]:
    """All uops: those written, then those made from types, then the combined ones."""
    uops = dict(definitions.uops)
    for declared in definitions.types.values():
        for uop in _for_type(declared):
            _add(uops, uop)
    pairs = set()
    for combine in definitions.combines.values():
        _add(uops, _combined(combine, uops))
        pair = (combine.first, combine.second)
        if pair in pairs:
            raise DefinitionError(combine.line, f"'{pair[0]}' and '{pair[1]}' are combined already")
        pairs.add(pair)
    for combine in (*unboxing_combines(definitions), *knowing_combines(definitions)):
        _add(uops, _unboxing(combine, uops))
    for uop in definitions.uops.values():
        if uop.has("boxes"):
            for boxing in _boxing_uops(uop):
                _add(uops, boxing)
    return uops


def unboxing_combines(definitions: Definitions) -> list[Combine]:
    """For each uop with the flag `unboxes` and each unrefined type: the two in one uop."""
    return [
        Combine(f"{uop.name}_{t.name.upper()}", uop.name, f"_UNBOX_{t.name.upper()}", uop.line)
        for uop in definitions.uops.values()
        if uop.has("unboxes")
        for t in definitions.types.values()
        if t.base is None
    ]


def knowing_combines(definitions: Definitions) -> list[Combine]:
    """For each uop with the flag `knows` and each unrefined type: the uop and a _FETCH_… in one."""
    return [
        Combine(
            f"{uop.name}_KNOWN_{t.name.upper()}", uop.name, f"_FETCH_{t.name.upper()}", uop.line
        )
        for uop in definitions.uops.values()
        if uop.has("knows") and uop.has("unboxes")
        for t in definitions.types.values()
        if t.base is None
    ]


def boxing_combines(definitions: Definitions) -> list[Combine]:
    """For each uop with the flag `boxes` and each unrefined type: the uop after a _BOX_… in one.

    All types in general registers share one uop, which takes the tag as an operand.
    """
    return [
        Combine(
            f"{uop.name}_{'FLOAT' if t.register_class == 'vector' else 'GENERAL'}",
            f"_BOX_{t.name.upper()}",
            uop.name,
            uop.line,
        )
        for uop in definitions.uops.values()
        if uop.has("boxes")
        for t in definitions.types.values()
        if t.base is None
    ]


def _boxing(uop: Uop, suffix: str, unboxed: Item, box: str) -> Uop:
    """`uop` with one input unboxed, which its body sees boxed, by the members `box` of a value."""
    (boxed,) = uop.flags["boxes"]
    inputs = tuple(unboxed if item.name == boxed else item for item in uop.inputs)
    body = f"mvm_value {boxed} = {{{box}}}; {uop.body}"
    flags = {name: arguments for name, arguments in uop.flags.items() if name != "boxes"}
    operands = uop.operands
    if suffix == "GENERAL":
        operands = (*operands, Operand("tag", 32, False))
    return Uop(
        f"{uop.name}_{suffix}", operands, inputs, uop.outputs, flags | {"tier2": ()}, body, uop.line
    )


def _boxing_uops(uop: Uop) -> list[Uop]:
    return [
        _boxing(uop, "GENERAL", Item("unboxed", "int"), ".tag = tag, .integer = unboxed"),
        _boxing(uop, "FLOAT", Item("unboxed", "float"), ".tag = MVM_TAG_FLOAT, .number = unboxed"),
    ]


def _unboxing(combine: Combine, uops: dict[str, Uop]) -> Uop:
    """`first` gives its result unboxed; if `second` checks, it exits for another type."""
    first, second = uops[combine.first], uops[combine.second]
    (boxed,), (value,) = first.outputs, second.inputs
    body = (
        f"mvm_value {value.name}; {{ mvm_value {boxed.name}; {first.body} "
        f"{value.name} = {boxed.name}; }} {second.body}"
    )
    kept = set(first.flags) - {"unboxes", "knows"}
    flags = {name: arguments for name, arguments in first.flags.items() if name in kept}
    flags |= {"tier2": (), "tied": first.flags["unboxes"]}
    if second.has("exits"):
        flags.setdefault("exits", ("type",))
    return Uop(
        combine.name, first.operands, first.inputs, second.outputs, flags, body, combine.line
    )


def _add(uops: dict[str, Uop], uop: Uop) -> None:
    if uop.name in uops:
        raise DefinitionError(
            max(uop.line, uops[uop.name].line), f"the uop '{uop.name}' exists already"
        )
    uops[uop.name] = uop


def _for_type(declared: Type) -> list[Uop]:
    suffix = declared.name.upper()
    depth = (Operand("depth", 16, False),)
    typed = (Item("res", declared.name),)
    line = declared.line
    checks: dict[str, tuple[str, ...]] = {"type_guard": (), "exits": ("type",)}
    guard = Uop(f"_GUARD_{suffix}", depth, (), (), checks, None, line)
    if declared.base:
        assert declared.test is not None
        flags: dict[str, tuple[str, ...]] = {"tier2": (), "guard": (), "exits": ("type",)}
        if declared.reads is not None:
            flags["reads"] = declared.reads
        inputs = (Item("value", declared.base),)
        body = f"EXIT_IF(!({declared.test}));"
        return [guard, Uop(f"_REFINE_{suffix}", (), inputs, (), flags, body, line)]
    return [
        guard,
        Uop(
            f"_UNBOX_{suffix}", (), (Item("value"),), typed,
            {"tier2": (), "exits": ("type",)},
            f"EXIT_IF(value.tag != {declared.tag}); res = value.{declared.field};", line,
        ),
        Uop(
            f"_FETCH_{suffix}", (), (Item("value"),), typed,
            {"tier2": ()}, f"res = value.{declared.field};", line,
        ),
        Uop(
            f"_BOX_{suffix}", (), (Item("value", declared.name),), (Item("res"),),
            {"tier2": ()},
            f"res.tag = {declared.tag}; res.{declared.field} = value;", line,
        ),
    ]  # fmt: skip


def _combined(combine: Combine, uops: dict[str, Uop]) -> Uop:
    name, line = combine.name, combine.line
    first, second = uops.get(combine.first), uops.get(combine.second)
    if first is None or second is None:
        missing = combine.first if first is None else combine.second
        raise DefinitionError(line, f"'{name}' combines the unknown uop '{missing}'")
    if len(first.outputs) != 1 or not second.has("guard") or len(second.inputs) != 1:
        raise DefinitionError(line, f"'{name}' must be a uop with a result and a guard")
    result, condition = first.outputs[0], second.inputs[0]
    if not first.has("pure", "reads") or first.has("exits", "calls") or first.operands:
        message = f"'{first.name}' must be pure or read, without exits, calls, operands"
        raise DefinitionError(line, message)
    if result.type is None or result.type != condition.type:
        raise DefinitionError(line, f"'{second.name}' does not take what '{first.name}' gives")
    body = (
        f"int64_t {result.name}; {first.body} "
        f"int64_t {condition.name} = {result.name}; {second.body}"
    )
    flags = dict(second.flags) | {"tier2": ()}
    for kept in ("immediate", "commutes", "reads"):
        if first.has(kept):
            flags[kept] = first.flags[kept]
    return Uop(combine.name, (), first.inputs, (), flags, body, combine.line)
