"""What holds for any text: a SourceError or well formed code, and nothing else."""

from __future__ import annotations

from itertools import pairwise

from decoded_code import verify
from hypothesis import given, settings
from hypothesis import strategies as st

from minivm.lang import SourceError, compile_source
from minivm.lang.source import Source
from minivm.lang.tokens import tokenise

_WORDS = st.one_of(
    st.sampled_from(["1", "2", "-5", "1.5", "100000", '"s"', "x", "y", "f", "g", "# \n"]),
    st.sampled_from(["true", "false", "nil", "+", "-", "<", "==", "not", "len", "print"]),
    st.sampled_from(["dup", "drop", "swap", "over", "rot", "range", "step", "[", "]"]),
    st.sampled_from(["{", "}", "(", ")", "{ true }", "{ 1 drop }", "(a -- b) {", "( -- ) {"]),
    st.sampled_from(["if", "else", "while", "for i in", "and", "or", "and {", "or {"]),
    st.sampled_from(["->", "-> x", "--", "fn", "fn f", "break", "continue", "return"]),
    st.sampled_from(["fn(a -- b) {", "fn( -- ) {", "&f", "&print", "call", "call(1 -- 1)", "%{"]),
    st.sampled_from(["record P { x y }", "P", ".x", "-> .x", "generic g(a -- b)", "record", "P.g"]),
    st.sampled_from(["method P.g(a -- b) {", "try {", "catch e {", "} catch e {", "throw", "e"]),
    st.sampled_from(["import", "import nothing", 'import "no.mvm"', 'test "t" {', "test"]),
)

_expression = st.sampled_from(
    [
        *("1", "x", "x 1 +", "x x <", "1 dup *", "[ 1 x ]", '"a"', "x f", "%{ 1 x }", "x x P .y"),
        *("&f", "x &f call(1 -- 1)", "x g", "x x P g", "fn(a -- b) { a x + }", "fn( -- b) { x }"),
        *("fn( -- b) { fn( -- c) { x 1 + -> x x } }", "try { x f } catch e { e .kind }"),
    ]
)
_condition = st.recursive(
    st.sampled_from(["true", "x 1 <", "x x =="]),
    lambda inner: st.one_of(
        inner.map(lambda c: f"{c} not"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
            lambda parts: f"{parts[0]} {parts[1]} {{ {parts[2]} }}"
        ),
        st.tuples(inner, inner).map(lambda parts: f"{parts[0]} {parts[1]} or"),
    ),
    max_leaves=5,
)


def _statements(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    block = st.lists(inner, max_size=3).map(" ".join)
    return st.one_of(
        st.tuples(_condition, block).map("{0[0]} if {{ {0[1]} }}".format),
        st.tuples(_condition, block, _condition, block, block).map(
            "{0[0]} if {{ {0[1]} }} else {0[2]} if {{ {0[3]} }} else {{ {0[4]} }}".format
        ),
        st.tuples(_condition, block).map("while {{ {0[0]} }} {{ {0[1]} break }}".format),
        st.tuples(_condition, block).map("while {{ {0[0]} }} {{ {0[1]} }}".format),
        st.tuples(_expression, block).map("for i in 0 {0[0]} range {{ {0[1]} continue }}".format),
        st.tuples(_expression, block).map("for j in 0 9 range {0[0]} step {{ {0[1]} }}".format),
        block.map("for k in args {{ {0} }}".format),
        block.map("true if {{ {0} return }} else {{ return }}".format),
        st.tuples(block, block).map("try {{ {0[0]} }} catch e {{ {0[1]} }}".format),
        block.map("{0} x throw".format),
        block.map("fn(a b -- ) {{ {0} }} drop".format),
        block.map("fn( -- ) {{ 1 -> y {0} y -> x }} -> h".format),
    )


_DECLARED = """
fn f(a -- b) { a }
record P { x y }
generic g(a -- b)
method P.g(a -- b) { a .x }
"""

_program = st.lists(
    st.recursive(
        st.one_of(_expression.map("{} print".format), _expression.map("{} -> x".format)),
        _statements,
        max_leaves=12,
    ),
    max_size=6,
).map(lambda parts: _DECLARED + "0 -> x 0 -> h " + "\n".join(parts))


@given(st.text())
def test_lexer_on_any_text(text: str) -> None:
    try:
        tokens = tokenise(Source(text, "a.mvm"))
    except SourceError:
        return
    assert tokens[-1].kind == "end"
    assert all(a.end <= b.start for a, b in pairwise(tokens))


@given(st.text())
def test_compiler_on_any_text(text: str) -> None:
    _compile(text)


@settings(max_examples=300)
@given(st.lists(_WORDS, max_size=40).map(" ".join))
def test_compiler_on_any_words(text: str) -> None:
    _compile(text)


@given(_program)
def test_correct_programs_compile(text: str) -> None:
    verify(compile_source(text, "a.mvm"))


def _compile(text: str) -> None:
    try:
        program = compile_source(text, "a.mvm")
    except SourceError as error:
        assert str(error).startswith("a.mvm:")
        return
    verify(program)
