"""The errors of the checker: what is wrong with a stack or a local, said with both sides shown.

In: where, and the states or effects that disagree. Out: SourceErrors for the checker to raise.
"""

from __future__ import annotations

from minivm.lang.effects import Effect, show_effect, show_items
from minivm.lang.errors import SourceError, count, quote
from minivm.lang.flow import Flow, State, common_base, items_above
from minivm.lang.source import COMMENT_HINT, Source
from minivm.lang.tokens import Token
from minivm.lang.tree import Function, If, Leave, Try


class Outcome:
    """How one side of an `if` ends; `side` names it."""

    __slots__ = ("side", "state")

    def __init__(self, side: str, state: State) -> None:
        self.side = side
        self.state = state


def underflow(source: Source, token: Token, effect: Effect, flow: Flow) -> SourceError:
    """A word takes more values than there are."""
    needed = count(len(effect.inputs), "value")
    message = f"{quote(effect.name)} needs {needed} {effect}"
    items = items_above(flow.cells, None)[flow.floor :]
    found = f"found {len(items)} ({show_items(items)})" if items else "found none"
    if flow.floor:
        found += f" since the {flow.floor_name}"
    if (token.value == "//" and not items) or source.in_foreign_comment(token.start):
        found += f"; {COMMENT_HINT}"
    return source.error(token.start, token.end, message, found)


def unset(source: Source, token: Token, function: Function) -> SourceError:
    """A local is read where it may not have been set."""
    name = str(token.value)
    first = function.variables[name]
    if first.start > token.start:
        message = f"local {quote(name)} is read before it is set"
        text = "it is first set here"
    else:
        message = f"local {quote(name)} may be unset here"
        text = "it is set here, but not on every path"
    where = source.note(first.start, first.end, text)
    return source.error(token.start, token.end, message, "", where)


def unset_capture(source: Source, name: str, function: Function, closure: Function) -> SourceError:
    """A closure of `function` uses a variable that may be unset where the closure is made."""
    token = closure.captures[name]
    made = closure.name_token
    assert made is not None
    message = f"local {quote(name)} may be unset where this function captures it"
    notes = [source.note(made.start, made.end, "the function is made here")]
    first = function.variables.get(name)
    if first is not None:
        text = "it is set here, but not on every path"
        if first.start > token.start:
            text = "it is first set here: set it before the function, too, if only to nil"
        notes.append(source.note(first.start, first.end, text))
    return source.error(token.start, token.end, message, "", *notes)


def not_one_value(source: Source, token: Token, entry: State, end: State, what: str) -> SourceError:
    """A block, condition or sequence does not leave exactly one value."""
    message = f"{what} must leave exactly one value"
    return source.error(token.start, token.end, message, f"it leaves {_leaves(entry, end)}")


def _leaves(entry: State, end: State) -> str:
    """`2 values ( -- bool int)`: what was left since `entry`, or taken from what stood there."""
    base, _ = common_base([entry, end])
    taken, left = items_above(entry.cells, base), items_above(end.cells, base)
    return f"{count(len(left), 'value')} {show_effect(taken, left)}"


def sides_differ(source: Source, node: If, first: Outcome, second: Outcome) -> SourceError:
    """Two sides of an `if` leave stacks of different depths."""
    base, _ = common_base([first.state, second.state])
    message = "the two sides of this 'if' leave different stacks"
    if len(node.arms) > 1:
        message = "the sides of this 'if' chain leave different stacks"
    parts = []
    for outcome in (first, second):
        items = items_above(outcome.state.cells, base)
        number = count(len(items), "value") if outcome is first else str(len(items))
        parts.append(f"{outcome.side} leaves {number} {show_effect((), items)}")
    return source.error(node.token.start, node.token.end, message, ", ".join(parts))


def try_differs(source: Source, node: Try, end: State, caught: State) -> SourceError:
    """The blocks of a `try` and its `catch` leave stacks of different depths."""
    base, _ = common_base([end, caught])
    left, other = items_above(end.cells, base), items_above(caught.cells, base)
    message = "'try' and 'catch' leave different stacks"
    note = f"'try' block leaves {count(len(left), 'value')} {show_effect((), left)}"
    note += f", 'catch' block leaves {len(other)} {show_effect((), other)}"
    return source.error(node.token.start, node.token.end, message, note)


def unbalanced(source: Source, token: Token, entry: State, end: State) -> SourceError:
    """A loop's body does not leave as many values as it found."""
    message = f"the body of this '{token.value}' is not balanced"
    note = f"each round must leave as many values as it found; it does {_change(entry, end)}"
    return source.error(token.start, token.end, message, note)


def unbalanced_exit(source: Source, node: Leave, entry: State, here: State) -> SourceError:
    """A `break` or `continue` stands where the stack is not as deep as the loop found it."""
    message = f"'{node.kind}' must find the stack as deep as the loop found it"
    note = f"since then: {_change(entry, here)}"
    return source.error(node.token.start, node.token.end, message, note)


def _change(entry: State, end: State) -> str:
    base, _ = common_base([entry, end])
    return show_effect(items_above(entry.cells, base), items_above(end.cells, base))


def wrong_results(source: Source, function: Function, effect: Effect, found: State) -> SourceError:
    """The end of a body is reached with another number of values than declared."""
    closer = function.body.closer
    items = items_above(found.cells, None)
    left = f"{count(len(items), 'value')} {show_effect((), items)}"
    token = function.name_token
    if token is None:
        last = function.body.nodes[-1].token
        message = f"the program leaves {count(len(items), 'value')} on the stack"
        note = f"{show_effect((), items)}: print, store or drop what is left"
        return source.error(last.start, last.end, message, note)
    if token.kind == "string":
        message = f"test {quote(function.name)} leaves {count(len(items), 'value')} on the stack"
        note = f"{show_effect((), items)}: check, store or drop what is left"
        return source.error(token.start, token.end, message, note)
    message = f"{_named(function)} does not leave what it declares"
    declared = f"declared {count(len(effect.outputs), 'value')} {effect}"
    end = source.note(closer.start, closer.end, f"the body leaves {left}")
    return source.error(token.start, token.end, message, declared, end)


def _named(function: Function) -> str:
    """How messages call a function with a declared effect."""
    token = function.name_token
    if token is not None and token.value == "fn":
        return "this function"
    return f"{'method' if '.' in function.name else 'function'} {quote(function.name)}"


def wrong_return(
    source: Source, token: Token, function: Function, effect: Effect, found: State
) -> SourceError:
    """A `return` finds another number of values than declared."""
    items = items_above(found.cells, None)
    message = f"'return' does not leave what {_named(function)} declares"
    declared = f"declared {count(len(effect.outputs), 'value')} {effect}"
    if function.name_token is None:
        message = "'return' must leave nothing on the main program's stack"
        declared = "declared none"
    note = f"{declared}, found {len(items)} {show_effect((), items)}"
    return source.error(token.start, token.end, message, note)
