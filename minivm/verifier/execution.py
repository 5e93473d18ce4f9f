"""One instruction, run over kinds in place of values.

In: a state and an instruction. Out: the state after it, and where it may go on. Raises VerifyError
when it takes what is not there.
"""

from __future__ import annotations

from typing import Protocol

from minivm.lang.code import Code, Program
from minivm.lang.errors import count
from minivm.verifier.decoding import Decoded, kind_of
from minivm.verifier.error import VerifyError
from minivm.verifier.state import CELL, UNSET, VALUE, State
from minivm.verifier.step import Step

# The uops that make cells, and the one that captures them.
_CELL_MAKERS = frozenset(("_NEW_CELL", "_NEW_EMPTY_CELL"))
_CLOSURE_MAKER = "_MAKE_CLOSURE"


class Entries(Protocol):
    """Told how functions are entered."""

    def enter(self, function: int, captures: tuple[str, ...]) -> None:
        """`function` may start with those kinds in the locals after its parameters."""


class Execution:
    """Runs one instruction; then `after` is the state behind it, None if it does not go on there.

    `jumps` has the state with which it jumps, if it may. `lowest` and `highest` are how few and how
    many values were on the stack at some moment.
    """

    def __init__(
        self, program: Program, code: Code, each: Decoded, before: State, entries: Entries
    ) -> None:
        self._program = program
        self._code = code
        self._each = each
        self._entries = entries
        self._locals = list(before.locals)
        self._stack = list(before.stack)
        self._goes_on = True
        self.jumps: State | None = None
        self.lowest = self.highest = len(self._stack)
        for step in each.steps:
            self._run(step)
            self.highest = max(self.highest, len(self._stack))
        self.after = self._state() if self._goes_on else None

    def _state(self) -> State:
        return State(tuple(self._locals), tuple(self._stack))

    def _error(self, cause: str) -> VerifyError:
        return VerifyError(cause, self._code.name, self._each.offset, self._each.name)

    def _operand(self, step: Step, place: int) -> int:
        name, addend = step.operands[place]
        return self._each.operands[name] + addend if name else addend

    # --- the stack ---

    def _take(self, number: int) -> list[str]:
        if number > len(self._stack):
            values = count(number, "value")
            raise self._error(f"it takes {values}, but the stack has {len(self._stack)}")
        start = len(self._stack) - number
        taken = self._stack[start:]
        del self._stack[start:]
        self.lowest = min(self.lowest, start)
        return taken

    def _take_values(self, number: int) -> None:
        for kind in self._take(number):
            if kind != VALUE:
                raise self._error(f"it takes a value, but a {kind} is on the stack")

    def _leave(self, number: int, kind: str = VALUE) -> None:
        self._stack += [kind] * number

    # --- steps ---

    def _run(self, step: Step) -> None:
        if step.moved is not None:
            taken = self._take(len(step.inputs))
            self._stack += [taken[at] for at in step.moved]
            return
        handler = getattr(self, f"_do_{step.action}", None) if step.action else None
        if handler:
            handler(step)
        else:
            self._run_plain(step)

    def _run_plain(self, step: Step) -> None:
        """Takes its inputs and leaves its outputs."""
        for wanted in reversed(step.inputs):
            (kind,) = self._take(1)
            if (kind == CELL) != (wanted == CELL) or kind == UNSET:
                raise self._error(f"it takes a {_described(wanted)}, but a {kind} is on the stack")
        if step.count is not None:
            self._take_array(step)
        made = CELL if step.name in _CELL_MAKERS else VALUE
        for type_ in step.outputs:
            self._leave(1, CELL if type_ == CELL else made)

    def _take_array(self, step: Step) -> None:
        assert step.count is not None
        number = self._operand(step, step.count)
        if step.name == _CLOSURE_MAKER:
            self._capture(self._each.operands["function"], tuple(self._take(number)))
            return
        self._take_values(number)
        if "type" in self._each.operands:
            record = self._program.records[self._each.operands["type"]]
            if len(record.fields) != number:
                fields = count(len(record.fields), "field")
                raise self._error(f"{record.name} has {fields}, not {number}")
        elif step.name == "_BUILD_MAP" and number % 2:
            raise self._error("keys and values come in pairs")

    def _capture(self, function: int, kinds: tuple[str, ...]) -> None:
        callee = self._program.functions[function]
        if UNSET in kinds:
            raise self._error("it captures what may be unset")
        if callee.parameters + len(kinds) > len(callee.locals):
            captures = count(len(kinds), "captured value")
            raise self._error(f"{callee.name} has no room for {captures} in its locals")
        self._entries.enter(function, kinds)

    # --- locals and constants ---

    def _do_load_local(self, step: Step) -> None:
        slot = self._operand(step, 0)
        kind, hidden = self._locals[slot], self._hidden(step)
        wanted = CELL if step.outputs == (CELL,) else hidden
        if kind == UNSET:
            raise self._error(f"local {slot} ({self._code.locals[slot]}) may be unset")
        if wanted is None and kind in (VALUE, CELL):
            self._leave(1, kind)
        elif kind == wanted:
            self._leave(1, CELL if kind == CELL else VALUE)
        else:
            found = kind if kind in (VALUE, CELL) else "part of the state of a loop"
            raise self._error(f"local {slot} ({self._code.locals[slot]}) holds a {found}")

    def _do_store_local(self, step: Step) -> None:
        (kind,) = self._take(1)
        if kind == UNSET:
            raise self._error("it stores what may be unset")
        self._locals[self._operand(step, 0)] = self._hidden(step) or kind

    def _hidden(self, step: Step) -> str | None:
        """The kind of a hidden local of a loop. A loop's instructions share all but the end."""
        name, addend = step.operands[0]
        if kind_of(name) != "base":
            return None
        loop = self._each.name.removesuffix("_PREPARE").removesuffix("_NEXT")
        return f"{loop} {self._each.operands[name]} {addend}"

    def _do_load_constant(self, step: Step) -> None:
        self._leave(1)

    # --- control ---

    def _do_jump(self, step: Step) -> None:
        self.jumps, self._goes_on = self._state(), False

    def _do_backward(self, step: Step) -> None:
        self.jumps, self._goes_on = self._state(), False

    def _do_branch(self, step: Step) -> None:
        self._take_values(1)
        self.jumps = self._state()

    def _do_enter(self, step: Step) -> None:
        if self._each.offset:
            raise self._error("it may only be a function's first instruction")

    def _do_throws(self, step: Step) -> None:
        self._take_values(1)
        self._goes_on = False

    def _do_return(self, step: Step) -> None:
        if len(self._stack) != self._code.results:
            results = count(self._code.results, "result")
            raise self._error(f"the function has {results}, but the stack {len(self._stack)}")
        self._take_values(self._code.results)
        self._goes_on = False

    # --- calls ---

    def _do_call(self, step: Step) -> None:
        function = self._operand(step, 0)
        callee = self._program.functions[function]
        self._entries.enter(function, ())
        self._take_values(callee.parameters)
        self._leave(callee.results)

    def _do_call_value(self, step: Step) -> None:
        self._take_values(self._operand(step, 0) + 1)
        self._leave(self._operand(step, 1))

    def _do_call_generic(self, step: Step) -> None:
        generic = self._program.generics[self._operand(step, 0)]
        self._take_values(generic.parameters)
        self._leave(generic.results)

    def _do_host(self, step: Step) -> None:
        """It takes the parameters where they stand, and whatever else is in the frame is gone."""
        if len(self._code.locals) != self._code.parameters or self._stack:
            raise self._error("a function that has HOST has nothing else but ENTER and RETURN")
        if set(self._locals) - {VALUE}:
            raise self._error("the parameters must be values")
        self._leave(self._code.results)


def _described(type_: str) -> str:
    return CELL if type_ == CELL else VALUE
