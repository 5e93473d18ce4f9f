"""Looks into a VM while it runs a program: `python -m bench.inside LOOK ENGINE PROGRAM [COUNT]`.

    traces      runs the program once; what each of its traces took to make, and its size
    iterations  runs the program, with less to do, COUNT times in one VM; seconds of each time

Out: a JSON object on one line, with all that was printed, for who wants to check it. This is a
process of its own so that a crash is a failure of one program alone.
"""

from __future__ import annotations

import json
import sys
import time

from bench.suite import PROGRAMS, small_text
from minivm.lang import compile_source
from minivm.machine import CAPTURE, Machine


def _traces(engine: str, name: str) -> dict[str, object]:
    path = PROGRAMS / f"{name}.mvm"
    program = compile_source(path.read_text(encoding="utf-8"), str(path))
    with Machine(engine=engine, output=CAPTURE) as machine:
        machine.load(program)
        machine.run()
        statistics = machine.statistics()
        return {
            "output": machine.captured().decode(),
            "uops": statistics.final_uops,
            # Nanoseconds to make it, bytes of machine code, bytes of its exits.
            "traces": [
                (executor.nanoseconds, executor.code_size, executor.cold_size)
                for executor in machine.executors()
            ],
        }


def _iterations(engine: str, name: str, count: int) -> dict[str, object]:
    text = small_text(name)
    assert text is not None, f"{name} is not a program to repeat"
    program = compile_source(text, f"{name}.mvm")
    seconds = []
    with Machine(engine=engine, output=CAPTURE) as machine:
        machine.load(program)
        for _ in range(count):
            # Of the processor, so that what else the machine does is left out.
            started = time.process_time()
            machine.run()
            seconds.append(time.process_time() - started)
        return {"output": machine.captured().decode(), "seconds": seconds}


def _main(words: list[str]) -> None:
    look, engine, name, *count = words
    found = _iterations(engine, name, int(count[0])) if count else _traces(engine, name)
    assert look == ("iterations" if count else "traces")
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    _main(sys.argv[1:])
