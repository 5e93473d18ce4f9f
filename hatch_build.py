"""hatchling's build hook: compiles libminivm before a wheel or an editable install is made.

In: the project's folder. Out: `minivm/_native/` filled in place, and the wheel's tag. The library
is called through cffi's ABI mode, so one wheel serves every Python 3.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class MinivmBuildHook(BuildHookInterface[Any]):
    """Runs `minivm.build.build` from the source tree."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling for standard and editable wheels alike."""
        root = Path(self.root)
        sys.path.insert(0, str(root))
        try:
            from minivm.build import BuildError, build, wheel_platform

            try:
                report = build(out=self.app.display_info, package_dir=root / "minivm")
            except BuildError as error:
                self.app.abort(f"minivm can't be built: {error}")
            self.app.display_info(str(report))
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{wheel_platform()}"
        finally:
            sys.path.remove(str(root))
