"""One function: every way through it, over kinds in place of values.

In: its instructions and what it starts with. Out: nothing, or a VerifyError. Also its handlers: an
error may happen at any instruction they cover.
"""

from __future__ import annotations

from minivm.lang.code import Code, Handler, Program
from minivm.verifier.decoding import Decoded
from minivm.verifier.error import VerifyError
from minivm.verifier.execution import Entries, Execution
from minivm.verifier.state import UNSET, VALUE, State, merge, merge_kinds


def check_flow(
    program: Program,
    code: Code,
    decoded: dict[int, Decoded],
    captures: tuple[str, ...],
    entries: Entries,
) -> int:
    """How deep the stack gets, within instructions, too.

    `captures` are the kinds in the locals after the parameters; `entries` is told of calls.
    """
    flow = _Flow(program, code, decoded, entries)
    flow.check(captures)
    return flow.deepest


class _Flow:
    def __init__(
        self, program: Program, code: Code, decoded: dict[int, Decoded], entries: Entries
    ) -> None:
        self._program = program
        self._code = code
        self._decoded = decoded
        self._entries = entries
        self._states: dict[int, State] = {}
        self._waiting: list[int] = []
        self.deepest = 0

    def check(self, captures: tuple[str, ...]) -> None:
        set_at_start = (VALUE,) * self._code.parameters + captures
        unset = (UNSET,) * (len(self._code.locals) - len(set_at_start))
        self._arrive(0, State(set_at_start + unset, ()), 0)
        while self._waiting:
            offset = self._waiting.pop()
            self._step(self._decoded[offset], self._states[offset])

    def _step(self, each: Decoded, before: State) -> None:
        execution = Execution(self._program, self._code, each, before, self._entries)
        self.deepest = max(self.deepest, execution.highest)
        for handler in self._code.handlers:
            if handler.start <= each.offset < handler.end:
                self._catch(handler, each, before, execution)
        if execution.jumps is not None:
            assert each.target is not None
            self._arrive(each.target, execution.jumps, each.offset)
        if execution.after is not None:
            if each.end not in self._decoded:
                raise self._error("the code ends here", each)
            self._arrive(each.end, execution.after, each.offset)

    def _error(self, cause: str, each: Decoded) -> VerifyError:
        return VerifyError(cause, self._code.name, each.offset, each.name)

    def _arrive(self, offset: int, state: State, source: int) -> None:
        """The instruction at `offset` may be run in that state."""
        each = self._decoded[offset]
        if len(state.stack) > self._code.max_stack:
            cause = f"the stack has {len(state.stack)} values, but room for {self._code.max_stack}"
            raise self._error(cause, each)
        known = self._states.get(offset)
        if known is None:
            self._states[offset] = state
            self._waiting.append(offset)
            return
        if len(known.stack) != len(state.stack):
            cause = f"the stack has {len(state.stack)} values when it comes from unit {source}, "
            raise self._error(cause + f"but {len(known.stack)} when it comes another way", each)
        merged = merge(known, state)
        if merged.locals != known.locals or merged.stack != known.stack:
            self._states[offset] = merged
            self._waiting.append(offset)

    def _catch(self, handler: Handler, each: Decoded, before: State, execution: Execution) -> None:
        """The instruction may fail: what the handler keeps of the stack must be left alone."""
        if execution.lowest < handler.depth:
            cause = f"it takes what the handler at unit {handler.target} keeps: the lowest "
            raise self._error(cause + f"{handler.depth} of the stack", each)
        kept = before.stack[: handler.depth]
        locals_ = before.locals
        # It may fail when it has set some locals, but not all.
        for state in (execution.jumps, execution.after):
            if state is not None:
                locals_ = merge_kinds(locals_, state.locals)
        self._arrive(handler.target, State(locals_, (*kept, VALUE)), each.offset)
