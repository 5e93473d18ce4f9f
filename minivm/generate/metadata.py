"""Model → generated/metadata.c and flags.h: the tables runtime/metadata.h declares."""

from __future__ import annotations

from minivm.generate.checks import FLAGS
from minivm.generate.definitions import Operand, Type, Uop
from minivm.generate.model import (
    MAX_INPUTS,
    MAX_OPERANDS,
    Instruction,
    Model,
    Requirement,
    Source,
    Step,
)
from minivm.generate.output import notice
from minivm.generate.variants import has_stencils, tied_input


def flags_header(model: Model) -> str:
    lines = [
        f"// {notice('metadata')}",
        "#ifndef MVM_GENERATED_FLAGS_H",
        "#define MVM_GENERATED_FLAGS_H",
        "",
    ]
    for bit, flag in enumerate(FLAGS):
        lines.append(f"#define MVM_FLAG_{flag.upper()} (UINT64_C(1) << {bit})")
    lines += ["", "// Classes of memory, of which a uop may read and write several."]
    for bit, memory in enumerate(model.definitions.memory):
        lines.append(f"#define MVM_MEMORY_{memory.upper()} (UINT32_C(1) << {bit})")
    return "\n".join([*lines, "", "#endif"]) + "\n"


def metadata_source(model: Model) -> str:
    steps: list[str] = []
    requirements: list[str] = []
    infos: list[str] = []
    for instruction in model.instructions.values():
        infos.append(_instruction(model, instruction, len(steps), len(requirements)))
        steps += [
            f"{{{step.uop.constant}, {{{', '.join(_step_sources(step)) or '{0}'}}}}}"
            for step in instruction.steps
        ]
        requirements += [_requirement(r) for r in instruction.requirements]
    combinations = [
        f"{{{model.uops[first].constant}, {model.uops[second].constant}, MVM_UOP{combine.name}}}"
        for (first, second), combine in model.combines.items()
    ]
    return "\n".join(
        [
            f"// {notice('metadata')}",
            '#include "../runtime/metadata.h"',
            "",
            *_array("mvm_instruction_info mvm_instruction_infos", infos),
            *_array("mvm_uop_step mvm_uop_steps", steps),
            *_array("mvm_requirement mvm_requirements", requirements),
            *_array("mvm_uop_info mvm_uop_infos", [_uop(model, u) for u in model.uops.values()]),
            *_array("mvm_type_info mvm_type_infos", _types(model)),
            *_array("mvm_combination mvm_combinations", combinations),
            f"const uint32_t mvm_combination_count = {len(combinations)};",
            "",
        ]
    )


def _array(declaration: str, rows: list[str]) -> list[str]:
    return [f"const {declaration}[] = {{", *(f"    {row}," for row in rows), "};", ""]


def _instruction(model: Model, instruction: Instruction, steps: int, requirements: int) -> str:
    generic = instruction.generic or instruction.name
    adaptive = str(instruction.generic is not None).lower()
    counter = next((p.unit for p in instruction.places if p.name == "counter"), None)
    return (
        f'{{"{instruction.name}", MVM_OP_{generic}, {adaptive}, '
        f"{instruction.units}, {'MVM_NO_UNIT' if counter is None else counter}, "
        f"{steps}, {len(instruction.steps)}, {requirements}, {len(instruction.requirements)}}}"
    )


def _source(source: Source) -> str:
    if source.place is None:
        return f"{{MVM_NO_UNIT, 0, {source.addend}}}"
    return f"{{{source.place.unit}, {source.place.bits}, {source.addend}}}"


def _step_sources(step: Step) -> list[str]:
    return [
        _step_source(step.uop, operand, source)
        for operand, source in zip(step.uop.operands, step.sources, strict=True)
    ]


def _step_source(uop: Uop, operand: Operand, source: Source) -> str:
    """In a trace, a uop with a cache gets the cache's address; control only reads it."""
    if operand.cache and source.place and has_stencils(uop):
        return f"{{{source.place.unit}, MVM_ADDRESS, 0}}"
    return _source(source)


def _requirement(requirement: Requirement) -> str:
    operand = _source(Source(requirement.place, requirement.addend))
    where = f"MVM_WHERE_{requirement.where.upper()}"
    return f"{{{where}, {requirement.index}, {requirement.type.constant}, {operand}}}"


def _uop(model: Model, uop: Uop) -> str:
    def type_of(name: str | None) -> str:
        return model.types[name].constant if name else "MVM_TYPE_ANY"

    flags = " | ".join(f"MVM_FLAG_{flag.upper()}" for flag in uop.flags) or "0"
    inputs = [type_of(item.type) for item in uop.inputs] + ["0"] * (MAX_INPUTS - len(uop.inputs))
    bits = [str(o.trace_bits) for o in uop.operands] + ["0"] * (MAX_OPERANDS - len(uop.operands))
    outputs = 0 if uop.has("shuffle") and not uop.outputs else len(uop.outputs)
    names = [item.name for item in uop.inputs]
    shuffle = [str(names.index(item.name)) for item in uop.outputs] if uop.has("shuffle") else ["0"]
    (reason,) = uop.flags.get("exits", ("error",))
    typed_index = tied_input(uop, model.types)
    tied = -1 if typed_index is None else _index(uop, typed_index)
    guards = [model.uops[name].constant for name in uop.flags.get("branch", ())] or ["0", "0"]
    checked = uop.name.removeprefix("_GUARD_").lower() if uop.has("type_guard") else None
    return (
        f'{{"{uop.name}", {flags}, {len(uop.inputs)}, {outputs}, {len(uop.operands)}, '
        f"{{{', '.join(inputs)}}}, {type_of(uop.outputs[0].type if uop.outputs else None)}, "
        f"{{{', '.join(bits)}}}, MVM_EXIT_{reason.upper()}, {tied}, "
        f"{{{', '.join(shuffle)}}}, {type_of(checked)}, {_count_operand(uop)}, "
        f"{', '.join(guards)}, {_memory(uop, 'reads')}, {_memory(uop, 'writes')}}}"
    )


def _memory(uop: Uop, flag: str) -> str:
    """The classes of memory that the uop reads or writes: all of them where none is named."""
    if not uop.has(flag):
        return "0"
    return " | ".join(f"MVM_MEMORY_{name.upper()}" for name in uop.flags[flag]) or "UINT32_MAX"


def _count_operand(uop: Uop) -> int:
    """Which operand says how many values an array input has."""
    counts = [item.count for item in uop.inputs if item.count is not None]
    return [operand.name for operand in uop.operands].index(counts[0]) if counts else 0


def _index(uop: Uop, typed_index: int) -> int:
    """The input that is the `typed_index`-th typed one."""
    return [i for i, item in enumerate(uop.inputs) if item.type is not None][typed_index]


def _types(model: Model) -> list[str]:
    rows = ['{"any", MVM_TYPE_ANY, false, 0, MVM_NO_UOP, MVM_NO_UOP, MVM_NO_UOP, MVM_NO_UOP}']
    return rows + [_type(model, declared) for declared in model.types.values()]


def _type(model: Model, declared: Type) -> str:
    def uop(kind: str) -> str:
        name = f"_{kind}_{declared.name.upper()}"
        return model.uops[name].constant if name in model.uops else "MVM_NO_UOP"

    base = model.base_type(declared.name)
    vector = str(declared.register_class == "vector").lower()
    uops = ", ".join(uop(kind) for kind in ("GUARD", "UNBOX", "FETCH", "BOX", "REFINE"))
    return f'{{"{declared.name}", {base.constant}, {vector}, {declared.tag}, {uops}}}'
