"""`python -m bench compare A.json B.json`: what has changed between two measurements."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.engines import BenchError
from bench.results import Results, load
from bench.summary import changes
from bench.table import render_changes


def main(words: Sequence[str]) -> int:
    """Prints a table of the results both files have; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bench compare",
        description="Compare two files of `bench run`. A ratio below 1 is faster than before; ~"
        " marks changes that may be noise, as runs of both files overlap. `python -m pyperf"
        " compare_to` does statistics on the same files.",
    )
    parser.add_argument("before", type=Path, metavar="A.json")
    parser.add_argument("after", type=Path, metavar="B.json")
    arguments = parser.parse_args(words)
    try:
        before, after = load(arguments.before), load(arguments.after)
        found = changes(before, after)
        if not found:
            raise BenchError("these files have no program on the same engine")
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(render_changes(found))
    for line in _in_one_only(before, after):
        print(line)
    return 0


def _in_one_only(before: Results, after: Results) -> list[str]:
    names = [{(r.program, r.engine) for r in each.results} for each in (before, after)]
    gone, new = names[0] - names[1], names[1] - names[0]
    lines = [f"only before: {program}/{engine}" for program, engine in sorted(gone)]
    return lines + [f"only after: {program}/{engine}" for program, engine in sorted(new)]
