"""Names: what each one means in a program, and the errors for those that mean nothing or too much.

In: a program's functions and the generated table of built-in words. Out: effects by name, and
SourceErrors for unknown words, with the nearest known one, and for names that are taken.
"""

from __future__ import annotations

from collections.abc import Iterable

from minivm.generated.instruction_table import WORDS
from minivm.lang.effects import Effect, function_effect, word_effect
from minivm.lang.errors import SourceError, quote
from minivm.lang.keywords import CONTROL, LITERALS, is_keyword, is_name
from minivm.lang.source import Source
from minivm.lang.tokens import Token
from minivm.lang.tree import Function

# What people who know other languages write for our words.
_OTHER_LANGUAGES = {
    "=": "==",
    "!": "not",
    "&&": "and",
    "||": "or",
    "mod": "%",
    "**": "pow",
    "xor": "^",
    "invert": "~",
    ".": "print",
    "println": "print",
    "length": "len",
    "append": "push",
    "str": "string",
    "elif": "else",
    "None": "nil",
    "null": "nil",
    "True": "true",
    "False": "false",
    "def": "fn",
    "function": "fn",
}

# Longer words are not typing errors, and comparing them takes long.
_MAX_COMPARED = 40

_MAX_FUNCTIONS = 0xFFFF


class Names:
    """The names a whole program shares: its functions and the built-in words."""

    def __init__(self, source: Source, functions: list[Function]) -> None:
        """`functions`: the main program, then the others in order. Checks their names."""
        self._source = source
        self._functions: dict[str, Function] = {}
        self._effects: dict[str, Effect] = {}
        self._main = functions[0]
        self.indices: dict[str, int] = {}
        for index, function in enumerate(functions[1:], 1):
            self._declare(function, index)

    def _declare(self, function: Function, index: int) -> None:
        token = function.name_token
        assert token is not None
        if index > _MAX_FUNCTIONS:
            message = f"a program may have at most {_MAX_FUNCTIONS} functions"
            raise self._source.error(token.start, token.end, message)
        self._check_free(token, function.name, "a function")
        self._functions[function.name] = function
        self._effects[function.name] = function_effect(function)
        self.indices[function.name] = index

    def effect(self, name: str) -> Effect | None:
        """The effect of the function or built-in word `name`, or None if there is none."""
        effect = self._effects.get(name)
        if effect is None:
            effect = word_effect(name)
            if effect is not None:
                self._effects[name] = effect
        return effect

    def check_local(self, token: Token) -> None:
        """Refuses a name for a local that is taken, or that is not spelled like one."""
        self._check_free(token, str(token.value), "a local")

    def check_result(self, token: Token) -> None:
        """Refuses a name for a result that is not spelled like one; it need not be free."""
        self._check_spelling(token, str(token.value))

    def _check_free(self, token: Token, name: str, what: str) -> None:
        if name in WORDS:
            note = f"{quote(name)} is a built-in word {word_effect(name)}"
            message = f"{what} cannot be called {quote(name)}"
            raise self._source.error(token.start, token.end, message, note)
        self._check_spelling(token, name)
        if name not in self._functions:
            return
        declared = self._functions[name].name_token
        assert declared is not None
        first = self._source.note(declared.start, declared.end, "the function is declared here")
        message = f"{what} cannot be called {quote(name)}"
        if what == "a function":
            message = f"function {quote(name)} is declared twice"
        note = f"{quote(name)} is already the name of a function"
        raise self._source.error(token.start, token.end, message, note, first)

    def _check_spelling(self, token: Token, name: str) -> None:
        if not is_name(name):
            note = "names are letters, digits and _, with ? or ! at the end if you like"
            message = f"{quote(name)} cannot be a name"
            raise self._source.error(token.start, token.end, message, note)

    # --- unknown words ---

    def unknown(self, token: Token, function: Function) -> SourceError:
        """The error for a word that means nothing in `function`, with what may have been meant."""
        name = str(token.value)
        message = f"unknown word {quote(name)}"
        note = self._suggestion(name, function)
        return self._source.error(token.start, token.end, message, note)

    def _suggestion(self, name: str, function: Function) -> str:
        if function is not self._main and name in self._main.variables:
            return "this is a local of the main program: pass it to the function as a parameter"
        if name.startswith("->") and is_name(name[2:]):
            return f"write a space after the arrow: -> {name[2:]}"
        known = _OTHER_LANGUAGES.get(name)
        if known is None or not (known in WORDS or is_keyword(known)):
            known = _nearest(name, self._candidates(function))
        return f"did you mean {quote(known)}?" if known else "no word has a name like it"

    def _candidates(self, function: Function) -> Iterable[str]:
        yield from (str(token.value) for token in function.parameters)
        yield from function.variables
        yield from self._functions
        yield from WORDS
        yield from CONTROL
        yield from LITERALS


def _nearest(name: str, candidates: Iterable[str]) -> str | None:
    if len(name) > _MAX_COMPARED:
        return None
    # Only an error pays for this import.
    from difflib import get_close_matches

    close = [other for other in candidates if abs(len(other) - len(name)) <= 2]
    nearest = get_close_matches(name, close, n=1, cutoff=0.6)
    return nearest[0] if nearest else None
