"""Machine code: what was emitted for a trace → assembly, with what was patched in named.

In: an `Executor` whose stages were kept. Out: for each uop a line with its number and stencil, and
below it its instructions. Addresses are resolved to what they mean (exit 3, top, slot 4.payload),
so nothing in the text depends on where the code happens to be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from minivm.executors import Emitted, Executor, Uop
from minivm.generated.uop_table import UOPS
from minivm.jit.target import host_target
from minivm.jit.uop import UopInfo
from minivm.listing.uops import may_be_address

# What preserve_none makes of the parameters of a stencil (jit/template.c) on x86-64.
_SLOTS, _VM = "r12", "r13"
LEGEND = (
    "r0 … r7 are r14 r15 rdi rsi rdx rcx r8 r9, d0 … d7 are xmm0 … xmm7;"
    " r12 points to the slots, r13 to the VM"
)

_VALUE_SIZE, _TAG_SIZE = 16, 8
_NUMBER = r"(?:0x[0-9a-f]+|\d+)"
_BASED = re.compile(rf"\[({_SLOTS}|{_VM}|rip)(?: ([+-]) ({_NUMBER}))?\]")
# Uops whose operand is, in the end, the address of a record.
_RECORDS = {"_EXIT_TRACE": "exit {}", "_EXIT_FRAME": "frame {}", "_COUNT_ITERATION": "iterations"}


class MachineCode:
    """Names what the code of one executor refers to."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._uops = executor.stages[-1].uops
        self._loop_start = executor.stages[-1].loop_start
        self._cold_start = executor.stages[-1].cold_start
        self._disassembler = _make_disassembler()
        self._places = self._name_places()

    def lines(self) -> list[str]:
        """The code that runs in the trace itself, then that of the exits."""
        found = []
        for row in self._executor.emitted:
            if row.uop == self._cold_start:
                found.append("     exits:")
            found.append(self._heading(row))
            found += [f"            {line}" for line in self._instructions(row)]
        return found

    def _heading(self, row: Emitted) -> str:
        mark = ">" if row.uop == self._loop_start and self._executor.closes else " "
        return f"{row.uop:>5} {mark} {stencil_name(self._uops[row.uop])}"

    def _instructions(self, row: Emitted) -> Iterator[str]:
        uop = self._uops[row.uop]
        end = row.address + len(row.code)
        for address, size, mnemonic, operands in self._disassembler.disasm_lite(
            row.code, row.address
        ):
            text = _BASED.sub(self._base_namer(address + size), operands)
            if mnemonic.startswith(("j", "call")):
                text = self._target(mnemonic, operands, row.address, end)
            elif mnemonic == "movabs":
                register, _, constant = operands.partition(", ")
                text = f"{register}, {_name_constant(constant, uop)}"
            yield f"{mnemonic:<8}{text}".rstrip()

    def _target(self, mnemonic: str, operands: str, start: int, end: int) -> str:
        if not operands.startswith("0x"):
            return operands
        target = int(operands, 16)
        if start < target < end:
            return f"+{target - start:#x}"
        if target == end and target not in self._places:
            return "next"
        return self._places.get(target, "C helper" if mnemonic == "call" else "outside")

    def _base_namer(self, following: int) -> Callable[[re.Match[str]], str]:
        def name(match: re.Match[str]) -> str:
            offset = int(match[3], 0) if match[3] else 0
            offset = -offset if match[2] == "-" else offset
            if match[1] == "rip":
                return f"[{self._data(following + offset)}]"
            if match[1] == _VM:
                return f"[vm + {offset}]"
            return f"[{_slot_part(offset)}]"

        return name

    def _data(self, address: int) -> str:
        offset = address - self._executor.cold_address
        inside = 0 <= offset < self._executor.cold_size
        return f"data + {offset}" if inside else "outside"

    def _name_places(self) -> dict[int, str]:
        addresses = {row.uop: row.address for row in self._executor.emitted}
        places = {}
        for number, way_out in enumerate(self._executor.exits):
            if way_out.uop_count:
                places[addresses[way_out.first_uop]] = f"exit {number}"
        if self._executor.closes:
            places[addresses[self._loop_start]] = "top"
        return places


def stencil_name(uop: Uop) -> str:
    """A uop and the registers of the variant that was chosen for it: _ADD_INT r1 r2, immediate."""
    info = UOPS[uop.opcode]
    if "spilled" in info.flags:
        return info.name
    registers = [
        _register(number, kind)
        for number, kind in zip(uop.inputs, info.inputs, strict=False)
        if kind is not None
    ]
    if uop.is_immediate:
        registers[-1] = "immediate"
    text = " ".join([info.name, *registers])
    return f"{text} → {_output(uop, info)}" if info.output and info.tied is None else text


def _output(uop: Uop, info: UopInfo) -> str:
    assert info.output is not None
    return _register(uop.output, info.output)


def _register(number: int, kind: str) -> str:
    return f"d{number}" if kind == "float" else f"r{number}"


def _slot_part(offset: int) -> str:
    slot, rest = divmod(offset, _VALUE_SIZE)
    part = {0: "tag", _TAG_SIZE: "payload"}.get(rest, f"byte {rest}")
    return f"slot {slot}.{part}"


def _name_constant(text: str, uop: Uop) -> str:
    """A 64-bit constant: the operand it is, if it is one, or the number it stands for."""
    info = UOPS[uop.opcode]
    if info.name in _RECORDS:
        return _RECORDS[info.name].format(uop.operands[0])
    value = int(text, 0) & (2**64 - 1)
    shown = "an object" if may_be_address(value) else text
    for name, operand in zip(info.operands, uop.operands, strict=False):
        if operand == value:
            return f"{name} ({shown})"
    return shown


def _make_disassembler() -> Any:
    import capstone

    architecture, mode = (getattr(capstone, name) for name in host_target().disassembler)
    disassembler = capstone.Cs(architecture, mode)
    # Bytes that are no instruction become `.byte` lines instead of ending the listing.
    disassembler.skipdata = True
    return disassembler
