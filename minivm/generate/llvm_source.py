"""Model → the C file of the LLVM engine's bodies: one function a uop, over jit/llvm_template.c.

A function takes the trace's `slots` and `vm`; for each input its value, or where it has no register
the number of its slot or spill slot; where the output goes, a pointer or such a number; and the
operands. It returns whether the trace is left through the uop's exit.
"""

from __future__ import annotations

from pathlib import Path

from minivm.generate.analysis import analyse
from minivm.generate.definitions import Item, Type, Uop
from minivm.generate.model import Model
from minivm.generate.output import notice
from minivm.generate.parser import parse
from minivm.generate.source import read_definitions
from minivm.generate.variants import has_stencils


def llvm_source(package_dir: Path) -> str:
    """The source of every body, from the uops.def in `package_dir`."""
    return source_of(analyse(parse(read_definitions(package_dir))))


def source_of(model: Model) -> str:
    head = f'// {notice("llvm_source")}\n#include "minivm/jit/llvm_template.c"\n'
    bodies = [body(model.types, uop) for uop in model.uops.values() if has_stencils(uop)]
    return "\n".join([head, *bodies])


def body(types: dict[str, Type], uop: Uop) -> str:
    """One uop's function."""
    parameters = ["mvm_value *slots", "mvm_vm *vm"]
    lines = []
    for index, item in enumerate(uop.inputs):
        parameters.append(f"{_input_type(types, uop, item)} input{index}")
        lines.append(_input(types, uop, index, item))
    for item in uop.outputs:
        parameters.append(f"{_output_type(types, uop, item)} output")
        lines.append(f"{_c_type(types, item)} {item.name};")
    for index, operand in enumerate(uop.operands):
        parameters.append(f"uint64_t operand{index}")
        c_type = {16: "uint16_t", 32: "int32_t", 64: "uint64_t"}[operand.bits]
        if operand.cache:
            c_type = "uint16_t *"
        lines.append(f"{c_type} {operand.name} = ({c_type})operand{index};")
    if uop.has("enters"):
        lines.append("const mvm_entry_point *point;")
    lines.append(uop.body or "")
    lines += [_output(types, uop, item) for item in uop.outputs]
    lines.append("return false;")
    head = f"BODY(uop{uop.name})({', '.join(parameters)}) {{"
    return "\n".join([head, *(f"    {line}" for line in lines), "}", ""])


def _c_type(types: dict[str, Type], item: Item) -> str:
    return types[item.type].c_type if item.type else "mvm_value"


def _register_type(types: dict[str, Type], item: Item) -> str:
    return "double" if types[item.type or ""].register_class == "vector" else "int64_t"


def _is_place(uop: Uop, item: Item) -> bool:
    return item.type is None or uop.has("spilled")


def _input_type(types: dict[str, Type], uop: Uop, item: Item) -> str:
    return "uint64_t" if _is_place(uop, item) else _register_type(types, item)


def _output_type(types: dict[str, Type], uop: Uop, item: Item) -> str:
    # Nothing else points to a register.
    return "uint64_t" if _is_place(uop, item) else f"{_register_type(types, item)} *restrict"


def _input(types: dict[str, Type], uop: Uop, index: int, item: Item) -> str:
    c_type, value = _c_type(types, item), f"input{index}"
    if item.count:
        return f"mvm_value *{item.name} = slots + {value};"
    if item.type is None:
        return f"mvm_value {item.name} = slots[{value}];"
    if uop.has("spilled"):
        return f"{c_type} {item.name} = *({c_type} *)&vm->spills[{value}];"
    return f"{c_type} {item.name} = ({c_type}){value};"


def _output(types: dict[str, Type], uop: Uop, item: Item) -> str:
    if item.type is None:
        return f"slots[output] = {item.name};"
    if uop.has("spilled"):
        return f"*({_c_type(types, item)} *)&vm->spills[output] = {item.name};"
    return f"*output = ({_register_type(types, item)}){item.name};"
