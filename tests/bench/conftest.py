"""Engines that are not: a Python program plays each of them, so that no test depends on times."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("pyperf")

from bench.engines import Engine
from bench.suite import PROGRAMS, answers

# An engine prints what the benchmark program that it is given must print.
_RIGHT = f"""
import pathlib, sys
answers = {answers()!r}
name = pathlib.Path(sys.argv[1]).stem
if name != "empty":
    print(answers[name])
"""


@pytest.fixture
def fake_engine() -> Callable[..., Engine]:
    """Makes an engine called `name`; it first does what `code` says, which knows `name`."""

    def make(name: str, code: str = "") -> Engine:
        program = _RIGHT.replace("if name", f"{code}\nif name", 1)
        command = (sys.executable, "-c", program)
        return Engine(name, name, f"{name} 1.0", command, PROGRAMS, ".mvm")

    return make


@pytest.fixture
def results_path(tmp_path: Path) -> Path:
    return tmp_path / "results.json"
