"""The syntax tree: what the parser makes of the tokens, and the checker and lowering read.

A block is a list of nodes, in the order they run. Every node has the token that an error in it is
shown at. Local variables, functions, records and built-in words are all `Word`s here: names are
looked up by the checker, since a function may be called before it is declared. What stands at the
top level of a file is in declarations.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from minivm.lang.code import Constant
from minivm.lang.instruction import Item
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


class MapLiteral:
    """`%{ … }`: a map of the keys and values its block leaves. The token is the opening bracket."""

    __slots__ = ("block", "token")

    def __init__(self, token: Token, block: Block) -> None:
        self.token = token
        self.block = block


class Field:
    """`.name`: the field of a record. `write` says that it stands after an arrow."""

    __slots__ = ("name", "token", "write")

    def __init__(self, token: Token, name: str, write: bool) -> None:
        self.token = token
        self.name = name
        self.write = write


class Reference:
    """`&name`: the function or built-in word `name` as a value."""

    __slots__ = ("name", "token")

    def __init__(self, token: Token, name: str) -> None:
        self.token = token
        self.name = name


class Call:
    """`call(2 -- 1)`: calls the function on top with so many arguments, for so many results."""

    __slots__ = ("arguments", "results", "token")

    def __init__(self, token: Token, arguments: int, results: int) -> None:
        self.token = token
        self.arguments = arguments
        self.results = results


class Closure:
    """`fn(parameters -- results) { … }`: pushes a function. The token is the `fn`."""

    __slots__ = ("function", "token")

    def __init__(self, token: Token, function: Function) -> None:
        self.token = token
        self.function = function


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


class Try:
    """`try { … } catch variable { … }`."""

    __slots__ = ("block", "handler", "token", "variable")

    def __init__(self, token: Token, block: Block, variable: Token, handler: Block) -> None:
        self.token = token
        self.block = block
        self.variable = variable
        self.handler = handler


class Throw:
    """`throw`: takes a value, and nothing after it is reached."""

    __slots__ = ("token",)

    def __init__(self, token: Token) -> None:
        self.token = token


class Import:
    """`import name` or `import "path"`; the token is the name or the path.

    `module` is the number of the imported module whose top level runs here, or None if it has run
    before or has nothing to run (modules.py finds out).
    """

    __slots__ = ("module", "standard", "target", "token")

    def __init__(self, token: Token, target: str, standard: bool) -> None:
        self.token = token
        self.target = target
        self.standard = standard
        self.module: int | None = None


Node = (
    Literal
    | Word
    | Store
    | ListLiteral
    | MapLiteral
    | Field
    | Reference
    | Call
    | Closure
    | Logic
    | If
    | While
    | For
    | Leave
    | Try
    | Throw
    | Import
)


class Carried:
    """What an entry at a prompt finds and hands on: its top level is a function of those values.

    `stack` are the values on the stack, as the checker knows them; the variables are the parameters
    of the function. Those in `cells` come as cells.
    """

    __slots__ = ("cells", "stack")

    def __init__(self, stack: Sequence[Item], cells: AbstractSet[str]) -> None:
        self.stack = stack
        self.cells = cells


class Function:
    """A function, a method, a closure, a test or, with no `name_token`, a file's top level.

    `variables` has the locals that are neither parameters nor captured, in the order of their first
    assignment, with the token of that assignment. `captures` has the variables of enclosing
    functions that a closure uses, with the token of the first use. Those of either that live in a
    cell are in `cells` (scopes.py says which). `closures` are the closures right inside. `carried`
    is None but for the top level of an entry at a prompt.
    """

    __slots__ = (
        "body",
        "captures",
        "carried",
        "cells",
        "closures",
        "name",
        "name_token",
        "parameters",
        "results",
        "variables",
    )

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
        self.captures: dict[str, Token] = {}
        self.cells: set[str] = set()
        self.closures: list[Function] = []
        self.carried: Carried | None = None

    def parameter_names(self) -> list[str]:
        """The names of the parameters."""
        return [str(token.value) for token in self.parameters]
