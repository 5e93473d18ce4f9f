"""Units → instructions, as far as each can be checked by itself.

In: a function's units and the sizes of the program's tables. Out: its instructions by offset:
whole, known, such as a front end may emit, and with no operand out of range. What they do to stack
and locals is flow.py's business.
"""

from __future__ import annotations

from minivm.generated.effect_table import STEPS
from minivm.generated.instruction_table import INSTRUCTIONS
from minivm.lang.code import Code, Program
from minivm.lang.instruction import Instruction
from minivm.verifier.error import VerifyError
from minivm.verifier.step import Step

_BY_OPCODE = {instruction.opcode: instruction for instruction in INSTRUCTIONS.values()}
# What tier one puts in place of others, and where a run ends.
_NOT_EMITTED = frozenset(("LOOP_EXECUTOR", "ENTER_EXECUTOR", "HALT"))


class Decoded:
    """An instruction at unit `offset`; operands by name, those of jumps as the target's unit."""

    __slots__ = ("end", "name", "offset", "operands", "steps", "target")

    def __init__(self, instruction: Instruction, offset: int, operands: dict[str, int]) -> None:
        self.name = instruction.name
        self.offset = offset
        self.end = offset + instruction.units
        self.operands = operands
        self.steps: tuple[Step, ...] = STEPS[instruction.name]
        self.target: int | None = None
        for name, value in operands.items():
            if kind_of(name) == "offset":
                self.target = self.end + value
                operands[name] = self.target


def kind_of(operand: str) -> str:
    """What an operand is, from its name: of a fused instruction's, a number tells them apart."""
    return operand.rstrip("0123456789")


def decode(program: Program, code: Code) -> dict[int, Decoded]:
    """The instructions of `code` in order, by offset. Raises VerifyError."""
    decoded: dict[int, Decoded] = {}
    offset = 0
    while offset < len(code.units):
        instruction = _instruction_at(code, offset)
        operands = {
            operand.name: _read(code, offset + operand.unit, operand.bits)
            for operand in instruction.operands
        }
        decoded[offset] = Decoded(instruction, offset, operands)
        offset += instruction.units
    for each in decoded.values():
        _check_operands(program, code, each)
        _check_target(code, decoded, each)
    return decoded


def _instruction_at(code: Code, offset: int) -> Instruction:
    opcode = code.units[offset]
    instruction = _BY_OPCODE.get(opcode)
    if instruction is None:
        raise VerifyError(f"there is no instruction {opcode}", code.name, offset)
    if instruction.generic is not None or instruction.name in _NOT_EMITTED:
        cause = "only the VM makes this instruction"
        raise VerifyError(cause, code.name, offset, instruction.name)
    if offset + instruction.units > len(code.units):
        raise VerifyError("the units end within it", code.name, offset, instruction.name)
    return instruction


def _read(code: Code, unit: int, bits: int) -> int:
    value: int = code.units[unit]
    if bits == 32:
        value |= code.units[unit + 1] << 16
        # Jumps: signed.
        return value - (1 << 32) if value >> 31 else value
    return value


def _check_operands(program: Program, code: Code, each: Decoded) -> None:
    limits = {
        "slot": (len(code.locals), "local"),
        "variable": (len(code.locals), "local"),
        "index": (len(code.constants), "constant"),
        "function": (len(program.functions), "function"),
        "generic": (len(program.generics), "generic function"),
        "type": (len(program.records), "record"),
        "name": (len(program.symbols), "symbol"),
        "word": (len(program.words), "word of the host"),
    }
    for name, value in each.operands.items():
        limit, what = limits.get(kind_of(name), (None, ""))
        if limit is not None and value >= limit:
            cause = f"{what} {value} is named, but there are {limit}"
            raise VerifyError(cause, code.name, each.offset, each.name)
    for step in each.steps:
        for name, addend in step.operands:
            if kind_of(name) == "base" and each.operands[name] + addend >= len(code.locals):
                cause = f"local {each.operands[name] + addend} is used, but there are "
                cause += str(len(code.locals))
                raise VerifyError(cause, code.name, each.offset, each.name)


def _check_target(code: Code, decoded: dict[int, Decoded], each: Decoded) -> None:
    """Only JUMP_BACKWARD, at which a program can be stopped, goes back."""
    if each.target is None:
        return
    if each.target not in decoded:
        cause = f"it jumps to unit {each.target}, where no instruction starts"
        raise VerifyError(cause, code.name, each.offset, each.name)
    is_backward = any(step.action == "backward" for step in each.steps)
    if is_backward and each.target > each.offset:
        raise VerifyError("it must jump back", code.name, each.offset, each.name)
    if not is_backward and each.target <= each.offset:
        cause = "only JUMP_BACKWARD may jump back"
        raise VerifyError(cause, code.name, each.offset, each.name)
