"""A trace's uops → its function, in LLVM's text form.

In: uops over registers, exits included, as jit/emit.c and jit/uop_interpreter.c take them. Out: a
function `trace` of `slots` and `vm`:

    entry:                                     the virtual registers are variables of the function
      %r3 = alloca i64
      br label %uop0
    uop0:                                      a block a uop
      %uop0.0 = load i64, ptr %r3
      %uop0.left = call i1 @uop_ADD_INT(ptr %slots, ptr %vm, i64 %uop0.0, i64 1, ptr %r3)
      br i1 %uop0.left, label %uop7, label %uop1, !prof !99999

What a body takes stands in generate/llvm_source.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from minivm.generated.uop_table import UOPS, VECTOR_TYPES
from minivm.jit.uop import UopInfo

NAME = "trace"
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


def trace_ir(uops: Sequence[TraceUop], loop_start: int, exit_uops: Sequence[int]) -> str:
    """The function's text. Jumps to the top go to uop `loop_start`, exit i to uop exit_uops[i]."""
    writer = _Writer(loop_start, exit_uops)
    for index, uop in enumerate(uops):
        writer.add(index, uop)
    return writer.text()


class _Writer:
    def __init__(self, loop_start: int, exit_uops: Sequence[int]) -> None:
        self._loop_start = loop_start
        self._exit_uops = exit_uops
        self._registers: dict[str, str] = {}  # the type of each that is used
        self._lines: list[str] = []

    def add(self, index: int, uop: TraceUop) -> None:
        info = UOPS[uop.opcode]
        block = f"uop{index}"
        self._lines.append(f"{block}:")
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
            f"  br i1 %{block}.left, label %uop{self._exit_uops[uop.exit]}, label %{after},"
            " !prof !99999"
        )

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
        name, llvm_type = (
            (f"%d{number}", "double") if kind in VECTOR_TYPES else (f"%r{number}", "i64")
        )
        self._registers[name] = llvm_type
        return name, llvm_type

    def text(self) -> str:
        variables = [f"  {name} = alloca {kind}" for name, kind in sorted(self._registers.items())]
        return "\n".join(
            [
                f"define void @{NAME}(ptr %slots, ptr %vm) nounwind {{",
                "entry:",
                *variables,
                "  br label %uop0",
                *self._lines,
                "unreachable:",
                "  unreachable",
                "}",
                f"!99999 = {_EXIT_WEIGHTS}",
            ]
        )


def _signed(number: int) -> int:
    """The same 64 bits as LLVM writes them."""
    return number - 2**64 if number >= 2**63 else number
