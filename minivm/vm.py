"""The names `Machine` and its company used to have."""

from __future__ import annotations

from minivm.errors import ProgramError, TracebackEntry
from minivm.machine import CAPTURE, ENGINES, as_loaded
from minivm.machine import Machine as VM

__all__ = ["CAPTURE", "ENGINES", "VM", "ProgramError", "TracebackEntry", "as_loaded"]
