"""The help texts, from the table of commands.

In: a command, or none for the whole program. Out: the text.
"""

from __future__ import annotations

import textwrap

from minivm.commands.command_table import COMMANDS
from minivm.commands.exit_codes import MEANINGS
from minivm.commands.parsing import Command, Option

_WIDTH = 88
_MARGIN = "  "


def program_help() -> str:
    """`minivm --help`."""
    commands = [(command.name, command.summary) for command in COMMANDS.values()]
    options = [("--version", "show the version"), ("--help, -h", "show this text")]
    codes = [(str(code), meaning) for code, meaning in MEANINGS.items()]
    examples = [
        ("minivm run primes.mvm", "run a program"),
        ("minivm run primes.mvm --jit --stats", "with the JIT, and an account of it"),
        ("minivm trace primes.mvm", "look into what the JIT made"),
        ("minivm run --help", "what a command can do"),
    ]
    lines = [
        "Usage: minivm COMMAND …",
        "",
        *_paragraph(
            "A small stack-based language with an adaptive interpreter and a copy-and-patch JIT."
        ),
    ]
    lines += _section("Commands", commands) + _section("Options", options)
    lines += _section("Examples", examples) + _section("Exit codes", codes)
    return "\n".join(lines)


def command_help(command: Command) -> str:
    """`minivm COMMAND --help`."""
    lines = [f"Usage: minivm {command.name} {command.synopsis}", ""]
    lines += _paragraph(f"{command.summary.capitalize()}. {command.details}")
    for section in dict.fromkeys(option.section for option in command.options):
        options = [option for option in command.options if option.section == section]
        lines += _section(section, [(_spelling(option), option.text) for option in options])
    return "\n".join(lines + _section("Examples", command.examples))


def _spelling(option: Option) -> str:
    flags = ", ".join(option.flags)
    if option.choices:
        return f"{flags}[={'|'.join(option.choices)}]"
    return f"{flags} {option.placeholder}".rstrip()


def _paragraph(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH)


def _section(title: str, rows: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> list[str]:
    """Two columns, the second wrapped."""
    width = max(len(left) for left, _ in rows) + 2
    lines = ["", f"{title}:"]
    for left, right in rows:
        wrapped = textwrap.wrap(right, _WIDTH - width - len(_MARGIN))
        lines.append(f"{_MARGIN}{left:<{width}}{wrapped[0]}")
        lines += [" " * (width + len(_MARGIN)) + line for line in wrapped[1:]]
    return lines
