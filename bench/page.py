"""Results → one HTML page, which needs no other file.

In: results and pictures. Out: the page's text; the pictures are in it, as data.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

from bench.engines import title
from bench.plots import Picture
from bench.results import Results
from bench.summary import all_looks, noise_report, yardstick
from bench.table import (
    WARM_HEADING,
    memory_rows,
    ratio_rows,
    seconds_rows,
    trace_rows,
    warm_rows,
)

_CSS = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62em; margin: 2em auto; padding: 0 1em;
       color: #222; background: #fff; }
h1 { font-size: 1.6em; } h2 { font-size: 1.2em; margin-top: 2.2em; }
div.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: .2em .7em; text-align: right; border-bottom: 1px solid #e4e4e4; }
th { vertical-align: bottom; }
th:first-child, td:first-child, td.text, th.text { text-align: left; }
tr.last td { border-top: 2px solid #999; font-weight: 600; }
figure { margin: 1em 0; } img { max-width: 100%; height: auto; }
figcaption, .note { color: #555; } .failed { color: #b00020; font-weight: 600; }
"""

_INTRODUCTION = """
Times are user and system time of a process, less what an empty program takes on the same engine.
Every run's answer was checked before its time counted. All engines took turns.
"""


def render_page(results: Results, pictures: Sequence[Picture]) -> str:
    """The page. Sections without any content are left out."""
    shown = {picture.name: picture for picture in pictures}
    reference = title(yardstick(results))
    parts = [
        "<h1>minivm: benchmarks</h1>",
        f"<p>{escape(_INTRODUCTION.strip())}</p>",
        _conditions(results),
        _section(f"Times relative to {reference}", _picture(shown.get("relative"))),
        _section("", _picture(shown.get("means"))),
        _section("", _table(_titled(ratio_rows(results)), last=_mean_row(results))),
        _section("Seconds", _table(_titled(seconds_rows(results)), last=-1)),
        _section("Warm-up", _picture(shown.get("warm_up")) + _warm_up(results)),
        _section("Traces", _picture(shown.get("traces")) + _traces(results)),
        _section("Memory", _picture(shown.get("memory"))),
        _section("", _note("Megabytes:") + _table(_titled(memory_rows(results)))),
    ]
    body = "\n".join(part for part in parts if part)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>minivm: benchmarks</title>\n<style>{_CSS}</style>\n</head>\n<body>\n"
        f"{body}\n</body>\n</html>\n"
    )


def _conditions(results: Results) -> str:
    """What was measured, on what, and how far it can be trusted."""
    versions = {result.engine: result.version for result in results.results}
    rows = [[title(engine), version] for engine, version in versions.items()]
    lines = [f"<tr><td>{escape(a)}</td><td class=text>{escape(b)}</td></tr>" for a, b in rows]
    machine = "; ".join(f"{name}: {value}" for name, value in results.machine.items())
    notes = [_note(machine), _note(noise_report(results))]
    notes += [_note(f"Missing: {each}") for each in results.missing]
    notes += [f"<p class=failed>Failed: {escape(each)}</p>" for each in results.failures]
    return f"<table>{''.join(lines)}</table>" + "\n".join(notes)


def _note(text: str) -> str:
    return f"<p class=note>{escape(text)}</p>"


def _section(heading: str, content: str) -> str:
    if not content:
        return ""
    return (f"<h2>{escape(heading)}</h2>\n" if heading else "") + content


def _picture(picture: Picture | None) -> str:
    if picture is None:
        return ""
    data = base64.b64encode(picture.encoded("svg")).decode("ascii")
    caption = escape(picture.caption)
    return (
        f'<figure><img alt="{caption}" src="data:image/svg+xml;base64,{data}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _titled(rows: list[list[str]]) -> list[list[str]]:
    """The rows with the engines' titles over the columns."""
    return [[rows[0][0], *map(title, rows[0][1:])], *rows[1:]]


def _mean_row(results: Results) -> int:
    return 1 + len(results.programs())


def _traces(results: Results) -> str:
    rows = trace_rows(results)
    return _table(rows) if len(rows) > 1 else ""


def _warm_up(results: Results) -> str:
    rows = warm_rows(all_looks(results))
    return _note(WARM_HEADING) + _table(rows) if len(rows) > 1 else ""


def _table(rows: Sequence[Sequence[str]], last: int | None = None) -> str:
    """A table; a line stands over the row with the index `last`."""
    marked = None if last is None else last % len(rows)
    head = "".join(f"<th>{escape(cell)}</th>" for cell in rows[0])
    lines = [f"<tr>{head}</tr>"]
    for index, row in enumerate(rows[1:], 1):
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in row)
        lines.append(f"<tr{' class=last' if index == marked else ''}>{cells}</tr>")
    return f"<div class=wide><table>{''.join(lines)}</table></div>"
