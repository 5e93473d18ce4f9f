"""Interrupting what a VM runs.

In: the VM, and how long its program may run. Out: a context in which the program is interrupted
then, and again and again: an interrupt that comes before the program has started is forgotten.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from minivm.machine import Machine

_PAUSE_SECONDS = 0.05


@contextmanager
def interrupted_after(vm: Machine, seconds: float) -> Iterator[None]:
    over = threading.Event()

    def interrupt() -> None:
        pause = seconds
        while not over.wait(pause):
            vm.interrupt()
            pause = _PAUSE_SECONDS

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
