"""docs/library.md: what the standard library has, from its own comments.

In: minivm/std/*.mvm. A file opens with a comment about itself; a comment stands right above each
function and record that other files can see. Out: the page's text. Run as a program, it writes the
page: `python tests/std/library_page.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path(__file__).parents[2]
PAGE = _ROOT / "docs" / "library.md"
MODULES = sorted((_ROOT / "minivm" / "std").glob("*.mvm"))

_HEAD = re.compile(r"\A((?:#.*\n)+)")
_DECLARED = re.compile(
    r"^((?:#.*\n)+)(?:fn (?P<name>[^_\W]\w*)(?P<effect>\(.*?\))"
    r"|record (?P<record>\w+) \{(?P<fields>.*?)\})",
    re.MULTILINE,
)

_START = """\
# The standard library

Files in mvm itself, for what the [built-in words](language.md#words) don't cover.
`import list` brings the words of `list` into a program:

```mvm
import list
import string

"the more the merrier" words &capitalize map " " join print  # expect: The More The Merrier
"banana" tally print  # expect: %{"b" 1 "a" 3 "n" 2}
[ 5 2 8 ] fn(n -- rank) { n neg } sorted_by print  # expect: [8 5 2]
```

No two of these files have a word in common, so any of them go together. They are in
`minivm/std/`, and so are the comments that this page is made of.
"""


def _text(comment: str) -> str:
    """A comment's text, in one line."""
    return " ".join(line.removeprefix("#").strip() for line in comment.splitlines()).strip()


def _paragraphs(comment: str) -> str:
    """A comment's text, an empty line of it between paragraphs."""
    return "\n\n".join(map(_text, re.split(r"^#\n", comment, flags=re.MULTILINE)))


def declarations(source: str) -> Iterator[tuple[str, str, str]]:
    """Name, effect and description of each function and record that a file offers."""
    for match in _DECLARED.finditer(source):
        if match["record"]:
            name, fields = match["record"], match["fields"].strip()
            yield name, f"({fields} -- {name})", _text(match[1])
        else:
            yield match["name"], match["effect"], _text(match[1])


def _section(path: Path) -> str:
    source = path.read_text(encoding="utf-8")
    head = _HEAD.match(source)
    assert head is not None, f"{path} does not say what it is"
    rows = [f"| `{name}` | `{effect}` | {text} |" for name, effect, text in declarations(source)]
    table = "\n".join(["| word | effect | |", "|---|---|---|", *rows])
    return f"## {path.stem}\n\n{_paragraphs(head[1])}\n\n{table}\n"


def page() -> str:
    """The text of docs/library.md."""
    links = " · ".join(f"[{path.stem}](#{path.stem})" for path in MODULES)
    return "\n".join([_START, links + "\n", *map(_section, MODULES)])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
