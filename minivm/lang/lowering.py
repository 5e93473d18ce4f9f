"""Lowering: a checked function's tree to instructions.

In: a function's tree, its frame as the checker found it, and the file's names. Out: its `Code`, and
those of its closures, in the program. Nothing here can find an error in the program but a limit of
the instructions' operands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from minivm.generated.instruction_table import WORDS
from minivm.lang import tree
from minivm.lang.builder import ProgramBuilder
from minivm.lang.checker import Frame
from minivm.lang.code import Code, Constant, FunctionReference
from minivm.lang.conditions import Branch, split_condition, steps, trailing_run
from minivm.lang.emitter import Emitter, Label
from minivm.lang.names import Definition, Names
from minivm.lang.ranges import RangeLoop, range_loop
from minivm.lang.source import Source
from minivm.lang.tokens import Token

_INT16_MIN, _INT16_MAX = -(2**15), 2**15 - 1


def call_of(definition: Definition) -> tuple[str, tuple[int, ...]]:
    """The instruction, and its operands, that a declared word stands for."""
    if definition.kind in ("function", "word of the host"):
        return "CALL", (definition.index,)
    if definition.kind == "record":
        return "NEW_RECORD", (definition.index, len(definition.effect.inputs))
    return "CALL_GENERIC", (definition.index,)


def set_variables(frame: Frame) -> list[str]:
    """The variables that are certainly set at the end of an entry at a prompt."""
    assert frame.end is not None
    assigned = frame.end.assigned
    return [n for n, slot in frame.slots.items() if assigned >> slot & 1 and n[0] != "("]


def lower(
    builder: ProgramBuilder, source: Source, names: Names, function: tree.Function, frame: Frame
) -> Code:
    """The code of one checked function."""
    return _Lowering(builder, source, names, function, frame).code()


class _Lowering:
    """Walks a tree and emits its instructions; one method for each kind of node."""

    def __init__(
        self,
        builder: ProgramBuilder,
        source: Source,
        names: Names,
        function: tree.Function,
        frame: Frame,
    ) -> None:
        self._builder = builder
        self._source = source
        self._names = names
        self._function = function
        self._frame = frame
        self._cells = {frame.slots[name] for name in function.cells}
        self._emitter = Emitter(source)
        self._loops: list[tuple[Label, Label]] = []
        self._hidden = self._most_hidden = 0
        self._extra_stack = 0
        self._handlers: dict[type, Callable[..., None]] = {
            tree.Literal: self._literal,
            tree.Word: self._word,
            tree.Store: self._store,
            tree.ListLiteral: self._list,
            tree.MapLiteral: self._map,
            tree.Field: self._field,
            tree.Reference: self._reference,
            tree.Call: self._call,
            tree.Closure: self._closure,
            tree.If: self._if,
            tree.While: self._while,
            tree.For: self._for,
            tree.Leave: self._leave,
            tree.Try: self._try,
            tree.Throw: self._throw,
            tree.Import: self._import,
        }

    def code(self) -> Code:
        function, body, emitter = self._function, self._function.body, self._emitter
        token = function.name_token or body.opener
        emitter.emit(token, "ENTER")
        self._make_cells(token)
        carried = 0 if function.carried is None else len(function.carried.stack)
        for number in range(carried):
            emitter.emit(token, "LOAD_LOCAL", len(function.parameters) + number)
        self._nodes(body.nodes)
        results = len(function.results)
        if function.carried is not None:
            results = self._hand_on(body.closer)
        emitter.emit(body.closer, "RETURN")
        units, positions, handlers = emitter.finish()
        return Code(
            name=function.name,
            path=self._source.path,
            parameters=len(function.parameters) + carried,
            results=results,
            locals=[*self._frame.slots, *["(for)"] * self._most_hidden],
            max_stack=self._frame.max_stack + self._extra_stack,
            units=units,
            constants=emitter.constants,
            positions=positions,
            handlers=handlers,
        )

    def _make_cells(self, token: Token) -> None:
        """The function's own variables that live in cells get them."""
        function = self._function
        parameters = len(function.parameters)
        there = function.carried.cells if function.carried else frozenset(function.captures)
        for name, slot in self._frame.slots.items():
            if slot in self._cells and name not in there:
                instruction = "MAKE_CELL" if slot < parameters else "MAKE_EMPTY_CELL"
                self._emitter.emit(token, instruction, slot)

    def _hand_on(self, token: Token) -> int:
        """Puts the variables of an entry at a prompt under its stack; how many results it has."""
        end = self._frame.end
        assert end is not None
        if not end.reachable:
            return 0
        kept = set_variables(self._frame)
        base = len(self._frame.slots) + self._most_hidden
        self._most_hidden += end.depth
        self._extra_stack = max(self._extra_stack, len(kept))
        for place in reversed(range(end.depth)):
            self._emitter.emit(token, "STORE_LOCAL", base + place)
        for name in kept:
            self._emitter.emit(token, "LOAD_LOCAL", self._frame.slots[name])
        for place in range(end.depth):
            self._emitter.emit(token, "LOAD_LOCAL", base + place)
        return len(kept) + end.depth

    def _nodes(self, nodes: Sequence[tree.Node]) -> None:
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
            if isinstance(following, tree.If):
                self._if(following, run)
                index += 1
            else:
                self._logic_value(run)

    # --- words ---

    def _literal(self, node: tree.Literal) -> None:
        self._constant(node.token, node.value)

    def _constant(self, token: Token, value: Constant) -> None:
        if type(value) is int and _INT16_MIN <= value <= _INT16_MAX:
            self._emitter.emit(token, "LOAD_INT", value)
        elif self._emitter.reachable:
            self._emitter.emit(token, "LOAD_CONST", self._emitter.constant(token, value))

    def _word(self, node: tree.Word) -> None:
        slot = self._frame.slots.get(node.name)
        if slot is not None:
            name = "LOAD_CELL" if slot in self._cells else "LOAD_LOCAL"
            self._emitter.emit(node.token, name, slot)
            return
        definition = self._names.definition(node.name)
        if definition is None:
            self._emitter.emit(node.token, WORDS[node.name].instruction)
        else:
            name, operands = call_of(definition)
            self._emitter.emit(node.token, name, *operands)

    def _store(self, node: tree.Store) -> None:
        self._store_local(node.token, self._frame.slots[node.name])

    def _store_local(self, token: Token, slot: int) -> None:
        self._emitter.emit(token, "STORE_CELL" if slot in self._cells else "STORE_LOCAL", slot)

    def _list(self, node: tree.ListLiteral) -> None:
        self._nodes(node.block.nodes)
        # A list whose end is never reached has no length.
        length = self._frame.lengths.get(node, 0)
        self._emitter.emit(node.token, "BUILD_LIST", length)

    def _map(self, node: tree.MapLiteral) -> None:
        self._nodes(node.block.nodes)
        self._emitter.emit(node.token, "BUILD_MAP", self._frame.lengths.get(node, 0))

    def _field(self, node: tree.Field) -> None:
        name = "SET_FIELD" if node.write else "GET_FIELD"
        symbol = self._builder.symbol(self._source, node.token, node.name)
        self._emitter.emit(node.token, name, symbol)

    def _throw(self, node: tree.Throw) -> None:
        self._emitter.emit(node.token, "THROW")

    def _import(self, node: tree.Import) -> None:
        if node.module is not None:
            self._emitter.emit(node.token, "CALL", node.module)

    # --- functions as values ---

    def _reference(self, node: tree.Reference) -> None:
        definition = self._names.definition(node.name)
        if definition is not None and definition.kind in ("function", "word of the host"):
            index = definition.index
        else:
            effect = self._names.effect(node.name)
            assert effect is not None
            name, operands = (
                call_of(definition) if definition else (WORDS[node.name].instruction, ())
            )
            index = self._builder.wrapper(self._source, node.token, effect, name, operands)
        self._function_value(node.token, index)

    def _function_value(self, token: Token, index: int) -> None:
        if self._emitter.reachable:
            constant = self._emitter.constant(token, FunctionReference(index))
            self._emitter.emit(token, "LOAD_CONST", constant)

    def _call(self, node: tree.Call) -> None:
        self._emitter.emit(node.token, "CALL_VALUE", node.arguments, node.results)

    def _closure(self, node: tree.Closure) -> None:
        if not self._emitter.reachable:
            return
        closure, frame = node.function, self._frame.closures[node]
        index = self._builder.reserve(self._source, node.token)
        code = lower(self._builder, self._source, self._names, closure, frame)
        self._builder.functions[index] = code
        if not closure.captures:
            self._function_value(node.token, index)
            return
        for name in closure.captures:
            self._emitter.emit(node.token, "LOAD_LOCAL", self._frame.slots[name])
        self._emitter.emit(node.token, "MAKE_CLOSURE", index, len(closure.captures))

    # --- conditions ---

    def _logic_value(self, run: Sequence[tree.Logic | tree.Word]) -> None:
        """A run of `and { … }`, `or { … }` and `not` whose result is wanted as a value."""
        if not any(isinstance(node, tree.Logic) for node in run):
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

    def _condition(self, nodes: Sequence[tree.Node], token: Token, branch: Branch) -> None:
        """Nodes that leave a condition, and the jumps on it."""
        before, run = split_condition(nodes)
        self._nodes(before)
        self._branch(run, token, branch)

    def _branch(self, run: Sequence[tree.Logic | tree.Word], token: Token, branch: Branch) -> None:
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

    def _if(self, node: tree.If, run: Sequence[tree.Logic | tree.Word] = ()) -> None:
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

    def _try(self, node: tree.Try) -> None:
        emitter, end = self._emitter, Label()
        covered = emitter.begin_try(self._frame.depths[node])
        self._nodes(node.block.nodes)
        emitter.end_try(covered)
        emitter.emit(node.token, "JUMP", end)
        emitter.place(covered.target)
        self._store_local(node.variable, self._frame.slots[str(node.variable.value)])
        self._nodes(node.handler.nodes)
        emitter.place(end)

    def _while(self, node: tree.While) -> None:
        head, inside, end = Label(), Label(), Label()
        self._emitter.place_head(head)
        if not node.endless:
            self._condition(node.condition.nodes, node.token, Branch(inside, end, inside))
        self._emitter.place(inside)
        self._body(node.token, node.block, head, end)

    def _body(self, token: Token, block: tree.Block, head: Label, end: Label) -> None:
        """A loop's body, and the latch: the one jump back to its head."""
        latch = Label()
        self._loops.append((end, latch))
        self._nodes(block.nodes)
        self._loops.pop()
        self._emitter.place(latch)
        self._emitter.emit(token, "JUMP_BACKWARD", head)
        self._emitter.place(end)

    def _leave(self, node: tree.Leave) -> None:
        if node.kind == "return":
            self._emitter.emit(node.token, "RETURN")
            return
        end, latch = self._loops[-1]
        self._emitter.emit(node.token, "JUMP", end if node.kind == "break" else latch)

    def _for(self, node: tree.For) -> None:
        loop = range_loop(node.sequence, self._frame, self._names)
        self._for_values(loop)
        base = len(self._frame.slots) + self._hidden
        self._hidden += loop.hidden
        self._most_hidden = max(self._most_hidden, self._hidden)
        variable = slot = self._frame.slots[str(node.variable.value)]
        if slot in self._cells:
            # The instruction writes to a plain local, whose value then goes into the cell.
            variable = base + loop.hidden
            self._most_hidden = max(self._most_hidden, self._hidden + 1)
            self._hidden += 1
        head, end = Label(), Label()
        self._emitter.emit(loop.token or node.token, loop.prepare, base)
        self._emitter.place_head(head)
        self._emitter.emit(node.token, loop.instruction, base, end, variable)
        if variable != slot:
            self._extra_stack = max(self._extra_stack, 1)
            self._emitter.emit(node.token, "LOAD_LOCAL", variable)
            self._emitter.emit(node.token, "STORE_CELL", slot)
        self._body(node.token, node.block, head, end)
        self._hidden = base - len(self._frame.slots)

    def _for_values(self, loop: RangeLoop) -> None:
        self._nodes(loop.nodes)
        if loop.instruction == "FOR_STEP":
            # The checker counted a range where start and end stand now.
            self._extra_stack = max(self._extra_stack, 1)
