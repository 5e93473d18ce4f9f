"""uops.def → everything made from it. `generate_all` is what `minivm build` calls first."""

from __future__ import annotations

from pathlib import Path


def generate_all(package_dir: Path) -> list[Path]:
    """Write every generated file whose content differs; returns those written.

    `package_dir` is the folder that holds uops.def. Raises DefinitionError when uops.def is wrong.
    """
    from minivm.generate.analysis import analyse
    from minivm.generate.output import write_if_changed
    from minivm.generate.outputs import outputs
    from minivm.generate.parser import parse
    from minivm.generate.source import read_definitions

    model = analyse(parse(read_definitions(package_dir)))
    return [
        package_dir / name
        for name, text in outputs(model, package_dir).items()
        if write_if_changed(package_dir / name, text)
    ]
