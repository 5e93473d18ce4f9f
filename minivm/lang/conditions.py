"""Conditions: how `and { … }`, `or { … }` and `not` turn into jumps, without a bool in between.

In: the nodes before an `if` or in a loop's condition. Out: the run of logic at their end and, for
labels to go to if true and if false, the branch each part of the run takes.

`a and { b } or { c } not` before an `if` becomes

    a        if false: to c
    b        if true: to the 'else' side
    c        if true: to the 'else' side; otherwise the 'if' side follows
"""

from __future__ import annotations

from collections.abc import Sequence

from minivm.lang.emitter import Label
from minivm.lang.tree import Logic, Node, Word


class Branch:
    """Where a condition goes. `following`, one of the two, stands right after the jump."""

    __slots__ = ("false", "following", "true")

    def __init__(self, true: Label, false: Label, following: Label) -> None:
        self.true = true
        self.false = false
        self.following = following


class Step:
    """An `and` or `or` of a run: where its block starts, and the branch its value takes."""

    __slots__ = ("branch", "entry", "node")

    def __init__(self, node: Logic, entry: Label, branch: Branch) -> None:
        self.node = node
        self.entry = entry
        self.branch = branch


def _is_logic(node: Node) -> bool:
    return isinstance(node, Logic) or (isinstance(node, Word) and node.name == "not")


def trailing_run(nodes: Sequence[Node], index: int) -> list[Logic | Word]:
    """The longest run of `and { … }`, `or { … }` and `not` that starts at `index`."""
    run: list[Logic | Word] = []
    while index < len(nodes):
        node = nodes[index]
        if not isinstance(node, (Logic, Word)) or not _is_logic(node):
            break
        run.append(node)
        index += 1
    return run


def split_condition(nodes: Sequence[Node]) -> tuple[Sequence[Node], list[Logic | Word]]:
    """What a condition computes first, and the run of logic at its end."""
    start = len(nodes)
    while start > 0 and _is_logic(nodes[start - 1]):
        start -= 1
    return nodes[:start], trailing_run(nodes, start) if start < len(nodes) else []


def steps(run: Sequence[Logic | Word], branch: Branch) -> tuple[Branch, list[Step]]:
    """The branch of the condition before `run`, and the steps of its blocks, in order."""
    blocks: list[Step] = []
    for node in reversed(run):
        if isinstance(node, Word):
            branch = Branch(branch.false, branch.true, branch.following)
            continue
        entry = Label()
        blocks.append(Step(node, entry, branch))
        if node.operator == "and":
            branch = Branch(entry, branch.false, entry)
        else:
            branch = Branch(branch.true, entry, entry)
    blocks.reverse()
    return branch, blocks
