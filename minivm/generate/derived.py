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
            uops[uop.name] = uop
    for combine in definitions.combines.values():
        uops[combine.name] = _combined(combine, uops)
    return uops


def _for_type(declared: Type) -> list[Uop]:
    suffix = declared.name.upper()
    depth = (Operand("depth", 16, False),)
    typed = (Item("res", declared.name),)
    guard = Uop(f"_GUARD_{suffix}", depth, (), (), {"type_guard": (), "exits": ("type",)}, None, 0)
    if declared.base:
        test = f"mvm_value value = {{.tag = {declared.tag}, .{declared.field} = object}};"
        assert declared.test is not None
        body = test.replace("mvm_value value", "mvm_value item") + (
            f" EXIT_IF(!({declared.test.replace('value->', f'item.{declared.field}->')}));"
        )
        flags: dict[str, tuple[str, ...]] = {"tier2": (), "guard": (), "reads": (), "exits": ("type",)}
        inputs = (Item("object", declared.base),)
        return [guard, Uop(f"_REFINE_{suffix}", (), inputs, (), flags, body, 0)]
    return [
        guard,
        Uop(
            f"_UNBOX_{suffix}", (), (Item("value"),), typed,
            {"tier2": (), "exits": ("type",)},
            f"EXIT_IF(value.tag != {declared.tag}); res = value.{declared.field};", 0,
        ),
        Uop(
            f"_BOX_{suffix}", (), (Item("value", declared.name),), (Item("res"),),
            {"tier2": ()},
            f"res.tag = {declared.tag}; res.{declared.field} = value;", 0,
        ),
    ]  # fmt: skip


def _combined(combine: Combine, uops: dict[str, Uop]) -> Uop:
    first, second = uops.get(combine.first), uops.get(combine.second)
    if first is None or second is None:
        missing = combine.first if first is None else combine.second
        raise DefinitionError(combine.line, f"'{combine.name}' combines the unknown uop '{missing}'")
    if len(first.outputs) != 1 or not second.has("guard") or len(second.inputs) != 1:
        raise DefinitionError(combine.line, f"'{combine.name}' must be a uop with a result and a guard")
    result, condition = first.outputs[0], second.inputs[0]
    body = f"int64_t {result.name}; {first.body} int64_t {condition.name} = {result.name}; {second.body}"
    flags = dict(second.flags) | {"tier2": ()}
    for kept in ("immediate", "commutes"):
        if first.has(kept):
            flags[kept] = ()
    return Uop(combine.name, (), first.inputs, (), flags, body, combine.line)
