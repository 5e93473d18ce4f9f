"""Time limits.

In: a limit and what to do when it is passed. Out: that is done, by a thread of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition, Thread
from time import monotonic


class Watchdog:
    """Calls `bark` when more than `seconds` pass between `start` and `stop`.

    Its thread sleeps on for a while after `stop`, so that the next `start` costs next to nothing.
    """

    def __init__(self, seconds: float, bark: Callable[[], None]) -> None:
        self._seconds = seconds
        self._bark = bark
        self._changed = Condition()
        self._deadline: float | None = None
        self._thread: Thread | None = None

    def start(self) -> None:
        """From now on time counts."""
        with self._changed:
            self._deadline = monotonic() + self._seconds
            if self._thread is None:
                self._thread = Thread(target=self._watch, name="minivm timeout", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Time does not count any more; `bark` is not called after this."""
        with self._changed:
            self._deadline = None

    def _watch(self) -> None:
        """A later deadline is seen when the earlier one comes."""
        with self._changed:
            while self._deadline is not None:
                left = self._deadline - monotonic()
                if left <= 0:
                    self._deadline = None
                    self._bark()
                    break
                self._changed.wait(left)
            self._thread = None
