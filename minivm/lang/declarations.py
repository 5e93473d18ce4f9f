"""What stands at the top level of a file, as the parser hands it on.

In: what the parser reads. Out: a `Module` for each file, with its declarations in the order they
stand. Names are not looked up here: a declaration may stand anywhere in its file.
"""

from __future__ import annotations

from minivm.lang.source import Source
from minivm.lang.tokens import Token
from minivm.lang.tree import Function, Import


class Record:
    """`record name { fields }`."""

    __slots__ = ("fields", "name", "token")

    def __init__(self, token: Token, name: str, fields: list[Token]) -> None:
        self.token = token
        self.name = name
        self.fields = fields


class Generic:
    """`generic name(parameters -- results)`."""

    __slots__ = ("name", "parameters", "results", "token")

    def __init__(
        self, token: Token, name: str, parameters: list[Token], results: list[Token]
    ) -> None:
        self.token = token
        self.name = name
        self.parameters = parameters
        self.results = results


class Method:
    """`method record.generic(parameters -- results) { … }`; the function's token is both names."""

    __slots__ = ("function", "generic", "record")

    def __init__(self, function: Function, record: str, generic: str) -> None:
        self.function = function
        self.record = record
        self.generic = generic


class Module:
    """One file. `main` is its top level, `imports` the imports there; `tests` are functions, too.

    `imported` has the module each of `imports` means, once it is loaded (modules.py).
    """

    __slots__ = (
        "functions",
        "generics",
        "imported",
        "imports",
        "main",
        "methods",
        "records",
        "source",
        "tests",
    )

    def __init__(self, source: Source) -> None:
        self.source = source
        self.main: Function | None = None
        self.functions: list[Function] = []
        self.records: list[Record] = []
        self.generics: list[Generic] = []
        self.methods: list[Method] = []
        self.tests: list[Function] = []
        self.imports: list[Import] = []
        self.imported: list[Module] = []
