"""A trace's uops → its function, in LLVM's text form.

In: uops over registers, exits included, as jit/emit.c and jit/uop_interpreter.c take them. Out: a
function `trace` with the parameters of a stencil, so that traces go on in others by jumps:

    define preserve_nonecc void @trace(ptr %slots, ptr %vm, i64 %r0.in, …, double %d7.in)
    entry:                                     the virtual registers are variables of the function
      %r3 = alloca i64
      store i64 %r3.in, ptr %r3
      br label %uop0
    uop0:                                      a block a uop
      %uop0.0 = load i64, ptr %r3
      %uop0.left = call i1 @uop_ADD_INT(ptr %slots, ptr %vm, i64 %uop0.0, i64 1, ptr %r3)
      br i1 %uop0.left, label %exit2, label %uop1, !prof !99999
    exit2:                                     on in a side trace, once there is one
      %exit2.side = load volatile ptr, ptr inttoptr (i64 140737 to ptr)
      %exit2.none = icmp eq ptr %exit2.side, null
      br i1 %exit2.none, label %uop7, label %side2
    side2:
      %side2.r3 = load i64, ptr %r3
      musttail call preserve_nonecc void %exit2.side(ptr %slots, ptr %vm, …, i64 %side2.r3, …)
      ret void

What a body takes stands in generate/llvm_source.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from minivm.generated.uop_table import REGISTERS, UOPS, VECTOR_TYPES
from minivm.jit.uop import UopInfo

NAME = "trace"
_CALL = "musttail call preserve_nonecc void"
# The virtual registers in the order of a stencil's parameters: the variable, and its type.
_REGISTERS = [
    *((f"%r{number}", "i64") for number in range(REGISTERS["general"])),
    *((f"%d{number}", "double") for number in range(REGISTERS["vector"])),
]
_NO_EXIT = 0xFFFF
# An exit is as unlikely as clang takes __builtin_expect to say.
_EXIT_WEIGHTS = '!{!"branch_weights", i32 1, i32 2000}'


class TraceUop(Protocol):
    """A uop as in mvm_uop (runtime/api.h)."""

    @property
    def opcode(self) -> int: ...
    @property
    def output(self) -> int: ...
    @property
    def inputs(self) -> Sequence[int]: ...
    @property
    def exit(self) -> int | None: ...
    @property
    def is_immediate(self) -> int: ...
    @property
    def immediate(self) -> int: ...
    @property
    def operands(self) -> Sequence[int]: ...


class TraceExit(Protocol):
    """An exit as in mvm_final_exit (jit/compiler.h)."""

    @property
    def side(self) -> int: ...
    @property
    def first_uop(self) -> int: ...
    @property
    def registers(self) -> int: ...


def trace_ir(
    uops: Sequence[TraceUop], loop_start: int, exits: Sequence[TraceExit], link: int
) -> str:
    """The function's text. Uop `loop_start` is the top; a link goes on at the address `link`."""
    writer = _Writer(loop_start, exits, link)
    for index, uop in enumerate(uops):
        writer.add(index, uop)
    return writer.text()


