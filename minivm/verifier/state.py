"""What is known at one place of a function: what stands in its locals and on its stack.

A local or a value on the stack is of one of these kinds:

    UNSET   nothing that may be read, or different things on different ways
    VALUE   any value of the language
    CELL    the cell of a variable that functions share
    a text  a part of the state of a `for` loop: which loop instruction's, from which base, the how
            manieth; nothing else may read it
"""

from __future__ import annotations

UNSET, VALUE, CELL = "unset", "value", "cell"


class State:
    """Kinds of the locals and of the stack, bottom first."""

    __slots__ = ("locals", "stack")

    def __init__(self, locals: tuple[str, ...], stack: tuple[str, ...]) -> None:
        self.locals = locals
        self.stack = stack


def merge_kinds(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[str, ...]:
    """What holds on either of two ways; they are equally long."""
    if left == right:
        return left
    return tuple(a if a == b else UNSET for a, b in zip(left, right, strict=True))


def merge(left: State, right: State) -> State:
    """What holds on either of two ways; the stacks are equally deep."""
    return State(merge_kinds(left.locals, right.locals), merge_kinds(left.stack, right.stack))
