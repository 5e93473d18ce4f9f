"""Records, and generics that dispatch on them.

In: a writer. Out: declarations; expressions that make records, read fields and call generics;
statements that write fields.
"""

from __future__ import annotations

from .containers import FUNCTION
from .functions import NO_VALUES, body, call_of, effect, parameters, recurse
from .kinds import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    NUMBER,
    SHAPE,
    STRING,
    Kind,
    fits,
    list_of,
    map_of,
    record_of,
)
from .writer import Declared, Scope, Writer, expression, leaf, statement

_LABELS = ("Point", "Circle", "Square", "Node")
_FIELDS = (
    INT, FLOAT, NUMBER, ANY, STRING, BOOL, list_of(INT), list_of(ANY), map_of(STRING, INT),
    FUNCTION,
)  # fmt: skip


def declare_records(w: Writer) -> None:
    """Records that share a field `x`, at different places, and differ in the others."""
    for label in _LABELS[: w.number(1, 4)]:
        kinds = [w.choose((*_FIELDS, *w.records)) for _ in range(w.number(0, 3))]
        fields = {f"{label[0].lower()}{index}": kind for index, kind in enumerate(kinds)}
        names = list(fields)
        names.insert(w.number(0, len(names)), "x")
        w.records[record_of(label)] = {name: fields.get(name, NUMBER) for name in names}
        w.line(f"record {label} {{ {' '.join(names)} }}")


def declare_generic(w: Writer) -> None:
    """A generic and a method for each record; in a risky program one may have none."""
    inputs = tuple(w.choose((INT, FLOAT, ANY)) for _ in range(w.number(0, 2)))
    results = (w.choose((INT, NUMBER, ANY, STRING)),)
    name, work = w.name("m"), 0
    names = parameters(w, inputs)
    w.line(f"generic {name}{effect(['self', *names], results)}")
    for record in w.records:
        if w.risky and w.happens(20):
            continue
        w.scope = Scope({"self": record, **names}, results=results, limit=4, level=NO_VALUES)
        w.work = 0
        w.line(f"method {record.label}.{name}{effect(['self', *names], results)} {{")
        body(w, results, 2)
        w.line("}")
        work = max(work, w.work)
    w.functions.append(Declared(name, (SHAPE, *inputs), results, work + 1, NO_VALUES))


def declare_recursive_generic(w: Writer) -> None:
    """A generic whose methods call it with one less to go, and a record of any type."""
    result = w.choose((INT, NUMBER, ANY))
    name, work = w.name("m"), 0
    w.line(f"generic {name}(self depth -- r)\nfn {name}_of(depth self -- r) {{")
    w.line(f"self depth {name}")
    w.line("}")
    for record in w.records:
        names = {"self": record, "depth": INT}
        w.scope = Scope(names, frozenset(names), (result,), 1, 3, NO_VALUES)
        w.work = 0
        w.line(f"method {record.label}.{name}(self depth -- r) {{")
        w.line(f"depth 0 <= if {{ {w.expression(result)} return }}")
        w.block(1, 1)
        recurse(w, (SHAPE,), f"{name}_of")
        w.line("}")
        work = max(work, w.work)
    w.line(f"fn {name}_from(self depth -- r) {{")
    w.line(f"self depth {w.number(1, 9)} % {name}")
    w.line("}")
    w.functions.append(Declared(f"{name}_from", (SHAPE, INT), (result,), work * 60, NO_VALUES))


# --- records


@leaf("record")
def new_record(w: Writer, kind: Kind, depth: int) -> str:
    values = (w.leaf(field) for field in w.records[kind].values())
    return " ".join((*values, kind.label))


@leaf("shape")
def new_shape(w: Writer, kind: Kind, depth: int) -> str:
    return new_record(w, w.choose(list(w.records)), depth)


@expression("record")
def record_of_expressions(w: Writer, kind: Kind, depth: int) -> str:
    return f"{w.expressions(tuple(w.records[kind].values()), depth)} {kind.label}"


@expression("record", "shape")
def record_copy(w: Writer, kind: Kind, depth: int) -> str | None:
    functions = [one for one in w.callable_functions() if kind in one.results]
    return call_of(w, w.choose(functions), depth) if functions else None


def _fields(w: Writer, kind: Kind) -> list[tuple[str, Kind]]:
    """The fields that a record of this kind has for certain."""
    return list(w.records[kind].items()) if kind in w.records else [("x", NUMBER)]


@expression("bool", "map", "function", weight=4)
@expression("int", "float", "number", "any", "string", "list", "record", weight=4)
def field_of(w: Writer, kind: Kind, depth: int) -> str | None:
    reads = [
        f"{name} .{field}"
        for name in w.of_name("record", "shape")
        for field, found in _fields(w, w.scope.variables[name])
        if fits(found, kind)
    ]
    if w.risky and w.happens(5) and w.of_name("shape"):
        return f"{w.choose(w.of_name('shape'))} .p0 drop {w.leaf(kind)}"
    return w.choose(reads) if reads else None


@statement(weight=5)
def set_field(w: Writer) -> None:
    names = w.of_name("record", "shape")
    if names:
        name = w.choose(names)
        field, kind = w.choose(_fields(w, w.scope.variables[name]))
        w.line(f"{w.expression(kind)} {name} -> .{field}")


@statement(weight=4)
def replace_record(w: Writer) -> None:
    """A new record in the place of one, some of whose fields go on."""
    names = [name for name in w.of_name("record") if name not in w.scope.fixed]
    if names:
        name = w.choose(names)
        kind = w.scope.variables[name]
        values = (
            f"{name} .{field}" if w.happens(50) else w.expression(found, 1)
            for field, found in w.records[kind].items()
        )
        w.line(" ".join((*values, kind.label)) + f" -> {name}")
