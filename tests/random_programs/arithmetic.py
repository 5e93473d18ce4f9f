"""Expressions of numbers and bools.

In: a writer and the kind wanted. Out: text that leaves such a value. What may leave a word's range
is masked, or, in a risky program, is left to fail.
"""

from __future__ import annotations

from .kinds import ANY, BOOL, FLOAT, INT, NUMBER, STRING, Kind
from .writer import Writer, expression, leaf, template

_SMALL = range(-5, 21)
_INTS = (0, 1, -1, 2, 3, 7, 8, 16, 97, 255, 1000, 65535, -128, 32767, 32768, -32769, 1_000_003)
_EXTREMES = (
    2**31 - 1, -(2**31), 2**31, 2**62, 2**63 - 1, -(2**63), 2**63 - 2, -(2**52) - 1, 2**53 + 1,
)  # fmt: skip
_FLOATS = ("0.0", "1.0", "-0.0", "1.5", "-2.5", "0.1", "3.25", "1e10", "1e300", "-7.75", "100.0")
_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
_MASKS = ("1000 %", "0xffffff &", "65537 %", "-1009 %", "1_000_000_007 %")
_DIVISORS = ("3", "2", "1", "5", "7", "8", "10", "16", "97", "1000", "1_000_003", "-3", "-7", "-1")


@leaf("int")
def int_constant(w: Writer, kind: Kind, depth: int) -> str:
    pool = w.number(0, 9)
    if pool < 6:
        return str(w.choose(_SMALL))
    return str(w.choose(_INTS if pool < 9 else _EXTREMES))


@leaf("float")
def float_constant(w: Writer, kind: Kind, depth: int) -> str:
    return w.choose(_FLOATS)


@leaf("number")
def number_constant(w: Writer, kind: Kind, depth: int) -> str:
    return w.leaf(w.choose((INT, FLOAT)))


@leaf("bool")
def bool_constant(w: Writer, kind: Kind, depth: int) -> str:
    return w.choose(("true", "false"))


@leaf("nil")
def nil_constant(w: Writer, kind: Kind, depth: int) -> str:
    return "nil"


@leaf("any")
def any_constant(w: Writer, kind: Kind, depth: int) -> str:
    return w.choose(("nil", *(w.leaf(kind) for kind in (w.choose((INT, FLOAT, STRING, BOOL)),))))


@expression("any", weight=2)
def any_value(w: Writer, kind: Kind, depth: int) -> str:
    return w.expression(w.choose((INT, FLOAT, BOOL, STRING, NUMBER)), depth)


# --- ints


template("int", "<int> <int> <word>", ("+%", "-%", "*%", "&", "|", "^"), weight=3)
template("int", "<int> <word>", ("1 >> abs", "1 >> neg", "~", "dup +%"))
template("int", "<float> 1000.0 % <word>", ("floor", "ceil", "round", "int"))
template("int float number", "<same> <same> <word>", ("min", "max"))


@expression("int", weight=3)
def checked(w: Writer, kind: Kind, depth: int) -> str:
    left, right = w.expression(INT, depth), w.expression(INT, depth)
    word = w.choose(("+", "-", "*"))
    if w.risky and w.happens(30):
        return f"{left} {right} {word}"
    mask = w.choose(_MASKS)
    return f"{left} {mask} {right} {mask} {word}"


@expression("int")
def at_the_edge(w: Writer, kind: Kind, depth: int) -> str | None:
    """What overflows now and then."""
    if not w.risky:
        return None
    edge, word = w.choose((("9223372036854775800", "+"), ("-9223372036854775800", "-")))
    return f"{edge} {w.expression(INT, depth)} {w.number(8, 12)} % {word}"


@expression("int", weight=2)
def divided(w: Writer, kind: Kind, depth: int) -> str:
    left = w.expression(INT, depth)
    if w.risky and w.happens(20):
        return f"{left} {w.expression(INT, depth)} {w.choose(('//', '%'))}"
    if w.happens(30):
        return f"{left} {w.expression(INT, depth)} 0xfff & 1 + {w.choose(('//', '%'))}"
    # The lowest int divided by -1 overflows.
    return f"{left} 1 >> {w.choose(_DIVISORS)} {w.choose(('//', '%'))}"


