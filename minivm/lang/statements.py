"""The parser of what stands in bodies: tokens to the nodes of tree.

In: the tokens of a file, through `Reader`. Out: `StatementParser`, which parser.py adds the
declarations to. Raises SourceError for whatever the grammar does not allow; names and stack effects
are the checker's business.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from minivm.generated.instruction_table import WORDS
from minivm.lang import tree
from minivm.lang.errors import quote
from minivm.lang.keywords import BLOCK_OPERATORS, DECLARATIONS, LITERALS, is_keyword, is_name
from minivm.lang.reader import Reader
from minivm.lang.scopes import Scope
from minivm.lang.source import Source
from minivm.lang.tokens import Token

# What a closure is called in tracebacks and when it is printed; no other function can have the
# name.
CLOSURE_NAME = "fn"

# A call through a value states how many values go in and out: nobody writes more by hand.
_MAX_CALL = 255

_CLOSING = ("}", "]", ")", "end")

_MISPLACED = {
    "else": "'else' follows the block of an 'if'",
    "in": "'in' belongs to 'for name in sequence { … }'",
    "catch": "'catch' follows the block of a 'try': try { … } catch error { … }",
    "--": "'--' belongs to the effect of a function: fn name(a b -- result) { … }",
    "=": "'value -> name' stores a value, '==' compares two",
}


class StatementParser(Reader, ABC):
    """Recursive descent over the token list; one method for each construct."""

    def __init__(self, source: Source, scope: Scope) -> None:
        super().__init__(source)
        self._scope = scope
        self._openers: list[Token] = []
        self._keywords: dict[str, Callable[[Token], tree.Node]] = {
            "->": self._store,
            "if": self._if,
            "while": self._while,
            "for": self._for,
            "break": self._leave,
            "continue": self._leave,
            "return": self._leave,
            "try": self._try,
            "throw": tree.Throw,
            "call": self._call,
        }

    @abstractmethod
    def _declaration(self, token: Token) -> tree.Node | None:
        """What one of the words of DECLARATIONS begins; None if nothing is left to run."""

    # --- blocks ---

    def _block(self, needed_by: Token, what: str) -> tree.Block:
        """`{ … }`, which `needed_by` calls for."""
        opener = self._peek()
        if opener.kind != "{":
            message = f"{self._show(needed_by)} needs {what}"
            raise self._error(opener, message, f"expected '{{', found {self._show(opener)}")
        return self._bracketed()

    def _bracketed(self) -> tree.Block:
        """The block whose opening bracket is the next token."""
        opener = self._next()
        self._descend(opener)
        self._openers.append(opener)
        nodes = self._nodes()
        self._check_closer(opener, self._peek())
        self._openers.pop()
        self._depth -= 1
        return tree.Block(opener, self._next(), nodes)

    def _nodes(self) -> list[tree.Node]:
        """Nodes up to a closing bracket or the end."""
        nodes: list[tree.Node] = []
        while True:
            kind = self._tokens[self._index].kind
            if kind in _CLOSING:
                return nodes
            self._node(nodes)

    def _node(self, nodes: list[tree.Node]) -> None:
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
            nodes.append(tree.Literal(token, value))
        elif token.kind == "[":
            self._index -= 1
            nodes.append(tree.ListLiteral(token, self._bracketed()))
        elif token.kind == "%{":
            self._index -= 1
            nodes.append(tree.MapLiteral(token, self._bracketed()))
        else:
            raise self._unexpected_opener(token)

    def _unexpected_opener(self, token: Token) -> Exception:
        note = "a block belongs to 'if', 'else', 'while', 'for', 'and', 'or', 'try' or 'fn'"
        if token.kind == "(":
            note = "'(' belongs to the effect of a function: fn name(a b -- result) { … }"
            before = self._tokens[self._index - 2] if self._index > 1 else token
            if before.kind == "word" and before.end == token.start:
                note = f"what a word takes stands before it: 1 2 {before.value}"
        elif token.kind == "{" and self._index > 1:
            note = BLOCK_OPERATORS.get(str(self._tokens[self._index - 2].value), note)
        return self._error(token, f"'{token.kind}' cannot stand here", note)

    # --- words ---

    def _word(self, token: Token, name: str) -> tree.Node | None:
        """A word that is not one of the control keywords; None if it declared something."""
        if (name == "and" or name == "or") and self._peek().kind == "{":
            return tree.Logic(token, name, self._bracketed())
        if name in LITERALS:
            return tree.Literal(token, LITERALS[name])
        if name in DECLARATIONS:
            closure = name == "fn" and self._peek().kind == "("
            return self._closure(token) if closure else self._declaration(token)
        if name in _MISPLACED:
            note = (name == "=" and self._assignment()) or _MISPLACED[name]
            raise self._error(token, f"{quote(name)} cannot stand here", note)
        if name[0] == "." and is_name(name[1:]):
            return tree.Field(token, name[1:], write=False)
        if name[0] == "&" and (is_name(name[1:]) or (name[1:] in WORDS and name != "&&")):
            return tree.Reference(token, name[1:])
        self._scope.use(name, token)
        return tree.Word(token, name)

    def _assignment(self) -> str:
        """A hint for `name = value`, when the '=' has just been read."""
        name = self._tokens[self._index - 2] if self._index > 1 else self._peek()
        if name.kind != "word" or not is_name(str(name.value)):
            return ""
        value, end = self._peek(), self._tokens[min(self._index + 1, len(self._tokens) - 1)]
        between = self._source.text[value.end : end.start]
        alone = value.kind in ("word", "number", "string") and (
            end.kind == "end" or "\n" in between
        )
        shown = self._text(value) if alone else "value"
        return f"a value is stored with an arrow: {shown} -> {name.value}"

    def _store(self, arrow: Token) -> tree.Node:
        token = self._next()
        if token.kind == "word" and str(token.value)[0] == "." and is_name(str(token.value)[1:]):
            return tree.Field(token, str(token.value)[1:], write=True)
        name = self._name("the name of a local after '->'", token)
        self._scope.assign(name, token)
        return tree.Store(token, name)

    def _leave(self, token: Token) -> tree.Leave:
        following = self._peek()
        if following.kind not in _CLOSING and not self._starts_declaration():
            raise self._unreached(token, following)
        return tree.Leave(token, str(token.value))

    def _unreached(self, token: Token, following: Token) -> Exception:
        value = str(following.value)
        plain = following.kind == "word" and (value in LITERALS or not is_keyword(value))
        note = ""
        if token.value == "return" and (plain or following.kind in ("number", "string")):
            note = f"a result stands before 'return': {self._text(following)} return"
        return self._error(following, f"nothing runs after {quote(str(token.value))}", note)

    def _starts_declaration(self) -> bool:
        """Whether the next token begins what is declared, not run, or can't stand there at all."""
        token = self._peek()
        if token.kind != "word" or token.value == "import":
            return False
        if token.value == "fn":
            return self._tokens[self._index + 1].kind != "("
        return token.value in DECLARATIONS or token.value in _MISPLACED

    # --- functions as values ---

    def _call(self, token: Token) -> tree.Call:
        """`call(2 -- 1)`."""
        if self._peek().kind != "(":
            note = "write how many values go in and out: f call(2 -- 1)"
            raise self._error(self._peek(), "'call' needs a stack effect", note)
        opener = self._next()
        arguments = self._call_count()
        self._dashes("write how many values go in and out: f call(2 -- 1)")
        results = self._call_count()
        self._check_closer(opener, self._peek())
        self._next()
        return tree.Call(token, arguments, results)

    def _call_count(self) -> int:
        token = self._next()
        number = token.value
        if token.kind != "number" or not isinstance(number, int) or not 0 <= number <= _MAX_CALL:
            note = f"write how many values go in and out, 0 to {_MAX_CALL}: f call(2 -- 1)"
            raise self._error(
                token, f"expected a number of values, found {self._show(token)}", note
            )
        return number

    def _closure(self, token: Token) -> tree.Closure:
        """`fn(parameters -- results) { … }` where a value may stand."""
        parameters, results = self.effect("a function")
        scope = self._scope = Scope(self._scope, parameters)
        body = self._block(token, "a body after its effect")
        function = tree.Function(CLOSURE_NAME, token, parameters, results, body, {})
        scope.end_closure(function)
        assert scope.outer is not None
        self._scope = scope.outer
        return tree.Closure(token, function)

    # --- control ---

    def _if(self, token: Token) -> tree.If:
        arms = [tree.Arm(token, [], self._block(token, "a block"))]
        while self._at_word("else"):
            otherwise = self._next()
            if self._peek().kind == "{":
                return tree.If(token, arms, self._bracketed())
            arms.append(self._else_arm(otherwise))
        return tree.If(token, arms, None)

    def _else_arm(self, otherwise: Token) -> tree.Arm:
        """`condition if { … }` after an `else`."""
        condition: list[tree.Node] = []
        while not self._at_word("if"):
            if self._peek().kind in _CLOSING:
                note = "write 'else { … }' or 'else condition if { … }'"
                raise self._error(otherwise, "'else' has no block", note)
            self._node(condition)
        token = self._next()
        return tree.Arm(token, condition, self._block(token, "a block"))

    def _while(self, token: Token) -> tree.While:
        self._scope.loops += 1
        condition = self._block(token, "a condition in braces, then a block")
        block = self._block(token, "a block after its condition")
        self._scope.loops -= 1
        return tree.While(token, condition, block)

    def _for(self, token: Token) -> tree.For:
        variable = self._next()
        name = self._name("a name after 'for'", variable)
        if not self._at_word("in"):
            found = self._peek()
            message = "'for' needs 'in' after its variable"
            raise self._error(found, message, f"found {self._show(found)}")
        self._next()
        # A sequence may hold a loop of its own, so a block is not all that nests.
        self._descend(token)
        sequence: list[tree.Node] = []
        while self._peek().kind != "{":
            if self._peek().kind in _CLOSING:
                note = "write for name in sequence { … }"
                raise self._error(token, "'for' has no block", note)
            self._node(sequence)
        self._depth -= 1
        self._scope.loops += 1
        self._scope.declare(name, variable)
        block = self._bracketed()
        self._scope.loops -= 1
        return tree.For(token, variable, sequence, block)

    def _try(self, token: Token) -> tree.Try:
        block = self._block(token, "a block")
        if not self._at_word("catch"):
            note = f"write try {{ … }} catch error {{ … }}, found {self._show(self._peek())}"
            raise self._error(token, "'try' needs a 'catch' after its block", note)
        catch = self._next()
        variable = self._next()
        name = self._name("a name for the error after 'catch'", variable)
        self._scope.declare(name, variable)
        return tree.Try(token, block, variable, self._block(catch, "a block after its variable"))

    def _import(self, token: Token) -> tree.Import:
        """`import name` or `import "path"`, at the top level."""
        target = self._next()
        if target.kind == "string":
            return tree.Import(target, str(target.value), standard=False)
        note = 'write import "file.mvm", or the name of a module of the standard library'
        if target.kind != "word" or not is_name(str(target.value)):
            found = self._show(target)
            raise self._error(target, f"expected a file or a module to import, found {found}", note)
        return tree.Import(target, str(target.value), standard=True)
