"""Runs one command and says what it took: `python -I -S launch.py DESCRIPTOR COMMAND …`.

In: a command and an open descriptor. Out: the command's output, untouched; on the descriptor its
status, seconds of user time and of system time, and the most memory it had at once, in bytes.

This is a process of its own because Linux counts the memory of whoever starts a process as
that process's. So this one is small; less than it has (about 8 MB) can't be measured.
"""

import os
import sys


def _launch() -> None:
    descriptor, command = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(descriptor, False)
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    # ru_maxrss is in kilobytes, on macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    numbers = (code, usage.ru_utime, usage.ru_stime, usage.ru_maxrss * unit)
    os.write(descriptor, " ".join(map(repr, numbers)).encode())


if __name__ == "__main__":
    _launch()
