"""What the tests of the command line share."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import WriteProgram


@pytest.fixture
def program(tmp_path: Path) -> WriteProgram:
    """Writes a program to a file and gives its path."""

    def write(text: str) -> str:
        path = tmp_path / "program.mvm"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write
