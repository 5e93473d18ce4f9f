"""Model → generated/interpreter_*.c: one tail-called handler for each instruction, and their table.

A handler runs its uops over a symbolic stack: items are C variables, and only what differs from the
stack as it was is written back at the end. The topmost value lives in registers (`top_tag` and
`top_bits`); the slot `sp` points to is its place in memory and stale.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from minivm.generate.definitions import Item, Type, Uop
from minivm.generate.model import Instruction, Model, Source, Step
from minivm.generate.output import notice

CHUNKS = 10

# Uops whose body goes on to another instruction itself.
_TRANSFERS = (
    "call", "call_value", "call_generic", "return", "enter", "backward", "halt", "host",
)  # fmt: skip


def interpreter_files(model: Model) -> dict[str, str]:
    """File name → text. Several files, so that a change compiles again in part and in parallel."""
    instructions = list(model.instructions.values())
    uops = list(model.uops)
    # Handlers of one uop stand together: an edit of its body touches few files.
    grouped = sorted(instructions, key=lambda i: (uops.index(_computing(i)), i.opcode))
    size = -(-len(grouped) // CHUNKS)
    files = {"interpreter_table.c": _table(instructions)}
    for chunk in range(CHUNKS):
        part = grouped[chunk * size : (chunk + 1) * size]
        handlers = [handler(model, instruction) for instruction in part]
        head = f'// {notice("tier_one")}\n#include "../runtime/interpreter.h"\n'
        files[f"interpreter_{chunk}.c"] = "\n".join([head, *handlers])
    return files


def _computing(instruction: Instruction) -> str:
    """The uop the instruction is about: the last that computes; else its last."""
    names = [
        step.uop.name
        for step in instruction.steps
        if step.uop.has("pure", "reads", "writes", "calls") and not step.uop.has("branch")
    ]
    return (names or [instruction.steps[-1].uop.name])[-1]


def _table(instructions: list[Instruction]) -> str:
    return "\n".join(
        [
            f"// {notice('tier_one')}",
            '#include "../runtime/interpreter.h"',
            "",
            "const mvm_handler_entry mvm_handlers[] = {",
            *(f"    {{mvm_op_{i.name}}}," for i in instructions),
            "};",
            "",
        ]
    )


def handler(model: Model, instruction: Instruction) -> str:
    """The C function for one instruction."""
    return _Handler(model, instruction).text()


@dataclass(eq=False)
class _Value:
    """A symbolic stack item: a C variable of an unboxed type, or an mvm_value when `type` is None.

    `initial` is how far below the initial top it stood (None: computed since). `known` is the type
    that a check has established for an mvm_value.
    """

    name: str
    type: str | None
    initial: int | None = None
    known: str | None = None


class _Handler:
    def __init__(self, model: Model, instruction: Instruction) -> None:
        self._model = model
        self._instruction = instruction
        self._lines: list[str] = []
        self._stack: list[_Value] = []
        self._below = 0
        self._names = 0
        self._ended = False
        self._can_miss = False
        self._saved = False

    def text(self) -> str:
        instruction = self._instruction
        spelled = " + ".join(step.uop.name for step in instruction.steps)
        for step in instruction.steps:
            self._step(step)
        if not self._ended:
            self._lines += [*self._flush(), f"ip += {instruction.units};", "DISPATCH();"]
        body = [f"    {line}" for line in self._lines]
        if instruction.generic == instruction.name:
            body.insert(0, "    ADAPT();")
        if self._can_miss:
            body += ["miss:;", f"    MISS({instruction.generic});"]
        return "\n".join([f"// {spelled}", f"MVM_HANDLER({instruction.name}) {{", *body, "}", ""])

    # --- one uop -------------------------------------------------------------------------------

    def _step(self, step: Step) -> None:
        uop = step.uop
        if uop.has("type_guard"):
            self._guard(uop, step.sources[0].addend)
        elif uop.has("shuffle"):
            taken = self._take(len(uop.inputs))
            by_name = {item.name: value for item, value in zip(uop.inputs, taken, strict=True)}
            self._stack += [by_name[item.name] for item in uop.outputs]
        elif uop.has("branch", "jump"):
            self._branch(step)
        elif uop.has(*_TRANSFERS):
            self._lines += [*self._flush(), *self._operands(step), uop.body or ""]
            self._ended = True
        elif any(item.count for item in uop.inputs):
            self._array(step)
        else:
            self._compute(step)

    def _guard(self, uop: Uop, depth: int) -> None:
        self._reach(depth + 1)
        value = self._stack[-1 - depth]
        declared = self._model.types[uop.name.removeprefix("_GUARD_").lower()]
        checked = self._model.base_type(declared.name).name
        if value.known != checked and value.type != checked:
            self._lines.append(f"if (UNLIKELY({value.name}.tag != {declared.tag})) goto miss;")
            self._can_miss = True
        if declared.test:
            base = self._model.types[declared.base or ""]
            unboxed = value.name if value.type else f"{value.name}.{base.field}"
            test = re.sub(r"\bvalue\b", unboxed, declared.test)
            self._lines.append(f"if (UNLIKELY(!({test}))) goto miss;")
            self._can_miss = True
        if value.type is None:
            value.known = declared.name

    def _compute(self, step: Step) -> None:
        uop = step.uop
        if uop.has("calls") and not self._saved:
            self._lines.append("SAVE();")
            self._saved = True
        taken = self._take(len(uop.inputs))
        inner = [
            f"{self._c_type(item)} {item.name} = {self._as_input(value, item)};"
            for item, value in zip(uop.inputs, taken, strict=True)
        ]
        inner += self._operands(step)
        outputs = [self._fresh(item.type) for item in uop.outputs]
        for value, item in zip(outputs, uop.outputs, strict=True):
            self._lines.append(f"{self._c_type(item)} {value.name};")
            inner.append(f"{self._c_type(item)} {item.name};")
        inner.append(uop.body or "")
        inner += [
            f"{value.name} = {item.name};" for value, item in zip(outputs, uop.outputs, strict=True)
        ]
        self._lines += ["{", *(f"    {line}" for line in inner), "}"]
        self._stack += outputs
        self._can_miss |= uop.has("exits")

    def _array(self, step: Step) -> None:
        """A uop over `values[count]`: the values are in memory once the top is written there."""
        uop = step.uop
        (array,), (output,) = uop.inputs, uop.outputs
        assert array.count and not self._stack and self._below == 0
        self._lines += [
            *self._operands(step),
            "SAVE();" if uop.has("calls") else "*sp = TOP();",
            f"mvm_value *{array.name} = sp - {array.count} + 1;",
            f"{self._c_type(output)} {output.name};",
            uop.body or "",
            f"sp = {array.name};",
            f"SET_TOP({_boxed(_Value(output.name, output.type), self._model)});",
            f"ip += {self._instruction.units};",
            "DISPATCH();",
        ]
        self._can_miss |= uop.has("exits")
        self._ended = True

    def _branch(self, step: Step) -> None:
        uop = step.uop
        taken = self._take(len(uop.inputs))
        for item, value in zip(uop.inputs, taken, strict=True):
            self._lines.append(f"{self._c_type(item)} {item.name} = {self._as_input(value, item)};")
        self._lines += [*self._operands(step), "bool taken;", uop.body or ""]
        if any(operand.name == "history" for operand in uop.operands):
            self._lines.append("*history = (uint16_t)(*history << 1 | taken);")
        leave = [*self._flush(), f"ip += {self._instruction.units} + offset;", "DISPATCH();"]
        if uop.has("jump"):
            self._lines += leave
            self._ended = True
        else:
            self._lines += ["if (taken) {", *(f"    {line}" for line in leave), "}"]

    def _operands(self, step: Step) -> list[str]:
        """C variables for the operands; a cache is a pointer to its unit."""
        lines = []
        for operand, source in zip(step.uop.operands, step.sources, strict=True):
            if operand.cache:
                assert source.place
                lines.append(f"uint16_t *{operand.name} = &ip[{source.place.unit}];")
            else:
                c_type = "int32_t" if operand.bits == 32 else "uint16_t"
                lines.append(f"{c_type} {operand.name} = {_read(source)};")
        if step.uop.has(*_TRANSFERS):
            lines.append(f"enum {{ units = {self._instruction.units} }};")
        return lines

    # --- the symbolic stack ----------------------------------------------------------------------

    def _reach(self, count: int) -> None:
        while len(self._stack) < count:
            name = f"s{self._below}"
            place = "TOP()" if self._below == 0 else f"WORDS(sp[-{self._below}])"
            self._lines.append(f"mvm_value {name} = {place};")
            self._stack.insert(0, _Value(name, None, self._below))
            self._below += 1

    def _take(self, count: int) -> list[_Value]:
        self._reach(count)
        taken = self._stack[len(self._stack) - count :]
        del self._stack[len(self._stack) - count :]
        return taken

    def _fresh(self, type_name: str | None) -> _Value:
        self._names += 1
        return _Value(f"v{self._names}", type_name)

    def _c_type(self, item: Item) -> str:
        return self._model.types[item.type].c_type if item.type else "mvm_value"

    def _as_input(self, value: _Value, item: Item) -> str:
        """C for `value` as the uop's input: boxed, unboxed or as it is."""
        if item.type is None:
            return _boxed(value, self._model)
        if value.type is not None:
            return value.name
        return f"{value.name}.{self._model.types[item.type].field}"

    def _flush(self) -> list[str]:
        """C that makes the real stack what the symbolic one is."""
        stack = list(self._stack)
        taken = self._below
        if taken == 0:
            if not stack:
                return []
            stack.insert(0, _Value("TOP()", None, 0))
            taken = 1
        lines = []
        for index, value in enumerate(stack[:-1]):
            place = index - (taken - 1)
            if value.initial is None or value.initial == 0 or value.initial != -place:
                lines.append(f"PUT(sp[{place}], {_boxed(value, self._model)});")
        moved = len(stack) - taken
        if moved:
            lines.append(f"sp += {moved};")
        if not stack:
            lines.append("SET_TOP(WORDS(*sp));")
        elif stack[-1].initial != 0:
            lines.append(f"SET_TOP({_boxed(stack[-1], self._model)});")
        return lines


def _boxed(value: _Value, model: Model) -> str:
    if value.type is None:
        return value.name
    declared: Type = model.types[value.type]
    return f"(mvm_value){{.tag = {declared.tag}, .{declared.field} = {value.name}}}"


def _read(source: Source) -> str:
    if source.place is None:
        return str(source.addend)
    unit = source.place.unit
    read = f"READ_32(ip + {unit})" if source.place.bits == 32 else f"ip[{unit}]"
    return f"{read} + {source.addend}" if source.addend else read
