"""The checker: follows the stack and the locals through a function's tree, before anything runs.

In: a function's tree and the program's names. Out: the function's `Frame`, or a SourceError for
the first word, branch or loop whose stack effect is wrong, for an unknown word or an unset local.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from minivm.lang import complaints, tree
from minivm.lang.complaints import Outcome
from minivm.lang.effects import TYPED, VALUE_ITEMS, Effect, function_effect
from minivm.lang.errors import quote
from minivm.lang.flow import Flow, State
from minivm.lang.instruction import Item
from minivm.lang.names import Names
from minivm.lang.source import Source
from minivm.lang.tokens import Token

# Slots, list lengths and stack depths are 16-bit operands.
_MAX_OPERAND = 0xFFFF

# Hidden locals come on top: at most four for each of the loops open at a time.
MAX_LOCALS = 65_000

_ITERABLE = ("any", "range", "list", "string", "map")


class Frame:
    """What checking a function has found out, for lowering.

    `slots` has the slot of each parameter, captured variable and local, `lengths` how many values
    each list or map literal takes, `depths` how deep the stack is at each `try`, `max_stack` how
    many values are on the stack at most. `closures` has the frames of the closures in it. `end` is
    the state at the end of the body.
    """

    __slots__ = ("closures", "depths", "end", "lengths", "max_stack", "slots")

    def __init__(self, slots: dict[str, int]) -> None:
        self.slots = slots
        self.lengths: dict[tree.Node, int] = {}
        self.depths: dict[tree.Try, int] = {}
        self.closures: dict[tree.Closure, Frame] = {}
        self.max_stack = 0
        self.end: State | None = None


class _Loop:
    """A loop being checked: its state at the head, and where `break` and `continue` were."""

    __slots__ = ("breaks", "continues", "entry")

    def __init__(self, entry: State, breaks: list[State], continues: list[State]) -> None:
        self.entry = entry
        self.breaks = breaks
        self.continues = continues


def check(source: Source, names: Names, function: tree.Function) -> Frame:
    """Checks one function."""
    return _Checker(source, names, function).function()


class _Checker:
    """Walks a tree in the order it runs; one method for each kind of node."""

    def __init__(self, source: Source, names: Names, function: tree.Function) -> None:
        self._source = source
        self._names = names
        self._function = function
        self._effect = function_effect(function)
        self._flow = Flow()
        self._loops: list[_Loop] = []
        self._slots = self._declare_locals()
        self._frame = Frame(self._slots)
        self._slot_items = [Item(name, "any") for name in self._slots]
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
            tree.Logic: self._logic,
            tree.If: self._if,
            tree.While: self._while,
            tree.For: self._for,
            tree.Leave: self._leave,
            tree.Try: self._try,
            tree.Throw: self._throw,
            tree.Import: self._import,
        }

    def function(self) -> Frame:
        function, flow, frame = self._function, self._flow, self._frame
        body, carried = function.body, function.carried
        known = len(function.parameters) + len(function.captures)
        for item in carried.stack if carried else ():
            flow.push(item)
            known += 1
        flow.assigned = (1 << known) - 1
        self._nodes(body.nodes)
        frame.end = flow.save()
        if carried is None:
            self._check_results(body.closer, at_end=True)
        frame.max_stack = flow.max_depth
        if flow.max_depth > _MAX_OPERAND:
            message = f"more than {_MAX_OPERAND} values on the stack"
            raise self._error(function.name_token or body.opener, message)
        return frame

    def _declare_locals(self) -> dict[str, int]:
        """Slots for parameters, captured variables and locals, in order; refuses taken names."""
        function = self._function
        slots: dict[str, int] = {}
        for token in function.parameters:
            self._names.check_local(token)
            if str(token.value) in slots:
                raise self._error(token, f"two parameters are called '{token.value}'")
            slots[str(token.value)] = len(slots)
        for token in function.results:
            self._names.check_result(token)
        for name in function.captures:
            slots[name] = len(slots)
        for number, _ in enumerate(function.carried.stack if function.carried else (), 1):
            slots[f"(stack {number})"] = len(slots)
        for name, token in function.variables.items():
            self._names.check_local(token)
            slots.setdefault(name, len(slots))
            if len(slots) > MAX_LOCALS:
                raise self._error(token, f"a function may have at most {MAX_LOCALS} locals")
        return slots

    def _error(self, token: Token, message: str, note: str = "") -> Exception:
        return self._source.error(token.start, token.end, message, note)

    def _unknown(self, token: Token) -> Exception:
        # Only an error pays for this import.
        from minivm.lang.suggestions import unknown

        return unknown(self._source, self._names, token, self._function)

    def _nodes(self, nodes: Sequence[tree.Node]) -> None:
        handlers = self._handlers
        for node in nodes:
            handlers[type(node)](node)

    # --- words ---

    def _literal(self, node: tree.Literal) -> None:
        self._flow.push(VALUE_ITEMS[type(node.value)])

    def _word(self, node: tree.Word) -> None:
        slot = self._slots.get(node.name)
        if slot is not None:
            if not self._flow.assigned >> slot & 1:
                raise complaints.unset(self._source, node.token, self._function)
            self._flow.push(self._slot_items[slot])
            return
        effect = self._names.effect(node.name)
        if effect is None:
            raise self._unknown(node.token)
        self._apply(node.token, effect)

    def _apply(self, token: Token, effect: Effect) -> None:
        flow = self._flow
        needed = len(effect.inputs)
        if flow.available < needed and flow.reachable:
            raise complaints.underflow(self._source, token, effect, flow)
        arguments = flow.take(needed)
        for item in effect.results(arguments):
            flow.push(item)
        if effect.ends:
            flow.end()

    def _store(self, node: tree.Store) -> None:
        value = Item(node.name, "any")
        self._apply(node.token, Effect(f"-> {node.name}", (value,), (), None, False))
        self._flow.assigned |= 1 << self._slots[node.name]

    def _field(self, node: tree.Field) -> None:
        record = Item("record", "any")
        if node.write:
            value = Item("value", "any")
            effect = Effect(f"-> .{node.name}", (value, record), (), None, False)
        else:
            effect = Effect(f".{node.name}", (record,), (Item(node.name, "any"),), None, False)
        self._apply(node.token, effect)

    def _throw(self, node: tree.Throw) -> None:
        value = Item("value", "any")
        self._apply(node.token, Effect("throw", (value,), (), None, False, ends=True))

    def _import(self, node: tree.Import) -> None:
        """Leaves the stack as it is."""

    # --- functions as values ---

    def _reference(self, node: tree.Reference) -> None:
        if node.name in self._slots:
            note = f"a local is written without the '&': {node.name}"
            raise self._error(node.token, f"{quote(node.name)} is a local, not a function", note)
        if self._names.effect(node.name) is None:
            raise self._unknown(node.token)
        self._flow.push(TYPED["function"])

    def _call(self, node: tree.Call) -> None:
        name = f"call({node.arguments} -- {node.results})"
        inputs = [Item("argument", "any")] * node.arguments + [Item("function", "any")]
        outputs = [Item("result", "any")] * node.results
        self._apply(node.token, Effect(name, inputs, outputs, None, False))

    def _closure(self, node: tree.Closure) -> None:
        flow, closure = self._flow, node.function
        for name in closure.captures:
            if not flow.assigned >> self._slots[name] & 1:
                raise complaints.unset_capture(self._source, name, self._function, closure)
        # The captured values are pushed before the function is made of them.
        flow.max_depth = max(flow.max_depth, flow.depth + len(closure.captures))
        self._frame.closures[node] = check(self._source, self._names, closure)
        flow.push(TYPED["function"])

    def _condition(self, token: Token) -> None:
        """Pops a condition, which `token` needs and which must not be known to be no bool."""
        effect = Effect(str(token.value), (Item("condition", "bool"),), (), None, False)
        if self._flow.available < 1 and self._flow.reachable:
            raise complaints.underflow(self._source, token, effect, self._flow)
        kind = self._flow.pop().type
        if kind not in ("any", "bool"):
            message = f"condition needs a bool, found {kind}"
            raise self._error(token, message, "compare it with something: there is no truthiness")

    # --- blocks that leave one value ---

    def _list(self, node: tree.ListLiteral) -> None:
        self._values(node, node.block, "list", "fill the list with 'push' in a loop")
        self._flow.push(TYPED["list"])

    def _map(self, node: tree.MapLiteral) -> None:
        length = self._values(node, node.block, "map", "fill the map with 'set' in a loop")
        if length % 2:
            note = f"found {length} values: each key needs one value"
            raise self._error(node.token, "a map literal needs keys and values in pairs", note)
        self._flow.push(TYPED["map"])

    def _values(self, node: tree.Node, block: tree.Block, what: str, hint: str) -> int:
        """Takes what a block leaves, and says how much that is; 0 if its end is not reached."""
        flow = self._flow
        outer = flow.floor, flow.floor_name
        flow.floor, flow.floor_name = flow.depth, quote(block.opener.kind)
        self._nodes(block.nodes)
        length = 0
        if flow.reachable:
            length = flow.available
            if length > _MAX_OPERAND:
                message = f"a {what} literal may have at most {_MAX_OPERAND} values"
                raise self._error(node.token, message, hint)
            flow.take(length)
            self._frame.lengths[node] = length
        flow.floor, flow.floor_name = outer
        return length

    def _logic(self, node: tree.Logic) -> None:
        flow = self._flow
        self._condition(node.token)
        entry = flow.save()
        flow.push(TYPED["bool"])
        decided = flow.save()
        flow.restore(entry)
        self._nodes(node.block.nodes)
        self._check_one_value(node.token, entry, f"the block of '{node.operator}'")
        self._condition(node.token)
        flow.push(TYPED["bool"])
        flow.join([decided, flow.save()])

    def _check_one_value(self, token: Token, entry: State, what: str) -> None:
        """The stack must hold exactly one value more than at `entry`."""
        if self._flow.reachable and self._flow.depth != entry.depth + 1:
            raise complaints.not_one_value(self._source, token, entry, self._flow.save(), what)

    # --- branches ---

    def _if(self, node: tree.If) -> None:
        flow = self._flow
        outcomes: list[Outcome] = []
        for index, arm in enumerate(node.arms):
            self._nodes(arm.condition)
            self._condition(arm.token)
            entry = flow.save()
            self._nodes(arm.block.nodes)
            line = self._source.locate(arm.token.start)[0] if index else 0
            side = f"'else if' side of line {line}" if index else "'if' side"
            outcomes.append(Outcome(side, flow.save()))
            flow.restore(entry)
        if node.otherwise is not None:
            self._nodes(node.otherwise.nodes)
        side = "the missing 'else' side" if node.otherwise is None else "'else' side"
        outcomes.append(Outcome(side, flow.save()))
        self._join_sides(node, outcomes)

    def _join_sides(self, node: tree.If, outcomes: list[Outcome]) -> None:
        reached = [outcome for outcome in outcomes if outcome.state.reachable]
        for outcome in reached[1:]:
            if outcome.state.depth != reached[0].state.depth:
                raise complaints.sides_differ(self._source, node, reached[0], outcome)
        self._flow.join([outcome.state for outcome in outcomes])

    def _try(self, node: tree.Try) -> None:
        flow = self._flow
        outer = flow.floor, flow.floor_name
        entry = flow.save()
        self._frame.depths[node] = flow.depth
        flow.floor, flow.floor_name = flow.depth, "'try'"
        self._nodes(node.block.nodes)
        end = flow.save()
        flow.restore(entry)
        flow.floor_name = "'catch'"
        flow.push(Item(str(node.variable.value), "any"))
        flow.pop()
        flow.assigned |= 1 << self._slots[str(node.variable.value)]
        self._nodes(node.handler.nodes)
        flow.floor, flow.floor_name = outer
        caught = flow.save()
        if end.reachable and caught.reachable and end.depth != caught.depth:
            raise complaints.try_differs(self._source, node, end, caught)
        flow.join([end, caught])

    # --- loops ---

    def _while(self, node: tree.While) -> None:
        flow = self._flow
        entry = flow.save()
        outer, flow.loop_depth = flow.loop_depth, flow.depth
        if not node.endless:
            self._nodes(node.condition.nodes)
            self._check_one_value(node.token, entry, "the condition of 'while'")
            self._condition(node.token)
        head = flow.save()
        exits = [] if node.endless else [head]
        self._loop(node.token, head, node.block, exits)
        flow.loop_depth = outer

    def _for(self, node: tree.For) -> None:
        flow = self._flow
        before = flow.save()
        self._nodes(node.sequence)
        self._check_one_value(node.token, before, "the sequence of 'for'")
        kind = flow.pop().type
        if kind not in _ITERABLE:
            message = f"'for' needs a range, a list, a string or a map, found {kind}"
            raise self._error(node.token, message)
        head = flow.save()
        flow.assigned |= 1 << self._slots[str(node.variable.value)]
        outer, flow.loop_depth = flow.loop_depth, flow.depth
        self._loop(node.token, head, node.block, [head])
        flow.loop_depth = outer

    def _loop(self, token: Token, head: State, block: tree.Block, exits: list[State]) -> None:
        """Checks a loop's body; the loop is left at its head, if in `exits`, and by `break`."""
        loop = _Loop(head, [], [])
        self._loops.append(loop)
        self._nodes(block.nodes)
        self._loops.pop()
        end = self._flow.save()
        if end.reachable and end.depth != head.depth:
            raise complaints.unbalanced(self._source, token, head, end)
        rounds = [*loop.continues, end] if exits else []
        exits = [*exits, *loop.breaks]
        self._flow.join(exits)
        assigned, reachable = self._flow.assigned, self._flow.reachable
        # A later round may have left other types; what is set still depends on the exits alone.
        if reachable:
            self._flow.join([*exits, *rounds])
            self._flow.assigned = assigned

    def _leave(self, node: tree.Leave) -> None:
        if node.kind == "return":
            if self._function.carried is not None:
                raise self._error(node.token, "'return' outside of a function")
            self._check_results(node.token, at_end=False)
        else:
            self._leave_loop(node)
        self._flow.end()

    def _leave_loop(self, node: tree.Leave) -> None:
        if not self._loops:
            raise self._error(node.token, f"'{node.kind}' outside of a loop")
        loop = self._loops[-1]
        state = self._flow.save()
        if state.reachable and state.depth != loop.entry.depth:
            raise complaints.unbalanced_exit(self._source, node, loop.entry, state)
        (loop.breaks if node.kind == "break" else loop.continues).append(state)

    # --- the end ---

    def _check_results(self, token: Token, at_end: bool) -> None:
        """At a `return` or the end: the stack must hold what the function declares."""
        flow = self._flow
        if flow.reachable and flow.depth != len(self._effect.outputs):
            found = flow.save()
            if at_end:
                raise complaints.wrong_results(self._source, self._function, self._effect, found)
            raise complaints.wrong_return(self._source, token, self._function, self._effect, found)
