"""Lists, maps and what is done with them.

In: a writer, and the kind wanted. Out: text that leaves such a value; statements that change one.
Containers that could grow in a loop do so only below a length.
"""

from __future__ import annotations

from .kinds import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    NUMBER,
    RANGE,
    SHAPE,
    STRING,
    Kind,
    fits,
    function_of,
    list_of,
    map_of,
)
from .writer import Writer, expression, leaf, statement

FUNCTION = function_of((INT,), (INT,), 0)
ELEMENTS = (INT, FLOAT, BOOL, NUMBER, ANY, STRING)
LIST_KINDS = (
    *(list_of(element) for element in ELEMENTS),
    *(list_of(element) for element in (list_of(INT), SHAPE, SHAPE, FUNCTION, FUNCTION)),
    *(list_of(list_of(element)) for element in (FLOAT, ANY, SHAPE, list_of(INT))),
)
MAP_KINDS = tuple(
    map_of(key, value)
    for key in (INT, STRING, NUMBER, ANY)
    for value in (INT, FLOAT, STRING, ANY, list_of(INT), SHAPE, FUNCTION)
)
LONGEST = 40


# --- lists


@leaf("list")
def list_literal(w: Writer, kind: Kind, depth: int) -> str:
    element = kind.parts[0]
    if element in (NUMBER, ANY) and w.happens(60):
        # All of one type: the list is packed, until something else comes. Not of shapes: they may
        # have such a list in a field, and one that a loop puts in itself twice has 2^60 places.
        narrow = (INT, FLOAT, BOOL, STRING, list_of(INT))
        element = w.choose(narrow[:2] if element == NUMBER else narrow)
    if element.name != "function" and w.happens(20):
        return f"{w.leaf(element)} {w.number(0, 20)} fill"
    return f"[ {' '.join(w.leaf(element) for _ in range(w.number(1, 5)))} ]"


@expression("list", weight=2)
def list_of_expressions(w: Writer, kind: Kind, depth: int) -> str:
    return f"[ {w.expressions(kind.parts * w.number(1, 4), depth)} ]"


@expression("list")
def list_operation(w: Writer, kind: Kind, depth: int) -> str:
    one = w.leaf(kind)
    form = w.choose((
        f"{one} copy", f"{one} 0 {one} len 2 // slice", f"{one} {w.leaf(kind)} concat",
    ))  # fmt: skip
    return f"{form} dup len {LONGEST} > if {{ 0 3 slice }}"


def element_of(w: Writer, name: str, depth: int) -> str:
    """Text that leaves an element of the list that is called so; nil of an empty one."""
    index = w.expression(INT, depth)
    if w.risky and w.happens(20):
        return f"{name} {index} get"
    return f"{name} {index} {name} len % get"


@expression(
    "int", "float", "number", "bool", "any", "string", "list", "shape", "function", weight=3
)
def element(w: Writer, kind: Kind, depth: int) -> str | None:
    names = w.readable(list_of(kind))
    if not names:
        return None
    name = w.choose(names)
    if w.risky and w.happens(50):
        return element_of(w, name, depth)
    return f"{name} len 0 > if {{ {element_of(w, name, depth)} }} else {{ {w.leaf(kind)} }}"


@expression("int", weight=2)
def length(w: Writer, kind: Kind, depth: int) -> str | None:
    names = w.of_name("list", "map")
    return f"{w.choose(names)} len" if names else None


@expression("int")
def position(w: Writer, kind: Kind, depth: int) -> str | None:
    names = w.of_name("list")
    return f"{w.choose(names)} {w.expression(ANY, depth)} find" if names else None


@expression("bool")
def containers_equal(w: Writer, kind: Kind, depth: int) -> str | None:
    names = w.of_name("list", "map", "record", "shape", "function")
    if not names:
        return None
    words = ("==", "!=", "same")
    return f"{w.choose(names)} {w.choose(names)} {w.choose(words)}"


@statement(weight=6)
def change_list(w: Writer) -> None:
    names = w.of_name("list")
    if not names:
        return
    name = w.choose(names)
    element = w.scope.variables[name].parts[0]
    value, index = w.expression(element), w.expression(INT, 1)
    if w.risky and w.happens(10):
        w.line(f"{name} {index} {value} set")
        return
    short, some = f"{name} len {LONGEST} < if", f"{name} len 0 > if"
    word = "sort" if element in (INT, FLOAT, NUMBER, STRING) else "reverse"
    w.line(w.choose((
        f"{some} {{ {name} {index} {name} len % {value} set }}",
        f"{short} {{ {name} {value} push }}",
        f"{short} {{ {name} {value} push }}",
        f"{some} {{ {name} {index} {name} len % {value} set }}",
        f"{some} {{ {name} pop drop }}",
        f"{short} {{ {name} {index} {name} len 1 + % {value} insert }}",
        f"{some} {{ {name} {index} {name} len % remove }}",
        f"{name} {word}",
        f"{name} reverse",
        f"{w.expression(BOOL)} if {{ {name} clear }}",
    )))  # fmt: skip