@expression("int")
def shifted(w: Writer, kind: Kind, depth: int) -> str:
    count = w.choose((str(w.number(0, 66)), f"{w.expression(INT, depth)} 63 &"))
    return f"{w.expression(INT, depth)} {count} {w.choose(('<<', '>>'))}"


# --- floats, and numbers that may be either


template(
    "float",
    "<float> <word>",
    (
        "neg", "abs", "abs sqrt", "100.0 % sin", "100.0 % cos", "9.0 % exp", "abs 1.0 + log",
        "100.0 % 2 pow", "9.0 % floor float", "abs 0.5 pow",
    ),
)  # fmt: skip
template("float", "<int> <word>", ("float", "3 /"))
template("number", "<number> 1000 % <number> 1000 % <word>", ("+", "-", "*"), weight=3)
template("number", "<number> <word>", ("7 %", "3 //", "2.5 %", "1000 % neg", "1000 % abs", "8 //"))


@expression("float", weight=3)
def float_word(w: Writer, kind: Kind, depth: int) -> str:
    operands = [w.expression(FLOAT, depth), w.expression(w.choose((FLOAT, INT, NUMBER)), depth)]
    if w.happens(50):
        operands.reverse()
    return f"{' '.join(operands)} {w.choose(('+', '-', '*'))}"


@expression("float")
def float_divided(w: Writer, kind: Kind, depth: int) -> str:
    word = w.choose(("/", "//", "%"))
    if w.risky and w.happens(20):
        return f"{w.expression(FLOAT, depth)} {w.expression(NUMBER, depth)} {word}"
    divisor = w.choose(("3.0", "2", "2.5", "1000.0", "-2.5", "7"))
    return f"{w.expression(FLOAT, depth)} {divisor} {word}"


@expression("number", weight=2)
def either_number(w: Writer, kind: Kind, depth: int) -> str:
    return w.expression(w.choose((INT, FLOAT)), depth)


# --- bools


template("bool", "<string> <string> <word>", _COMPARISONS)
template("bool", "<any> <any> <word>", ("==", "!="))
template("bool", "<bool> <bool> <word>", ("and", "or"))
template("bool", "<bool> <word> { <bool> }", ("and", "or"))
template("bool", "<bool> not")


@expression("bool", weight=4)
def compared(w: Writer, kind: Kind, depth: int) -> str:
    kinds = w.choose(((INT, INT), (INT, INT), (FLOAT, FLOAT), (NUMBER, NUMBER), (FLOAT, INT)))
    return f"{w.expressions(kinds, depth)} {w.choose(_COMPARISONS)}"


@expression("bool", weight=2)
def is_nil(w: Writer, kind: Kind, depth: int) -> str:
    return f"{w.expression(w.choose((ANY, ANY, INT, STRING)), depth)} nil {w.choose(('==', '!='))}"


@expression("bool", weight=2)
def every_so_often(w: Writer, kind: Kind, depth: int) -> str:
    return f"{w.expression(INT, depth)} {w.number(2, 7)} % 0 {w.choose(('==', '!='))}"


# --- values of any kind, by way of the stack


template("int float number bool string any", "<bool> if { <same> } else { <same> }", weight=2)


@expression("int", "float", "bool", "string", weight=2)
def narrowed(w: Writer, kind: Kind, depth: int) -> str:
    """A value that may be anything, if it is one of these."""
    value, other = w.expression(ANY, depth), w.leaf(kind)
    return f'{value} dup type "{kind.name}" == if {{ }} else {{ drop {other} }}'


@expression("int", "float", "number", "bool", "string", "any")
def shuffled(w: Writer, kind: Kind, depth: int) -> str:
    one, other = w.expression(kind, depth), w.expression(w.choose((ANY, kind)), depth)
    forms = (
        "{0} {1} drop", "{1} {0} nip", "{0} {1} over nip nip", "{0} {1} swap nip",
        "{1} {0} tuck drop drop", "{0} dup drop", "{1} {0} {1} rot drop drop",
    )  # fmt: skip
    return w.choose(forms).format(one, other)
