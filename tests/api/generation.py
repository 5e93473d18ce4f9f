"""Random code that the verifier mostly passes: instructions in any order that their stack allows.

In: a seed. Out: a program made with CodeBuilder, with branches, loops, handlers, calls, closures
and records; None when the verifier refuses it after all.
"""

from __future__ import annotations

import random

from minivm.builder import CodeBuilder, FunctionBuilder, Label
from minivm.generated.instruction_table import INSTRUCTIONS
from minivm.lang.code import Program
from minivm.lang.instruction import Instruction
from minivm.verifier import VerifyError
from minivm.verifier.decoding import Decoded, kind_of
from minivm.verifier.execution import Execution
from minivm.verifier.state import CELL, UNSET, VALUE, State, merge

# What touches the outside of the process, or waits; and control, which comes in structures.
_LEFT_OUT = ("FILE", "READ", "SLEEP", "EXIT", "HALT", "EXECUTOR", "ENTER", "JUMP", "FOR_", "RETURN")
_PLAIN = [
    instruction
    for instruction in INSTRUCTIONS.values()
    if instruction.generic is None
    and not any(part in instruction.name for part in (*_LEFT_OUT, "HOST", "THROW"))
]
_VALUES = (0, 1, -1, 3, 2**63 - 1, 1.5, float("nan"), "", "ab", "ä€", None, True, False)
_LOCALS = 6
_TRIES = 12


def _joined(left: State, right: State) -> State:
    """What holds on either of two ways; on one there may be more locals by now."""
    count = max(len(left.locals), len(right.locals))
    return merge(_widened(left, count), _widened(right, count))


def _widened(state: State, count: int) -> State:
    return State(state.locals + (UNSET,) * (count - len(state.locals)), state.stack)


class _Nobody:
    def enter(self, function: int, captures: tuple[str, ...]) -> None:
        """Captures are checked at the end."""


