"""Calls that Ctrl-C can stop.

In: a call that runs for long without the interpreter lock, and how to ask it to stop. Out: what it
returns. Python handles signals in its main thread alone, between two of its instructions: so the
call is made by another thread, while the main thread waits where signals reach it.
"""

from __future__ import annotations

import signal
from _thread import allocate_lock, start_new_thread
from collections.abc import Callable


def call_interruptibly(call: Callable[[], bool], interrupt: Callable[[], None]) -> bool:
    """What `call` returns; `interrupt` is called for each Ctrl-C until then.

    Where signals are someone else's business, because this is not the main thread or because they
    are ignored, it is a plain call.
    """
    try:
        previous = signal.signal(signal.SIGINT, lambda *_: interrupt())
    except ValueError:
        return call()
    try:
        if previous is signal.SIG_IGN:
            signal.signal(signal.SIGINT, previous)
        return _call_in_thread(call)
    finally:
        # None: a handler that Python did not set, and so can't put back.
        signal.signal(signal.SIGINT, signal.SIG_DFL if previous is None else previous)


def _call_in_thread(call: Callable[[], bool]) -> bool:
    results: list[bool] = []
    finished = allocate_lock()
    finished.acquire()

    def work() -> None:
        try:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            results.append(call())
        finally:
            finished.release()

    try:
        start_new_thread(work, ())
    except RuntimeError:
        # No more threads may be started: it runs, only Ctrl-C has to wait.
        return call()
    finished.acquire()
    return results[0]
