"""Instructions: code objects → a line for each instruction.

In: a `Program` and, for the specialised forms, each function's units as tier one has left them.
Out: the source line, the offset in units, the instruction, its operands by name, what it became:

    square: 1 parameter, 1 result, 1 local, 2 stack slots
         1      0   ENTER
         2      2   LOAD_LOCAL_LOAD_LOCAL              n, n
                5   MUL                                                         → MUL_INT
                7   RETURN
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from minivm.generated.instruction_table import INSTRUCTIONS
from minivm.lang.code import Code, Constant, FunctionReference, Program
from minivm.lang.errors import count, printable
from minivm.lang.instruction import Instruction
from minivm.lang.statements import CLOSURE_NAME

_BY_OPCODE = {instruction.opcode: instruction for instruction in INSTRUCTIONS.values()}
_NAME_WIDTH = 34
_OPERANDS_WIDTH = 24
_MAX_TEXT = 40


@dataclass(frozen=True)
class Decoded:
    """One instruction of a function; operands as they are encoded, jump targets in units."""

    offset: int
    instruction: Instruction
    operands: tuple[tuple[str, int], ...]


def instruction_name(opcode: int) -> str:
    """The name of an instruction."""
    return _BY_OPCODE[opcode].name


def instruction_units(opcode: int) -> int:
    """How many units an instruction takes."""
    return _BY_OPCODE[opcode].units


def decode(units: Sequence[int]) -> Iterator[Decoded]:
    """The instructions that `units` encode."""
    offset = 0
    while offset < len(units):
        instruction = _BY_OPCODE[units[offset]]
        end = offset + instruction.units
        operands = []
        for place in instruction.operands:
            # Operands of fused instructions are told apart by a digit.
            kind = place.name.rstrip("0123456789")
            value = units[offset + place.unit]
            if place.bits == 32:
                value = signed(value | units[offset + place.unit + 1] << 16, 32)
            operands.append((kind, end + value if kind == "offset" else value))
        yield Decoded(offset, instruction, tuple(operands))
        offset = end


def signed(number: int, bits: int) -> int:
    """The number that the lowest `bits` of an unsigned one stand for."""
    return number - (1 << bits) if number >> (bits - 1) & 1 else number


def function_label(program: Program, index: int) -> str:
    """A function's name; for one that has none, where it stands."""
    code = program.functions[index]
    return code.name if code.name != CLOSURE_NAME else f"fn of line {code.positions[0].line}"


def functions_called(program: Program, name: str) -> list[int]:
    """The functions with that name, or with that label: closures by `fn of line 3`, or by `3`."""
    line = f"{CLOSURE_NAME} of line {name}"
    return [
        index
        for index, code in enumerate(program.functions)
        if name == code.name or function_label(program, index) in (name, line)
    ]


def show_constant(constant: Constant, program: Program) -> str:
    """A constant as source text has it; of long strings the beginning."""
    if isinstance(constant, FunctionReference):
        return f"&{function_label(program, constant.index)}"
    if constant is None:
        return "nil"
    if isinstance(constant, bool):
        return str(constant).lower()
    if isinstance(constant, str):
        shown = constant if len(constant) <= _MAX_TEXT else constant[:_MAX_TEXT] + "…"
        escaped = shown.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{printable(escaped)}"'
    return repr(constant)


def show_operand(kind: str, value: int, code: Code, program: Program) -> str:
    """An operand by name: a local, a constant, a function, a field, a place to jump to."""
    match kind:
        case "slot" | "variable":
            name = code.locals[value]
            # Hidden locals share a name.
            return f"slot {value} {name}" if name.startswith("(") else name
        case "base":
            return f"slot {value}"
        case "index" if value < len(code.constants):
            return show_constant(code.constants[value], program)
        case "number":
            return str(signed(value, 16))
        case "function":
            return function_label(program, value)
        case "name":
            return f".{program.symbols[value]}"
        case "type":
            return program.records[value].name
        case "generic":
            return program.generics[value].name
        case "offset":
            return f"to {value}"
    return str(value)


def list_program(
    program: Program,
    only: str = "",
    specialized: Callable[[int, int], Sequence[int]] | None = None,
) -> list[str]:
    """All functions, or those called `only`.

    `specialized(function, count)` gives the first `count` units of a function as they are now.
    """
    lines: list[str] = []
    for index in functions_called(program, only) if only else range(len(program.functions)):
        code = program.functions[index]
        now = specialized(index, len(code.units)) if specialized else code.units
        lines += [*list_function(index, program, now), ""]
    return lines[:-1]


def list_function(index: int, program: Program, now: Sequence[int]) -> list[str]:
    """One function; `now` are its units as they are now."""
    code = program.functions[index]
    lines = [_heading(function_label(program, index), code)]
    instructions = list(decode(code.units))
    targets = {value for each in instructions for kind, value in each.operands if kind == "offset"}
    source_lines = {position.offset: position.line for position in code.positions}
    shown_line = 0
    for each in instructions:
        line = source_lines.get(each.offset, shown_line)
        number = str(line) if line != shown_line else ""
        shown_line = line
        mark = ">" if each.offset in targets else " "
        operands = [show_operand(kind, value, code, program) for kind, value in each.operands]
        text = f"{number:>6}  {each.offset:>5} {mark} {each.instruction.name:<{_NAME_WIDTH}}"
        text += f" {', '.join(operands)}"
        form = instruction_name(now[each.offset])
        if form != each.instruction.name:
            text = f"{text:<{_NAME_WIDTH + _OPERANDS_WIDTH + 17}} → {form}"
        lines.append(text.rstrip())
    return lines


def _heading(label: str, code: Code) -> str:
    parts = [
        count(code.parameters, "parameter"),
        count(code.results, "result"),
        count(len(code.locals), "local"),
        count(code.max_stack, "stack slot"),
    ]
    return f"{label}: {', '.join(parts)}"
