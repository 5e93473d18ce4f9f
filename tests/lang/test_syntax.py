"""The parser: which trees texts give."""

from __future__ import annotations

from collections.abc import Sequence

from minivm.lang.parser import parse
from minivm.lang.source import Source
from minivm.lang.tree import (
    For,
    If,
    Leave,
    ListLiteral,
    Literal,
    Logic,
    Node,
    Store,
    While,
    Word,
)


def show(nodes: Sequence[Node]) -> str:
    return " ".join(map(_show, nodes))


def _show(node: Node) -> str:
    match node:
        case Literal():
            return repr(node.value)
        case Word():
            return node.name
        case Store():
            return f"->{node.name}"
        case ListLiteral():
            return f"[{show(node.block.nodes)}]"
        case Logic():
            return f"{node.operator}({show(node.block.nodes)})"
        case If():
            arms = [f"{show(arm.condition)}?({show(arm.block.nodes)})" for arm in node.arms]
            otherwise = f":({show(node.otherwise.nodes)})" if node.otherwise else ""
            return "".join(arms) + otherwise
        case While():
            return f"while({show(node.condition.nodes)})({show(node.block.nodes)})"
        case For():
            body = show(node.block.nodes)
            return f"for({node.variable.value} in {show(node.sequence)})({body})"
        case Leave():
            return node.kind
    raise AssertionError(node)


def tree(text: str) -> str:
    main = parse(Source(text, "a.mvm")).main
    assert main is not None
    return show(main.body.nodes)


def test_literals() -> None:
    assert tree('1 2.5 "a" true false nil [ 1 [ ] ]') == "1 2.5 'a' True False None [1 []]"


def test_if_chain() -> None:
    assert tree("a if { 1 } else b c if { 2 } else { 3 } d") == "a ?(1)b c?(2):(3) d"
    assert tree("a if { 1 } b if { 2 }") == "a ?(1) b ?(2)"


def test_logic() -> None:
    assert tree("a and { b or { c } } and not") == "a and(b or(c)) and not"


def test_loops() -> None:
    assert tree("while { a } { b break }") == "while(a)(b break)"
    assert tree("for i in a { b continue }") == "for(i in a)(b continue)"
    assert tree("for i in 0 3 range { i return }") == "for(i in 0 3 range)(i return)"
    assert tree("for i in a and { b } { }") == "for(i in a and(b))()"


def test_functions() -> None:
    text = "fn add(a b -- c){ a b + -> t t } 1 -> x fn empty( -- ) { }"
    module = parse(Source(text, "a.mvm"))
    main, (add, empty) = module.main, module.functions
    assert main is not None
    assert (main.name, list(main.variables)) == ("main", ["x"])
    assert add.name == "add" and list(add.variables) == ["t"]
    assert [token.value for token in add.parameters] == ["a", "b"]
    assert [token.value for token in add.results] == ["c"]
    assert show(add.body.nodes) == "a b + ->t t"
    assert (empty.parameters, empty.results) == ([], [])
