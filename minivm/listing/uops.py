"""Uops: a stage of a trace → a line for each uop.

In: a `Stage`, whose fields mean different things at different stages (jit/trace.h). Out: what a uop
defines and takes (v1 a value, r1 and d1 registers, slot 1 a place in the frame), where it exits to
and where in the source it came from:

        3   v4 = _MUL_INT v2, v2                   → exit 1 (overflow)      4:13
"""

from __future__ import annotations

import struct

from minivm.executors import Executor, Exit, Place, Stage, Uop
from minivm.generated.uop_table import EXIT_REASONS, TYPES, UOPS
from minivm.jit.uop import UopInfo
from minivm.lang.code import Program
from minivm.listing.instructions import (
    decode,
    function_label,
    instruction_units,
    show_operand,
    signed,
)

PROJECTION, REGISTERS = "projection", "registers"

_TEXT_WIDTH = 52
_EXIT_WIDTH = 24


class UopNames:
    """Shows the uops of one executor by the names its source gives to things."""

    def __init__(self, executor: Executor, program: Program) -> None:
        self._program = program
        self._locals = program.functions[executor.place.function_index].locals
        self._exits = executor.exits
        self._link = executor.link

    def stage(self, stage: Stage) -> list[str]:
        """All uops of a stage that run in the trace itself; those of its exits come after them."""
        end = stage.cold_start or len(stage.uops)
        lines = []
        for index, uop in enumerate(stage.uops[:end]):
            mark = ">" if 0 < index == stage.loop_start else " "
            text = f"{self.uop(uop, stage.name):<{_TEXT_WIDTH}} {self._exit(uop):<{_EXIT_WIDTH}}"
            lines.append(f"{index:>5} {mark} {text} {uop.place.line}:{uop.place.column}")
        return lines

    def exit_uops(self, stage: Stage, way_out: Exit) -> list[str]:
        """What an exit runs, from the last stage."""
        last = way_out.first_uop + way_out.uop_count
        return [self.uop(uop, stage.name) for uop in stage.uops[way_out.first_uop : last]]

    def uop(self, uop: Uop, stage: str) -> str:
        """One uop: output, name, inputs and operands."""
        info = UOPS[uop.opcode]
        if stage == PROJECTION:
            text = ", ".join(self._projected_operands(uop, info))
            return f"{info.name} {text}".rstrip()
        terms = self._inputs(uop, info, stage) + self._operands(uop, info)
        text = f"{info.name} {', '.join(terms)}".rstrip()
        if not info.has_output:
            return text
        return f"{self._item(uop.output, info.output, info, stage)} = {text}"

    def slot(self, number: int) -> str:
        """A frame slot, with the local that lives there if the outermost function has one."""
        if number >= len(self._locals):
            return f"slot {number}"
        # The hidden locals of `for` loops have their brackets already.
        return f"slot {number} ({self._locals[number].strip('()')})"

    def _inputs(self, uop: Uop, info: UopInfo, stage: str) -> list[str]:
        if "array" in info.flags:
            count = uop.operands[info.operands.index("count")]
            return [f"{count} from {self.slot(uop.inputs[0])}"]
        texts = [
            self._item(number, kind, info, stage)
            for number, kind in zip(uop.inputs, info.inputs, strict=False)
        ]
        if uop.is_immediate:
            texts[-1] = str(uop.immediate)
        return texts

    def _item(self, number: int, kind: str | None, info: UopInfo, stage: str) -> str:
        if kind is None:
            return self.slot(number)
        if stage != REGISTERS:
            return f"v{number}"
        if "spilled" in info.flags:
            return f"spill {number}"
        return f"d{number}" if kind == "float" else f"r{number}"

    def _operands(self, uop: Uop, info: UopInfo) -> list[str]:
        if info.operands == ("tag", "bits"):
            return [show_bits(TYPES[1 + uop.operands[0]], uop.operands[1])]
        if "link" in info.flags:
            return self._linked()
        if "enters" in info.flags:
            return [f"frame {uop.operands[0]}"] if info.operands else []
        left_out = ("counter", "count" if "array" in info.flags else "")
        return [
            self._declared(uop, name, value) or _show_operand(info, name, value)
            for name, value in zip(info.operands, uop.operands, strict=False)
            if name not in left_out
        ]

    def _linked(self) -> list[str]:
        """The trace that this one goes on in."""
        return [] if self._link is None else [f"trace {self._link + 1}"]

    def _declared(self, uop: Uop, name: str, value: int) -> str:
        """An operand that stands for something the program declares; "" if it doesn't."""
        program = self._program
        match name:
            case "type" | "field" if value > 0xFFFF:
                return "its cache"
            case "type" if value >= len(program.records):
                return "none yet"
            case "function" | "type" | "generic" | "name":
                return show_operand(name, value, program.functions[0], program)
            case "target" if value < len(program.functions):
                return function_label(program, value)
            case "field":
                return self._field(uop.place) or f"field {value}"
            case "capture":
                return f"captured {value}"
        return ""

    def _field(self, place: Place) -> str:
        """The field that the instruction at a place names."""
        code = self._program.functions[place.function_index]
        # The units as they were compiled: fused, but not yet specialised.
        for name, value in next(decode(code.units[place.offset :])).operands:
            if name == "name":
                return f".{self._program.symbols[value]}"
        return ""

    def _projected_operands(self, uop: Uop, info: UopInfo) -> list[str]:
        if "link" in info.flags:
            return self._linked()
        if "enters" in info.flags:
            return [f"frame {uop.operands[0]}"] if info.operands else []
        code = self._program.functions[uop.place.function_index]
        texts = []
        for name, value in zip(info.operands, uop.operands, strict=False):
            if name in ("history", "counter"):
                continue
            if name == "offset":
                end = uop.place.offset + instruction_units(uop.place.opcode)
                texts.append(f"to {end + signed(value & 0xFFFFFFFF, 32)}")
            elif name == "depth":
                texts.append(f"depth {value}")
            elif name == "exit":
                # Not yet an exit's number, but the reason why the trace ends.
                texts.append(list(EXIT_REASONS)[value])
            else:
                known = self._declared(uop, name, value)
                texts.append(known or show_operand(name, value, code, self._program))
        if any(flag.startswith("branch") for flag in info.flags):
            texts.append("taken" if uop.taken else "not taken")
        return texts

    def _exit(self, uop: Uop) -> str:
        if uop.exit is None:
            return ""
        return f"→ exit {uop.exit} ({self._exits[uop.exit].reason})"


