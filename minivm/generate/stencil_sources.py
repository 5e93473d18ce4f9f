"""Model → C for the stencils: one file a uop, one function a variant, over jit/template.c."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from minivm.generate.analysis import analyse
from minivm.generate.definitions import Item, Operand, Type, Uop
from minivm.generate.model import Model
from minivm.generate.output import notice
from minivm.generate.parser import parse
from minivm.generate.source import read_definitions
from minivm.generate.variants import Variant, has_stencils, variants

_LETTER = {"general": "r", "vector": "d"}


@dataclass(frozen=True)
class StencilSource:
    """A C file (`text`) whose functions `stencils` are the variants of `uop`, in order."""

    uop: str
    text: str
    stencils: tuple[str, ...]


def stencil_sources(package_dir: Path) -> list[StencilSource]:
    """The sources of every stencil, from the uops.def in `package_dir`."""
    return sources_of(analyse(parse(read_definitions(package_dir))))


def sources_of(model: Model) -> list[StencilSource]:
    return [stencil_source(model, uop) for uop in model.uops.values() if has_stencils(uop)]


def stencil_source(model: Model, uop: Uop) -> StencilSource:
    names = []
    functions = []
    for variant in variants(uop, model.types):
        names.append(f"stencil{uop.name}_{variant.number}")
        functions.append(_function(model.types, uop, variant, names[-1]))
    calls = "#define STENCIL_CALLS 1\n" if uop.has("calls") else ""
    head = f'// {notice("stencil_sources")}\n{calls}#include "minivm/jit/template.c"\n'
    return StencilSource(uop.name, "\n".join([head, *functions]), tuple(names))


def _function(types: dict[str, Type], uop: Uop, variant: Variant, name: str) -> str:
    lines = [*_old_output(types, uop, variant), *_inputs(types, uop, variant)]
    lines += map(_operand, range(len(uop.operands)), uop.operands)
    for item in uop.outputs:
        lines.append(f"{_c_type(types, item)} {item.name};")
    if uop.has("enters"):
        lines.append("const mvm_entry_point *point;")
    lines.append(uop.body or "")
    lines += _outputs(types, uop, variant)
    lines.append(_ending(uop))
    return "\n".join([f"STENCIL({name}) {{", *(f"    {line}" for line in lines), "}", ""])


def _old_output(types: dict[str, Type], uop: Uop, variant: Variant) -> list[str]:
    """A use of the vector register that only the output is in.

    Some instructions write half of such a register, and so wait for whatever has written it before;
    clang has them not wait where it knows of that.
    """
    if uop.has("spilled") or variant.output is None:
        return []
    (output,) = (types[item.type or ""].register_class for item in uop.outputs)
    inputs = (types[item.type].register_class for item in uop.inputs if item.type)
    is_input = (output, variant.output) in zip(inputs, variant.inputs, strict=True)
    if output != "vector" or is_input:
        return []
    return [f'__asm__ volatile("" : : "x"(d{variant.output}));']


def _inputs(types: dict[str, Type], uop: Uop, variant: Variant) -> list[str]:
    lines = []
    registers = iter(variant.inputs)
    spilled = uop.has("spilled")
    for index, item in enumerate(uop.inputs):
        c_type = _c_type(types, item)
        if item.count:
            value, c_type = f"(mvm_value *)SLOT(_JIT_INPUT{index}_SLOT)", "mvm_value *"
        elif item.type is None:
            value = f"*(mvm_value *)SLOT(_JIT_INPUT{index}_SLOT)"
        elif spilled:
            value = f"*({c_type} *)SPILL(_JIT_INPUT{index}_SPILL)"
        else:
            register = next(registers)
            value = "IMMEDIATE()" if register is None else _register(types, item, register)
            if uop.has("guard") and item.type == "bool":
                # One bit of it, lest the exit's path set the register to the constant.
                value = f"({value} & 1)"
        lines.append(f"{c_type} {item.name} = {value};")
    return lines


def _outputs(types: dict[str, Type], uop: Uop, variant: Variant) -> list[str]:
    lines = []
    for item in uop.outputs:
        if item.type is None:
            lines.append(f"*(mvm_value *)SLOT(_JIT_OUTPUT_SLOT) = {item.name};")
        elif uop.has("spilled"):
            lines.append(f"*({_c_type(types, item)} *)SPILL(_JIT_OUTPUT_SPILL) = {item.name};")
        else:
            assert variant.output is not None
            letter = _LETTER[types[item.type].register_class]
            cast = "" if letter == "d" else "(int64_t)"
            lines.append(f"{letter}{variant.output} = {cast}{item.name};")
    return lines


def _register(types: dict[str, Type], item: Item, number: int) -> str:
    register = f"{_LETTER[types[item.type or ''].register_class]}{number}"
    c_type = types[item.type or ""].c_type
    return f"({c_type}){register}" if c_type.endswith("*") else register


def _c_type(types: dict[str, Type], item: Item) -> str:
    return types[item.type].c_type if item.type else "mvm_value"


def _operand(index: int, operand: Operand) -> str:
    if operand.cache:
        return f"uint16_t *{operand.name} = (uint16_t *)OPERAND_64(_JIT_OPERAND{index}_64);"
    if operand.bits == 64:
        return f"uint64_t {operand.name} = OPERAND_64(_JIT_OPERAND{index}_64);"
    if operand.bits == 32:
        return f"intptr_t {operand.name} = (intptr_t)&_JIT_OPERAND{index}_32;"
    return f"uint32_t {operand.name} = (uint32_t)(uintptr_t)&_JIT_OPERAND{index}_16;"


def _ending(uop: Uop) -> str:
    if uop.has("leave"):
        return "return;"
    if uop.has("top"):
        return "JUMP_TO_TOP();"
    if uop.has("link") or uop.has("root"):
        return "LINK();"
    if uop.has("enters"):
        return "ENTER_AT(point);"
    return "CONTINUE_AFTER_CALL();" if uop.has("calls") else "CONTINUE();"
