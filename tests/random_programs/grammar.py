"""Whole programs.

In: choices. Out: well-formed mvm programs that end, over the whole language, and print enough to
tell two runs apart: by hypothesis (`programs`) or by number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from . import arithmetic, containers, control, failures, functions, records, texts
from .choices import Choices, drawn, seeded
from .kinds import INT, RANGE, SCALARS, SHAPE, Kind
from .writer import Scope, Writer

# Each registers its forms in writer.py.
FEATURES = (arithmetic, containers, control, failures, functions, records, texts)


def _variable_kind(w: Writer) -> Kind:
    kinds = w.choose((
        SCALARS, SCALARS, containers.LIST_KINDS, containers.MAP_KINDS, functions.FUNCTION_KINDS,
        (*w.records, SHAPE, SHAPE, RANGE),
    ))  # fmt: skip
    return w.choose(kinds)


def _declarations(w: Writer) -> None:
    records.declare_records(w)
    if w.happens(30):
        functions.declare_endless_function(w)
    for _ in range(w.number(0, 5)):
        declare = w.choose((
            functions.declare_function, functions.declare_function,
            functions.declare_recursive_function, records.declare_generic,
            records.declare_recursive_generic,
        ))  # fmt: skip
        declare(w)


def _main_program(w: Writer) -> None:
    w.scope = Scope(limit=w.choose((300, 1000, 4000)))
    # Few kinds, so that variables of a kind meet.
    kinds = [_variable_kind(w) for _ in range(w.number(2, 6))]
    for _ in range(w.number(3, w.choose((7, 9, 12, 25)))):
        name, kind = w.name("v"), w.choose((*kinds, INT))
        w.line(f"{w.expression(kind, 1)} -> {name}")
        w.scope.variables[name] = kind
    for _ in range(w.number(2, 4)):
        _part(w)
    for name in w.scope.variables:
        w.line(f"{name} print")


def _part(w: Writer) -> None:
    """A hot loop; an error in it ends it, not the program."""
    with w.inside():
        guarded = w.happens(60)
        if guarded:
            w.line("try {")
        form = w.choose((control.count, control.count, control.repeat))
        form(w)
        if guarded:
            error = w.name("e")
            w.line(f"}} catch {error} {{")
            failures.show_error(w, error)
            w.line("}")


def write_program(choices: Choices) -> str:
    w = Writer(choices)
    w.risky = w.happens(35)
    _declarations(w)
    _main_program(w)
    return "\n".join(w.lines) + "\n"


@st.composite
def programs(draw: Callable[[st.SearchStrategy[Any]], Any]) -> str:
    """The strategy: texts of programs."""
    return write_program(drawn(draw))


def numbered_program(number: int) -> str:
    """The program with this number. All differ much more than what hypothesis makes in a row."""
    return write_program(seeded(number))