def _show_operand(info: UopInfo, name: str, value: int) -> str:
    """An operand of a uop after projection. `place` is an offset in bytes from the VM."""
    match name:
        case "number" | "divisor":
            return show_bits("int", value)
        case "bits":
            return show_bits("float" if "FLOAT" in info.name else "any", value)
        case "mask" if info.name == "_SPILLED_OBJECTS":
            numbers = [str(bit) for bit in range(64) if value >> bit & 1]
            return f"spill {' '.join(numbers)}" if numbers else "none"
        case "mask" | "magic":
            return f"{value:#x}"
        case "place":
            return f"vm+{value}"
        case "tag":
            return TYPES[1 + value]
        case "exit" | "frame":
            return f"{name} {value}"
    return str(value)


def may_be_address(bits: int) -> bool:
    """Whether 64 bits of unknown type look like a pointer to an object: the only numbers in a
    listing that would differ from run to run."""
    return 1 << 44 <= bits < 1 << 47 and bits % 8 == 0


def show_bits(kind: str, bits: int) -> str:
    """A payload of a known type; of objects only the type, as addresses change."""
    if kind in ("int", "any") and may_be_address(bits):
        return "an object"
    match kind:
        case "nil":
            return "nil"
        case "bool":
            return "true" if bits else "false"
        case "int":
            return str(signed(bits, 64))
        case "float":
            return repr(struct.unpack("<d", struct.pack("<Q", bits))[0])
        case "any":
            return f"{bits:#x}"
    return f"a {kind}"
