"""Assignments, branches, loops, output.

In: a writer. Out: statements. Every loop is bounded: a range's ends are constants or masked, a
`while` has a counter that nothing else assigns, what `for` goes over stays short.
"""

from __future__ import annotations

from .containers import LONGEST
from .kinds import ANY, BOOL, FLOAT, INT, RANGE, SCALARS, STRING, Kind
from .writer import Writer, statement

_TRIPS = (2, 3, 5, 8, 25, 60, 150, 400, 1000)


@statement(weight=25)
def assign(w: Writer) -> None:
    """Set a variable that there is, or a new one."""
    fixed = w.scope.fixed
    names = [name for name in w.scope.variables if name not in fixed]
    if names and w.happens(85):
        name = w.choose(names)
        kind = w.scope.variables[name]
    else:
        name, kind = w.name("v"), w.choose(SCALARS)
    w.line(f"{w.expression(kind, w.number(1, 3))} -> {name}")
    w.scope.variables[name] = kind


@statement(weight=2)
def exchange(w: Writer) -> None:
    """Values from variable to variable by way of the stack."""
    kind = w.choose(SCALARS)
    sources, targets = w.readable(kind), w.assignable(kind)
    if not sources or not targets:
        return
    taken = [w.choose(sources) for _ in range(w.number(2, 4))]
    word = w.choose(("", " swap", " over drop", " rot" if len(taken) > 2 else " tuck drop"))
    stores = " ".join(f"-> {w.choose(targets)}" for _ in taken)
    if "tuck" in word:
        stores += f" -> {w.choose(targets)}"
        taken.append(w.leaf(kind))
        word = " swap"
    w.line(f"{' '.join(taken)}{word} {stores}")


@statement(weight=3)
def show(w: Writer) -> None:
    names = list(w.scope.variables)
    if names and w.affords(5):
        w.line(w.choose(names) + w.choose((" print", ' write " " print')))


# --- branches


@statement(weight=5)
def branch(w: Writer) -> None:
    if not w.may_nest:
        return assign(w)
    w.line(f"{w.expression(BOOL)} if {{")
    w.block(1, 2)
    if w.happens(30):
        # An `if` in the condition would be taken for the chain's.
        w.line(f"}} else {w.leaf(INT)} {w.leaf(INT)} {w.choose(('<', '==', '!=', '>='))} if {{")
        w.block(1, 2)
    if w.happens(50):
        w.line("} else {")
        w.block(1, 2)
    return w.line("}")


@statement(weight=2)
def leave(w: Writer) -> None:
    """`break`, `continue` or `return` in the middle."""
    scope = w.scope
    words = ["break", "continue"] if scope.in_loop and scope.held == scope.held_by_loop else []
    if scope.results is not None and not scope.held and w.happens(40):
        words = [f"{w.expressions(scope.results)} return"]
    if words:
        # Not at once: a loop that is left in its first round is a loop lost.
        w.line(f"{w.leaf(INT)} {w.choose((9, 20, 50))} % 8 == if {{ {w.choose(words)} }}")


# --- loops


def _trips(w: Writer) -> int:
    """How often a loop may run here; 0 when not even twice."""
    possible = [trips for trips in _TRIPS if w.affords(trips)]
    return w.choose(possible[::-1][:4]) if possible and w.may_nest else 0


def _body(w: Writer, trips: int, variable: str, kind: Kind) -> None:
    """An outermost loop has the longest body."""
    most = 8 if w.scope.in_loop else 12
    fixed = w.scope.fixed | ({variable} if w.happens(70) else set())
    work = w.scope.work * trips
    with w.inside(work=work, fixed=fixed, in_loop=True, held_by_loop=w.scope.held) as scope:
        scope.variables[variable] = kind
        scope.counters = (*scope.counters, variable)
        w.block(2, most)
    w.line("}")


@statement(weight=6)
def count(w: Writer) -> None:
    trips = _trips(w)
    if not trips:
        return assign(w)
    step = w.choose((1, 1, 1, 2, 3, -1, -7))
    start = w.choose((0, 0, 1, -5, 1000, 2**63 - 8000))
    variable = w.name("i")
    end = start + step * trips if w.happens(85) else f"{w.expression(INT, 1)} {trips} % {start} +"
    word = f" {step} step" if step != 1 or w.happens(10) else ""
    w.line(f"for {variable} in {start} {end} range{word} {{")
    return _body(w, trips, variable, INT)


@statement(weight=2)
def repeat(w: Writer) -> None:
    trips = _trips(w)
    if not trips:
        return assign(w)
    counter = w.name("k")
    more = f" and {{ {w.expression(BOOL, 1)} }}" if w.happens(30) else ""
    w.line(f"0 -> {counter}")
    w.line(f"while {{ {counter} {trips} <{more} }} {{")
    w.line(f"{counter} 1 + -> {counter}")
    with w.inside(fixed=w.scope.fixed | {counter}):
        _body(w, trips, counter, INT)
    return None


@statement(weight=4)
def go_over(w: Writer) -> None:
    """`for` over a list, the keys of a map, the characters of a string, a range that was kept."""
    names = w.of_name("list", "map", "string", "range")
    if not names or not w.affords(LONGEST) or not w.may_nest:
        return assign(w)
    name, variable = w.choose(names), w.name("e")
    kind = w.scope.variables[name]
    element = kind.parts[0] if kind.parts else INT if kind == RANGE else STRING
    w.line(f"for {variable} in {name} {{")
    # Pushing onto the list gone over must not go on for ever.
    return _body(w, LONGEST, variable, element)


@statement(weight=2)
def carry(w: Writer) -> None:
    """Values that stand on the stack while a block or a loop runs."""
    if not w.may_nest:
        return
    kinds = [w.choose((INT, FLOAT, ANY, STRING, BOOL)) for _ in range(w.number(1, 3))]
    w.line(w.expressions(tuple(kinds)))
    trips = _trips(w)
    if trips and w.happens(40):
        words = ("dup drop", "dup drop") if len(kinds) == 1 else ("swap", "over drop")
        if len(kinds) == 3:
            words = ("rot", "rot swap")
        w.line(f"for {w.name('j')} in 0 {trips} range {{ {w.choose(words)} }}")
        kinds = [ANY] * len(kinds)
    with w.inside(held=w.scope.held + len(kinds)):
        w.block(1, 2)
    for kind in reversed(kinds):
        targets = w.assignable(kind)
        w.line(f"-> {w.choose(targets)}" if targets and w.happens(70) else "print")
