"""Loads libminivm.

In: what `minivm build` left in `minivm/_native/`. Out: cffi's `ffi` and `lib`. Nothing is loaded
before it is asked for.
"""

from __future__ import annotations

import os
from functools import lru_cache
from importlib import import_module

from minivm.errors import Error

# Not pathlib or typing: importing them takes longer than loading the library does.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class NativeError(Error):
    """libminivm can't be used; the message says why and what to do."""


class NotBuiltError(NativeError):
    """It has to be built, or built again."""


@lru_cache(maxsize=1)
def load() -> tuple[Any, Any]:
    """`(ffi, lib)`, the same ones at every call; raises `NativeError`."""
    try:
        binding = import_module("minivm._native._binding")
    except ModuleNotFoundError as error:
        if error.name == "_cffi_backend":
            raise NativeError("cffi is not installed: run `pip install cffi`") from None
        raise NotBuiltError("libminivm is not built: run `minivm build`") from None
    except ImportError as error:
        raise NotBuiltError(f"{error}; run `minivm build`") from None
    library = os.path.join(os.path.dirname(__file__), "_native", binding.library_name)
    if not os.path.isfile(library):
        raise NotBuiltError(f"{library} is missing: run `minivm build`")
    try:
        return binding.ffi, binding.ffi.dlopen(library)
    except OSError as error:
        raise NotBuiltError(f"{error}; run `minivm build` to build it for this system") from None
