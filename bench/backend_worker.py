"""One program with one back end, in this process: `python -m bench.backend_worker BACKEND PROGRAM`.

In: a back end's name, BACKENDS, and a program's path. Out: a line of JSON: what the program
printed, the seconds it ran without those that its traces took to make, and each trace. "uops" as a
back end counts the uops that run, by name.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from minivm.executors import Executor
from minivm.generated.uop_table import UOPS
from minivm.lang import compile_source
from minivm.machine import CAPTURE, LLVM_LEVELS, Machine

STENCILS = "stencils"
LLVM = {f"LLVM -O{level}": level for level in LLVM_LEVELS}
BACKENDS = (STENCILS, *LLVM)
COUNT_UOPS = "uops"
# LLVM's traces call no others, and go on in others with everything in memory: the stencils' are to
# be the same.
_NOT_LLVM = ("calls", "links")


def measure(backend: str, path: Path) -> dict[str, Any]:
    """Times are in seconds of this thread, a trace's in nanoseconds, its size in bytes."""
    with _machine(backend) as vm:
        vm.load(compile_source(path.read_text(encoding="utf-8"), str(path)))
        started = time.thread_time()
        vm.run()
        seconds = time.thread_time() - started
        making = vm.statistics().trace_nanoseconds / 1e9
        traces = [_trace(executor) for executor in vm.executors()]
        if vm.llvm is not None:
            # What LLVM itself took: the text it reads could be made faster than Python makes it.
            for trace, compilation in zip(traces, vm.llvm.compilations, strict=True):
                trace["nanoseconds"] = compilation.nanoseconds
        return {
            "output": vm.captured().decode(),
            "seconds": seconds - making,
            "making_seconds": making,
            "traces": traces,
        }


def _machine(backend: str) -> Machine:
    if backend != STENCILS:
        return Machine(engine="llvm", output=CAPTURE, llvm_level=LLVM[backend])
    return Machine(engine="jit", output=CAPTURE, disabled=_NOT_LLVM)


def _trace(executor: Executor) -> dict[str, Any]:
    return {
        "place": f"{executor.place.function}:{executor.place.line}",
        "uops": executor.uop_count,
        "nanoseconds": executor.emission_nanoseconds,
        "bytes": executor.code_size + executor.cold_size,
    }


def count_uops(path: Path) -> dict[str, int]:
    """How often each uop runs in traces, by name; of the loops alone, where nearly all of it is."""
    counts: Counter[str] = Counter()
    with Machine(
        engine="jit", output=CAPTURE, counting=True, keep_stages=True, disabled=_NOT_LLVM
    ) as vm:
        vm.load(compile_source(path.read_text(encoding="utf-8"), str(path)))
        vm.run()
        for executor in vm.executors():
            stage = executor.stages[-1]
            # One that neither closes a loop nor goes on in another runs once when it is entered.
            repeats = executor.closes or executor.link is not None
            iterations = (executor.iterations or 0) // executor.rounds
            times = iterations if repeats else executor.entered
            for uop in stage.uops[stage.loop_start : stage.cold_start]:
                counts[UOPS[uop.opcode].name] += times
    return dict(counts)


def main() -> int:
    backend, path = sys.argv[1], Path(sys.argv[2])
    found = count_uops(path) if backend == COUNT_UOPS else measure(backend, path)
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
