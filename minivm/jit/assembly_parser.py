"""Assembly text → functions and constants.

In: what clang wrote for one uop's C file. Out: an `AssemblyFile`: each function as a list of labels
and instructions, each constant as its data directives. Directives that say nothing about the code
(unwind tables, alignment inside functions, symbol sizes) are left out; a section or a directive
that isn't understood is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from minivm.jit.errors import BuildError
from minivm.jit.target import Target

_LABEL = re.compile(r"([\w.$]+):$")
_SECTION = re.compile(r'\.section\s+"?([^\s",]+)')
_DATA_DIRECTIVES = frozenset(
    {".quad", ".long", ".short", ".value", ".byte", ".zero", ".ascii", ".asciz", ".octa"}
)
_IGNORED_DIRECTIVES = frozenset(
    {
        ".file", ".globl", ".hidden", ".local", ".size", ".ident", ".addrsig", ".addrsig_sym",
        ".p2align", ".intel_syntax", ".att_syntax",
    }
)  # fmt: skip
_SECTIONS_WITHOUT_CONTENT = frozenset({".note.GNU-stack", ".comment", ".llvm_addrsig"})
# Constants are copied with this alignment: no instruction clang uses here asks for more.
MAXIMUM_ALIGNMENT_POWER = 4


@dataclass(frozen=True)
class Label:
    """A place in a function that jumps name."""

    name: str


@dataclass(frozen=True)
class Instruction:
    """One machine instruction: `operands` is empty or the text after the mnemonic."""

    mnemonic: str
    operands: str

    def __str__(self) -> str:
        return f"{self.mnemonic} {self.operands}".rstrip()


@dataclass
class AssemblyFile:
    """The functions and the read-only constants of one file, by their labels."""

    functions: dict[str, list[Label | Instruction]] = field(default_factory=dict)
    constants: dict[str, list[str]] = field(default_factory=dict)


def parse_assembly(text: str, target: Target) -> AssemblyFile:
    """Read assembly text; raises `BuildError` naming line and cause."""
    parser = _Parser(target.comment)
    for number, line in enumerate(text.splitlines(), 1):
        try:
            parser.read(line)
        except BuildError as error:
            raise BuildError(f"assembly line {number}: {error}: {line.strip()}") from None
    return parser.file


class _Parser:
    """Reads one line at a time; knows the section and what is being filled."""

    def __init__(self, comment: str) -> None:
        self.file = AssemblyFile()
        self._comment = comment
        self._section = ".text"
        self._function_names: set[str] = set()
        self._function: list[Label | Instruction] | None = None
        self._constant: list[str] | None = None

    def read(self, line: str) -> None:
        statement = self._without_comment(line).strip()
        if not statement:
            return
        label = _LABEL.match(statement)
        if label is not None:
            self._read_label(label[1])
        elif statement.startswith("."):
            self._read_directive(statement)
        else:
            self._read_instruction(statement)

    def _without_comment(self, line: str) -> str:
        if '"' not in line:
            return line.partition(self._comment)[0]
        quoted = False
        for index, character in enumerate(line):
            if character == '"' and line[index - 1 : index] != "\\":
                quoted = not quoted
            elif character == self._comment and not quoted:
                return line[:index]
        return line

    def _read_label(self, name: str) -> None:
        if self._in_code():
            if name in self._function_names:
                self._function = self.file.functions[name] = []
            elif name.startswith(".Lfunc_end"):
                self._function = None
            elif self._function is not None:
                self._function.append(Label(name))
            else:
                raise BuildError("a label outside a function")
        elif self._section.startswith((".rodata", ".lrodata")):
            self._constant = self.file.constants[name] = []
        else:
            raise BuildError(
                f"a stencil can't have data in section {self._section}: only constants are copied"
            )

    def _read_directive(self, statement: str) -> None:
        name, _, rest = statement.partition("\t" if "\t" in statement else " ")
        if name == ".section":
            self._enter_section(statement)
        elif name in (".text", ".data", ".bss"):
            self._section = name
        elif name == ".type":
            symbol, _, kind = rest.partition(",")
            if kind.strip() == "@function":
                self._function_names.add(symbol.strip())
        elif name == ".p2align" and int(rest.split(",")[0]) > MAXIMUM_ALIGNMENT_POWER:
            if not self._in_code():
                raise BuildError("a constant with an alignment over 16 bytes")
        elif name in (".comm", ".lcomm"):
            raise BuildError("a stencil can't have variables of its own")
        elif name in _DATA_DIRECTIVES and self._constant is not None and not self._in_code():
            self._constant.append(statement)
        elif name not in _IGNORED_DIRECTIVES and not name.startswith(".cfi_"):
            raise BuildError("a directive that isn't understood")

    def _enter_section(self, statement: str) -> None:
        match = _SECTION.match(statement)
        if match is None:
            raise BuildError("a section without a name")
        self._section = match[1]
        known = self._in_code() or self._section.startswith((".rodata", ".lrodata"))
        if not known and self._section not in _SECTIONS_WITHOUT_CONTENT:
            raise BuildError(f"section {self._section} isn't understood")
        self._constant = None

    def _read_instruction(self, statement: str) -> None:
        if self._function is None or not self._in_code():
            raise BuildError("an instruction outside a function")
        if ";" in statement:
            raise BuildError("several instructions on one line can't be followed")
        mnemonic, *operands = statement.split(None, 1)
        self._function.append(Instruction(mnemonic, operands[0] if operands else ""))

    def _in_code(self) -> bool:
        return self._section == ".text" or self._section.startswith(".text.")
