"""Loops over ranges: finding those that need no range object.

In: the nodes between `in` and the block of a `for`. Out: a `RangeLoop`, which says what to push and
which instructions run the loop. `a b range` and `a b range k step` leave out the words `range` and
`step`: the loop keeps the bounds themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

from minivm.lang.checker import Frame
from minivm.lang.names import Names
from minivm.lang.tokens import Token
from minivm.lang.tree import Literal, Node, Word


class RangeLoop:
    """How a `for` runs: `nodes` push what `prepare` pops into `hidden` locals.

    `instruction` is at the loop's head. `token` is the word whose work `prepare` does, if any.
    """

    __slots__ = ("hidden", "instruction", "nodes", "prepare", "token")

    def __init__(
        self,
        nodes: Sequence[Node],
        prepare: str,
        instruction: str,
        hidden: int,
        token: Token | None,
    ) -> None:
        self.nodes = nodes
        self.prepare = prepare
        self.instruction = instruction
        self.hidden = hidden
        self.token = token


def range_loop(sequence: Sequence[Node], frame: Frame, names: Names) -> RangeLoop:
    """The best loop for a sequence."""
    last = sequence[-1]
    if _is_word(last, "range"):
        return RangeLoop(sequence[:-1], "FOR_RANGE_PREPARE", "FOR_RANGE", 2, last.token)
    if _is_word(last, "step"):
        place = _range_before_step(sequence, frame, names)
        if place is not None:
            nodes = [*sequence[:place], *sequence[place + 1 : -1]]
            return RangeLoop(nodes, "FOR_STEP_PREPARE", "FOR_STEP", 3, last.token)
    return RangeLoop(sequence, "FOR_PREPARE", "FOR_NEXT", 2, None)


def _is_word(node: Node, name: str) -> bool:
    return isinstance(node, Word) and node.name == name


def _range_before_step(sequence: Sequence[Node], frame: Frame, names: Names) -> int | None:
    """Where the word `range` stands that makes what the last word, `step`, takes.

    Between the two only the step may be computed, without touching the range: seen backwards from
    `step`, the words must need one value in all when they meet `range`. None if they don't.
    """
    needed = 1
    for place in range(len(sequence) - 2, -1, -1):
        node = sequence[place]
        if needed == 0:
            return place if _is_word(node, "range") else None
        if isinstance(node, Literal) or (isinstance(node, Word) and node.name in frame.slots):
            needed -= 1
            continue
        effect = names.effect(node.name) if isinstance(node, Word) else None
        if effect is None or len(effect.outputs) != 1:
            return None
        needed += len(effect.inputs) - 1
    return None
