"""Functions: declared ones, recursive ones, closures, functions as values.

In: a writer. Out: declarations, expressions that call, expressions of functions.
"""

from __future__ import annotations

from collections.abc import Sequence

from .kinds import ANY, BOOL, FLOAT, INT, NUMBER, STRING, Kind, fits, function_of, list_of
from .writer import Declared, Scope, Writer, expression, leaf, statement

_PARAMETERS = (INT, INT, FLOAT, NUMBER, ANY, BOOL, STRING, list_of(INT), list_of(NUMBER))
_RESULTS = (INT, FLOAT, NUMBER, ANY, STRING)
# The level of what calls no function value at all.
NO_VALUES = -1
# The work that a call of a function value of each level may be.
_WORK = (12, 100)
_LIMIT = (3, 4)

FUNCTION_KINDS = (
    function_of((INT,), (INT,), 0),
    function_of((), (INT,), 0),
    function_of((ANY,), (ANY,), 0),
    function_of((NUMBER, NUMBER), (NUMBER,), 0),
    function_of((INT,), (), 0),
    function_of((INT,), (INT,), 1),
    function_of((function_of((INT,), (INT,), 0), INT), (INT,), 1),
    function_of((INT,), (function_of((INT,), (INT,), 0),), 1),
)


def parameters(w: Writer, kinds: Sequence[Kind]) -> dict[str, Kind]:
    return {w.name("p"): kind for kind in kinds}


def effect(names: Sequence[str], results: Sequence[Kind]) -> str:
    return f"({' '.join(names)} -- {' '.join(f'r{i}' for i in range(len(results)))})"


def body(w: Writer, results: tuple[Kind, ...], longest: int = 4) -> None:
    """Statements, and then the results."""
    w.block(1, longest)
    w.line(w.expressions(results))


# --- declared functions


def declare_function(w: Writer) -> None:
    """A function that may call those before it."""
    inputs = tuple(w.choose((*_PARAMETERS, *FUNCTION_KINDS[:2])) for _ in range(w.number(0, 3)))
    results = tuple(w.choose((*_RESULTS, *FUNCTION_KINDS[:2])) for _ in range(w.number(0, 2)))
    if w.happens(30):
        kind = w.choose(FUNCTION_KINDS)
        inputs, results = kind.parts, kind.results
    name, names, level = w.name("f"), parameters(w, inputs), w.choose((NO_VALUES, 1))
    w.scope = Scope(dict(names), results=results, limit=w.choose((1, 6, 40)), level=level)
    w.work = 0
    w.line(f"fn {name}{effect(list(names), results)} {{")
    body(w, results)
    w.line("}")
    w.functions.append(Declared(name, inputs, results, w.work + 1, level))


def recurse(w: Writer, inputs: Sequence[Kind], name: str) -> None:
    """The end of a recursive function: calls with one less to go, below all other parameters."""
    w.line(f"depth 1 - {w.expressions(inputs)} {name}")
    if w.happens(30):
        w.line(f"depth 2 - {w.expressions(inputs)} {name} {w.choose(('drop', 'nip'))}")


def declare_recursive_function(w: Writer) -> None:
    """A function that calls itself with one less to go, first of all its parameters: by name, as a
    value, or through another function.
    """
    inputs = (w.choose(_PARAMETERS),)
    result = w.choose(_RESULTS)
    name, names = w.name("g"), parameters(w, inputs)
    w.scope = Scope({"depth": INT, **names}, frozenset({"depth"}), (result,), 1, 3, NO_VALUES)
    w.work = 0
    w.line(f"fn {name}{effect(['depth', *names], (result,))} {{")
    w.line(f"depth 0 <= if {{ {w.expression(result)} return }}")
    w.block(1, 2)
    recurse(w, inputs, w.choose((name, name, f"&{name} call(2 -- 1)", f"{name}_again")))
    w.line(f"}}\nfn {name}_again{effect(['depth', *names], (result,))} {{")
    w.line(f"depth {' '.join(names)} {name}")
    w.line(f"}}\nfn {name}_from{effect(['depth', *names], (result,))} {{")
    w.line(f"depth {w.number(1, 9)} % {' '.join(names)} {name}")
    w.line("}")
    w.functions.append(Declared(f"{name}_from", (INT, *inputs), (result,), w.work * 60, NO_VALUES))


def declare_endless_function(w: Writer) -> None:
    """One that calls itself until there is no room for more calls."""
    w.endless = w.name("h")
    w.line(f"fn {w.endless}(n -- r) {{")
    w.line(f"    n 1 + {w.endless}")
    w.line("    1 +")
    w.line("}")


def call_of(w: Writer, function: Declared, depth: int) -> str:
    w.work += w.scope.work * function.work
    return f"{w.expressions(function.inputs, depth)} {function.name}"


