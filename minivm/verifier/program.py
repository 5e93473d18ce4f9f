"""A whole program: its tables, then its functions, each with all the ways to enter it.

In: a program. Out: nothing, or a VerifyError.
"""

from __future__ import annotations

from minivm.lang.code import FunctionReference, Program
from minivm.verifier.decoding import Decoded, decode
from minivm.verifier.flow import check_flow
from minivm.verifier.state import UNSET, merge_kinds
from minivm.verifier.tables import check_code, check_places, check_tables


def verify(program: Program) -> None:
    """Checks that the program cannot crash the VM. Raises VerifyError."""
    measure(program)


def measure(program: Program) -> list[int]:
    """Does that, and tells how deep the stack of each function gets."""
    check_tables(program)
    for code in program.functions:
        check_code(program, code)
    decoded = [decode(program, code) for code in program.functions]
    for code, instructions in zip(program.functions, decoded, strict=True):
        check_places(code, instructions)
    entries = _Entries(program, decoded)
    entries.check()
    return [entries.deepest.get(function, 0) for function in range(len(decoded))]


def captures_of(decoded: list[dict[int, Decoded]]) -> set[int]:
    """The functions that start with captured values: only a closure may be what is called."""
    return {
        each.operands["function"]
        for instructions in decoded
        for each in instructions.values()
        if each.name == "MAKE_CLOSURE" and each.operands["count"]
    }


class _Entries:
    """How each function is entered: the kinds in the locals after its parameters."""

    def __init__(self, program: Program, decoded: list[dict[int, Decoded]]) -> None:
        self._program = program
        self._decoded = decoded
        self._known: dict[int, tuple[str, ...]] = {}
        self._waiting: list[int] = []
        self.deepest: dict[int, int] = {}

    def check(self) -> None:
        captured = captures_of(self._decoded)
        self.enter(0, ())
        for function in range(len(self._program.functions)):
            if function not in captured:
                self.enter(function, ())
        for code in self._program.functions:
            for constant in code.constants:
                if isinstance(constant, FunctionReference):
                    self.enter(constant.index, ())
        for generic in self._program.generics:
            for _, function in generic.methods:
                self.enter(function, ())
        while self._waiting:
            function = self._waiting.pop()
            code = self._program.functions[function]
            captures = self._known[function]
            decoded = self._decoded[function]
            deepest = check_flow(self._program, code, decoded, captures, self)
            self.deepest[function] = max(deepest, self.deepest.get(function, 0))

    def enter(self, function: int, captures: tuple[str, ...]) -> None:
        """`function` may be entered with those captures."""
        known = self._known.get(function)
        if known is not None:
            # What is captured on one way alone is not there on the other.
            length = max(len(known), len(captures))
            captures = merge_kinds(_padded(known, length), _padded(captures, length))
        if captures != known:
            self._known[function] = captures
            self._waiting.append(function)


def _padded(kinds: tuple[str, ...], length: int) -> tuple[str, ...]:
    return kinds + (UNSET,) * (length - len(kinds))
