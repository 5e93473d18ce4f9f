"""The parser's lowest layer: tokens one after the other, brackets, names and stack effects.

In: a Source. Out: `Reader`, which the parser of statements is built on.
"""

from __future__ import annotations

from minivm.lang.errors import quote
from minivm.lang.keywords import is_keyword
from minivm.lang.source import COMMENT_HINT, Source
from minivm.lang.tokens import Token, tokenise

# Blocks within blocks. Parser, checker and lowering recurse for each, a few Python frames deep.
MAX_NESTING = 100

_CLOSERS = {"{": "}", "[": "]", "(": ")", "%{": "}"}


class Reader:
    """A position in the token list."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._tokens = tokenise(source)
        self._index = 0
        self._depth = 0

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
        return quote(self._text(token))

    def _text(self, token: Token) -> str:
        return self._source.text[token.start : token.end]

    def _error(self, token: Token, message: str, note: str = "") -> Exception:
        if self._source.in_foreign_comment(token.start):
            note = COMMENT_HINT
        return self._source.error(token.start, token.end, message, note)

    # --- brackets ---

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

    # --- names and effects ---

    def _name(self, what: str, token: Token) -> str:
        """The name `token` gives to something, if it can be a name at all."""
        name = token.value
        if token.kind != "word" or not isinstance(name, str):
            raise self._error(token, f"expected {what}, found {self._show(token)}")
        if is_keyword(name):
            raise self._error(token, f"expected {what}, found the keyword {quote(name)}")
        return name

    def effect(self, needed_by: str) -> tuple[list[Token], list[Token]]:
        """`(a b -- c)`: the tokens of the parameters and of the results."""
        opener = self._peek()
        if opener.kind != "(":
            message = f"{needed_by} needs a stack effect"
            note = f"expected (parameters -- results), found {self._show(opener)}"
            raise self._error(opener, message, note)
        self._next()
        parameters = self._effect_names(opener)
        self._dashes("write (parameters -- results); each side may be empty")
        results = self._effect_names(opener)
        self._check_closer(opener, self._peek())
        self._next()
        return parameters, results

    def end(self) -> None:
        """Refuses anything that is left."""
        token = self._peek()
        if token.kind != "end":
            raise self._error(token, f"unexpected {self._show(token)}")

    def _dashes(self, note: str) -> None:
        if not self._at_word("--"):
            raise self._error(self._peek(), "the stack effect needs '--'", note)
        self._next()

    def _effect_names(self, opener: Token) -> list[Token]:
        """Names up to `--` or what is not a word."""
        names: list[Token] = []
        while self._peek().kind in ("word", "number", "string") and not self._at_word("--"):
            token = self._next()
            name = self._name("a name in the stack effect", token)
            if "--" in name:
                note = f"write spaces around '--': {name.replace('--', ' -- ').strip()}"
                raise self._error(token, f"{quote(name)} is no name in the stack effect", note)
            names.append(token)
        if self._peek().kind == "end":
            self._check_closer(opener, self._peek())
        return names
