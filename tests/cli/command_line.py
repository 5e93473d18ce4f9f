"""Running `minivm` as a process of its own.

In: words of a command line, standard input, environment. Out: its exit code and what it wrote.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import minivm
from tests.engines import ENGINES as _INSTALLED

_SWITCHES = {
    "tier1": [],
    "uops": ["--jit=uops"],
    "jit": ["--jit"],
    "llvm": ["--jit=llvm", "--llvm-opt", "0"],
}
ENGINES = {engine: _SWITCHES[engine] for engine in _INSTALLED}

WriteProgram = Callable[[str], str]

# Traces are made at once, so that errors happen in them too.
EAGER = ["--warm-up", "1", "--loop-threshold", "2", "--entry-threshold", "2"]

_PACKAGE_PARENT = str(Path(minivm.__file__).resolve().parent.parent)


def command(*words: str) -> list[str]:
    """The command line of `minivm WORDS`."""
    return [sys.executable, "-m", "minivm", *words]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment, without what would change the output."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MINIVM_")}
    kept.pop("NO_COLOR", None)
    return {**kept, "PYTHONPATH": _PACKAGE_PARENT, **(extra or {})}


def minivm_process(
    *words: str,
    stdin: str | None = None,
    extra: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run it to its end; no test may take longer than a minute."""
    return subprocess.run(
        command(*words),
        input=stdin if stdin is not None else "",
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(extra),
        cwd=cwd,
        timeout=60,
    )
