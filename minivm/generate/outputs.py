"""Which files are generated: path, relative to the package, → text."""

from __future__ import annotations

import hashlib
from pathlib import Path

from minivm.generate.docs import uops_page
from minivm.generate.effect_table import effect_table
from minivm.generate.instruction_table import instruction_table
from minivm.generate.metadata import flags_header, metadata_source
from minivm.generate.model import Model
from minivm.generate.opcodes import opcodes_header
from minivm.generate.output import notice
from minivm.generate.tier_one import interpreter_files
from minivm.generate.types import type_of_header, types_header
from minivm.generate.uop_interpreter import uop_cases
from minivm.generate.uop_table import uop_table


def outputs(model: Model, package_dir: Path) -> dict[str, str]:
    """All of them; docs/uops.md only where there is a docs folder (not in an installed package)."""
    table = instruction_table(model)
    digest = hashlib.sha256(table.encode()).hexdigest()[:16]
    files = {
        "generated/digest.h": digest_header(digest),
        "generated/types.h": types_header(model),
        "generated/type_of.h": type_of_header(model),
        "generated/flags.h": flags_header(model),
        "generated/opcodes.h": opcodes_header(model),
        "generated/metadata.c": metadata_source(model),
        "generated/uop_cases.h": uop_cases(model),
        "generated/instruction_table.py": f'{table}\nDIGEST = "{digest}"\n',
        "generated/uop_table.py": uop_table(model),
        "generated/effect_table.py": effect_table(model),
    }
    for name, text in interpreter_files(model).items():
        files[f"generated/{name}"] = text
    if (package_dir.parent / "docs").is_dir():
        files["../docs/uops.md"] = uops_page(model)
    return files


def digest_header(digest: str) -> str:
    """What ties the library to the tables in Python that were generated with it."""
    return f'// {notice("outputs")}\n#define MVM_DEFINITIONS_DIGEST "{digest}"\n'
