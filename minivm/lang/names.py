"""Names: what each one means in a file, and the errors for those that are taken.

In: the declarations of a file, what it imports, and the generated table of built-in words. Out:
definitions and effects by name; SourceErrors for names that are taken or not spelled like one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from minivm.generated.instruction_table import WORDS
from minivm.lang.effects import Effect, word_effect
from minivm.lang.errors import SourceError, quote
from minivm.lang.keywords import is_name
from minivm.lang.source import Source
from minivm.lang.tokens import Token
from minivm.lang.tree import Function

_SPELLING = "names are letters, digits and _, with ? or ! at the end if you like"


class Definition:
    """What a name of a program means: `kind` is "function", "record" or "generic function".

    `index` is its number among its kind. `source` and `token` are where it is declared; what comes
    from outside of any file has no token.
    """

    __slots__ = ("effect", "index", "kind", "name", "source", "token")

    def __init__(
        self, kind: str, source: Source, token: Token | None, effect: Effect, index: int
    ) -> None:
        self.kind = kind
        self.name = effect.name
        self.source = source
        self.token = token
        self.effect = effect
        self.index = index


class Names:
    """The names of one file: what it declares and imports, and the built-in words."""

    def __init__(self, source: Source, main: Function, earlier: Mapping[str, Definition]) -> None:
        """`earlier`: what is known before; the file may declare again what has a token."""
        self._source = source
        self._definitions = dict(earlier)
        self._declared: set[str] = set()
        self.main = main

    def declare(self, definition: Definition) -> None:
        """Adds what the file itself declares."""
        token = definition.token
        assert token is not None
        name, kind = definition.name, definition.kind
        self._check_word(token, name, f"a {kind}")
        other = self._definitions.get(name)
        if other is not None and other.token is None:
            note = f"{quote(name)} is already the name of a {other.kind} {other.effect}"
            raise self._error(token, f"a {kind} cannot be called {quote(name)}", note)
        if other is not None and name in self._declared:
            message = f"{kind} {quote(name)} is declared twice"
            if other.kind != kind:
                message = f"a {kind} cannot be called {quote(name)}"
            raise self._taken(token, message, other)
        self._declared.add(name)
        self._definitions[name] = definition

    def bring(self, token: Token, definitions: Iterable[Definition]) -> None:
        """Adds what the import at `token` brings in."""
        for definition in definitions:
            name = definition.name
            other = self._definitions.get(name)
            if other is definition:
                continue
            if other is not None and name in self._declared:
                raise self._brought_twice(token, definition, other)
            self._declared.add(name)
            self._definitions[name] = definition

    def _brought_twice(self, token: Token, new: Definition, other: Definition) -> SourceError:
        message = f"this import brings {quote(new.name)}, which has a meaning here already"
        notes = [
            each.source.note(each.token.start, each.token.end, text)
            for each, text in ((other, "the meaning it has"), (new, "the one it would get"))
            if each.token is not None
        ]
        return self._source.error(token.start, token.end, message, "", *notes)

    def definition(self, name: str) -> Definition | None:
        """What `name` means, unless it is a built-in word or nothing."""
        return self._definitions.get(name)

    def effect(self, name: str) -> Effect | None:
        """The effect of a word: declared, imported or built in. None if there is none."""
        definition = self._definitions.get(name)
        return word_effect(name) if definition is None else definition.effect

    def definitions(self) -> Mapping[str, Definition]:
        """All that names mean: known before, declared and imported."""
        return self._definitions

    # --- names that are taken ---

    def check_local(self, token: Token) -> None:
        """Refuses a name for a local that is taken, or that is not spelled like one.

        What other files declare does not take a name: a local hides it.
        """
        name = str(token.value)
        self._check_word(token, name, "a local")
        other = self._definitions.get(name)
        if other is not None and (other.token is None or other.source is self._source):
            raise self._taken(token, f"a local cannot be called {quote(name)}", other)

    def check_result(self, token: Token) -> None:
        """Refuses a name for a result that is not spelled like one; it need not be free."""
        self._check_spelling(token, str(token.value))

    def _check_word(self, token: Token, name: str, what: str) -> None:
        if name in WORDS:
            note = f"{quote(name)} is a built-in word {word_effect(name)}"
            raise self._error(token, f"{what} cannot be called {quote(name)}", note)
        self._check_spelling(token, name)

    def _check_spelling(self, token: Token, name: str) -> None:
        if not is_name(name):
            value, dot, field = name.rpartition(".")
            is_field = dot and is_name(value) and is_name(field)
            note = f"a field is set with: 5 {value} -> .{field}" if is_field else _SPELLING
            raise self._error(token, f"{quote(name)} cannot be a name", note)

    def _taken(self, token: Token, message: str, other: Definition) -> SourceError:
        note = f"{quote(other.name)} is already the name of a {other.kind}"
        declared = other.token
        if declared is None:
            return self._error(token, message, note)
        first = other.source.note(
            declared.start, declared.end, f"the {other.kind} is declared here"
        )
        return self._source.error(token.start, token.end, message, note, first)

    def _error(self, token: Token, message: str, note: str) -> SourceError:
        return self._source.error(token.start, token.end, message, note)
