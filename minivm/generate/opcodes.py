"""Model → generated/opcodes.h: instructions and uops numbered, and lists to expand over them."""

from __future__ import annotations

from minivm.generate.model import Model
from minivm.generate.output import notice
from minivm.generate.variants import REGISTERS, has_stencils


def opcodes_header(model: Model) -> str:
    uops = list(model.uops.values())
    lines = [
        f"// {notice('opcodes')}",
        "#ifndef MVM_GENERATED_OPCODES_H",
        "#define MVM_GENERATED_OPCODES_H",
        "",
        "enum mvm_opcode {",
        *(f"    {i.constant}," for i in model.instructions.values()),
        "    MVM_OP_COUNT,",
        "};",
        "#define MVM_INSTRUCTIONS(X) \\",
        *_rows([f"X({i.name})" for i in model.instructions.values()]),
        "",
        "enum mvm_uop_opcode {",
        *(f"    {uop.constant}," for uop in uops),
        "    MVM_UOP_COUNT,",
        "};",
        "// The virtual registers of a trace: that many of each class.",
        f"enum {{ MVM_REGISTERS = {_registers_of_each_class()} }};",
        "",
        "// The uops that have stencils.",
        "#define MVM_STENCIL_UOPS(X) \\",
        *_rows([f"X({uop.name})" for uop in uops if has_stencils(uop)]),
        "",
        "#endif",
    ]
    return "\n".join(lines) + "\n"


def _registers_of_each_class() -> int:
    (count,) = set(REGISTERS.values())
    return count


def _rows(texts: list[str]) -> list[str]:
    return [f"    {text} \\" for text in texts[:-1]] + [f"    {texts[-1]}"]
