"""The formatter of `minivm fmt`: a program's text to the same program, laid out the one way.

In: source text. Out: text with the same tokens and comments in the same order. The author's line
breaks and blank lines stay, but for what the rules ask for:

- four spaces of indentation for each open bracket; one space between tokens, or two where the
  author has set things apart;
- a bracket whose contents take several lines stands at the end of its line, and its closing
  bracket begins one;
- `{` and `(` stand on the line of what they belong to;
- one blank line at most, none at the ends of a block;
- a line of more than 100 columns is broken at its brackets, where it has some;
  what comes after a block that is broken so begins a line.

The modules, in the order a text passes through them:

    items     tokens and comments, with the line breaks before each
    breaks    which line breaks stay, go or come
    layout    indentation, spaces, comments at the ends of lines
"""

from __future__ import annotations

from minivm.formatter.breaks import break_long_lines, set_breaks
from minivm.formatter.items import read_items
from minivm.formatter.layout import lay_out
from minivm.lang.source import Source

__all__ = ["format_source"]


def format_source(text: str, path: str) -> str:
    """`text`, formatted; formatting the result again changes nothing.

    Any brackets will do, also unbalanced ones. Raises SourceError where there is no token.
    """
    items = read_items(Source(text, path))
    set_breaks(items)
    break_long_lines(items)
    return lay_out(items)
