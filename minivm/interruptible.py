"""Calls that Ctrl-C can stop.

In: a call that runs for long without the interpreter lock, and how to ask it to stop. Out: what
it returns. Python handles signals in its main thread alone, between two of its instructions, and so
not before the call is over. But it writes a byte for each into a file as it comes (set_wakeup_fd):
a thread that reads them asks the call to stop.
"""

from __future__ import annotations

import os
import signal
from _thread import start_new_thread
from collections.abc import Callable

_AT_ONCE = 512


class _Watcher:
    """The thread, and the calls that it may have to stop, innermost last."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.targets: list[Callable[[], None]] = []
        self.forward = -1
        self._reader, self.writer = os.pipe()
        os.set_blocking(self.writer, False)
        start_new_thread(self._watch, ())

    def _watch(self) -> None:
        while True:
            signals = os.read(self._reader, _AT_ONCE)
            if signal.SIGINT in signals:
                for interrupt in self.targets[-1:]:
                    interrupt()
            if self.forward >= 0:
                _tell(self.forward, signals)


def _tell(descriptor: int, signals: bytes) -> None:
    """Whoever watched before goes on being told, if they still listen."""
    try:
        os.write(descriptor, signals)
    except OSError:
        return


_watcher: _Watcher | None = None


def _running_watcher() -> _Watcher | None:
    """The watcher of this process; None when no thread can be started."""
    global _watcher
    # A forked process has no threads but the one that forked.
    if _watcher is None or _watcher.process != os.getpid():
        try:
            _watcher = _Watcher()
        except (OSError, RuntimeError):
            return None
    return _watcher


def call_interruptibly(
    call: Callable[[], bool], interrupt: Callable[[], None], keep_handler: bool = True
) -> bool:
    """What `call` returns; `interrupt` is called, by another thread, at Ctrl-C until then.

    The signal is then handled as ever, by default by a KeyboardInterrupt out of here; without
    `keep_handler` nothing more comes of it. Where signals are someone else's business, because this
    is not the main thread or because Python does not handle SIGINT, it is a plain call.
    """
    watcher = _running_watcher()
    if watcher is None:
        return call()
    try:
        watched = signal.set_wakeup_fd(watcher.writer, warn_on_full_buffer=False)
    except ValueError:
        return call()
    previous_handler, previous_forward = None, watcher.forward
    watcher.targets.append(interrupt)
    if watched != watcher.writer:
        watcher.forward = watched
    try:
        if not keep_handler and callable(signal.getsignal(signal.SIGINT)):
            previous_handler = signal.signal(signal.SIGINT, lambda *_: None)
        return call()
    finally:
        watcher.targets.pop()
        watcher.forward = previous_forward
        signal.set_wakeup_fd(watched)
        if previous_handler is not None:
            signal.signal(signal.SIGINT, previous_handler)
