"""The program in the making: choices, scope, lines.

In: `Choices`, and the productions that the grammar's modules register here. Out: lines of mvm. A
*production* is a function that writes one form: of an expression (it returns text that leaves one
value) or of a statement (it writes lines and leaves the stack as it was). One that finds nothing in
scope to work on returns None (an expression) or does nothing (a statement).

Programs end: loops have a limit that `Scope.work` and `Scope.limit` keep small, functions call only
those declared before them, or themselves with one less to go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from .choices import Choices
from .kinds import RANGE, SCALARS, Kind, fits

ExpressionForm = Callable[["Writer", Kind, int], "str | None"]
StatementForm = Callable[["Writer"], None]

# Forms by the name of the kind they make; a form of weight n stands there n times.
_EXPRESSIONS: dict[str, list[ExpressionForm]] = {}
_LEAVES: dict[str, ExpressionForm] = {}
_STATEMENTS: list[StatementForm] = []

_BY_NAME = {kind.name: kind for kind in SCALARS}

# How deep blocks nest.
_DEEPEST = 4


def expression(*kinds: str, weight: int = 1) -> Callable[[ExpressionForm], ExpressionForm]:
    """Register a form of expressions of these kinds."""

    def register(form: ExpressionForm) -> ExpressionForm:
        for kind in kinds:
            _EXPRESSIONS.setdefault(kind, []).extend([form] * weight)
        return form

    return register


def template(kinds: str, text: str, words: Sequence[str] = (), weight: int = 1) -> None:
    """Register a form that is nothing but text, for expressions of these kinds.

    In it `<int>` stands for an expression of that kind, `<same>` for one of the kind wanted, and
    `<word>` for one of `words`.
    """

    def form(w: Writer, kind: Kind, depth: int) -> str:
        def part(found: re.Match[str]) -> str:
            name = found[1]
            if name == "word":
                return w.choose(words)
            return w.expression(kind if name == "same" else _BY_NAME[name], depth)

        return re.sub("<([a-z]+)>", part, text)

    expression(*kinds.split(), weight=weight)(form)


def leaf(*kinds: str) -> Callable[[ExpressionForm], ExpressionForm]:
    """Register the form of constants: what is always possible."""

    def register(form: ExpressionForm) -> ExpressionForm:
        _LEAVES.update(dict.fromkeys(kinds, form))
        return form

    return register


def statement(weight: int = 1) -> Callable[[StatementForm], StatementForm]:
    """Register a form of statements."""

    def register(form: StatementForm) -> StatementForm:
        _STATEMENTS.extend([form] * weight)
        return form

    return register


@dataclass(frozen=True)
class Declared:
    """A declared function or generic.

    `work` is about how many statements it runs; it calls function values of `level` at most.
    """

    name: str
    inputs: tuple[Kind, ...]
    results: tuple[Kind, ...]
    work: int
    level: int


@dataclass
class Scope:
    """What stands around the place that is being written."""

    variables: dict[str, Kind] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()  # variables that must not be assigned
    results: tuple[Kind, ...] | None = None  # of the function around; None in the main program
    work: int = 1  # how often this place runs, for each call of the function
    limit: int = 1000  # the most that `work` may become
    level: int = 2  # function values of this level may be called, and below
    depth: int = 0  # of blocks
    in_loop: bool = False
    held: int = 0  # values on the function's stack
    counters: tuple[str, ...] = ()  # the variables of the loops around
    held_by_loop: int = 0  # and of these, below the innermost loop


class Writer:
    """Writes one program."""

    def __init__(self, choices: Choices) -> None:
        self.number = choices.number
        self.choose = choices.choose
        self.happens = choices.happens
        self.scope = Scope()
        self.functions: list[Declared] = []
        self.records: dict[Kind, dict[str, Kind]] = {}
        self.risky = False
        self.endless = ""  # the name of a function that calls itself for ever, if there is one
        self.lines: list[str] = []
        self.work = 0  # statements run by the function being written
        self._names = 0
        self._used: dict[object, bool] = {}

    # --- text

    def name(self, prefix: str) -> str:
        self._names += 1
        return f"{prefix}{self._names}"

    def line(self, text: str) -> None:
        self.lines.append("    " * self.scope.depth + text)

    @contextmanager
    def elsewhere(self) -> Iterator[list[str]]:
        """Lines written meanwhile come out here, not in the program."""
        outside, self.lines = self.lines, []
        try:
            yield self.lines
        finally:
            self.lines = outside

    # --- scope

    @contextmanager
    def inside(self, **changes: object) -> Iterator[Scope]:
        """A block: what it adds to the scope is gone behind it."""
        outside = self.scope
        self.scope = replace(outside, **changes)  # type: ignore[arg-type]
        self.scope.variables = dict(self.scope.variables)
        try:
            yield self.scope
        finally:
            self.scope = outside

    def readable(self, wanted: Kind) -> list[str]:
        return [name for name, kind in self.scope.variables.items() if fits(kind, wanted)]

    def assignable(self, value: Kind) -> list[str]:
        """The variables that a value of this kind may be put into."""
        fixed = self.scope.fixed
        variables = self.scope.variables.items()
        return [name for name, kind in variables if name not in fixed and fits(value, kind)]

    def of_name(self, *names: str) -> list[str]:
        """The variables of kinds of these names."""
        return [name for name, kind in self.scope.variables.items() if kind.name in names]

    def affords(self, times: int) -> bool:
        return self.scope.work * times <= self.scope.limit

    def callable_functions(self) -> list[Declared]:
        return [
            function
            for function in self.functions
            if self.affords(function.work) and function.level <= self.scope.level
        ]

    # --- forms

    def leaf(self, kind: Kind) -> str:
        """A variable or a constant; in a risky program, now and then, of another type."""
        if self.risky and kind in SCALARS and self.happens(3):
            others = self.readable(self.choose((*SCALARS, RANGE)))
            if others:
                return self.choose(others)
        names = self.readable(kind)
        # What changes all the time is worth more than what does not.
        counters = [name for name in self.scope.counters if name in names]
        if counters and self.happens(30):
            return self.choose(counters)
        if names and self.happens(80):
            return self.choose(names)
        text = _LEAVES[kind.name](self, kind, 0)
        assert text is not None, f"no leaf of kind {kind}"
        return text

    def expression(self, kind: Kind, depth: int = 2) -> str:
        """Text that leaves one value of this kind."""
        forms = [form for form in _EXPRESSIONS.get(kind.name, ()) if self._uses(form)]
        if depth <= 0 or not forms:
            return self.leaf(kind)
        text = self.choose(forms)(self, kind, depth - 1)
        return self.leaf(kind) if text is None else text

    def _uses(self, form: object) -> bool:
        """Whether this program has such a form at all: with fewer of them, each comes more often,
        and more of them meet."""
        if form not in self._used:
            self._used[form] = self.happens(60)
        return self._used[form]

    def expressions(self, kinds: tuple[Kind, ...], depth: int = 1) -> str:
        return " ".join(self.expression(kind, depth) for kind in kinds)

    def statement(self) -> None:
        self.work += self.scope.work
        forms = [form for form in _STATEMENTS if self._uses(form)]
        if forms:
            self.choose(forms)(self)

    def block(self, fewest: int, most: int) -> None:
        """Some statements; variables they introduce are forgotten."""
        with self.inside(depth=self.scope.depth + 1):
            for _ in range(self.number(fewest, most)):
                self.statement()

    @property
    def may_nest(self) -> bool:
        return self.scope.depth < _DEEPEST
