"""Model → generated/uop_cases.h: the cases of the uop interpreter's switch (jit/uop_interpreter.c).

The same bodies as in the stencils, over the same registers, spill slots and frame slots: `u` is the
running uop, `general[]` and `vector[]` the virtual registers.
"""

from __future__ import annotations

from minivm.generate.definitions import Item, Type, Uop
from minivm.generate.model import Model
from minivm.generate.output import notice
from minivm.generate.variants import has_stencils


def uop_cases(model: Model) -> str:
    cases = [_case(model.types, uop) for uop in model.uops.values() if has_stencils(uop)]
    return "\n".join([f"// {notice('uop_interpreter')}", *cases])


def _case(types: dict[str, Type], uop: Uop) -> str:
    lines = [_input(types, uop, index, item) for index, item in enumerate(uop.inputs)]
    for index, operand in enumerate(uop.operands):
        c_type = {16: "uint16_t", 32: "int32_t", 64: "uint64_t"}[operand.bits]
        if operand.cache:
            c_type = "uint16_t *"
        lines.append(f"{c_type} {operand.name} = ({c_type})u->operands[{index}];")
    for item in uop.outputs:
        lines.append(f"{_c_type(types, item)} {item.name};")
    if uop.has("enters"):
        lines.append("const mvm_entry_point *point;")
    lines.append(uop.body or "")
    lines += [_output(types, uop, item) for item in uop.outputs]
    if uop.has("leave"):
        lines.append("return;")
    elif uop.has("enters"):
        lines += ["ENTER_AT(point);", "break;"]
    elif uop.has("root"):
        lines += ["ENTER_ROOT();", "break;"]
    elif uop.has("link"):
        lines += ["LINK(executor);", "break;"]
    else:
        lines.append("u = running->uops + running->loop_start;" if uop.has("top") else "u++;")
        lines.append("break;")
    return "\n".join([f"case {uop.constant}: {{", *(f"    {line}" for line in lines), "}"])


def _c_type(types: dict[str, Type], item: Item) -> str:
    return types[item.type].c_type if item.type else "mvm_value"


def _input(types: dict[str, Type], uop: Uop, index: int, item: Item) -> str:
    c_type = _c_type(types, item)
    if item.count:
        return f"mvm_value *{item.name} = SLOT(u->inputs[{index}]);"
    if item.type is None:
        return f"mvm_value {item.name} = *SLOT(u->inputs[{index}]);"
    place = _place(types, uop, item, f"u->inputs[{index}]")
    if uop.has("immediate") and index == len(uop.inputs) - 1:
        return f"{c_type} {item.name} = u->is_immediate ? u->immediate : {place};"
    cast = f"({c_type})" if c_type.endswith("*") else ""
    return f"{c_type} {item.name} = {cast}{place};"


def _output(types: dict[str, Type], uop: Uop, item: Item) -> str:
    if item.type is None:
        return f"*SLOT(u->output) = {item.name};"
    place = _place(types, uop, item, "u->output")
    cast = "" if types[item.type].register_class == "vector" else "(int64_t)"
    return f"{place} = {cast}{item.name};"


def _place(types: dict[str, Type], uop: Uop, item: Item, number: str) -> str:
    vector = types[item.type or ""].register_class == "vector"
    if uop.has("spilled"):
        return f"*({'double' if vector else 'int64_t'} *)&vm->spills[{number}]"
    return f"{'vector' if vector else 'general'}[{number}]"