class _Body:
    """One function's body; `state` is what is known where it ends so far."""

    def __init__(
        self, choose: random.Random, builder: CodeBuilder, function: FunctionBuilder
    ) -> None:
        self._choose = choose
        self._function = function
        # What other functions and this one take and leave: all there is before the code.
        self._program = builder.unverified()
        self._code = function.finish()
        # Below this, a handler around this place keeps the stack.
        self._floor = 0
        known = len(self._code.locals)
        for number in range(_LOCALS):
            function.local(f"local{number}")
        self.state = State((VALUE,) * known + (UNSET,) * _LOCALS, ())

    def fill(self, size: int, depth: int) -> None:
        for _ in range(size):
            structures = (self._branch, self._loop, self._for, self._try)
            if depth and self._choose.random() < 0.25:
                self._choose.choice(structures)(size // 2, depth - 1)
            else:
                self._plain()

    def make_closure(self, function: FunctionBuilder, captures_cell: bool) -> None:
        """A closure that captures a cell or a value, called once."""
        slot = self._function.local("(captured)")
        self._function.push(self._choose.choice(_VALUES))
        self._function.push(self._choose.choice(_VALUES))
        self._run("STORE_LOCAL", slot)
        if captures_cell:
            self._run("MAKE_CELL", slot)
        self._run("LOAD_LOCAL", slot)
        self._run("MAKE_CLOSURE", function.index, 1)
        self._run("CALL_VALUE", 1, 1)
        kind = CELL if captures_cell else VALUE
        unset = (UNSET,) * (slot - len(self.state.locals))
        self.state = State((*self.state.locals, *unset, kind), (VALUE,))

    def finish(self) -> None:
        self._level(self._function.results)
        self._function.emit("RETURN")

    # --- instructions ---

    def _plain(self) -> None:
        for _ in range(_TRIES):
            if len(self.state.stack) < 2 or self._choose.random() < 0.2:
                self._push(self._choose.choice(_VALUES))
                return
            instruction = self._choose.choice(_PLAIN)
            operands = [self._operand(operand.name) for operand in instruction.operands]
            if self._emit(instruction, operands):
                return

    def _operand(self, name: str) -> int:
        match kind_of(name):
            case "slot":
                return self._choose.randrange(len(self.state.locals))
            case "index":
                return self._function.constant(self._choose.choice(_VALUES))
            case "type":
                return self._choose.randrange(2)
            case "name":
                return self._choose.randrange(6)
            case "count":
                return self._choose.choice((0, 1, 2, 2, 5))
        return self._choose.randrange(3)

    def _emit(self, instruction: Instruction, operands: list[int]) -> bool:
        """Adds it if the stack and the locals are as it needs them."""
        names = [operand.name for operand in instruction.operands]
        each = Decoded(instruction, 1, dict(zip(names, operands, strict=True)))
        try:
            run = Execution(self._program, self._code, each, self.state, _Nobody())
        except (VerifyError, IndexError):
            return False
        if run.after is None or run.lowest < self._floor:
            return False
        self._function.emit(instruction.name, *operands)
        self.state = run.after
        return True

    def _push(self, value: object) -> None:
        self._function.push(value)  # type: ignore[arg-type]
        self.state = State(self.state.locals, (*self.state.stack, VALUE))

    def _run(self, name: str, *operands: int | Label) -> None:
        self._function.emit(name, *operands)

    def _level(self, wanted: int) -> None:
        """Push or drop until the stack is as deep."""
        while len(self.state.stack) < wanted:
            self._push(self._choose.choice(_VALUES))
        for _ in range(len(self.state.stack) - wanted):
            self._run("POP")
        self.state = State(self.state.locals, self.state.stack[:wanted])

    # --- structures ---

    def _branch(self, size: int, depth: int) -> None:
        otherwise, end = Label(), Label()
        self._function.push(self._choose.random() < 0.5)
        self._run("JUMP_IF_FALSE", otherwise)
        before = self.state
        self.fill(size, depth)
        self._level(len(before.stack))
        self._run("JUMP", end)
        self._function.place(otherwise)
        one, self.state = self.state, _widened(before, len(self.state.locals))
        self.fill(size, depth)
        self._level(len(before.stack))
        self._function.place(end)
        self.state = _joined(one, self.state)

    def _loop(self, size: int, depth: int) -> None:
        """What the body sets is not counted on in it, nor behind it."""
        counter = self._function.local("(counter)")
        before = State((*self.state.locals, VALUE), self.state.stack)
        end = Label()
        self._function.push(0)
        self._run("STORE_LOCAL", counter)
        top = self._function.here()
        self._run("LOAD_LOCAL", counter)
        self._function.push(self._choose.randrange(8))
        self._run("LT")
        self._run("JUMP_IF_FALSE", end)
        self.state = before
        self.fill(size, depth)
        self._level(len(before.stack))
        self._run("LOAD_LOCAL", counter)
        self._function.push(1)
        self._run("ADD")
        self._run("STORE_LOCAL", counter)
        self._run("JUMP_BACKWARD", top)
        self._function.place(end)
        self.state = _joined(before, self.state)

    def _for(self, size: int, depth: int) -> None:
        base, _, _ = (self._function.local("(for)") for _ in range(3))
        variable, end = self._function.local("(variable)"), Label()
        before = State((*self.state.locals, UNSET, UNSET, UNSET, UNSET), self.state.stack)
        if self._choose.random() < 0.5:
            self._function.push(self._choose.choice(("text", "ä€", 5)))
            self._run("FOR_PREPARE", base)
            head = "FOR_NEXT"
        else:
            self._function.push(self._choose.randrange(3))
            self._function.push(self._choose.randrange(9))
            self._run("FOR_RANGE_PREPARE", base)
            head = "FOR_RANGE"
        top = self._function.here()
        self._run(head, base, end, variable)
        self.state = State((*before.locals[:-1], VALUE), before.stack)
        self.fill(size, depth)
        self._level(len(before.stack))
        self._run("JUMP_BACKWARD", top)
        self._function.place(end)
        self.state = _joined(before, State(self.state.locals, before.stack))

    def _try(self, size: int, depth: int) -> None:
        before, after, target = self.state, Label(), Label()
        floor, self._floor = self._floor, len(self.state.stack)
        start = self._function.here()
        self._function.push(1)
        self.state = State(before.locals, (*before.stack, VALUE))
        self.fill(size, depth)
        self._level(len(before.stack))
        end = self._function.here()
        self._floor = floor
        self._run("JUMP", after)
        self._function.place(target)
        self._function.catch(start, end, target, len(before.stack))
        caught = State(_joined(before, self.state).locals, (*before.stack, VALUE))
        left, self.state = self.state, caught
        self.fill(size, depth)
        self._level(len(before.stack))
        self._function.place(after)
        self.state = _joined(left, self.state)


def generate(seed: int) -> Program | None:
    """A program of a few functions that call each other; calls may go on until the depth limit."""
    choose = random.Random(seed)
    builder = CodeBuilder("generated")
    builder.record("Pair", ["left", "right"])
    area = builder.generic("area", 1, 1)
    functions = [
        builder.function("two", ["a", "b"], 1),
        builder.function("closure", ["a"], 1, captures=["c"]),
        builder.function("Pair.area", ["self"], 1),
    ]
    builder.method(area, 1, functions[2])
    captures_cell = choose.random() < 0.5
    for function in (*functions, builder.main):
        body = _Body(choose, builder, function)
        if function is functions[1] and captures_cell:
            body.state = State((VALUE, CELL, *body.state.locals[2:]), ())
        if function is builder.main:
            body.make_closure(functions[1], captures_cell)
        body.fill(choose.randrange(4, 24), 2)
        body.finish()
    try:
        return builder.build()
    except VerifyError:
        return None
