"""Looks into a VM while it runs a program: `python -m bench.inside LOOK ENGINE PROGRAM [PASS]`.

    traces      runs the program once; what each of its traces took to make, and its size
    iterations  runs the program, with little to do, again and again in one VM; seconds of each time
    short       runs the program, with less to do, once; seconds
    without     runs the program, or a probe, once, without a pass if there is a PASS; seconds

Out: a JSON object on one line, with all that was printed, for who wants to check it. This is a
process of its own so that a crash is a failure of one program alone, and so that a short run finds
nothing that another one has left behind.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from bench.suite import PROGRAMS, SHORT, SMALL, programs_and_probes, smaller_text
from minivm.lang import compile_source
from minivm.machine import CAPTURE, Machine

# Enough iterations for all traces to be made; and enough time after that to know the peak speed.
LEAST_ITERATIONS = 40
_LEAST_SECONDS = 0.2


def _machine(engine: str, name: str, text: str | None, *disabled: str) -> Machine:
    assert text is not None, f"{name} is not a program to repeat"
    machine = Machine(engine=engine, output=CAPTURE, disabled=disabled)
    machine.load(compile_source(text, str(PROGRAMS / f"{name}.mvm")))
    return machine


def _timed(machine: Machine) -> float:
    """Of the processor, so that what else the computer does is left out."""
    started = time.process_time()
    machine.run()
    return time.process_time() - started


def _traces(engine: str, name: str) -> dict[str, object]:
    text = (PROGRAMS / f"{name}.mvm").read_text(encoding="utf-8")
    with _machine(engine, name, text) as machine:
        machine.run()
        statistics = machine.statistics()
        return {
            "output": machine.captured().decode(),
            "uops": statistics.final_uops,
            "bytes": statistics.code_bytes + statistics.cold_bytes + statistics.data_bytes,
            # Nanoseconds to make it, bytes of machine code, bytes of its exits.
            "traces": [
                (executor.nanoseconds, executor.code_size, executor.cold_size)
                for executor in machine.executors()
            ],
        }


def _iterations(engine: str, name: str) -> dict[str, object]:
    seconds: list[float] = []
    with _machine(engine, name, smaller_text(name, SMALL)) as machine:
        while len(seconds) < LEAST_ITERATIONS or sum(seconds) < _LEAST_SECONDS:
            seconds.append(_timed(machine))
        return {"output": machine.captured().decode(), "seconds": seconds}


def _short(engine: str, name: str) -> dict[str, object]:
    return _once(_machine(engine, name, smaller_text(name, SHORT)))


def _without(engine: str, name: str, *disabled: str) -> dict[str, object]:
    text = programs_and_probes()[name].read_text(encoding="utf-8")
    return _once(_machine(engine, name, text, *disabled))


def _once(machine: Machine) -> dict[str, object]:
    with machine:
        seconds = _timed(machine)
        return {"output": machine.captured().decode(), "seconds": [seconds]}


_LOOKS: dict[str, Callable[..., dict[str, object]]] = {
    "traces": _traces,
    "iterations": _iterations,
    "short": _short,
    "without": _without,
}


def _main(words: list[str]) -> None:
    look, *rest = words
    json.dump(_LOOKS[look](*rest), sys.stdout)


if __name__ == "__main__":
    _main(sys.argv[1:])
