"""The bodies of uops for LLVM.

In: the text form of the bitcode that the build made of uops.def, one function a uop
(generate/llvm_source.py). Out: for any text that calls some of them, the definitions it needs:
these functions, and the types, declarations, attributes and metadata that they refer to in turn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_DEFINED = re.compile(r"([%@][\w.$-]+|![0-9]+) = |attributes (#[0-9]+) = ")
_FUNCTION = re.compile(r"(?:define|declare) [^@]*(@[\w.$-]+)\(")
_REFERENCE = re.compile(r"[%@][\w.$-]+|[!#][0-9]+")
# LLVM knows what it compiles for; this is long, and comes with each group of attributes.
_FEATURES = re.compile(r' "(?:target-features|target-cpu|tune-cpu)"="[^"]*"')


class Bodies:
    """Definitions by name, such as "@uop_ADD_INT", "%struct.mvm_vm", "#3" or "!12"."""

    def __init__(self, module: str) -> None:
        self._head: list[str] = []
        self._texts: dict[str, str] = {}
        # What each name needs, itself included; filled when it is first asked for.
        self._needed: dict[str, tuple[str, ...]] = {}
        for entity in _entities(module.splitlines()):
            self._add(entity)

    def _add(self, text: str) -> None:
        function, other = _FUNCTION.match(text), _DEFINED.match(text)
        if function:
            # Without a function of its own once it is inlined.
            self._texts[function[1]] = text.replace("define hidden ", "define internal ", 1)
        elif other:
            self._texts[other[1] or other[2]] = _FEATURES.sub("", text)
        elif text.startswith("target "):
            self._head.append(text)

    def module(self, text: str) -> str:
        """A whole module: `text` and the definitions it needs."""
        needed: dict[str, None] = {}
        for name in _references(text):
            for part in self._needs(name):
                needed[part] = None
        # LLVM wants types before they are used; nothing else.
        ordered = sorted(needed, key=lambda name: name[0] != "%")
        return "\n".join([*self._head, *(self._texts[name] for name in ordered), text])

    def functions_called(self, module: str) -> set[str]:
        """The C functions that `module`, made here, declares, without the "@"."""
        names = re.findall(r"^declare [^@]*@([\w.$-]+)\(", module, re.MULTILINE)
        return {name for name in names if not name.startswith("llvm.")}

    def _needs(self, name: str) -> tuple[str, ...]:
        if name not in self._needed:
            found: dict[str, None] = {}
            waiting = [name]
            while waiting:
                part = waiting.pop()
                if part in self._texts and part not in found:
                    found[part] = None
                    waiting += _references(self._texts[part])
            self._needed[name] = tuple(found)
        return self._needed[name]


def _references(text: str) -> set[str]:
    return set(_REFERENCE.findall(text))


def _entities(lines: list[str]) -> Iterator[str]:
    """Each definition's text: a function's goes to its closing brace, any other is a line."""
    function: list[str] = []
    for line in lines:
        if function or line.startswith("define "):
            function.append(line)
            if line == "}":
                yield "\n".join(function)
                function = []
        elif line and not line.startswith(";"):
            yield line
