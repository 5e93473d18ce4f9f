"""Lowering: a checked function's tree to instructions.

In: a function's tree, its frame as the checker found it, and the program's names. Out: its `Code`.
Nothing here can find an error in the program but a limit of the instructions' operands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from minivm.generated.instruction_table import WORDS
from minivm.lang.checker import Frame
from minivm.lang.code import Code, Constant
from minivm.lang.conditions import Branch, split_condition, steps, trailing_run
from minivm.lang.emitter import Emitter, Label
from minivm.lang.names import Names
from minivm.lang.ranges import RangeLoop, range_loop
from minivm.lang.source import Source
from minivm.lang.tokens import Token
from minivm.lang.tree import (
    Block,
    For,
    Function,
    If,
    Leave,
    ListLiteral,
    Literal,
    Logic,
    Node,
    Store,
    While,
    Word,
)

_INT16_MIN, _INT16_MAX = -(2**15), 2**15 - 1


def lower(source: Source, names: Names, function: Function, frame: Frame) -> Code:
    """The code of one checked function."""
    return _Lowering(source, names, function, frame).code()


class _Lowering:
    """Walks a tree and emits its instructions; one method for each kind of node."""

    def __init__(self, source: Source, names: Names, function: Function, frame: Frame) -> None:
        self._source = source
        self._names = names
        self._function = function
        self._frame = frame
        self._emitter = Emitter(source)
        self._loops: list[tuple[Label, Label]] = []
        self._hidden = self._most_hidden = 0
        self._extra_stack = 0
        self._handlers: dict[type, Callable[..., None]] = {
            Literal: self._literal,
            Word: self._word,
            Store: self._store,
            ListLiteral: self._list,
            If: self._if,
            While: self._while,
            For: self._for,
            Leave: self._leave,
        }

    def code(self) -> Code:
        function, body = self._function, self._function.body
        self._emitter.emit(function.name_token or body.opener, "ENTER")
        self._nodes(body.nodes)
        self._emitter.emit(body.closer, "RETURN")
        units, positions = self._emitter.finish()
        return Code(
            name=function.name,
            path=self._source.path,
            parameters=len(function.parameters),
            results=len(function.results),
            locals=[*self._frame.slots, *["(for)"] * self._most_hidden],
            max_stack=self._frame.max_stack + self._extra_stack,
            units=units,
            constants=self._emitter.constants,
            positions=positions,
        )

    def _nodes(self, nodes: Sequence[Node]) -> None:
        index = 0
        while index < len(nodes):
            run = trailing_run(nodes, index)
            if not run:
                node = nodes[index]
                self._handlers[type(node)](node)
                index += 1
                continue
            index += len(run)
            following = nodes[index] if index < len(nodes) else None
            if isinstance(following, If):
                self._if(following, run)
                index += 1
            else:
                self._logic_value(run)

    # --- words ---

    def _literal(self, node: Literal) -> None:
        self._constant(node.token, node.value)

    def _constant(self, token: Token, value: Constant) -> None:
        if type(value) is int and _INT16_MIN <= value <= _INT16_MAX:
            self._emitter.emit(token, "LOAD_INT", value)
        elif self._emitter.reachable:
            self._emitter.emit(token, "LOAD_CONST", self._emitter.constant(token, value))

    def _word(self, node: Word) -> None:
        slot = self._frame.slots.get(node.name)
        if slot is not None:
            self._emitter.emit(node.token, "LOAD_LOCAL", slot)
        elif node.name in self._names.indices:
            self._emitter.emit(node.token, "CALL", self._names.indices[node.name])
        else:
            self._emitter.emit(node.token, WORDS[node.name].instruction)

    def _store(self, node: Store) -> None:
        self._emitter.emit(node.token, "STORE_LOCAL", self._frame.slots[node.name])

    def _list(self, node: ListLiteral) -> None:
        self._nodes(node.block.nodes)
        # A list whose end is never reached has no length.
        length = self._frame.list_lengths.get(node, 0)
        self._emitter.emit(node.token, "BUILD_LIST", length)

    # --- conditions ---

    def _logic_value(self, run: Sequence[Logic | Word]) -> None:
        """A run of `and { … }`, `or { … }` and `not` whose result is wanted as a value."""
        if not any(isinstance(node, Logic) for node in run):
            for node in run:
                self._emitter.emit(node.token, "NOT")
            return
        true, false, end = Label(), Label(), Label()
        token = run[-1].token
        self._branch(run, token, Branch(true, false, true))
        self._emitter.place(true)
        self._constant(token, True)
        self._emitter.emit(token, "JUMP", end)
        self._emitter.place(false)
        self._constant(token, False)
        self._emitter.place(end)

    def _condition(self, nodes: Sequence[Node], token: Token, branch: Branch) -> None:
        """Nodes that leave a condition, and the jumps on it."""
        before, run = split_condition(nodes)
        self._nodes(before)
        self._branch(run, token, branch)

    def _branch(self, run: Sequence[Logic | Word], token: Token, branch: Branch) -> None:
        """Jumps on the condition on the stack and the `run` that goes on with it."""
        first, blocks = steps(run, branch)
        following = [step.node.token for step in blocks] + [token]
        self._jump(following[0], first)
        for step, next_token in zip(blocks, following[1:], strict=True):
            self._emitter.place(step.entry)
            self._condition(step.node.block.nodes, next_token, step.branch)

    def _jump(self, token: Token, branch: Branch) -> None:
        if branch.following is branch.true:
            self._emitter.emit(token, "JUMP_IF_FALSE", branch.false)
        else:
            self._emitter.emit(token, "JUMP_IF_TRUE", branch.true)

    # --- control ---

    def _if(self, node: If, run: Sequence[Logic | Word] = ()) -> None:
        """An `if` chain; `run` goes on with the first condition, which is on the stack."""
        end = Label()
        for index, arm in enumerate(node.arms):
            inside, otherwise = Label(), Label()
            branch = Branch(inside, otherwise, inside)
            if index:
                self._condition(arm.condition, arm.token, branch)
            else:
                self._branch(run, arm.token, branch)
            self._emitter.place(inside)
            self._nodes(arm.block.nodes)
            if index < len(node.arms) - 1 or node.otherwise is not None:
                self._emitter.emit(arm.token, "JUMP", end)
            self._emitter.place(otherwise)
        if node.otherwise is not None:
            self._nodes(node.otherwise.nodes)
        self._emitter.place(end)

    def _while(self, node: While) -> None:
        head, inside, end = Label(), Label(), Label()
        self._emitter.place_head(head)
        if not node.endless:
            self._condition(node.condition.nodes, node.token, Branch(inside, end, inside))
        self._emitter.place(inside)
        self._body(node.token, node.block, head, end)

    def _body(self, token: Token, block: Block, head: Label, end: Label) -> None:
        """A loop's body, and the latch: the one jump back to its head."""
        latch = Label()
        self._loops.append((end, latch))
        self._nodes(block.nodes)
        self._loops.pop()
        self._emitter.place(latch)
        self._emitter.emit(token, "JUMP_BACKWARD", head)
        self._emitter.place(end)

    def _leave(self, node: Leave) -> None:
        if node.kind == "return":
            self._emitter.emit(node.token, "RETURN")
            return
        end, latch = self._loops[-1]
        self._emitter.emit(node.token, "JUMP", end if node.kind == "break" else latch)

    def _for(self, node: For) -> None:
        loop = range_loop(node.sequence, self._frame, self._names)
        self._for_values(loop)
        base = len(self._frame.slots) + self._hidden
        self._hidden += loop.hidden
        self._most_hidden = max(self._most_hidden, self._hidden)
        variable = self._frame.slots[str(node.variable.value)]
        head, end = Label(), Label()
        self._emitter.emit(loop.token or node.token, loop.prepare, base)
        self._emitter.place_head(head)
        self._emitter.emit(node.token, loop.instruction, base, end, variable)
        self._body(node.token, node.block, head, end)
        self._hidden -= loop.hidden

    def _for_values(self, loop: RangeLoop) -> None:
        self._nodes(loop.nodes)
        if loop.instruction == "FOR_STEP":
            # The checker counted a range where start and end stand now.
            self._extra_stack = 1
