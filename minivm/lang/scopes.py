"""Scopes: which variables a function has, which ones it captures, and which live in a cell.

In: what the parser meets in a function, in order: parameters, assignments, uses, closures. Out: the
function's `variables`, `captures` and `cells`, set once the outermost function has been parsed.

A closure captures variables, not copies. Its parameters, the variables of its `for` loops and of
its `catch`es are its own. `-> x` in it assigns the variable `x` of an enclosing function if that
one has been assigned, or is a parameter, before the closure; else `x` is its own. A captured
variable lives in a *cell*, which all that use it share, unless it never changes after the closure
is made: a parameter that is never assigned, or a variable assigned once, outside of any loop.
"""

from __future__ import annotations

from minivm.lang.tokens import Token
from minivm.lang.tree import Function

# How often a variable is assigned counts only up to this: more than once.
_OFTEN = 2


class Scope:
    """The names of a function that is being parsed; `outer` is that of the function around it.

    `shared` says that more of the variables' uses are still to come, as at a prompt: every captured
    variable lives in a cell.
    """

    __slots__ = (
        "_assignments",
        "_declared",
        "_parameters",
        "_shared",
        "_uses",
        "_variables",
        "closures",
        "loops",
        "outer",
    )

    def __init__(self, outer: Scope | None, parameters: list[Token], shared: bool = False) -> None:
        self.outer = outer
        self.loops = 0
        self.closures: list[tuple[Function, Scope]] = []
        self._shared = shared
        self._variables: dict[str, Token] = {}
        self._parameters = {str(token.value) for token in parameters}
        # The names that are this function's own whatever the enclosing ones have.
        self._declared = set(self._parameters)
        self._assignments: dict[str, int] = {}
        self._uses: dict[str, Token] = {}

    def assign(self, name: str, token: Token) -> None:
        """`-> name`."""
        if name not in self._parameters:
            self._variables.setdefault(name, token)
        self._assignments[name] = self._assignments.get(name, 0) + (_OFTEN if self.loops else 1)

    def declare(self, name: str, token: Token) -> None:
        """The variable of a `for` or a `catch`."""
        self._declared.add(name)
        self.assign(name, token)

    def use(self, name: str, token: Token) -> None:
        """A word that may be a variable; only closures need to know."""
        if self.outer is not None:
            self._uses.setdefault(name, token)

    def _has(self, name: str) -> bool:
        """Whether this function, or one around it, has had a variable of that name so far."""
        if name in self._variables or name in self._declared:
            return True
        return self.outer is not None and self.outer._has(name)

    def end_closure(self, function: Function) -> None:
        """The closure is parsed: tells what is its own from what it captures."""
        outer = self.outer
        assert outer is not None
        assigned = [n for n in self._variables if n not in self._declared and outer._has(n)]
        for name in assigned:
            self._uses.setdefault(name, self._variables.pop(name))
        for name in self._assignments:
            if name not in self._variables and name not in self._declared:
                outer._assignments[name] = _OFTEN
        for name, token in self._uses.items():
            if name not in self._variables and name not in self._declared:
                outer.use(name, token)
        function.variables = self._variables
        outer.closures.append((function, self))

    def end(self, function: Function) -> None:
        """The outermost function is parsed: settles captures and cells of all closures inside."""
        function.variables = self._variables
        if self.closures:
            self._settle(function, {})

    def _settle(self, function: Function, visible: dict[str, tuple[Scope, set[str]]]) -> None:
        """`visible`: the variables around `function`, each with its owner and the owner's cells."""
        own = (*self._variables, *self._parameters)
        inside = {**visible, **dict.fromkeys(own, (self, function.cells))}
        for closure, scope in self.closures:
            function.closures.append(closure)
            scope._capture(closure, inside)
            scope._settle(closure, inside)

    def _capture(self, closure: Function, visible: dict[str, tuple[Scope, set[str]]]) -> None:
        for name, token in self._uses.items():
            if name in self._variables or name in self._declared or name not in visible:
                continue
            closure.captures[name] = token
            owner, cells = visible[name]
            if owner._changes(name):
                cells.add(name)
                closure.cells.add(name)

    def _changes(self, name: str) -> bool:
        """Whether a variable of this function may change after a closure has captured it."""
        allowed = 0 if name in self._parameters else 1
        return self._shared or self._assignments.get(name, 0) > allowed
