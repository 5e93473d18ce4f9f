"""Model → generated/types.h: the tags of values, the types, and the reasons of exits and aborts."""

from __future__ import annotations

from collections.abc import Iterable

from minivm.generate.model import Model
from minivm.generate.output import notice


def types_header(model: Model) -> str:
    base_types = [t for t in model.types.values() if t.base is None]
    lines = [
        f"// {notice('types')}",
        "#ifndef MVM_GENERATED_TYPES_H",
        "#define MVM_GENERATED_TYPES_H",
        "",
        "// The tag of a value: its unrefined type.",
        *_enum("mvm_tag", [t.tag for t in base_types]),
        "",
        "// What is known of a value; the refined types come last.",
        *_enum(
            "mvm_type",
            ["MVM_TYPE_ANY", *(t.constant for t in model.types.values())],
            "MVM_TYPE_COUNT",
        ),
        "",
        "// name, base type's name, register class (0 general, 1 vector), tag",
        "#define MVM_TYPES(X) \\",
        *_rows(
            f"X({t.name}, {t.base or t.name}, {int(t.register_class == 'vector')}, {t.tag})"
            for t in model.types.values()
        ),
        "",
        *_records(model),
        "// Why a trace is left.",
        *_enum(
            "mvm_exit_reason",
            [f"MVM_EXIT_{n.upper()}" for n in model.definitions.exits],
            "MVM_EXIT_COUNT",
        ),
        "#define MVM_EXIT_REASONS(X) \\",
        *_rows(f'X({r.name}, "{r.text}")' for r in model.definitions.exits.values()),
        "",
        "// Why no trace is made.",
        *_enum(
            "mvm_abort_reason",
            ["MVM_ABORT_NONE", *(f"MVM_ABORT_{n.upper()}" for n in model.definitions.aborts)],
            "MVM_ABORT_COUNT",
        ),
        "#define MVM_ABORT_REASONS(X) \\",
        *_rows(f'X({r.name}, "{r.text}")' for r in model.definitions.aborts.values()),
        "",
        "#endif",
    ]
    return "\n".join(lines) + "\n"


def _records(model: Model) -> list[str]:
    """The runtime's own record types: an index each, and their fields' places and names."""
    records = model.definitions.records.values()
    lines = [
        "// The record types that every VM has, and the places of their fields.",
        *_enum(
            "mvm_own_record", [f"MVM_RECORD_{r.name.upper()}" for r in records], "MVM_OWN_RECORDS"
        ),
    ]
    for r in records:
        fields = [f"MVM_FIELD_{r.name.upper()}_{field.upper()}" for field in r.fields]
        count = f"MVM_FIELDS_OF_{r.name.upper()}"
        lines += _enum(f"mvm_{r.name.lower()}_field", fields, count)
    rows = [f'X("{r.name}", {", ".join(map(_quoted, r.fields))})' for r in records]
    return [
        *lines,
        "// name, then its fields' names",
        "#define MVM_OWN_RECORD_TYPES(X) \\",
        *_rows(rows),
        "",
    ]


def _quoted(text: str) -> str:
    return f'"{text}"'


def type_of_header(model: Model) -> str:
    """generated/type_of.h: the refined type of a value, for runtime/object.c."""
    lines = [
        f"// {notice('types')}",
        "static mvm_type refined_type_of(mvm_value boxed) {",
        "    switch ((mvm_tag)boxed.tag) {",
    ]
    for declared in (t for t in model.types.values() if t.base is None):
        refined = [t for t in model.types.values() if t.base == declared.name]
        lines.append(f"    case {declared.tag}: {{")
        if refined:
            lines.append(f"        {declared.c_type} value = boxed.{declared.field};")
        lines += [f"        if ({t.test}) return {t.constant};" for t in refined]
        lines += [f"        return {declared.constant};", "    }"]
    return "\n".join([*lines, "    }", "    return MVM_TYPE_ANY;", "}"]) + "\n"


def _enum(name: str, constants: list[str], count: str | None = None) -> list[str]:
    body = [f"    {constant}," for constant in [*constants, *([count] if count else [])]]
    return [f"typedef enum {name} {{", *body, f"}} {name};"]


def _rows(rows: Iterable[str]) -> list[str]:
    texts = [f"    {row}" for row in rows]
    return [f"{text} \\" for text in texts[:-1]] + texts[-1:]
