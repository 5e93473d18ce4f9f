"""`minivm build`: the sources → the native library, and a line on what was done."""

from __future__ import annotations

from minivm.commands.console import complain, error_text, say
from minivm.commands.exit_codes import OK, UNAVAILABLE
from minivm.commands.parsing import Arguments
from minivm.jit.errors import BuildError

_HINT = "What a build needs, clang included, comes with: pip install minivm[build]"


def execute(arguments: Arguments) -> int:
    """Build what has changed."""
    try:
        from minivm.build import build

        report = build(verbose=arguments.has("-v"), out=say)
    except (BuildError, ImportError) as error:
        complain(error_text(str(error), _HINT))
        return UNAVAILABLE
    say(str(report))
    return OK