@expression("int", "float", "number", "any", "string", "function", weight=3)
def call(w: Writer, kind: Kind, depth: int) -> str | None:
    functions = [one for one in w.callable_functions() if any(fits(k, kind) for k in one.results)]
    if not functions:
        return None
    function = w.choose(functions)
    wanted = [index for index, result in enumerate(function.results) if fits(result, kind)]
    index, count = w.choose(wanted), len(function.results)
    return call_of(w, function, depth) + " drop" * (count - 1 - index) + " nip" * index


@statement(weight=6)
def call_for_all_results(w: Writer) -> None:
    functions = w.callable_functions()
    if not functions:
        return
    function = w.choose(functions)
    w.line(call_of(w, function, 1))
    keep(w, function.results)


def keep(w: Writer, results: Sequence[Kind]) -> None:
    """Take values off the stack: into variables, or out."""
    for kind in reversed(results):
        targets = w.assignable(kind)
        w.line(f"-> {w.choose(targets)}" if targets and w.happens(80) else "drop")


# --- closures


@leaf("function")
def closure(w: Writer, kind: Kind, depth: int) -> str:
    """A closure over whatever is in scope."""
    names = parameters(w, kind.parts)
    work = w.work
    # What is held on the stack around is not in reach, loops around cannot be left.
    with (
        w.elsewhere() as lines,
        w.inside(
            results=kind.results, work=1, limit=_LIMIT[kind.level], level=kind.level - 1,
            in_loop=False, held=0, held_by_loop=0, depth=w.scope.depth + 1,
        ) as scope,
    ):  # fmt: skip
        scope.variables.update(names)
        if w.may_nest and w.happens(60):
            w.block(1, 2)
        w.line(w.expressions(kind.results))
    w.work = work
    return f"fn{effect(list(names), kind.results)} {{ {_joined(lines)} }}"


def _joined(lines: list[str]) -> str:
    return lines[0] if len(lines) == 1 else "\n" + "\n".join(lines) + "\n"


# Built-in words that are values, too.
_WORDS = {
    "string": ((ANY,), (ANY,)), "type": ((ANY,), (ANY,)), "not": ((ANY,), (ANY,)),
    "min": ((NUMBER, NUMBER), (NUMBER,)), "max": ((NUMBER, NUMBER), (NUMBER,)),
    "abs": ((INT,), (INT,)), "~": ((INT,), (INT,)), "print": ((INT,), ()),
}  # fmt: skip


@expression("function")
def named_function(w: Writer, kind: Kind, depth: int) -> str | None:
    names = [
        function.name
        for function in w.functions
        if (function.inputs, function.results) == (kind.parts, kind.results)
        and function.work <= _WORK[kind.level]
        and function.level < kind.level
    ]
    names += [name for name, effect in _WORDS.items() if effect == (kind.parts, kind.results)]
    return f"&{w.choose(names)}" if names else None


@expression("function", weight=2)
def new_closure(w: Writer, kind: Kind, depth: int) -> str:
    return closure(w, kind, depth)


@expression("function", "shape", weight=2)
def one_of_several(w: Writer, kind: Kind, depth: int) -> str:
    """Another one each time around a loop."""
    values = [w.leaf(kind) for _ in range(w.number(2, 4))]
    return f"[ {' '.join(values)} ] {w.expression(INT, depth)} {len(values)} % get"


def _callable_values(w: Writer) -> list[str]:
    return [
        name
        for name, kind in w.scope.variables.items()
        if kind.name == "function" and kind.level <= w.scope.level and w.affords(_WORK[kind.level])
    ]


def call_value(w: Writer, name: str, kind: Kind, depth: int) -> str:
    w.work += w.scope.work * _WORK[kind.level]
    inputs, outputs, arguments = (
        len(kind.parts),
        len(kind.results),
        w.expressions(kind.parts, depth),
    )
    if w.risky and w.happens(5):
        return f"{arguments} {w.leaf(INT)} {name} call({inputs + 1} -- {outputs})"
    return f"{arguments} {name} call({inputs} -- {outputs})"


@expression("int", "any", "number", "function", weight=3)
def call_of_value(w: Writer, kind: Kind, depth: int) -> str | None:
    values = w.scope.variables
    names = [
        name
        for name in _callable_values(w)
        if len(values[name].results) == 1 and fits(values[name].results[0], kind)
    ]
    if not names:
        return None
    name = w.choose(names)
    return call_value(w, name, values[name], depth)


@statement(weight=3)
def call_one_of_several(w: Writer) -> None:
    kind = w.choose(FUNCTION_KINDS[:5])
    if kind.level > w.scope.level or not w.affords(_WORK[kind.level]):
        return
    w.work += w.scope.work * _WORK[kind.level]
    inputs, function = w.expressions(kind.parts), one_of_several(w, kind, 1)
    w.line(f"{inputs} {function} call({len(kind.parts)} -- {len(kind.results)})")
    keep(w, kind.results)


@statement(weight=6)
def call_a_value(w: Writer) -> None:
    names = _callable_values(w)
    if names:
        name = w.choose(names)
        kind = w.scope.variables[name]
        w.line(call_value(w, name, kind, 1))
        keep(w, kind.results)
