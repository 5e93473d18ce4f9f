"""The syntax tree: what the parser makes of the tokens, and the checker and lowering read.

A block is a list of nodes, in the order they run. Every node has the token that an error in it is
shown at. Local variables, functions and built-in words are all `Word`s here: names are looked up
by the checker, since a function may be called before it is declared.
"""

from __future__ import annotations

from minivm.lang.code import Constant
from minivm.lang.tokens import Token


class Literal:
    """A constant: pushes `value`."""

    __slots__ = ("token", "value")

    def __init__(self, token: Token, value: Constant) -> None:
        self.token = token
        self.value = value


class Word:
    """A name: a built-in word, a call of a function or a read of a local."""

    __slots__ = ("name", "token")

    def __init__(self, token: Token, name: str) -> None:
        self.token = token
        self.name = name


class Store:
    """`-> name`: pops into a local. The token is the name."""

    __slots__ = ("name", "token")

    def __init__(self, token: Token, name: str) -> None:
        self.token = token
        self.name = name


class Block:
    """`{ … }` or `[ … ]`: its nodes and its two brackets; of a main program, its two ends."""

    __slots__ = ("closer", "nodes", "opener")

    def __init__(self, opener: Token, closer: Token, nodes: list[Node]) -> None:
        self.opener = opener
        self.closer = closer
        self.nodes = nodes


class ListLiteral:
    """`[ … ]`: a list of the values its block leaves. The token is the opening bracket."""

    __slots__ = ("block", "token")

    def __init__(self, token: Token, block: Block) -> None:
        self.token = token
        self.block = block


class Logic:
    """`and { … }` or `or { … }`: runs the block only if the left side does not decide."""

    __slots__ = ("block", "operator", "token")

    def __init__(self, token: Token, operator: str, block: Block) -> None:
        self.token = token
        self.operator = operator
        self.block = block


class Arm:
    """`condition if { … }` of a chain. The first arm's condition stands before the `If`: []."""

    __slots__ = ("block", "condition", "token")

    def __init__(self, token: Token, condition: list[Node], block: Block) -> None:
        self.token = token
        self.condition = condition
        self.block = block


class If:
    """`if { … }`, chains `else condition if { … }`, and the last `else { … }` if there is one."""

    __slots__ = ("arms", "otherwise", "token")

    def __init__(self, token: Token, arms: list[Arm], otherwise: Block | None) -> None:
        self.token = token
        self.arms = arms
        self.otherwise = otherwise


class While:
    """`while { condition } { … }`."""

    __slots__ = ("block", "condition", "token")

    def __init__(self, token: Token, condition: Block, block: Block) -> None:
        self.token = token
        self.condition = condition
        self.block = block

    @property
    def endless(self) -> bool:
        """Whether the condition is the word `true`: then only a `break` gets past the loop."""
        nodes = self.condition.nodes
        return len(nodes) == 1 and isinstance(nodes[0], Literal) and nodes[0].value is True


class For:
    """`for variable in sequence { … }`."""

    __slots__ = ("block", "sequence", "token", "variable")

    def __init__(self, token: Token, variable: Token, sequence: list[Node], block: Block) -> None:
        self.token = token
        self.variable = variable
        self.sequence = sequence
        self.block = block


class Leave:
    """`break`, `continue` or `return`: `kind` says which."""

    __slots__ = ("kind", "token")

    def __init__(self, token: Token, kind: str) -> None:
        self.token = token
        self.kind = kind


Node = Literal | Word | Store | ListLiteral | Logic | If | While | For | Leave


class Function:
    """A function or, with no `name_token`, the main program.

    `variables` has the locals that are not parameters, in the order of their first assignment, with
    the token of that assignment.
    """

    __slots__ = ("body", "name", "name_token", "parameters", "results", "variables")

    def __init__(
        self,
        name: str,
        name_token: Token | None,
        parameters: list[Token],
        results: list[Token],
        body: Block,
        variables: dict[str, Token],
    ) -> None:
        self.name = name
        self.name_token = name_token
        self.parameters = parameters
        self.results = results
        self.body = body
        self.variables = variables
