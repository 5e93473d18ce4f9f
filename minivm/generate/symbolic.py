"""Symbolic run of an instruction's parts: which checks its typed inputs need, and where.

In: parts as written. Out: steps with `_GUARD_*` steps inserted before the uop that needs the check,
and what each guard asks of the stack, a local or a constant. A form whose checks can't all hold (an
int constant where it wants a float) is a Contradiction: no such form exists.
"""

from __future__ import annotations

from dataclasses import dataclass

from minivm.generate.definitions import Item, Type, Uop
from minivm.generate.model import Place, Requirement, Source, Step


class Contradiction(Exception):
    """A value's known type is not the one a uop wants."""


@dataclass(eq=False)
class _Value:
    """A value during the run. Shared by every stack item that is this value."""

    type: str | None
    where: str = ""
    index: int = 0
    place: Place | None = None
    addend: int = 0


class SymbolicRun:
    def __init__(self, types: dict[str, Type], uops: dict[str, Uop]) -> None:
        self._types = types
        self._uops = uops
        self._stack: list[_Value] = []
        self._below = 0  # values taken from under the initial top so far
        self._locals: dict[tuple[Place | None, int], _Value] = {}
        self.steps: list[Step] = []
        self.requirements: list[Requirement] = []

    def run(self, step: Step) -> None:
        """Insert the guards `step` needs, then the step itself, and apply its effect."""
        uop = step.uop
        self._reach(len(uop.inputs))
        for position, item in enumerate(uop.inputs):
            if item.type is not None:
                self._check(len(uop.inputs) - 1 - position, item)
        self.steps.append(step)
        taken = [self._stack.pop() for _ in uop.inputs][::-1]
        self._stack.extend(self._results(step, taken))

    @property
    def guard_count(self) -> int:
        """How many checks the instruction makes so far."""
        return sum(step.uop.has("type_guard") for step in self.steps)

    def _reach(self, count: int) -> None:
        while len(self._stack) < count:
            self._stack.insert(0, _Value(None, "stack", self._below))
            self._below += 1

    def _check(self, depth: int, item: Item) -> None:
        """Guard the value `depth` below the top unless its type is known to fit."""
        value = self._stack[-1 - depth]
        wanted = self._types[item.type or ""]
        if value.type == wanted.name:
            return
        known = self._types[value.type] if value.type else None
        if known and known.base == wanted.name:
            return
        if known and known.name != wanted.base:
            raise Contradiction
        guard = self._uops[f"_GUARD_{wanted.name.upper()}"]
        self.steps.append(Step(guard, (Source(None, depth),)))
        # What an earlier uop computes can't be looked at beforehand: the form is tried, and missed.
        if value.where:
            self.requirements.append(
                Requirement(value.where, value.index, value.place, value.addend, wanted)
            )
        value.type = wanted.name

    def _results(self, step: Step, taken: list[_Value]) -> list[_Value]:
        uop = step.uop
        if uop.has("shuffle"):
            by_name = {item.name: value for item, value in zip(uop.inputs, taken, strict=True)}
            return [by_name[item.name] for item in uop.outputs]
        if uop.has("load_local"):
            return [self._local(step)]
        if uop.has("store_local"):
            self._locals[self._key(step)] = taken[0]
        if uop.has("load_constant"):
            declared, source = uop.outputs[0].type, step.sources[0]
            where = "number" if declared else "constant"
            return [_Value(declared, where, 0, source.place, source.addend)]
        return [_Value(item.type) for item in uop.outputs]

    @staticmethod
    def _key(step: Step) -> tuple[Place | None, int]:
        return step.sources[0].place, step.sources[0].addend

    def _local(self, step: Step) -> _Value:
        key = self._key(step)
        value = self._locals.get(key)
        if value is None:
            declared = step.uop.outputs[0].type
            value = self._locals[key] = _Value(declared, "local", 0, *key)
        return value
