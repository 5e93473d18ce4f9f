"""`python -m bench report`: files of `bench run` → tables, an HTML page, pictures."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.document import put_into, write
from bench.engines import BenchError
from bench.page import render_page
from bench.plots import FORMS, Picture, pictures
from bench.results import load, merge
from bench.table import render_document, render_results

START, END = "<!-- results -->", "<!-- end of results -->"


def main(words: Sequence[str]) -> int:
    """Prints the tables and writes the files; the exit code."""
    arguments = _parser().parse_args(words)
    try:
        forms = _forms(arguments.format)
        results = merge([load(path) for path in arguments.files])
        shown = pictures(results)
        write(arguments.output, render_page(results, shown).encode())
        if arguments.pictures:
            _write_pictures(shown, forms, arguments.pictures)
        if arguments.document:
            put_into(arguments.document, (START, END), render_document(results))
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(render_results(results))
    print(f"\nWritten: {arguments.output}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench report",
        description="Show what `bench run` has measured: tables here, all of it on a page of HTML.",
    )
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        default=[Path("bench.json")],
        metavar="FILE",
        help="of `bench run` (bench.json); of several, later ones have priority",
    )
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("report.html"), metavar="FILE", help="the page"
    )
    parser.add_argument(
        "--pictures", type=Path, metavar="FOLDER", help="write the pictures there, too"
    )
    parser.add_argument("--format", default="svg", metavar="A,B", help="svg, png or both (svg)")
    parser.add_argument(
        "--document",
        type=Path,
        metavar="FILE",
        help=f"put the tables between the lines {START} and {END} of a Markdown file",
    )
    return parser


def _forms(text: str) -> list[str]:
    forms = text.split(",")
    unknown = [form for form in forms if form not in FORMS]
    if unknown:
        raise BenchError(f"no format {unknown[0]!r}; there are {', '.join(FORMS)}")
    return forms


def _write_pictures(shown: Sequence[Picture], forms: Sequence[str], folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BenchError(f"can't make the folder {folder}: {error.strerror}") from None
    for picture in shown:
        for form in forms:
            write(folder / f"{picture.name}.{form}", picture.encoded(form))
