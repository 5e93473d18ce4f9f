"""What the verifier says: which function, where in it, and why."""

from __future__ import annotations

from minivm.errors import Error


class VerifyError(Error):
    """Code that the VM must not run.

    `function` is the function's name and `offset` the unit at which its instruction starts; both
    are None where the fault is in no function, and `offset` where it is in no instruction.
    """

    def __init__(
        self, cause: str, function: str | None = None, offset: int | None = None, name: str = ""
    ) -> None:
        place = "" if function is None else f"function {function!r}: "
        if offset is not None:
            place = f"function {function!r}, unit {offset}{f' ({name})' if name else ''}: "
        super().__init__(place + cause)
        self.cause = cause
        self.function = function
        self.offset = offset
