"""The folder that holds uops.def → its text."""

from __future__ import annotations

from pathlib import Path

from minivm.generate.definitions import DefinitionError


def read_definitions(package_dir: Path) -> str:
    """The text of uops.def; raises DefinitionError where it can't be read or is not UTF-8."""
    try:
        content = (package_dir / "uops.def").read_bytes()
    except OSError as error:
        raise DefinitionError(1, f"can't be read: {error.strerror}") from None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DefinitionError(line, f"the byte {content[error.start]:#x} is not UTF-8") from None
