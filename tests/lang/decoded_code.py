"""Reads units back into instructions, and checks what the runtime relies on.

In: a `Code`. Out: its instructions with their operands, fused ones also as their parts; `verify`
fails an assertion if the code is not well formed. A test's second opinion: it shares nothing with
the emitter but the generated table.
"""

from __future__ import annotations

from dataclasses import dataclass

from minivm.generated.instruction_table import FUSED, INSTRUCTIONS, WORDS
from minivm.lang import Code, Program

_BY_OPCODE = {instruction.opcode: instruction for instruction in INSTRUCTIONS.values()}
_PARTS = {name: parts for parts, name in FUSED.items()}

# Values popped and pushed by what is no built-in word.
_EFFECTS = {
    "LOAD_LOCAL": (0, 1),
    "LOAD_INT": (0, 1),
    "LOAD_CONST": (0, 1),
    "STORE_LOCAL": (1, 0),
    "ENTER": (0, 0),
    "JUMP": (0, 0),
    "JUMP_BACKWARD": (0, 0),
    "JUMP_IF_FALSE": (1, 0),
    "JUMP_IF_TRUE": (1, 0),
    "FOR_RANGE_PREPARE": (2, 0),
    "FOR_STEP_PREPARE": (3, 0),
    "FOR_PREPARE": (1, 0),
    "FOR_RANGE": (0, 0),
    "FOR_STEP": (0, 0),
    "FOR_NEXT": (0, 0),
    "LOAD_CELL": (0, 1),
    "STORE_CELL": (1, 0),
    "MAKE_CELL": (0, 0),
    "MAKE_EMPTY_CELL": (0, 0),
    "GET_FIELD": (1, 1),
    "SET_FIELD": (2, 0),
    "THROW": (1, 0),
}
_NO_WAY_ON = ("JUMP", "JUMP_BACKWARD", "RETURN", "THROW")
_EFFECTS.update(
    {word.instruction: (len(word.inputs), len(word.outputs)) for word in WORDS.values()}
)


@dataclass
class Decoded:
    """An instruction at `offset`; `target` is the offset it may jump to."""

    offset: int
    end: int
    name: str
    operands: list[int]
    target: int | None

    @property
    def parts(self) -> tuple[str, ...]:
        return _PARTS.get(self.name, (self.name,))

    def __str__(self) -> str:
        return " ".join([self.name, *map(str, self.operands)])


def decode(code: Code) -> list[Decoded]:
    decoded = []
    offset = 0
    while offset < len(code.units):
        instruction = _BY_OPCODE[code.units[offset]]
        end = offset + instruction.units
        operands, target = [], None
        for operand in instruction.operands:
            value = code.units[offset + operand.unit]
            if operand.bits == 32:
                value |= code.units[offset + operand.unit + 1] << 16
                value -= (value >> 31) << 32
                target = end + value
            elif operand.name.startswith("number"):
                value -= (value >> 15) << 16
            operands.append(value)
        decoded.append(Decoded(offset, end, instruction.name, operands, target))
        offset = end
    assert offset == len(code.units)
    return decoded


def listing(code: Code) -> list[str]:
    """Instructions with operands, jumps as the index of the instruction they go to."""
    decoded = decode(code)
    index = {instruction.offset: number for number, instruction in enumerate(decoded)}
    lines = []
    for one in decoded:
        relative = None if one.target is None else one.target - one.end
        operands = [f"@{index[one.target]}" if o == relative else str(o) for o in one.operands]
        lines.append(" ".join([one.name, *operands]))
    return lines


def verify(program: Program) -> None:
    for code in program.functions:
        _verify_code(code, program)


def _verify_code(code: Code, program: Program) -> None:
    decoded = {one.offset: one for one in decode(code)}
    assert decoded[0].name == "ENTER"
    assert [position.offset for position in code.positions] == sorted(decoded)
    depths: dict[int, int] = {}
    waiting = [(0, 0)]
    while waiting:
        offset, depth = waiting.pop()
        if offset in depths:
            assert depths[offset] == depth
            continue
        depths[offset] = depth
        one = decoded[offset]
        _verify_operands(one, code, program)
        after = _depth_after(one, depth, code, program)
        if one.target is not None:
            assert one.target in decoded
            waiting.append((one.target, after))
        if one.name not in _NO_WAY_ON:
            waiting.append((one.end, after))
        for handler in code.handlers:
            if handler.start <= offset < handler.end:
                assert depth >= handler.depth < code.max_stack
                waiting.append((handler.target, handler.depth + 1))
    assert depths.keys() == decoded.keys(), "unreachable instructions"


def _verify_operands(one: Decoded, code: Code, program: Program) -> None:
    operands = iter(one.operands)
    for part in one.parts:
        for operand in INSTRUCTIONS[part].operands:
            value = next(operands)
            limits = {
                "slot": len(code.locals),
                "variable": len(code.locals),
                "base": len(code.locals) - (2 if part.startswith("FOR_STEP") else 1),
                "index": len(code.constants),
                "function": len(program.functions),
                "generic": len(program.generics),
                "type": len(program.records),
                "name": len(program.symbols),
            }
            assert value < limits.get(operand.name, 2**31)


def _depth_after(one: Decoded, depth: int, code: Code, program: Program) -> int:
    for part in one.parts:
        if part == "RETURN":
            assert depth == code.results
            return depth
        taken, left = _effect_of(part, one.operands, code, program)
        assert depth >= taken
        depth += left - taken
        assert depth <= code.max_stack
    return depth


def _effect_of(part: str, operands: list[int], code: Code, program: Program) -> tuple[int, int]:
    """How many values an instruction, or a part of a fused one, takes and leaves."""
    match part:
        case "CALL":
            callee = program.functions[operands[0]]
            return callee.parameters, callee.results
        case "CALL_GENERIC":
            generic = program.generics[operands[0]]
            return generic.parameters, generic.results
        case "CALL_VALUE":
            return operands[0] + 1, operands[1]
        case "BUILD_LIST" | "BUILD_MAP":
            return operands[0], 1
        case "NEW_RECORD":
            assert operands[1] == len(program.records[operands[0]].fields)
            return operands[1], 1
        case "MAKE_CLOSURE":
            callee = program.functions[operands[0]]
            assert callee.parameters + operands[1] <= len(callee.locals)
            return operands[1], 1
        case "HOST":
            return 0, code.results
    return _EFFECTS[part]
