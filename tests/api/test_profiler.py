"""The profiler beside others of its kind: in several threads, in nested runs, refused."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

import minivm
from minivm.lang import compile_source
from minivm.machine import CAPTURE, Machine
from minivm.profile import HELPER, TIER_ONE, Profile, Profiler

LOOP = "0 -> n\nfor i in 0 {count} range {{ n i ^ -> n }}"
SEARCH = '"x" 1_000_000 repeat -> text\nfor i in 0 1000 range { text "y" find drop }'


def time_of(profile: Profile, activity: str) -> float:
    return sum(share.nanoseconds for share in profile.shares if share.activity == activity)


def profiled(text: str, engine: str) -> Profile:
    with Machine(engine=engine, output=CAPTURE) as machine:
        machine.load(compile_source(text, "test.mvm"))
        profiler = Profiler(machine)
        machine.run()
        return profiler.stop()


def test_all_of_the_time() -> None:
    profile = profiled(LOOP.format(count=100_000_000), "jit")
    assert profile.samples > 5
    whole = sum(share.nanoseconds for share in profile.shares) + sum(profile.stages.values())
    assert whole == pytest.approx(profile.processor, rel=1e-6)
    assert all(time > 0 for time in profile.stages.values())


def test_several_threads() -> None:
    """Each profile is of its own thread alone."""
    texts = [(LOOP.format(count=20_000_000), "tier1"), (SEARCH, "jit"), (SEARCH, "tier1")]
    found: dict[int, Profile] = {}

    def work(number: int) -> None:
        found[number] = profiled(*texts[number])

    threads = [threading.Thread(target=work, args=[number]) for number in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert time_of(found[0], TIER_ONE) > found[0].processor / 2
    assert time_of(found[1], HELPER) > found[1].processor / 2
    assert time_of(found[2], HELPER) > found[2].processor / 2
    assert time_of(found[0], HELPER) < found[0].processor / 10


def test_nested_runs() -> None:
    """A word of the host runs another VM, with a profile of its own, in the same thread."""
    inner: list[Profile] = []
    outer = minivm.VM(jit=False)
    outer.register("search", lambda: inner.append(profiled(SEARCH, "tier1")), "( -- )")
    profiler = Profiler(outer.machine)
    outer.run("search search")
    profile = profiler.stop()
    assert len(inner) == 2
    for each in inner:
        assert time_of(each, HELPER) > each.processor / 2
    # The outer one is of the thread, and so of all of this.
    assert profile.processor > inner[0].processor + inner[1].processor


def test_one_after_the_other() -> None:
    """A VM may be profiled again, and runs without a profile in between."""
    with Machine(engine="jit", output=CAPTURE) as machine:
        machine.load(compile_source(LOOP.format(count=1_000_000), "test.mvm"))
        samples = []
        for _ in range(2):
            profiler = Profiler(machine)
            machine.run()
            samples.append(profiler.stop().samples)
            machine.run()
    assert min(samples) > 0


def test_stopped_inside_of_a_run() -> None:
    vm = minivm.VM(jit=True, output="capture")
    profilers = [Profiler(vm.machine)]
    vm.register("stop", lambda: profilers.pop().stop() and None, "( -- )")
    vm.run("0 -> n for i in 0 1000 range { n i + -> n i 500 == if { stop } } n print")
    assert not profilers and vm.output == "499500\n"


def test_signal_in_use() -> None:
    """Somebody else's handler is left alone."""
    script = (
        "import signal; signal.signal(signal.SIGPROF, lambda number, frame: None)\n"
        "from minivm.machine import Machine; from minivm.profile import Profiler\n"
        "from minivm.native import NativeError\n"
        "try: Profiler(Machine())\n"
        "except NativeError as error: print(error)\n"
    )
    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "SIGPROF" in process.stdout, process.stderr


def test_signal_afterwards() -> None:
    """A late signal, or one that somebody sends, ends nothing."""
    profiled(LOOP.format(count=100_000), "tier1")
    signal.raise_signal(signal.SIGPROF)