class _Writer:
    def __init__(self, loop_start: int, exits: Sequence[TraceExit], link: int) -> None:
        self._loop_start = loop_start
        self._exits = exits
        self._link = link
        self._used: set[str] = set()  # registers
        self._lines: list[str] = []
        self._sides: dict[int, list[str]] = {}  # by exit: the way on to its side trace

    def add(self, index: int, uop: TraceUop) -> None:
        info = UOPS[uop.opcode]
        block = f"uop{index}"
        self._lines.append(f"{block}:")
        if "link" in info.flags:
            self._add_link(block, uop)
            return
        arguments = ["ptr %slots", "ptr %vm", *self._inputs(block, uop, info)]
        if info.has_output:
            arguments.append(self._output(uop, info))
        count = len(info.operands)
        arguments += [f"i64 {_signed(number)}" for number in list(uop.operands)[:count]]
        call = f"call i1 @uop{info.name}({', '.join(arguments)})"
        if uop.exit is None or uop.exit == _NO_EXIT:
            self._lines += [f"  {call}", f"  {self._jump(index, info)}"]
            return
        after = "unreachable" if "leave" in info.flags else f"uop{index + 1}"
        self._lines.append(f"  %{block}.left = {call}")
        self._lines.append(
            f"  br i1 %{block}.left, label %{self._exit(uop.exit)}, label %{after}, !prof !99999"
        )

    def _add_link(self, block: str, uop: TraceUop) -> None:
        """On to another trace, which reads no register before it has written it."""
        self._lines.append(
            f"  %{block}.slots = getelementptr i8, ptr %slots, i64 {uop.operands[0]}"
        )
        values = ["poison"] * len(_REGISTERS)
        self._lines += self._go_on(_pointer(self._link), f"%{block}.slots", values)

    def _go_on(self, target: str, slots: str, values: Sequence[str]) -> list[str]:
        """A jump to another trace, with what it finds in the registers."""
        passed = [f"{kind} {v}" for (_, kind), v in zip(_REGISTERS, values, strict=True)]
        arguments = ", ".join([f"ptr {slots}", "ptr %vm", *passed])
        return [f"  {_CALL} {target}({arguments})", "  ret void"]

    def _exit(self, number: int) -> str:
        """The block where an exit begins."""
        way_out = self._exits[number]
        if not way_out.side:
            return f"uop{way_out.first_uop}"
        if number not in self._sides:
            self._sides[number] = self._side(number, way_out)
        return f"exit{number}"

    def _side(self, number: int, way_out: TraceExit) -> list[str]:
        """On in the exit's side trace, if there is one by now, else in its own uops."""
        block, side = f"exit{number}", f"side{number}"
        lines = [
            f"{block}:",
            f"  %{block}.side = load volatile ptr, ptr {_pointer(way_out.side)}",
            f"  %{block}.none = icmp eq ptr %{block}.side, null",
            f"  br i1 %{block}.none, label %uop{way_out.first_uop}, label %{side}",
            f"{side}:",
        ]
        values = []
        for place, (variable, kind) in enumerate(_REGISTERS):
            value = "poison"
            if way_out.registers >> place & 1:
                self._used.add(variable)
                value = f"%{side}.{variable[1:]}"
                lines.append(f"  {value} = load {kind}, ptr {variable}")
            values.append(value)
        return lines + self._go_on(f"%{block}.side", "%slots", values)

    def _jump(self, index: int, info: UopInfo) -> str:
        if "leave" in info.flags:
            return "ret void"
        return f"br label %uop{self._loop_start if 'top' in info.flags else index + 1}"

    def _inputs(self, block: str, uop: TraceUop, info: UopInfo) -> list[str]:
        """The arguments; registers are read into values first."""
        arguments = []
        for number, (kind, place) in enumerate(zip(info.inputs, uop.inputs, strict=False)):
            if uop.is_immediate and number == len(info.inputs) - 1:
                arguments.append(f"i64 {uop.immediate}")
            elif kind is None or "spilled" in info.flags:
                arguments.append(f"i64 {place}")
            else:
                register, llvm_type = self._register(kind, place)
                value = f"%{block}.{number}"
                self._lines.append(f"  {value} = load {llvm_type}, ptr {register}")
                arguments.append(f"{llvm_type} {value}")
        return arguments

    def _output(self, uop: TraceUop, info: UopInfo) -> str:
        if info.output is None or "spilled" in info.flags:
            return f"i64 {uop.output}"
        return f"ptr {self._register(info.output, uop.output)[0]}"

    def _register(self, kind: str, number: int) -> tuple[str, str]:
        """The register's variable, and its type."""
        vector = kind in VECTOR_TYPES
        name = f"%d{number}" if vector else f"%r{number}"
        self._used.add(name)
        return name, "double" if vector else "i64"

    def text(self) -> str:
        parameters = ["ptr %slots", "ptr %vm", *(f"{kind} {name}.in" for name, kind in _REGISTERS)]
        used = [(name, kind) for name, kind in _REGISTERS if name in self._used]
        return "\n".join(
            [
                f"define preserve_nonecc void @{NAME}({', '.join(parameters)}) nounwind {{",
                "entry:",
                *(f"  {name} = alloca {kind}" for name, kind in used),
                *(f"  store {kind} {name}.in, ptr {name}" for name, kind in used),
                "  br label %uop0",
                *self._lines,
                *(line for lines in self._sides.values() for line in lines),
                "unreachable:",
                "  unreachable",
                "}",
                f"!99999 = {_EXIT_WEIGHTS}",
            ]
        )


def _pointer(address: int) -> str:
    return f"inttoptr (i64 {_signed(address)} to ptr)"


def _signed(number: int) -> int:
    """The same 64 bits as LLVM writes them."""
    return number - 2**64 if number >= 2**63 else number
