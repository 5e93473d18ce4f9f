"""`python -m bench check`: what was asked of minivm's speed, what was measured, and what holds.

In: files of `bench run`, and of `bench backends` if there is one. Out: a table. The exit code is 1
when something does not hold; what nobody has measured is shown as such.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.backends import compile_ratio
from bench.demands import Finding, findings
from bench.document import put_into
from bench.engines import BenchError
from bench.results import load, merge
from bench.table import render_rows

_MARKS = "<!-- asked -->", "<!-- end of asked -->"
_VERDICTS = {True: "yes", False: "NO", None: "-"}


def main(words: Sequence[str]) -> int:
    """Prints the table, and writes it if wanted; the exit code."""
    arguments = _parser().parse_args(words)
    try:
        results = merge([load(path) for path in arguments.files])
        compiling = _compile_ratio(arguments.backends) if arguments.backends else None
        before = load(arguments.before) if arguments.before else None
        found = findings(results, compiling, before)
        table = render_rows(_rows(found), text_columns=4)
        if arguments.document:
            put_into(arguments.document, _MARKS, f"```text\n{table}\n```\n")
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(table)
    return 1 if any(each.holds is False for each in found) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench check",
        description="Say for each thing asked of minivm's speed what was measured, and what holds.",
    )
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        default=[Path("bench.json")],
        metavar="FILE",
        help="of `bench run` (bench.json); of several, later ones have priority",
    )
    parser.add_argument("--backends", type=Path, metavar="FILE", help="of `bench backends -o`")
    parser.add_argument("--before", type=Path, metavar="FILE", help="an older one of `bench run`")
    parser.add_argument(
        "--document",
        type=Path,
        metavar="FILE",
        help=f"put the table between the lines {_MARKS[0]} and {_MARKS[1]} of a Markdown file",
    )
    return parser


def _compile_ratio(path: Path) -> float:
    try:
        return compile_ratio(json.loads(path.read_text(encoding="utf-8"))["compiling"])
    except OSError as error:
        raise BenchError(f"can't read {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise BenchError(f"{path} is not a file of `bench backends`") from None


def _rows(found: Sequence[Finding]) -> list[list[str]]:
    rows = [[each.demand, each.asked, _VERDICTS[each.holds], each.measured] for each in found]
    return [["what", "asked", "holds", "measured"], *rows]
