"""`python -m bench report`: the page, the pictures, the table.

In: made-up results (conftest.py). Out: a page that needs no other file; the same one each time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")

from bench import report
from bench.looks import Look
from bench.page import render_page
from bench.plots import pictures
from bench.results import load, merge

_LOOKS = [
    Look("fib", "jit", (0.004, 0.001, 0.0005, 0.0005), ((5000, 10, 20), (7000, 30, 40)), 16),
    Look("fib", "tier1", (0.004, 0.004, 0.004, 0.004)),
]


def test_page_and_pictures(
    write: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, folder = tmp_path / "page.html", tmp_path / "new" / "pictures"
    words = [str(write(looks=_LOOKS)), "-o", str(page), "--pictures", str(folder)]
    words += ["--format", "svg,png"]
    assert report.main(words) == 0
    assert "How many times C:" in capsys.readouterr().out
    names = {"relative", "means", "warm_up", "traces", "memory"}
    assert {path.name for path in folder.iterdir()} == {
        f"{n}.{f}" for n in names for f in ("svg", "png")
    }
    assert all(path.read_bytes()[:4] == b"\x89PNG" for path in folder.glob("*.png"))
    text = page.read_text(encoding="utf-8")
    sources = re.findall(r'src="([^"]{22})', text)
    assert sources == ["data:image/svg+xml;bas"] * len(names)
    assert not re.search(r"<(script|link|iframe)", text)
    for part in ("geometric mean", "sieve/jit: crash: SIGSEGV", "PyPy: no pypy3", "jit 1.0"):
        assert part in text


def test_same_results_same_pictures(write: Callable[..., Path]) -> None:
    path = write(looks=_LOOKS)
    first, second = (pictures(load(path)) for _ in range(2))
    for form in ("svg", "png"):
        assert [p.encoded(form) for p in first] == [p.encoded(form) for p in second]


def test_results_without_some_parts(write: Callable[..., Path]) -> None:
    """One engine, no look inside: what there is nothing for is left out."""
    results = load(write({("empty", "jit"): [0.5], ("fib", "jit"): [2.5]}))
    shown = pictures(results)
    assert [picture.name for picture in shown] == ["memory"]
    page = render_page(results, shown)
    assert "Warm-up" not in page
    assert "One run of each" in page


def test_tables_in_a_document(write: Callable[..., Path], tmp_path: Path) -> None:
    document = tmp_path / "document.md"
    document.write_text(f"# Before\n{report.START}\nold\n{report.END}\nAfter.\n")
    words = [str(write(looks=_LOOKS)), "-o", str(tmp_path / "page.html")]
    for _ in range(2):
        assert report.main([*words, "--document", str(document)]) == 0
        text = document.read_text(encoding="utf-8")
        assert text.startswith(f"# Before\n{report.START}\n```text\n")
        assert text.endswith(f"```\n{report.END}\nAfter.\n")
        assert "old" not in text
        assert text.count("geometric mean") == 1
    document.write_text("nothing")
    assert report.main([*words, "--document", str(document)]) == 1
    assert document.read_text() == "nothing"


def test_text_is_escaped(write: Callable[..., Path]) -> None:
    results = load(write())
    odd = merge([results, type(results)(results.results, ("<b>",), ("a < b",), results.machine)])
    page = render_page(odd, [])
    assert "&lt;b&gt;" in page
    assert "a &lt; b" in page
    assert "<b>" not in page


def test_later_files_have_priority(write: Callable[..., Path]) -> None:
    old = load(write(name="old.json"))
    new = load(write({("empty", "c"): [0.25], ("fib", "c"): [3.25]}, name="new.json"))
    results = merge([old, new])
    found = results.find("fib", "c")
    assert found is not None
    assert found.least == 3.0
    assert results.find("fib", "jit") is not None


def test_what_can_t_be_read_or_written(
    write: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report.main([str(tmp_path / "none.json")]) == 1
    assert report.main([str(write()), "-o", str(tmp_path / "none" / "page.html")]) == 1
    assert capsys.readouterr().err.count("error: can't ") == 2
    assert report.main([str(write()), "--format", "gif"]) == 1
    assert "no format 'gif'" in capsys.readouterr().err
