"""Programs with hot traces, and running them so that gdb's list of object files can be read.

In: a program's text. Out: a machine that has run it, and what stands in the list.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import minivm
from minivm.debuginfo.observer import describe_code
from minivm.lang import compile_source
from minivm.machine import CAPTURE, Machine

# `inner` calls C in a function that is inlined there.
CONCAT = """\
fn decorate(text i -- longer) {
    text i 10 % string concat
}

fn inner(n -- s) {
    0 -> total
    for i in 0 n range {
        "<" i decorate len total + -> total
    }
    total
}

for k in 0 20 range { 2000 inner drop }
2000 inner print
"""
CONCAT_ANSWER = "4000\n"

LIBRARY = Path(minivm.__file__).parent / "_native" / "libminivm.so"


class _Object(ctypes.Structure):
    pass


_Object._fields_ = [
    ("next", ctypes.POINTER(_Object)),
    ("previous", ctypes.POINTER(_Object)),
    ("bytes", ctypes.c_void_p),
    ("size", ctypes.c_uint64),
]


class _Descriptor(ctypes.Structure):
    _fields_ = (
        ("version", ctypes.c_uint32),
        ("action", ctypes.c_uint32),
        ("relevant", ctypes.POINTER(_Object)),
        ("first", ctypes.POINTER(_Object)),
    )


def known_objects() -> list[bytes]:
    """The object files that gdb would find, the newest first."""
    descriptor = _Descriptor.in_dll(ctypes.CDLL(str(LIBRARY)), "__jit_debug_descriptor")
    assert (descriptor.version, descriptor.action) == (1, 0)
    found = []
    at = descriptor.first
    while at:
        found.append(ctypes.string_at(at.contents.bytes, at.contents.size))
        at = at.contents.next
    return found


@contextmanager
def described(text: str, engine: str = "jit") -> Iterator[Machine]:
    """A machine that has run `text`, of which gdb was told, until the end of the block."""
    complaints: list[str] = []
    with Machine(output=CAPTURE, engine=engine, loop_threshold=10, exit_threshold=10**6) as machine:
        describe_code(machine, gdb=True, perf="", complain=complaints.append)
        machine.load(compile_source(text, "program.mvm"))
        machine.run()
        yield machine
    assert not complaints
