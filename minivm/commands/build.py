"""`minivm build`: the sources → the native library, and a line on what was done."""

from __future__ import annotations

from minivm.commands.console import complain, error_text, say
from minivm.commands.exit_codes import BAD_SOURCE, OK, UNAVAILABLE
from minivm.commands.parsing import Arguments
from minivm.jit.errors import BuildError, MissingToolError

_HINT = (
    "What a build needs, clang included: pip install ziglang lark lief capstone cffi "
    "(in a clone: pip install -e '.[build]')"
)


def execute(arguments: Arguments) -> int:
    """Build what has changed."""
    try:
        from minivm.build import build

        report = build(verbose=arguments.has("-v"), out=say)
    except (MissingToolError, ImportError) as error:
        complain(error_text(str(error), _HINT))
        return UNAVAILABLE
    except BuildError as error:
        complain(error_text(str(error)))
        return BAD_SOURCE
    say(str(report))
    return OK
