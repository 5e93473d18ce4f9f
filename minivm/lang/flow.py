"""The abstract stack: what is known, at one point of a function, of its stack and its locals.

In: what the checker pushes, pops and assigns. Out: items with their types, states to come back to,
and states joined where branches meet.

The stack is a chain of cells `(item, rest)`, so that saving a state is free and two branches share
the part of the stack neither touched: whatever is done costs time for what was touched alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from minivm.lang.effects import ANY, show_item
from minivm.lang.instruction import Item

# `(item, rest)`, None for the empty stack. Recursive, so it cannot be spelled out in full.
Cells = tuple[Item, "Cells | None"]


class State:
    """A saved state. `assigned` has bit n set if the local in slot n is certainly set."""

    __slots__ = ("assigned", "cells", "depth", "reachable")

    def __init__(self, cells: Cells | None, depth: int, assigned: int, reachable: bool) -> None:
        self.cells = cells
        self.depth = depth
        self.assigned = assigned
        self.reachable = reachable


class Flow:
    """The state at the point the checker has come to.

    Where `reachable` is false (after `return`) nothing is known of the stack: there may be any
    number of values of any type below the ones pushed since, and every local counts as set.

    No item below `floor` may be taken: there starts what `floor_name`, as messages call it, has put
    on the stack, such as the values of a list literal. What stands below `loop_depth` may be
    changed by the running loop, so its types are not relied on.
    """

    def __init__(self) -> None:
        self.cells: Cells | None = None
        self.depth = 0
        self.max_depth = 0
        self.assigned = 0
        self.reachable = True
        self.floor = 0
        self.floor_name = ""
        self.loop_depth = 0

    @property
    def available(self) -> int:
        """How many values a word may take."""
        return self.depth - self.floor

    def push(self, item: Item) -> None:
        """Puts an item on the stack."""
        self.cells = (item, self.cells)
        self.depth += 1
        if self.depth > self.max_depth:
            self.max_depth = self.depth

    def pop(self) -> Item:
        """Takes the topmost item; the caller has made sure that there is one."""
        if self.cells is None:
            # Otherwise the checker has let a word take more than there is.
            assert not self.reachable
            return ANY
        item, self.cells = self.cells
        self.depth -= 1
        if self.depth < self.loop_depth and item.type != "any":
            return Item(show_item(item), "any")
        return item

    def take(self, number: int) -> list[Item]:
        """Takes the topmost `number` items, bottom to top."""
        items = [self.pop() for _ in range(number)]
        items.reverse()
        return items

    def save(self) -> State:
        """The state here, to go back to."""
        return State(self.cells, self.depth, self.assigned, self.reachable)

    def restore(self, state: State) -> None:
        """Goes on from a saved state."""
        self.cells, self.depth = state.cells, state.depth
        self.assigned, self.reachable = state.assigned, state.reachable

    def end(self) -> None:
        """Nothing after this point is reached."""
        self.cells, self.depth, self.assigned, self.reachable = None, 0, -1, False

    def join(self, states: Sequence[State]) -> None:
        """Goes on from where `states` meet; those reachable must have the same depth."""
        self.end()
        for state in states:
            if not state.reachable:
                continue
            if not self.reachable:
                self.restore(state)
                continue
            assert state.depth == self.depth
            self.cells = _join_cells(self.cells, state.cells)
            self.assigned &= state.assigned


def _join_cells(left: Cells | None, right: Cells | None) -> Cells | None:
    """What is known if either of two stacks of the same depth is there."""
    joined: list[Item] = []
    while left is not right:
        assert left is not None and right is not None
        joined.append(_join_items(left[0], right[0]))
        left, right = left[1], right[1]
    for item in reversed(joined):
        left = (item, left)
    return left


def _join_items(left: Item, right: Item) -> Item:
    if left is right or left.type == right.type:
        return left
    return Item(show_item(left), "any") if show_item(left) == show_item(right) else ANY


def items_above(cells: Cells | None, base: Cells | None) -> list[Item]:
    """The items on top of `base`, a part of the chain `cells`, bottom to top."""
    items = []
    while cells is not base:
        assert cells is not None
        items.append(cells[0])
        cells = cells[1]
    items.reverse()
    return items


def common_base(states: Sequence[State]) -> tuple[Cells | None, int]:
    """The deepest part all stacks share, and its depth."""
    base, depth = states[0].cells, states[0].depth
    for state in states[1:]:
        cells, height = state.cells, state.depth
        while base is not cells:
            if depth >= height:
                assert base is not None
                base, depth = base[1], depth - 1
            else:
                assert cells is not None
                cells, height = cells[1], height - 1
    return base, depth
