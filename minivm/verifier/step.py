"""One uop of an instruction, for the verifier: generated/effect_table.py is made of these."""

from __future__ import annotations


class Step:
    """One uop, bound to the instruction's operands.

    `action` is what it does beside taking `inputs` and leaving `outputs`, which are names of types:
    "load_local", "branch", …, or nothing more. `count` is the place, among `operands`, of the one
    that says how many values are taken on top of that. `moved`, of a shuffle, has for each output
    which input it is. An operand is (the instruction's operand, "" for none; a number to add).
    """

    __slots__ = ("action", "count", "inputs", "moved", "name", "operands", "outputs")

    def __init__(
        self,
        name: str,
        action: str,
        inputs: tuple[str, ...],
        outputs: tuple[str, ...],
        count: int | None,
        moved: tuple[int, ...] | None,
        operands: tuple[tuple[str, int], ...],
    ) -> None:
        self.name = name
        self.action = action
        self.inputs = inputs
        self.outputs = outputs
        self.count = count
        self.moved = moved
        self.operands = operands
