"""What the formatter moves around: tokens and comments.

In: a Source. Out: its `Item`s in order. Nothing but whitespace is left out.
"""

from __future__ import annotations

import re

from minivm.lang.keywords import is_keyword
from minivm.lang.source import Source
from minivm.lang.tokens import tokenise

COMMENT = "comment"
OPENERS = frozenset(("{", "[", "(", "%{"))
CLOSERS = frozenset(("}", "]", ")"))

_COMMENT = re.compile(r"#[^\n]*")


class Item:
    """A token or a comment.

    `kind` is the token's kind or COMMENT, `text` its spelling. `breaks` says how many line breaks
    stand before it: 0, 1, or 2 for a blank line. `column` is where a comment stands in its source
    line, `trails` whether something else stands before it there. `apart`: the author has set it
    apart from what stands before it on its line by more than one space. `match` is the index of
    the bracket that belongs to this one, -1 where there is none.
    """

    __slots__ = ("apart", "breaks", "column", "kind", "match", "text", "trails")

    def __init__(self, kind: str, text: str, breaks: int) -> None:
        self.kind = kind
        self.text = text
        self.breaks = breaks
        self.column = 0
        self.trails = False
        self.apart = False
        self.match = -1


def read_items(source: Source) -> list[Item]:
    """All tokens and comments of `source`. Raises SourceError for what cannot be a token."""
    text = source.text
    items: list[Item] = []
    offset = 0
    for token in tokenise(source):
        # Between two tokens there are only whitespace and comments.
        for match in _COMMENT.finditer(text, offset, token.start):
            items.append(_comment(source, match, offset, not items))
            offset = match.end()
        if token.kind != "end":
            spelling = text[token.start : token.end]
            item = Item(token.kind, spelling, _breaks(text, offset, token.start))
            item.apart = item.breaks == 0 and token.start - offset > 1 and not is_keyword(spelling)
            items.append(item)
            offset = token.end
    _match_brackets(items)
    return items


def _comment(source: Source, match: re.Match[str], offset: int, first: bool) -> Item:
    """The comment that `match` found; `offset` is where the item before it ends."""
    breaks = _breaks(source.text, offset, match.start())
    item = Item(COMMENT, match[0].rstrip(), breaks)
    item.column = source.locate(match.start())[1]
    item.trails = breaks == 0 and not first
    return item


def _breaks(text: str, start: int, end: int) -> int:
    return min(text.count("\n", start, end), 2)


def _match_brackets(items: list[Item]) -> None:
    open_ones: list[int] = []
    for index, item in enumerate(items):
        if open_ones and items[open_ones[-1]].kind == "(":
            # The names of an effect are one row.
            item.apart = False
        if item.kind in OPENERS:
            open_ones.append(index)
        elif item.kind in CLOSERS and open_ones:
            item.match = open_ones.pop()
            items[item.match].match = index
