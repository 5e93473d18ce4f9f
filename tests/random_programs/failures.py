"""Errors thrown and caught.

In: a writer. Out: statements and expressions with `try`, `catch` and `throw`.
"""

from __future__ import annotations

from .kinds import ANY, BOOL, INT, STRING, Kind
from .writer import Writer, expression, statement


def show_error(w: Writer, name: str) -> None:
    w.line(f"{name} .kind write {name} .message write {name} .line write {name} .trace print")


@statement(weight=5)
def attempt(w: Writer) -> None:
    """A block that may fail; what went wrong is shown, and perhaps thrown again."""
    if not w.may_nest:
        return
    error = w.name("e")
    w.line("try {")
    w.block(1, 3)
    if w.happens(50):
        throw(w)
    w.line(f"}} catch {error} {{")
    with w.inside(fixed=w.scope.fixed | {error}):
        show_error(w, error)
        if w.happens(60):
            w.block(1, 2)
    if w.risky and w.happens(20):
        w.line(f"{w.expression(BOOL)} if {{ {error} throw }}")
    w.line("}")


def throw(w: Writer) -> None:
    """A word that always fails, some of the time."""
    failures = (
        f"{w.expression(STRING)} throw", f"{w.expression(ANY)} throw",
        f'"{w.choose(("odd", "value"))}" {w.expression(STRING)} error throw',
        "1 0 // drop", "9223372036854775807 1 + drop", "[ 1 ] 5 get drop", "%{ } 1 get drop",
        "nil 1 + drop", "false assert", "[ ] pop drop", "-1 sqrt drop", "nil .x drop",
    )  # fmt: skip
    w.line(f"{w.expression(BOOL)} if {{ {w.choose(failures)} }}")


@statement()
def exhaust(w: Writer) -> None:
    """Call until there is no room for more calls."""
    if w.endless and w.affords(100):
        w.work += 100 * w.scope.work
        w.line("try {")
        w.line(f"    {w.expression(INT)} {w.endless} print")
        w.line("} catch e {")
        w.line("    e .kind print e .trace len print e .trace 3 get print")
        w.line("}")


@expression("int", "float", "number", "any", "string", "bool", "list", "record", weight=1)
def attempted(w: Writer, kind: Kind, depth: int) -> str:
    """An expression that may fail, and what stands in its place then."""
    error = w.name("e")
    word = w.choose((f"{error} .kind", f"{error} .message")) if kind in (ANY, STRING) else ""
    value = w.expression(kind, depth)
    if w.happens(30):
        value = f"{w.leaf(INT)} {w.leaf(INT)} // drop {value}"
    return f"try {{ {value} }} catch {error} {{ {word or w.leaf(kind)} }}"


@statement()
def fail(w: Writer) -> None:
    """An error that perhaps nobody catches, in a risky program, or its end."""
    if w.risky and w.happens(30):
        throw(w)
    if w.risky and w.happens(5):
        w.line(f"{w.leaf(INT)} 50 % 49 == if {{ {w.number(0, 255)} exit }}")
