"""The cache on disk, and the files a result depends on."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from minivm.jit.cache import Cache, digest, open_cache, write_if_changed
from minivm.jit.errors import BuildError
from minivm.jit.includes import IncludeScanner


def test_read_what_was_written(cache: Cache) -> None:
    assert cache.read("things", "key") is None
    cache.write("things", "key", b"content")
    assert cache.read("things", "key") == b"content"
    assert cache.read("others", "key") is None


def test_digest_depends_on_the_parts() -> None:
    assert digest(["ab", "c"]) != digest(["a", "bc"])
    assert digest(["ab"]) == digest([b"ab"])


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"MINIVM_CACHE": "named"}, "named"),
        ({"XDG_CACHE_HOME": "base"}, "base/minivm"),
        ({"HOME": "home"}, "home/.cache/minivm"),
    ],
)
def test_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str
) -> None:
    for name in ("MINIVM_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, str(tmp_path / value))
    notes: list[str] = []
    assert open_cache(notes.append).directory == tmp_path / expected
    assert notes == []


def test_unusable_place_falls_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MINIVM_CACHE", str(tmp_path / "file" / "cache"))
    notes: list[str] = []
    cache = open_cache(notes.append)
    cache.write("things", "key", b"content")
    assert cache.read("things", "key") == b"content"
    assert len(notes) == 1 and "can't be written" in notes[0]


def test_prune_removes_what_was_long_unused(cache: Cache) -> None:
    cache.write("things", "old", b"1")
    cache.write("things", "new", b"2")
    long_ago = time.time() - 40 * 24 * 60 * 60
    os.utime(cache.directory / "things" / "old", (long_ago, long_ago))
    cache.prune()
    assert cache.read("things", "old") is None
    assert cache.read("things", "new") == b"2"


def test_reading_keeps_an_entry_alive(cache: Cache) -> None:
    cache.write("things", "old", b"1")
    long_ago = time.time() - 40 * 24 * 60 * 60
    os.utime(cache.directory / "things" / "old", (long_ago, long_ago))
    cache.read("things", "old")
    cache.prune()
    assert cache.read("things", "old") == b"1"


def test_write_if_changed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert write_if_changed(path, b"1")
    assert not write_if_changed(path, b"1")
    assert write_if_changed(path, b"2")
    assert path.read_bytes() == b"2"
    assert list(tmp_path.iterdir()) == [path]


def test_includes_are_followed(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.h").write_text('#include "sub/b.h"\n#include <stdio.h>\n')
    (tmp_path / "sub" / "b.h").write_text('#  include "../a.h" // a circle\n#include <c.h>\n')
    (tmp_path / "c.h").write_text("")
    found = IncludeScanner([tmp_path]).of_text('#include "a.h"\n', tmp_path / "x.c")
    assert [os.path.relpath(path, tmp_path) for path in found] == ["a.h", "c.h", "sub/b.h"]


def test_expected_files_count_as_found(tmp_path: Path) -> None:
    made_later = tmp_path / "later.h"
    text = '#include "later.h"\n'
    assert IncludeScanner([tmp_path]).of_text(text, tmp_path / "x.c") == ()
    assert IncludeScanner([tmp_path], [made_later]).of_text(text, tmp_path / "x.c") == (made_later,)


def test_computed_include_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"x\.c:2: an include must name its file"):
        IncludeScanner([tmp_path]).of_text("\n#include FILE\n", tmp_path / "x.c")
