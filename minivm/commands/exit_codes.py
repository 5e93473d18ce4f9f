"""The exit codes of `minivm`. What a number means never changes; docs/cli.md explains them."""

from __future__ import annotations

OK = 0
FAILED = 1
USAGE = 2
BAD_SOURCE = 65
NO_INPUT = 66
UNAVAILABLE = 69
INTERNAL = 70
INTERRUPTED = 130
BROKEN_PIPE = 141

MEANINGS = {
    OK: "all went well",
    FAILED: "a run-time error, a test that fails, a file that is not formatted, or output that"
    " can't be written",
    USAGE: "a command line that makes no sense",
    BAD_SOURCE: "the program (or, for a build, a source file) has an error, or is not text",
    NO_INPUT: "the program can't be read",
    UNAVAILABLE: "the native library is not built, or can't be",
    INTERNAL: "an error in minivm itself",
    INTERRUPTED: "stopped by Ctrl-C",
    BROKEN_PIPE: "nobody reads the output any more",
}
