"""Expressions of strings.

In: a writer and the kind wanted. Out: text that leaves such a value. Strings that could grow in a
loop are cut.
"""

from __future__ import annotations

from .kinds import ANY, BOOL, FLOAT, INT, NUMBER, STRING, Kind
from .writer import Writer, expression, leaf, template

_STRINGS = (
    "", "a", "b", "xyz", "é", "hello world", "naïve", "a,b,,c", "\\u{1f600}!", " 12 ", "\\n",
)  # fmt: skip
_CUT = "dup len 30 > if { 0 20 slice }"


@leaf("string")
def string_constant(w: Writer, kind: Kind, depth: int) -> str:
    return f'"{w.choose(_STRINGS)}"'


template("string", f"<string> <string> concat {_CUT}", weight=2)
template("string", "<any> string", weight=2)
template("string", "<float> 1000.0 % <word> fixed", "01234")
template("string", "<int> 26 % <word> + char", ("97", "0x3b1", "0x1f600"))
template("int", "<string> len", weight=2)
template("int", "<string> <string> find")
template("int", '<string> "x" concat 0 get code')
template("int", "<string> lines len")
template("bool", "<string> <string> <word>", ("has", "starts_with", "ends_with"))


@expression("string", weight=2)
def character(w: Writer, kind: Kind, depth: int) -> str:
    text, index = w.leaf(STRING), w.expression(INT, depth)
    if w.risky and w.happens(20):
        return f"{text} {index} get"
    return f"{text} len 0 > if {{ {text} {index} {text} len % get }} else {{ {w.leaf(STRING)} }}"


@expression("string")
def part(w: Writer, kind: Kind, depth: int) -> str:
    text, start, end = w.leaf(STRING), w.expression(INT, depth), w.expression(INT, depth)
    if w.risky and w.happens(20):
        return f"{text} {start} {end} slice"
    return f"{text} 0 {end} {text} len 1 + % slice"


@expression("int")
def read_back(w: Writer, kind: Kind, depth: int) -> str:
    if w.risky and w.happens(30):
        return f"{w.expression(STRING, depth)} int"
    return f"{w.expression(INT, depth)} string int"


@expression("bool")
def numbers_as_text(w: Writer, kind: Kind, depth: int) -> str:
    condition = w.expression(BOOL, depth)
    return f"{w.expression(NUMBER, depth)} string {w.leaf(STRING)} < {condition} =="


@expression("string", weight=2)
def transformed(w: Writer, kind: Kind, depth: int) -> str:
    words = ("upper", "lower", "trim", f'"a" {w.leaf(STRING)} replace', f"{w.number(0, 3)} repeat")
    return f"{w.expression(STRING, depth)} {w.choose(words)} {_CUT}"


@expression("string")
def split_and_joined(w: Writer, kind: Kind, depth: int) -> str:
    separator = w.choose((",", " ", "l", "é"))
    return f'{w.expression(STRING, depth)} "{separator}" split {w.leaf(STRING)} join {_CUT}'


@expression("string")
def type_name(w: Writer, kind: Kind, depth: int) -> str:
    return f"{w.choose(list(w.scope.variables) or ['nil'])} type"


@expression("string")
def formatted(w: Writer, kind: Kind, depth: int) -> str:
    template, kinds = w.choose((
        ("{} {}", (ANY, ANY)), ("{:>6}", (INT,)), ("{:+,}|{:x}", (INT, INT)),
        ("{:08.3f}", (FLOAT,)), ("{:*^9}{{}}", (STRING,)), ("{:e}", (FLOAT,)),
    ))  # fmt: skip
    return f'"{template}" [ {w.expressions(kinds, depth)} ] format {_CUT}'
