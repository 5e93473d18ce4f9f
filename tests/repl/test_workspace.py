"""What lasts from entry to entry, what is undone, and what a redefinition makes invalid."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from minivm.machine import CAPTURE, Machine
from minivm.repl.workspace import EntryError, Workspace

_OPTIONS = {"output": CAPTURE, "loop_threshold": 20, "entry_threshold": 4095, "warm_up": 2}


@pytest.fixture
def machine() -> Iterator[Machine]:
    """A VM with the JIT, quick to trace, that keeps its output."""
    with Machine(engine="jit", keep_stages=True, **_OPTIONS) as made:  # type: ignore[arg-type]
        yield made


@pytest.fixture
def workspace(machine: Machine) -> Workspace:
    return Workspace(machine)


def evaluate(workspace: Workspace, *entries: str) -> list[str]:
    """Run entries; the stack."""
    for entry in entries:
        workspace.evaluate(entry)
    return workspace.stack()


def test_values_last(workspace: Workspace) -> None:
    assert evaluate(workspace, '1 "two"', "[ 3 ] nil") == ["1", '"two"', "[3]", "nil"]
    assert evaluate(workspace, "drop -> list", "drop list 4 push") == ["1"]
    assert workspace.variables() == [("list", "[3 4]")]
    workspace.clear()
    assert evaluate(workspace, "list") == ["[3 4]"]


def test_closures_share_variables(workspace: Workspace) -> None:
    evaluate(workspace, "0 -> n", "fn(-- r) { n 1 + -> n n } -> next")
    assert evaluate(workspace, "next call(0 -- 1)", "next call(0 -- 1) n") == ["1", "2", "2"]
    assert ("n", "2") in workspace.variables()
    assert evaluate(workspace, "10 -> n", "next call(0 -- 1)")[-1] == "11"


def test_declarations_last(workspace: Workspace) -> None:
    evaluate(workspace, "record Point { x y }", "generic size(shape -- s)")
    evaluate(workspace, "method Point.size(self -- s) { self .x self .y + }")
    assert evaluate(workspace, "1 2 Point", "size") == ["3"]


@pytest.mark.parametrize(
    "entry", ["drop drop 5 -> kept 1 0 //", "drop nothing", '1 +  "', "drop +"]
)
def test_errors_undo_an_entry(workspace: Workspace, entry: str) -> None:
    evaluate(workspace, "7 -> kept", "1 2")
    with pytest.raises(EntryError):
        workspace.evaluate(entry)
    assert workspace.stack() == ["1", "2"]
    assert workspace.variables() == [("kept", "7")]


def test_errors_show_the_right_entry(workspace: Workspace) -> None:
    evaluate(workspace, "fn half(n -- m) {\n    7 n //\n}")
    with pytest.raises(EntryError) as caught:
        workspace.evaluate("0 half")
    assert str(caught.value).splitlines() == [
        "<1>:2:9: error: division by zero in 7 // 0 (division by zero)",
        "  2 |     7 n //",
        "    |         ^^",
        "calls in progress, the innermost first:",
        "  half  <1>:2:9",
        "  main  <2>:1:3",
    ]


_FUNCTIONS = [
    "fn inner(n -- m) { n 1 + }",
    "fn middle(n -- m) { n inner 2 * }",
    "fn other(n -- m) { n 3 * }",
    "fn relying(k -- s) { 0 -> s for i in 0 k range { s i middle + -> s } s }",
    "fn apart(k -- s) { 0 -> s for i in 0 k range { s i other + -> s } s }",
]


def test_redefinition_invalidates_what_relied_on_it(workspace: Workspace, machine: Machine) -> None:
    assert evaluate(workspace, *_FUNCTIONS, "30 relying 30 apart") == ["930", "1305"]
    assert [e.place.function for e in machine.executors() if e.valid] == ["relying", "apart"]
    workspace.evaluate("fn inner(n -- m) { n 100 + }")
    validity = {e.place.function: e.valid for e in machine.executors()}
    assert validity == {"relying": False, "apart": True}
    workspace.clear()
    # The loop waits longer than the first time before it is traced again.
    assert evaluate(workspace, "5000 relying 30 apart") == ["25995000", "1305"]
    valid = [e.place.function for e in machine.executors() if e.valid]
    assert sorted(valid) == ["apart", "relying"]


def test_listings(workspace: Workspace) -> None:
    evaluate(workspace, *_FUNCTIONS, "30 relying 30 relying drop drop")
    listing = workspace.dis("relying")
    assert listing.startswith("relying: 1 parameter") and "→ LOOP_EXECUTOR" in listing
    assert "loop in relying, <4>" in workspace.traces("")
    listing = workspace.traces("relying")
    assert "registers: " in listing and "exits:" in listing and "projection: " not in listing
    assert "entered 2 ×\n" in listing  # iterations are not counted here
    assert workspace.traces("apart").startswith("no traces")
    evaluate(workspace, "0 for i in 0 100 range { i + }")
    assert "loop in main, <7>" in workspace.traces("main")
    assert workspace.dis("main").startswith("main: ")
    with pytest.raises(EntryError, match="no function 'relyin'; did you mean 'relying'"):
        workspace.dis("relyin")
    with pytest.raises(EntryError, match="'\\+' is a built-in word: the instruction ADD"):
        workspace.dis("+")


def test_completion(workspace: Workspace) -> None:
    evaluate(workspace, "record Point { x y }", "fn pointless( -- ) { }", "1 -> pointer")
    assert set(workspace.candidates("poi")) == {"pointless", "pointer"}
    assert set(workspace.candidates("&poi")) == {"&pointless"}
    assert {".x", ".y", ".kind"} <= set(workspace.candidates("."))
    assert {"while"} <= set(workspace.candidates("wh"))
    assert {"print"} <= set(workspace.candidates("pri"))


def test_loading(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.mvm"
    path.write_text("fn double(n -- m) { n n + }\n4 double\n")
    workspace.load(str(path))
    assert evaluate(workspace, "double") == ["16"]
    with pytest.raises(EntryError, match="no such file"):
        workspace.load("no/such/file")
