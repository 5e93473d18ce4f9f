"""The syntax tree: what the parser makes of the tokens, and the checker and lowering read.

A block is a list of nodes, in the order they run. Every node has the token that an error in it is
shown at. Local variables, functions and built-in words are all `Word`s here: names are looked up
by the checker, since a function may be called before it is declared.
"""

from __future__ import annotations

from dataclasses import dataclass

from minivm.lang.code import Constant
from minivm.lang.tokens import Token


@dataclass(eq=False)
class Literal:
    """A constant: pushes `value`."""

    __slots__ = ("token", "value")
    token: Token
    value: Constant


@dataclass(eq=False)
class Word:
    """A name: a built-in word, a call of a function or a read of a local."""

    __slots__ = ("name", "token")
    token: Token
    name: str


@dataclass(eq=False)
class Store:
    """`-> name`: pops into a local. The token is the name."""

    __slots__ = ("name", "token")
    token: Token
    name: str


@dataclass(eq=False)
class Block:
    """`{ … }` or `[ … ]`: its nodes and its two brackets; of a main program, its two ends."""

    opener: Token
    closer: Token
    nodes: list[Node]


@dataclass(eq=False)
class ListLiteral:
    """`[ … ]`: a list of the values its block leaves. The token is the opening bracket."""

    token: Token
    block: Block


@dataclass(eq=False)
class Logic:
    """`and { … }` or `or { … }`: runs the block only if the left side does not decide."""

    token: Token
    operator: str
    block: Block


@dataclass(eq=False)
class Arm:
    """`condition if { … }` of a chain. The first arm's condition stands before the `If`: []."""

    token: Token
    condition: list[Node]
    block: Block


@dataclass(eq=False)
class If:
    """`if { … }`, chains `else condition if { … }`, and the last `else { … }` if there is one."""

    token: Token
    arms: list[Arm]
    otherwise: Block | None


@dataclass(eq=False)
class While:
    """`while { condition } { … }`."""

    token: Token
    condition: Block
    block: Block

    @property
    def endless(self) -> bool:
        """Whether the condition is the word `true`: then only a `break` gets past the loop."""
        nodes = self.condition.nodes
        return len(nodes) == 1 and isinstance(nodes[0], Literal) and nodes[0].value is True


@dataclass(eq=False)
class For:
    """`for variable in sequence { … }`."""

    token: Token
    variable: Token
    sequence: list[Node]
    block: Block


@dataclass(eq=False)
class Leave:
    """`break`, `continue` or `return`: `kind` says which."""

    token: Token
    kind: str


Node = Literal | Word | Store | ListLiteral | Logic | If | While | For | Leave


@dataclass(eq=False)
class Function:
    """A function or, with no `name_token`, the main program.

    `variables` has the locals that are not parameters, in the order of their first assignment, with
    the token of that assignment.
    """

    name: str
    name_token: Token | None
    parameters: list[Token]
    results: list[Token]
    body: Block
    variables: dict[str, Token]