@statement(weight=2)
def take_element(w: Writer) -> None:
    names = w.of_name("list")
    if not names:
        return
    name = w.choose(names)
    targets = w.assignable(w.scope.variables[name].parts[0])
    if targets:
        word = w.choose(("pop", f"{w.expression(INT, 1)} {name} len % get"))
        w.line(f"{name} len 0 > if {{ {name} {word} -> {w.choose(targets)} }}")


@statement(weight=4)
def work_on_new_list(w: Writer) -> None:
    """A list that is read and changed in turn while its packing is known, and may change."""
    element = w.choose((NUMBER, ANY))
    name, first = w.name("t"), w.choose((INT, FLOAT) if element == NUMBER else ELEMENTS[:3])
    w.line(f"[ {' '.join(w.leaf(first) for _ in range(w.number(2, 4)))} ] -> {name}")
    w.scope.variables[name] = list_of(element)
    for _ in range(w.number(2, 6)):
        value, index = w.expression(w.choose((first, first, element)), 1), w.leaf(INT)
        targets = w.assignable(element)
        read = f"{name} {index} {name} len % get"
        w.line(w.choose((
            f"{name} {value} push", f"{name} {index} {name} len % {value} set",
            f"{name} {index} {name} len % {value} insert",
            f"{read} -> {w.choose(targets)}" if targets else f"{read} drop",
            f"{read} {value} == print" if w.affords(20) else f"{read} drop",
            f"{name} len 1 > if {{ {name} pop drop }}",
        )))  # fmt: skip


# --- ranges


@leaf("range")
def short_range(w: Writer, kind: Kind, depth: int) -> str:
    start, length, step = w.choose((0, 1, -3, 2**62)), w.number(0, 30), w.choose((1, 1, 2, -1, 3))
    words = f" {step} step" if step != 1 else ""
    return f"{start} {start + length * step} range{words}"


@expression("int")
def of_range(w: Writer, kind: Kind, depth: int) -> str | None:
    names = w.readable(RANGE)
    if not names:
        return None
    name = w.choose(names)
    index = w.expression(INT, depth)
    return f"{name} len 0 > if {{ {name} {index} {name} len % get }} else {{ {name} len }}"


# --- maps


@leaf("map")
def map_literal(w: Writer, kind: Kind, depth: int) -> str:
    # NaN is no key, and floats that are whole numbers find the ints: both are worth having.
    pairs = (f"{_key(w, kind.parts[0], 0)} {w.leaf(kind.parts[1])}" for _ in range(w.number(0, 4)))
    return f"%{{ {' '.join(pairs)} }}"


def _key(w: Writer, kind: Kind, depth: int) -> str:
    if kind == ANY:
        kind = w.choose((INT, STRING, BOOL, FLOAT))
    if kind in (FLOAT, NUMBER):
        return f"{w.expression(kind, depth)} 4 % dup dup == if {{ }} else {{ drop 0.5 }}"
    return w.expression(kind, depth) + (" 16 %" if kind == INT else "")


@expression("map")
def map_copy(w: Writer, kind: Kind, depth: int) -> str:
    return f"{w.leaf(kind)} copy"


@expression("int", "float", "string", "any", "list", "shape", "function", weight=3)
def map_value(w: Writer, kind: Kind, depth: int) -> str | None:
    variables = w.scope.variables.items()
    maps = [name for name, one in variables if one.name == "map" and fits(one.parts[1], kind)]
    if not maps:
        return None
    name = w.choose(maps)
    key = _key(w, w.scope.variables[name].parts[0], depth)
    if w.risky and w.happens(30):
        return f"{name} {key} get"
    if w.happens(50):
        return f"{name} {key} {w.leaf(kind)} get_or"
    # The key is on the stack while the map is asked for it.
    other = f"drop {w.leaf(kind)}"
    return f"{key} dup {name} swap has if {{ {name} swap get }} else {{ {other} }}"


@expression("bool")
def map_has(w: Writer, kind: Kind, depth: int) -> str | None:
    names = w.of_name("map")
    if not names:
        return None
    name = w.choose(names)
    return f"{name} {_key(w, w.scope.variables[name].parts[0], depth)} has"


@expression("list")
def keys_or_values(w: Writer, kind: Kind, depth: int) -> str | None:
    words = [
        f"{name} {word}"
        for name, one in w.scope.variables.items()
        if one.name == "map"
        for word, element in zip(("keys", "values"), one.parts, strict=True)
        if list_of(element) == kind
    ]
    return w.choose(words) if words else None


@statement(weight=5)
def change_map(w: Writer) -> None:
    names = w.of_name("map")
    if not names:
        return
    name = w.choose(names)
    key_kind, value_kind = w.scope.variables[name].parts
    key, value = _key(w, key_kind, 1), w.expression(value_kind)
    if w.risky and w.happens(10):
        w.line(f"{name} {key} remove")
        return
    short = f"{name} len {LONGEST} < if"
    w.line(w.choose((
        f"{short} {{ {name} {key} {value} set }}",
        f"{short} {{ {name} {key} {value} set }}",
        f"{short} {{ {name} {key} {value} set }}",
        f"{name} {key} has if {{ {name} {key} remove }}",
        f"{w.expression(BOOL)} if {{ {name} clear }}",
    )))  # fmt: skip
