"""`python -m bench COMMAND …`: the words of the command line → an exit code."""

from __future__ import annotations

import os
import sys
from importlib import import_module

# What each command does, in one line. Its module has `main(words)`, which gives the exit code.
_COMMANDS = {
    "run": "measure programs on several engines",
    "compare": "two results beside each other",
    "warmup": "how soon programs run at full speed, and short runs",
    "passes": "what each pass brings",
    "check": "what was asked, and what of it holds",
    "report": "results as tables, pictures and an HTML page",
    "backends": "stencils and LLVM on the same traces",
}


def _help() -> str:
    lines = [f"  {name:<10}{what}" for name, what in _COMMANDS.items()]
    return "\n".join(["Usage: python -m bench COMMAND …", "", *lines, "", "COMMAND --help: more."])


def main(words: list[str]) -> int:
    """Runs the command that `words` stand for."""
    if not words or words[0] in ("--help", "-h"):
        print(_help())
        return 0 if words else 2
    if words[0] not in _COMMANDS:
        print(f"error: no such command: {words[0]}\n\n{_help()}", file=sys.stderr)
        return 2
    try:
        code: int = import_module(f"bench.{words[0]}").main(words[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # Who reads has seen enough. What is still in the buffer has to go somewhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] in ("bench", "minivm"):
            raise
        hint = "pip install -e '.[bench]'"
        print(f"error: {error.name} is not installed: {hint}", file=sys.stderr)
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
