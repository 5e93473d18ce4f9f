"""The parser: tokens to syntax trees.

In: a Source. Out: its functions as trees, the main program first. Raises SourceError for whatever
the grammar does not allow; names and stack effects are the checker's business.
"""

from __future__ import annotations

from collections.abc import Callable

from minivm.lang.errors import quote
from minivm.lang.keywords import LITERALS, NOT_YET, is_keyword, is_name
from minivm.lang.source import Source
from minivm.lang.tokens import Token, tokenise
from minivm.lang.tree import (
    Arm,
    Block,
    For,
    Function,
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

# Blocks within blocks. Parser, checker and lowering recurse for each, a few Python frames deep.
MAX_NESTING = 100

_CLOSERS = {"{": "}", "[": "]", "(": ")"}


def parse(source: Source) -> list[Function]:
    """The trees of a program's functions: the main program, then the others as declared."""
    return _Parser(source).program()


class _Parser:
    """Recursive descent over the token list; one method for each construct."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._tokens = tokenise(source)
        self._index = 0
        self._openers: list[Token] = []
        self._depth = 0
        self._functions: list[Function] = []
        self._variables: dict[str, Token] = {}
        self._keywords: dict[str, Callable[[Token], Node]] = {
            "->": self._store,
            "if": self._if,
            "while": self._while,
            "for": self._for,
            "break": self._leave,
            "continue": self._leave,
            "return": self._leave,
        }

    def program(self) -> list[Function]:
        start = Token("end", 0, 0, "")
        nodes = self._nodes()
        token = self._peek()
        if token.kind != "end":
            raise self._error(token, f"unmatched '{token.kind}'", "nothing is open here")
        main = Function("main", None, [], [], Block(start, token, nodes), self._variables)
        return [main, *self._functions]

    # --- tokens ---

    def _peek(self) -> Token:
        return self._tokens[self._index]

    def _next(self) -> Token:
        token = self._tokens[self._index]
        # The last token, "end", is never passed.
        self._index += token.kind != "end"
        return token

    def _at_word(self, name: str) -> bool:
        token = self._peek()
        return token.kind == "word" and token.value == name

    def _show(self, token: Token) -> str:
        if token.kind == "end":
            return "the end of the program"
        return quote(self._source.text[token.start : token.end])

    def _error(self, token: Token, message: str, note: str = "") -> Exception:
        return self._source.error(token.start, token.end, message, note)

    # --- blocks ---

    def _block(self, needed_by: Token, what: str) -> Block:
        """`{ … }`, which `needed_by` calls for."""
        opener = self._peek()
        if opener.kind != "{":
            message = f"{self._show(needed_by)} needs {what}"
            raise self._error(opener, message, f"expected '{{', found {self._show(opener)}")
        return self._bracketed()

    def _bracketed(self) -> Block:
        """The block whose opening bracket is the next token."""
        opener = self._next()
        self._descend(opener)
        self._openers.append(opener)
        nodes = self._nodes()
        self._check_closer(opener, self._peek())
        self._openers.pop()
        self._depth -= 1
        return Block(opener, self._next(), nodes)

    def _descend(self, token: Token) -> None:
        self._depth += 1
        if self._depth > MAX_NESTING:
            message = f"blocks are nested more than {MAX_NESTING} deep"
            raise self._error(token, message, "move the inner ones into a function")

    def _check_closer(self, opener: Token, closer: Token) -> None:
        expected = _CLOSERS[opener.kind]
        if closer.kind == "end":
            note = f"its '{expected}' is missing"
            raise self._error(opener, f"'{opener.kind}' is never closed", note)
        if closer.kind != expected:
            opened = self._source.note(opener.start, opener.end, f"'{opener.kind}' is opened here")
            message = f"'{closer.kind}' does not close '{opener.kind}'"
            raise self._source.error(
                closer.start, closer.end, message, f"expected '{expected}'", opened
            )

    def _nodes(self) -> list[Node]:
        """Nodes up to a closing bracket or the end."""
        nodes: list[Node] = []
        while True:
            kind = self._tokens[self._index].kind
            if kind in ("}", "]", ")", "end"):
                return nodes
            self._node(nodes)

    def _node(self, nodes: list[Node]) -> None:
        """Parses one node, which the next token starts, and appends it."""
        token = self._next()
        value = token.value
        if token.kind == "word":
            assert isinstance(value, str)
            keyword = self._keywords.get(value)
            node = keyword(token) if keyword else self._word(token, value)
            if node is not None:
                nodes.append(node)
        elif token.kind == "number" or token.kind == "string":
            nodes.append(Literal(token, value))
        elif token.kind == "[":
            self._index -= 1
            nodes.append(ListLiteral(token, self._bracketed()))
        else:
            raise self._unexpected_opener(token)

    def _unexpected_opener(self, token: Token) -> Exception:
        note = "a block belongs to 'if', 'else', 'while', 'for', 'and', 'or' or 'fn'"
        if token.kind == "(":
            note = "'(' belongs to the effect of a function: fn name(a b -- result) { … }"
        return self._error(token, f"'{token.kind}' cannot stand here", note)

    # --- words ---

    def _word(self, token: Token, name: str) -> Node | None:
        """A word that is not one of the control keywords; None if it declared a function."""
        if (name == "and" or name == "or") and self._peek().kind == "{":
            return Logic(token, name, self._bracketed())
        if name in LITERALS:
            return Literal(token, LITERALS[name])
        if name == "fn":
            self._function(token)
            return None
        self._check_supported(token, name)
        return Word(token, name)

    def _check_supported(self, token: Token, name: str) -> None:
        """Refuses what is no plain name: misplaced keywords, and syntax still to come."""
        misplaced = {
            "else": "'else' follows the block of an 'if'",
            "in": "'in' belongs to 'for name in sequence { … }'",
            "--": "'--' belongs to the effect of a function: fn name(a b -- result) { … }",
        }
        if name in misplaced:
            raise self._error(token, f"{quote(name)} cannot stand here", misplaced[name])
        what = NOT_YET.get(name)
        if what is None and name[0] == "." and is_name(name[1:]):
            what = "reading a field of a record"
        if what is None and name[0] == "&" and is_name(name[1:]):
            what = "a function as a value"
        if what is not None:
            raise self._error(token, f"{what} is not supported yet")

    def _name(self, what: str, token: Token) -> str:
        """The name `token` gives to a function or local, if it can be a name at all."""
        name = token.value
        if token.kind != "word" or not isinstance(name, str):
            raise self._error(token, f"expected {what}, found {self._show(token)}")
        if is_keyword(name):
            raise self._error(token, f"expected {what}, found the keyword {quote(name)}")
        return name

    def _store(self, arrow: Token) -> Store:
        token = self._next()
        if token.kind == "word" and isinstance(token.value, str) and token.value[0] == ".":
            self._check_supported(token, token.value)
        name = self._name("the name of a local after '->'", token)
        self._variables.setdefault(name, token)
        return Store(token, name)

    def _leave(self, token: Token) -> Leave:
        return Leave(token, str(token.value))

    # --- control ---

    def _if(self, token: Token) -> If:
        arms = [Arm(token, [], self._block(token, "a block"))]
        while self._at_word("else"):
            otherwise = self._next()
            if self._peek().kind == "{":
                return If(token, arms, self._bracketed())
            arms.append(self._else_arm(otherwise))
        return If(token, arms, None)

    def _else_arm(self, otherwise: Token) -> Arm:
        """`condition if { … }` after an `else`."""
        condition: list[Node] = []
        while not self._at_word("if"):
            if self._peek().kind in ("}", "]", ")", "end"):
                note = "write 'else { … }' or 'else condition if { … }'"
                raise self._error(otherwise, "'else' has no block", note)
            self._node(condition)
        token = self._next()
        return Arm(token, condition, self._block(token, "a block"))

    def _while(self, token: Token) -> While:
        condition = self._block(token, "a condition in braces, then a block")
        return While(token, condition, self._block(token, "a block after its condition"))

    def _for(self, token: Token) -> For:
        variable = self._next()
        name = self._name("a name after 'for'", variable)
        self._variables.setdefault(name, variable)
        if not self._at_word("in"):
            found = self._peek()
            message = "'for' needs 'in' after its variable"
            raise self._error(found, message, f"found {self._show(found)}")
        self._next()
        # A sequence may hold a loop of its own, so a block is not all that nests.
        self._descend(token)
        sequence: list[Node] = []
        while self._peek().kind != "{":
            if self._peek().kind in ("}", "]", ")", "end"):
                note = "write for name in sequence { … }"
                raise self._error(token, "'for' has no block", note)
            self._node(sequence)
        self._depth -= 1
        return For(token, variable, sequence, self._bracketed())

    # --- functions ---

    def _function(self, token: Token) -> None:
        """`fn name(parameters -- results) { … }`, added to the functions."""
        if self._peek().kind == "(":
            raise self._error(token, "a function without a name is not supported yet")
        if self._openers:
            opener = self._openers[-1]
            inside = self._source.note(opener.start, opener.end, "this block is still open")
            message = "a function can only be declared at the top level"
            raise self._source.error(token.start, token.end, message, "", inside)
        name_token = self._next()
        name = self._name("the name of a function after 'fn'", name_token)
        parameters, results = self._effect(name_token)
        outer, self._variables = self._variables, {}
        body = self._block(name_token, "a body")
        function = Function(name, name_token, parameters, results, body, self._variables)
        self._functions.append(function)
        self._variables = outer

    def _effect(self, name_token: Token) -> tuple[list[Token], list[Token]]:
        """`(a b -- c)`: the tokens of the parameters and of the results."""
        opener = self._peek()
        if opener.kind != "(":
            message = f"function {self._show(name_token)} needs a stack effect"
            note = f"expected (parameters -- results), found {self._show(opener)}"
            raise self._error(opener, message, note)
        self._next()
        parameters = self._effect_names(opener)
        if not self._at_word("--"):
            note = "write (parameters -- results); each side may be empty"
            raise self._error(self._peek(), "the stack effect needs '--'", note)
        self._next()
        results = self._effect_names(opener)
        self._check_closer(opener, self._peek())
        self._next()
        return parameters, results

    def _effect_names(self, opener: Token) -> list[Token]:
        """Names up to `--` or what is not a word."""
        names: list[Token] = []
        while self._peek().kind in ("word", "number", "string") and not self._at_word("--"):
            token = self._next()
            self._name("a name in the stack effect", token)
            names.append(token)
        if self._peek().kind == "end":
            self._check_closer(opener, self._peek())
        return names
