"""`minivm repl`: entries typed at a prompt → what they print, and the stack they leave."""

from __future__ import annotations

import sys

from minivm import __version__
from minivm.commands.console import uses_color
from minivm.commands.parsing import Arguments
from minivm.commands.program import engine_of, make_vm
from minivm.repl.loop import Loop
from minivm.repl.terminal import Terminal
from minivm.repl.workspace import Workspace

_ENGINES = {
    "tier1": "tier one",
    "uops": "with the JIT, uops interpreted",
    "jit": "with the JIT",
    "llvm": "with the JIT, machine code by LLVM",
}


def execute(arguments: Arguments) -> int:
    """Read and run entries until the end of the input."""
    engine = "tier1" if arguments.has("--no-jit") else engine_of(arguments, "jit")
    with make_vm(arguments, engine, keep_stages=True) as machine:
        workspace = Workspace(machine, uses_color(sys.stderr))
        terminal = Terminal(workspace.candidates)
        if terminal.interactive:
            terminal.say(f"mvm {__version__} ({_ENGINES[engine]}). :help says what there is.")
        loop = Loop(terminal, workspace)
        return loop.load(arguments.files) or loop.run()
