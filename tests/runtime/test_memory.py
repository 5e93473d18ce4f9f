"""Memory that programs use: the limit, and none that is lost.

In: loops that keep everything they make, and loops that keep nothing. Out: the first end in a
"memory" error that can be caught, on every engine, wherever the allocation is; the second take no
more memory the longer they run. `python tests/runtime/test_memory.py SECONDS` runs each of these
that long on every engine and shows what it took.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from minivm.lang import compile_source
from minivm.machine import CAPTURE, Machine
from tests.engines import ENGINES

_DECLARATIONS = """
record Pair { left right }
record Wide { a b c d e f g h i j k l m n o p q r s t u v w x y z a2 b2 c2 d2 e2 f2 g2 }
fn wide(n -- w) { n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n Wide }
fn closure(n -- f) { fn( -- n) { n } }
fn counter(n -- f) {
    fn( -- n) { n 1 + -> n n }
}
"""

# What makes an object of `i`, an int, by what it is.
_MAKERS = {
    "record": "i i Pair",
    "wide record": "i wide",
    "list": "[ i nil ]",
    "packed list": "i 10 fill",
    "range": "0 i range",
    "string": "i string",
    "long string": 'i string "0123456789abcdefghijklmnopqrstuvwxyz" concat',
    "closure": "i closure",
    "closure with a cell": "i counter",
    "map": '%{ i "x" }',
    "nested": "[ i string i closure Pair ]",
}
_LIMIT = 3_000_000


def _run(text: str, engine: str, max_heap: int = 0) -> str:
    with Machine(
        engine=engine, output=CAPTURE, max_heap=max_heap, loop_threshold=2, warm_up=1
    ) as vm:
        vm.load(compile_source(text, "memory.mvm"))
        vm.run()
        return vm.captured().decode()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", _MAKERS)
def test_limit_is_caught_and_what_it_was_reached_with_is_freed(kind: str, engine: str) -> None:
    text = f"""{_DECLARATIONS}
        fn keep_all(kept --) {{
            for i in 0 1_000_000 range {{ kept {_MAKERS[kind]} push }}
        }}
        fn attempt(kept --) {{
            try {{ kept keep_all "no error" print }} catch e {{ e .kind print }}
            kept len 1000 > print
        }}
        for i in 0 3 range {{ [ ] attempt }}
    """
    assert _run(text, engine, _LIMIT) == "memory\ntrue\n" * 3


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", _MAKERS)
def test_garbage_does_not_reach_the_limit(kind: str, engine: str) -> None:
    text = f"""{_DECLARATIONS}
        for i in 0 100_000 range {{ {_MAKERS[kind]} drop }}
        "done" print
    """
    assert _run(text, engine, _LIMIT) == "done\n"


def _resident() -> int:
    """The process's memory, in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _garbage(kind: str) -> str:
    """A program that makes some for some hundredths of a second; it may be run many times."""
    return f"""{_DECLARATIONS}
        [ ] -> kept
        for i in 0 1000 range {{ kept {_MAKERS[kind]} push }}
        for i in 0 100_000 range {{ kept i 1000 % {_MAKERS[kind]} set }}
    """


def _growth(kind: str, engine: str, seconds: float) -> int:
    """How many bytes of memory running the program for that long takes, after a start."""
    with Machine(engine=engine, output=CAPTURE) as vm:
        vm.load(compile_source(_garbage(kind), "garbage.mvm"))
        for _ in range(10):
            vm.run()
        before = _resident()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            vm.run()
        return _resident() - before


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc")
@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="a sanitizer keeps memory")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", _MAKERS)
def test_garbage_takes_no_more_memory_over_time(kind: str, engine: str) -> None:
    assert _growth(kind, engine, 0.3) < 3_000_000


# Each round makes a record where the loop's trace is left, and nowhere else.
_SUNK = """
record Many { a b c d e f g h i j k l m n o p }
nil -> last
for i in 0 100_000 range {
    i i i i i i i i i i i i i i i i Many -> many
    i 3 & 2 == if { many -> last }
}
last .p print
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc")
@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="a sanitizer keeps memory")
@pytest.mark.parametrize("engine", ENGINES)
def test_what_exits_make_is_collected(engine: str) -> None:
    with Machine(engine=engine, output=CAPTURE, exit_threshold=1_000_000_000) as vm:
        vm.load(compile_source(_SUNK, "sunk.mvm"))
        for _ in range(5):
            vm.run()
        before = _resident()
        for _ in range(5):
            vm.run()
        assert _resident() - before < 3_000_000
        assert vm.captured().decode() == "99998\n" * 10


def _main(seconds: float) -> int:
    worst = 0
    for engine in ENGINES:
        for kind in _MAKERS:
            growth = _growth(kind, engine, seconds)
            worst = max(worst, growth)
            print(f"{engine:6} {kind:20} {growth:>12,} bytes more after {seconds:g} s", flush=True)
    return worst > 3_000_000


if __name__ == "__main__":
    sys.exit(_main(float(sys.argv[1])))
