"""`python -m tests.random_programs`: look for programs on which the engines differ.

In: for how long, on how many cores, from which seed; what all runs do without. Out: a report; each
difference, made small, as a program with tier one's answers in tests/programs/regressions. Exit
code 1 when there is one.
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
from pathlib import Path

from tests.engines import switches

from .compare import REFERENCE, answered
from .hunt import Count, Difference, search

_REGRESSIONS = Path(__file__).parents[1] / "programs" / "regressions"


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
    count, found = Count(), 0
    for difference in search(first_seed, time.monotonic() + minutes * 60, count, disabled):
        found += 1
        path = keep(difference, folder)
        print(f"{path}: {difference.problem}", flush=True)
    results.put((count.programs, found))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.random_programs", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, default=_REGRESSIONS, metavar="FOLDER")
    parser.add_argument("--jit-disable", default="", metavar="NAME[,NAME…]")
    arguments = parser.parse_args()
    disabled = [name.replace("-", " ") for name in arguments.jit_disable.split(",") if name]
    unknown = [name for name in disabled if name not in switches()]
    if unknown:
        parser.error(f"--jit-disable: not {unknown[0]!r}, but any of: {', '.join(switches())}")
    results: multiprocessing.Queue = multiprocessing.Queue()
    workers = [
        multiprocessing.Process(
            target=work,
            args=(
                arguments.seed + job * 1_000_000,
                arguments.minutes,
                disabled,
                arguments.keep,
                results,
            ),
        )
        for job in range(arguments.jobs)
    ]
    for worker in workers:
        worker.start()
    counts = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    ran, found = (sum(column) for column in zip(*counts, strict=True))
    print(f"seed {arguments.seed}: {ran} programs, {found} of them differ")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
