"""The parser of command lines.

In: a command of the table and the words after its name. Out: `Arguments`, or a `UsageError`. It is
our own because the usual packages take longer to import than a small program takes to run, and
because words after PROG need a rule that they don't have:

- minivm's options may stand before PROG and right after it;
- from the first other word on, or after `--`, everything belongs to the program;
- a word such as -5, after PROG, is no option.

Commands that take FILES have no such rule: options may stand anywhere before `--`.
"""

from __future__ import annotations

from collections.abc import Sequence

# Digits of a number that no option takes.
_LONG = 20


class UsageError(Exception):
    """A command line that makes no sense; the message says why, `hint` what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Option:
    """One option. `flags` are its spellings, the first is its name.

    Without `placeholder` it takes no value. With `choices` it takes one of them after `=`, or none,
    which means the first. With `minimum` and `maximum` it takes a number, otherwise text. `section`
    groups it in the help text.
    """

    __slots__ = ("choices", "flags", "maximum", "minimum", "placeholder", "section", "text")

    def __init__(
        self,
        flags: str,
        text: str,
        placeholder: str = "",
        choices: tuple[str, ...] = (),
        minimum: int = 0,
        maximum: int = 0,
        section: str = "Options",
    ) -> None:
        self.flags = tuple(flags.split())
        self.text = text
        self.placeholder = placeholder
        self.choices = choices
        self.minimum = minimum
        self.maximum = maximum
        self.section = section


class Command:
    """One command. It takes what its `synopsis` names: PROG, ARGS, FILES ([FILES]: or none).

    `examples`: what, and how.
    """

    __slots__ = ("details", "examples", "name", "options", "summary", "synopsis")

    def __init__(
        self,
        name: str,
        synopsis: str,
        summary: str,
        details: str,
        options: Sequence[Option],
        examples: Sequence[tuple[str, str]],
    ) -> None:
        self.name = name
        self.synopsis = synopsis
        self.summary = summary
        self.details = details
        self.options = tuple(options)
        self.examples = tuple(examples)

    @property
    def takes_program(self) -> bool:
        return "PROG" in self.synopsis

    @property
    def takes_arguments(self) -> bool:
        return "ARGS" in self.synopsis

    @property
    def takes_files(self) -> bool:
        return "FILES" in self.synopsis

    @property
    def needs_files(self) -> bool:
        return self.takes_files and "[FILES" not in self.synopsis


class Arguments:
    """A parsed command line. Options are asked for by name, as they are written."""

    def __init__(self) -> None:
        self.program = ""
        self.rest: list[str] = []
        self.files: list[str] = []
        self._values: dict[str, str | int] = {}

    def has(self, name: str) -> bool:
        """Whether an option was given."""
        return name in self._values

    def number(self, name: str) -> int:
        """A number's value, 0 when it was not given."""
        value = self._values.get(name, 0)
        assert isinstance(value, int)
        return value

    def text(self, name: str) -> str:
        """A text's or a choice's value, "" when it was not given."""
        return str(self._values.get(name, ""))

    def give(self, name: str, value: str | int) -> None:
        """Note an option's value; the last one counts."""
        self._values[name] = value


def parse(command: Command, words: Sequence[str]) -> Arguments:
    """The words after a command's name, understood. Raises UsageError."""
    return _Parser(command, words).parse()


class _Parser:
    """Takes the words one by one, from the left."""

    def __init__(self, command: Command, words: Sequence[str]) -> None:
        self._command = command
        self._words = list(reversed(words))
        self._options = {flag: option for option in command.options for flag in option.flags}
        self._arguments = Arguments()

    def parse(self) -> Arguments:
        while self._words:
            word = self._words.pop()
            if word == "--":
                self._take_rest()
            elif self._is_option(word):
                self._option(word)
            else:
                self._words.append(word)
                self._take_next()
        if self._command.takes_program and not self._arguments.program:
            raise UsageError("no program was given")
        if self._command.needs_files and not self._arguments.files:
            raise UsageError("no file was given")
        return self._arguments

    def _is_option(self, word: str) -> bool:
        if not word.startswith("-") or word == "-":
            return False
        is_number = word[1].isdigit() or (word[1] == "." and word[2:3].isdigit())
        return not (self._arguments.program and is_number)

    def _take_next(self) -> None:
        """PROG comes first; the word after it starts what is the program's."""
        if self._command.takes_files:
            self._arguments.files.append(self._words.pop())
        elif self._command.takes_program and not self._arguments.program:
            self._arguments.program = self._words.pop()
        else:
            self._take_rest()

    def _take_rest(self) -> None:
        if self._words and self._command.takes_program and not self._arguments.program:
            self._arguments.program = self._words.pop()
        rest = list(reversed(self._words))
        self._words.clear()
        if self._command.takes_files:
            self._arguments.files += rest
            return
        self._arguments.rest = rest
        if rest and not self._command.takes_arguments:
            raise UsageError(f"there is one word too many: '{self._arguments.rest[0]}'")

    def _option(self, word: str) -> None:
        flag, equals, value = word.partition("=")
        option = self._options.get(flag)
        if option is None:
            raise self._unknown(flag)
        name = option.flags[0]
        if option.choices:
            self._arguments.give(name, _choice(option, flag, equals, value))
        elif not option.placeholder:
            if equals:
                raise UsageError(f"{flag} takes no value")
            self._arguments.give(name, 1)
        else:
            if not equals:
                if not self._words:
                    raise UsageError(f"{flag} needs a value: {flag} {option.placeholder}")
                value = self._words.pop()
            self._arguments.give(name, _number(option, flag, value) if option.maximum else value)

    def _unknown(self, flag: str) -> UsageError:
        # Only an error pays for this import.
        from difflib import get_close_matches

        close = get_close_matches(flag, self._options, n=1)
        hint = f"did you mean {close[0]}?" if close else ""
        if self._command.takes_arguments and self._arguments.program:
            hint = f"{hint} To give {flag} to the program, put -- before it.".strip()
        return UsageError(f"no such option: {flag}", hint)


def _choice(option: Option, flag: str, equals: str, value: str) -> str:
    if not equals:
        return option.choices[0]
    if value not in option.choices:
        known = " or ".join(option.choices)
        raise UsageError(f"{flag}={value} means nothing: it can be {known}")
    return value


def _number(option: Option, flag: str, value: str) -> int:
    # int() takes more than one would write, and refuses very long numbers with another error.
    digits = value.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise UsageError(f"{flag} needs a number, not '{value}'")
    if len(value) >= _LONG or not option.minimum <= int(value) <= option.maximum:
        bounds = f"{option.minimum} to {option.maximum}"
        raise UsageError(f"{flag} {value} is out of range: {bounds}")
    return int(value)
