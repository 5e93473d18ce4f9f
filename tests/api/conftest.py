"""Machines to embed: one for each engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import minivm


@pytest.fixture(params=[False, "uops", True], ids=["tier1", "uops", "jit"])
def vm(request: pytest.FixtureRequest) -> Iterator[minivm.VM]:
    """A VM that traces at once and keeps its output."""
    debug = {"loop_threshold": 2, "entry_threshold": 2, "warm_up": 1}
    with minivm.VM(jit=request.param, output="capture", debug=debug, timeout=60.0) as machine:
        yield machine


@pytest.fixture
def stressed() -> Iterator[minivm.VM]:
    """A VM that collects at every allocation, so that a value nobody keeps alive is seen."""
    with minivm.VM(output="capture", debug={"stress": True}, timeout=60.0) as machine:
        yield machine
