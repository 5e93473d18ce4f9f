"""`python -m bench warmup`: how soon programs run at full speed, and what short runs take.

In: programs. Out: a table, a picture if wanted, and whether each program is warm as soon as it is
to be, and no slower with machine code than without. `bench run` measures the same for its file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.document import write
from bench.engines import JIT, TIER_ONE, BenchError, minivm_engines
from bench.looks import Look, look_inside
from bench.measure import Failure, Progress, settle
from bench.run import add_programs, check_place, chosen
from bench.summary import WARM, WARM_WITHIN, short_ratio, warm_up
from bench.table import WARM_HEADING, render_rows, warm_rows


def main(words: Sequence[str]) -> int:
    """Measures and prints; the exit code is 1 when something is not as it is to be."""
    arguments = _parser().parse_args(words)
    try:
        names = chosen(arguments.names)
        if arguments.picture:
            _check_picture(arguments.picture)
        settle(Progress())
        engines = [each.name for each in minivm_engines(arguments.engine.split(","))[0]]
        looks, failures = look_inside(names, engines, arguments.timeout, Progress())
        if arguments.picture:
            _write_picture(arguments.picture, looks)
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{WARM_HEADING}\n\n{render_rows(warm_rows(looks), text_columns=2)}\n")
    problems = _problems(looks, failures)
    print("\n".join(problems) or f"All are warm within {_WITHIN}; none is slower than tier one.")
    return 1 if problems else 0


_WITHIN = f"{WARM_WITHIN * 1000:g} ms"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench warmup",
        description=f"Measure when programs reach {WARM:.0%} of their peak speed, and short runs.",
    )
    add_programs(parser)
    parser.add_argument(
        "--engine", default=f"{TIER_ONE},{JIT}", metavar="A,B", help="of minivm (%(default)s)"
    )
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw it, as .svg or .png")
    return parser


def _problems(looks: Sequence[Look], failures: Sequence[Failure]) -> list[str]:
    lines = [f"FAILED: {failure}" for failure in failures]
    for look in looks:
        if look.engine != JIT:
            continue
        warm, ratio = warm_up(look.iterations), short_ratio(look, looks)
        if warm is None or warm.seconds > WARM_WITHIN:
            lines.append(f"{look.program} is not warm within {_WITHIN}")
        if ratio is not None and ratio > 1:
            lines.append(f"{look.program}: a short run takes {ratio:.2f} × tier one's time")
    return lines


def _check_picture(path: Path) -> None:
    """BenchError when it can't be drawn: better now than after all the work."""
    from bench.plots import FORMS

    form = path.suffix.removeprefix(".")
    if form not in FORMS:
        raise BenchError(f"no format {form!r}; there are {', '.join(FORMS)}")
    check_place(path)


def _write_picture(path: Path, looks: Sequence[Look]) -> None:
    from bench.plots import warm_up_picture

    picture = warm_up_picture(looks)
    if picture is None:
        raise BenchError("there is nothing to draw")
    write(path, picture.encoded(path.suffix.removeprefix(".")))
