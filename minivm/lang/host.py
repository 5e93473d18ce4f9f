"""Words of the host: those that a program calls and that Python has.

In: a word's name and its effect as text. Out: the effect, and a place to blame.
"""

from __future__ import annotations

from minivm.generated.instruction_table import WORDS
from minivm.lang.effects import Effect, declared_effect
from minivm.lang.errors import quote
from minivm.lang.keywords import is_keyword, is_name
from minivm.lang.reader import Reader
from minivm.lang.source import Source, make_source
from minivm.lang.tokens import Token


def host_effect(name: str, text: str) -> tuple[Source, Token, Effect]:
    """The effect `text`, such as `(name -- value)`. Raises SourceError for a bad name or effect."""
    source = make_source(text, f"<word {name}>")
    reader = Reader(source)
    parameters, results = reader.effect(f"the word {quote(name)}")
    reader.end()
    token = Token("word", 0, len(text), name)
    if name in WORDS or is_keyword(name) or not is_name(name):
        message = f"a word of the host cannot be called {quote(name)}"
        raise source.error(0, len(text), message)
    return source, token, declared_effect(name, parameters, results)
