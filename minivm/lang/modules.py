"""Modules: the files a program is made of.

In: a parsed file and its imports. Out: all modules, each once, in the order in which their top
levels run; each `Import` knows whether it is the one at which that happens. Raises SourceError for
a file that can't be read, an unknown module of the standard library, or files that import each
other.
"""

from __future__ import annotations

import os
import re

from minivm.lang.declarations import Module
from minivm.lang.errors import SourceError, quote
from minivm.lang.keywords import nearest
from minivm.lang.parser import parse
from minivm.lang.source import Source, load_source, make_source
from minivm.lang.tree import Import

_SUFFIX = ".mvm"
_STANDARD_FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "std")
# How errors and tracebacks call the folder of the standard library.
_STANDARD_NAME = "<std>"


def is_standard(path: str) -> bool:
    """Whether a file, as errors and tracebacks call it, is one of the standard library."""
    return path.startswith(f"{_STANDARD_NAME}/")


class Modules:
    """The modules loaded so far, by the real path of their files."""

    def __init__(self) -> None:
        self.loaded: dict[str, Module] = {}
        # The files whose imports are being loaded, outermost first.
        self._open: list[tuple[str, str]] = []

    def load_imports(self, module: Module) -> list[tuple[Module, Import]]:
        """The modules that come in with `module`, in order, with the import that runs each."""
        path = module.source.path
        self._open.append((os.path.realpath(path), path))
        new: list[tuple[Module, Import]] = []
        for statement in module.imports:
            path, shown = _find(module.source, statement)
            found = self.loaded.get(path)
            if found is None:
                self._check_cycle(module.source, statement, path)
                found = self.loaded[path] = _parse_file(module.source, statement, path, shown)
                new += self.load_imports(found)
                new.append((found, statement))
            else:
                self._check_cycle(module.source, statement, path)
            module.imported.append(found)
        self._open.pop()
        return new

    def reset(self, loaded: dict[str, Module]) -> None:
        """Goes back to where only the modules `loaded` were there."""
        self.loaded = loaded
        self._open.clear()

    def _check_cycle(self, source: Source, statement: Import, path: str) -> None:
        for index, (other, _) in enumerate(self._open):
            if other == path:
                chain = [shown for _, shown in self._open[index:]]
                token = statement.token
                message = "files import each other: " + " → ".join([*chain, chain[0]])
                raise source.error(token.start, token.end, message)


def standard_modules() -> list[str]:
    """The names of the modules of the standard library."""
    try:
        files = os.listdir(_STANDARD_FOLDER)
    except OSError:
        return []
    return sorted(name.removesuffix(_SUFFIX) for name in files if name.endswith(_SUFFIX))


def module_with(name: str) -> str:
    """The module of the standard library that declares `name`, or ""."""
    declares = re.compile(rf"^(?:fn|record|generic) {re.escape(name)}(?![\w?!])", re.MULTILINE)
    for module in standard_modules():
        path = os.path.join(_STANDARD_FOLDER, module + _SUFFIX)
        if not name.startswith("_") and declares.search(load_source(path)):
            return module
    return ""


def _find(source: Source, statement: Import) -> tuple[str, str]:
    """The real path of the imported file, and the path that errors show."""
    if statement.standard:
        name = statement.target + _SUFFIX
        path = os.path.join(_STANDARD_FOLDER, name)
        if not os.path.isfile(path):
            raise _unknown_module(source, statement)
        return os.path.realpath(path), f"{_STANDARD_NAME}/{name}"
    shown = os.path.join(os.path.dirname(source.path), statement.target)
    if is_standard(source.path):
        shown = os.path.join(_STANDARD_FOLDER, statement.target)
    shown = os.path.normpath(shown)
    try:
        return os.path.realpath(shown), shown
    except (OSError, ValueError):
        return shown, shown


def _unknown_module(source: Source, statement: Import) -> SourceError:
    token, name = statement.token, statement.target
    known = standard_modules()
    close = nearest(name, known)
    note = f"did you mean {quote(close)}?" if close else f"there are: {' '.join(known)}"
    if os.path.isfile(os.path.join(os.path.dirname(source.path), name + _SUFFIX)):
        note = f'a file beside this one is imported by its path: import "{name}{_SUFFIX}"'
    message = f"the standard library has no module {quote(name)}"
    return source.error(token.start, token.end, message, note)


def _file_hint(path: str, statement: Import) -> str:
    """What `import "name"` may have been meant for, when there is no file of that name."""
    target = statement.target
    if os.path.isfile(path + _SUFFIX):
        return f'did you mean "{target}{_SUFFIX}"?'
    module = target.removesuffix(_SUFFIX)
    if module in standard_modules():
        return f"a module of the library is imported without quotes: import {module}"
    return ""


def _parse_file(source: Source, statement: Import, path: str, shown: str) -> Module:
    try:
        text = load_source(path)
    except SourceError as error:
        if error.line is not None:
            raise SourceError(shown, error.message, error.line, error.column) from None
        token = statement.token
        message = f"cannot import {quote(statement.target)}: {error.message}"
        raise source.error(token.start, token.end, message, _file_hint(path, statement)) from None
    return parse(make_source(text, shown))
