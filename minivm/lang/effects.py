"""Stack effects: what a word takes from the stack and leaves on it, with types where known.

In: the generated table of built-in words, and what is declared. Out: an `Effect` for each, which
the checker applies to its abstract stack.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from minivm.generated.instruction_table import NO_WAY_ON, WORDS
from minivm.lang.instruction import Item, Word
from minivm.lang.tokens import Token
from minivm.lang.tree import Function

# More than this many items of an effect are not shown.
_MAX_SHOWN = 8

ANY = Item("any", "any")
_NAMED = ("nil", "bool", "int", "float", "string", "list", "map", "function")
TYPED = {name: Item(name, name) for name in _NAMED}
VALUE_ITEMS = {
    type(None): TYPED["nil"],
    bool: TYPED["bool"],
    int: TYPED["int"],
    float: TYPED["float"],
    str: TYPED["string"],
}

# Words whose definition takes any value, and fails at run time for most, but whose result has one
# type. Knowing it lets the checker refuse `1 2 + if`, and messages say `int` instead of `res`.
_RESULT_TYPES = {
    "bool": "not and or has same starts_with ends_with",
    "int": "+% -% *% & | ^ ~ << >> len floor ceil round int find code",
    "float": "/ sqrt sin cos exp log float",
    "string": "string fixed join replace trim upper lower char format repeat type read_all",
    "list": "args fill split lines keys values",
    "range": "range step",
}
_RESULT_TYPE = {word: kind for kind, words in _RESULT_TYPES.items() for word in words.split()}

# Words of which int operands give an int, and a float operand gives a float.
_ARITHMETIC = frozenset(("+", "-", "*", "//", "%", "neg", "abs"))


class Effect:
    """What a word does to the stack; items bottom to top.

    `moved`, for a word that only moves items, has for each output the index of the input it is.
    `arithmetic` says that the result's type follows from the operands' types, `ends` that nothing
    runs behind it.
    """

    __slots__ = ("arithmetic", "ends", "inputs", "moved", "name", "outputs")

    def __init__(
        self,
        name: str,
        inputs: Sequence[Item],
        outputs: Sequence[Item],
        moved: Sequence[int] | None,
        arithmetic: bool,
        ends: bool = False,
    ) -> None:
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.moved = moved
        self.arithmetic = arithmetic
        self.ends = ends

    def results(self, arguments: Sequence[Item]) -> Sequence[Item]:
        """The items left on the stack, given those taken from it."""
        if self.moved is not None:
            return [arguments[index] for index in self.moved]
        if self.arithmetic:
            types = {item.type for item in arguments}
            if types == {"int"}:
                return (TYPED["int"],)
            if "float" in types:
                return (TYPED["float"],)
        return self.outputs

    def has_shape_of(self, other: Effect) -> bool:
        """Whether both take and leave as many values."""
        sizes = len(self.inputs), len(self.outputs)
        return sizes == (len(other.inputs), len(other.outputs))

    def __str__(self) -> str:
        return show_effect(self.inputs, self.outputs)


@cache
def word_effect(name: str) -> Effect | None:
    """The effect of the built-in word `name`, or None if there is none."""
    word = WORDS.get(name)
    if word is None:
        return None
    moved = None
    if word.shuffle:
        places = {item.name: index for index, item in enumerate(word.inputs)}
        moved = [places[item.name] for item in word.outputs]
    ends = word.instruction in NO_WAY_ON
    return Effect(name, word.inputs, _outputs(word), moved, name in _ARITHMETIC, ends)


def _outputs(word: Word) -> tuple[Item, ...]:
    kind = _RESULT_TYPE.get(word.name)
    if kind is None:
        return word.outputs
    return tuple(Item(item.name, kind) if item.type == "any" else item for item in word.outputs)


def declared_effect(name: str, parameters: Sequence[Token], results: Sequence[Token]) -> Effect:
    """The effect that a declaration states."""
    inputs = [Item(str(token.value), "any") for token in parameters]
    outputs = [Item(str(token.value), "any") for token in results]
    return Effect(name, inputs, outputs, None, False)


def function_effect(function: Function) -> Effect:
    """The effect a function declares."""
    return declared_effect(function.name, function.parameters, function.results)


def show_item(item: Item) -> str:
    """An item as messages show it: its type, or its name where the type is not known."""
    return item.name if item.type == "any" else item.type


def show_items(items: Sequence[Item]) -> str:
    """Items, bottom to top, separated by spaces; of many only the topmost."""
    shown = [show_item(item) for item in items[-_MAX_SHOWN:]]
    if len(items) > _MAX_SHOWN:
        shown.insert(0, "…")
    return " ".join(shown)


def show_effect(inputs: Sequence[Item], outputs: Sequence[Item]) -> str:
    """An effect as `(a b -- c)`; with no inputs `( -- c)`, with no outputs `(a b -- )`."""
    return f"({show_items(inputs)} -- {show_items(outputs)})"
