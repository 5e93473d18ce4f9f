"""`python -m tests.random_programs`: look for programs on which the engines differ.

In: for how long, on how many cores, from which seed; what all runs do without. Out: a report; each
difference, made small, as a program with tier one's answers in tests/programs/regressions. Exit
code 1 when there is one. With --each there are several searches: one with everything on, and one
without each thing that `--jit-disable` takes.
The answers are tier one's: read them before they are committed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from hashlib import sha256
from itertools import count
from pathlib import Path

from tests.engines import switches

from .compare import REFERENCE, answered
from .hunt import Count, Difference, search

_REGRESSIONS = Path(__file__).parents[1] / "programs" / "regressions"

# Between the first seeds of two processes: none makes so many programs.
_APART = 1_000_000


def keep(difference: Difference, folder: Path) -> Path:
    """Write the program where the tests find it."""
    digest = sha256(difference.text.encode()).hexdigest()[:8]
    path = folder / f"random_{digest}.mvm"
    folder.mkdir(parents=True, exist_ok=True)
    remark = difference.problem.split("random.mvm: ")[-1].split("\n")[0]
    # What stops tier one itself would stop this process, too: there are no answers to it.
    fatal = difference.where == REFERENCE
    text = difference.text if fatal else answered(difference.text, f"Found at random: {remark}")
    path.write_text(text, encoding="utf-8")
    return path


def work(
    first_seed: int,
    minutes: float,
    disabled: Sequence[str],
    folder: Path,
    results: multiprocessing.Queue,
) -> None:
    """One process's share."""
    ran, found = Count(), 0
    for difference in search(first_seed, time.monotonic() + minutes * 60, ran, disabled):
        found += 1
        path = keep(difference, folder)
        print(f"{path}: {difference.problem}", flush=True)
    results.put((ran.programs, found))


def hunt(arguments: argparse.Namespace, seed: int, disabled: Sequence[str]) -> int:
    """Search with all processes; how many programs differ."""
    results: multiprocessing.Queue = multiprocessing.Queue()
    rest = (arguments.minutes, disabled, arguments.keep, results)
    workers = [
        multiprocessing.Process(target=work, args=(seed + job * _APART, *rest))
        for job in range(arguments.jobs)
    ]
    for worker in workers:
        worker.start()
    counts = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    ran, found = (sum(column) for column in zip(*counts, strict=True))
    without = f" without {', '.join(disabled)}" if disabled else ""
    print(f"seed {seed}{without}: {ran} programs, {found} of them differ", flush=True)
    return found


def held_off(arguments: argparse.Namespace, parser: argparse.ArgumentParser) -> list[list[str]]:
    """What each search does without."""
    disabled = [name.replace("-", " ") for name in arguments.jit_disable.split(",") if name]
    unknown = [name for name in disabled if name not in switches()]
    if unknown:
        parser.error(f"--jit-disable: not {unknown[0]!r}, but any of: {', '.join(switches())}")
    if not arguments.each:
        return [disabled]
    return [disabled, *([*disabled, name] for name in switches() if name not in disabled)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.random_programs", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="of each search (10)")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, default=_REGRESSIONS, metavar="FOLDER")
    parser.add_argument("--jit-disable", default="", metavar="NAME[,NAME…]")
    parser.add_argument(
        "--each", action="store_true", help="search again without each thing that can be disabled"
    )
    arguments = parser.parse_args()
    # Each search has other programs.
    seeds = count(arguments.seed, arguments.jobs * _APART)
    searches = zip(held_off(arguments, parser), seeds, strict=False)
    found = sum([hunt(arguments, seed, disabled) for disabled, seed in searches])
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
