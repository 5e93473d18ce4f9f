"""The parser: tokens to syntax trees.

In: a Source. Out: its `Module`: declarations, and the trees of its functions. Raises SourceError
for whatever the grammar does not allow; names and stack effects are the checker's business.
"""

from __future__ import annotations

from minivm.lang.declarations import Generic, Method, Module, Record
from minivm.lang.errors import quote
from minivm.lang.keywords import is_name
from minivm.lang.scopes import Scope
from minivm.lang.source import Source
from minivm.lang.statements import StatementParser
from minivm.lang.tokens import Token
from minivm.lang.tree import Block, Function, Node

MAIN_NAME = "main"


def parse(source: Source) -> Module:
    """The declarations of a file."""
    return Parser(source, Scope(None, [])).module([])


class Parser(StatementParser):
    """The top level: one method for each kind of declaration."""

    def __init__(self, source: Source, scope: Scope) -> None:
        """`scope`: that of the top level."""
        super().__init__(source, scope)
        self._module = Module(source)

    def module(self, parameters: list[Token]) -> Module:
        """The whole file; `parameters` are those of its top level."""
        start = Token("end", 0, 0, "")
        nodes = self._nodes()
        token = self._peek()
        if token.kind != "end":
            raise self._error(token, f"unmatched '{token.kind}'", "nothing is open here")
        main = Function(MAIN_NAME, None, parameters, [], Block(start, token, nodes), {})
        self._scope.end(main)
        self._module.main = main
        return self._module

    def _declaration(self, token: Token) -> Node | None:
        self._check_top_level(token)
        keyword = token.value
        if keyword == "import":
            statement = self._import(token)
            self._module.imports.append(statement)
            return statement
        if keyword == "fn":
            self._module.functions.append(self._function(token))
        elif keyword == "record":
            self._module.records.append(self._record())
        elif keyword == "generic":
            self._generic()
        elif keyword == "method":
            self._method(token)
        else:
            self._test(token)
        return None

    def _check_top_level(self, token: Token) -> None:
        if not self._openers:
            return
        opener = self._openers[-1]
        inside = self._source.note(opener.start, opener.end, "this block is still open")
        what = {
            "fn": "a function with a name can only be declared",
            "record": "a record can only be declared",
            "generic": "a generic function can only be declared",
            "method": "a method can only be declared",
            "import": "'import' can only stand",
            "test": "a test can only stand",
        }[str(token.value)]
        raise self._source.error(token.start, token.end, f"{what} at the top level", "", inside)

    def _function(self, token: Token) -> Function:
        """`fn name(parameters -- results) { … }`."""
        name_token = self._next()
        name = self._name("the name of a function after 'fn'", name_token)
        parameters, results = self.effect(f"function {self._show(name_token)}")
        return self._body(name, name_token, parameters, results)

    def _body(
        self, name: str, name_token: Token, parameters: list[Token], results: list[Token]
    ) -> Function:
        outer, self._scope = self._scope, Scope(None, parameters)
        body = self._block(name_token, "a body")
        function = Function(name, name_token, parameters, results, body, {})
        self._scope.end(function)
        self._scope = outer
        return function

    def _record(self) -> Record:
        """`record name { fields }`."""
        token = self._next()
        name = self._name("the name of a record after 'record'", token)
        opener = self._peek()
        if opener.kind != "{":
            note = f"write record {name} {{ … }}, found {self._show(opener)}"
            raise self._error(opener, f"record {quote(name)} needs its fields in braces", note)
        self._next()
        fields: list[Token] = []
        while self._peek().kind in ("word", "number", "string"):
            fields.append(self._field(fields))
        self._check_closer(opener, self._peek())
        self._next()
        return Record(token, name, fields)

    def _field(self, fields: list[Token]) -> Token:
        token = self._next()
        name = str(token.value)
        if token.kind != "word" or not is_name(name):
            note = "names are letters, digits and _, with ? or ! at the end if you like"
            message = f"expected the name of a field, found {self._show(token)}"
            raise self._error(token, message, note)
        for other in fields:
            if other.value == name:
                first = self._source.note(other.start, other.end, "the first one is here")
                message = f"two fields are called {quote(name)}"
                raise self._source.error(token.start, token.end, message, "", first)
        return token

    def _generic(self) -> None:
        """`generic name(parameters -- results)`."""
        token = self._next()
        name = self._name("the name of a generic function after 'generic'", token)
        parameters, results = self.effect(f"generic function {self._show(token)}")
        if not parameters:
            note = "the record type of the first parameter chooses the method"
            raise self._error(token, f"generic function {quote(name)} needs a parameter", note)
        if self._peek().kind == "{":
            note = f"its bodies are methods: method Record.{name}(…) {{ … }}"
            raise self._error(self._peek(), "a generic function has no body of its own", note)
        self._module.generics.append(Generic(token, name, parameters, results))

    def _method(self, token: Token) -> None:
        """`method record.generic(parameters -- results) { … }`."""
        name_token = self._next()
        record, dot, generic = str(name_token.value).partition(".")
        if name_token.kind != "word" or not (dot and is_name(record) and is_name(generic)):
            found = self._show(name_token)
            note = "write method Record.generic(parameters -- results) { … }"
            raise self._error(name_token, f"expected a record and a generic, found {found}", note)
        parameters, results = self.effect(f"method {self._show(name_token)}")
        function = self._body(str(name_token.value), name_token, parameters, results)
        self._module.methods.append(Method(function, record, generic))

    def _test(self, token: Token) -> None:
        """`test "name" { … }`."""
        name_token = self._next()
        if name_token.kind != "string":
            note = f'write test "name" {{ … }}, found {self._show(name_token)}'
            raise self._error(name_token, "a test needs a name in quotes", note)
        self._module.tests.append(self._body(str(name_token.value), name_token, [], []))
