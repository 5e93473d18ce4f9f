"""The LLVM engine's C file → bitcode, unless the cache holds it.

In: the text generate/llvm_source.py writes. Out: the bitcode minivm/llvm reads. It depends on the
compiler, its flags, the text and every file that includes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from minivm.jit.cache import Cache, digest
from minivm.jit.errors import BuildError
from minivm.jit.includes import IncludeScanner
from minivm.jit.toolchain import Toolchain

BITCODE_FILE = "llvm_uops.bc"
_CACHE_KIND = "bitcode"


def build_bitcode(
    text: str, includes: Sequence[Path], toolchain: Toolchain, cache: Cache, scratch: Path
) -> bytes:
    """The bitcode. `scratch` is a directory; the source stands, as it were, in `includes[0]`."""
    source = scratch / "llvm_uops.c"
    files = IncludeScanner(includes).of_text(text, includes[0] / source.name)
    contents = [path.read_bytes() for path in files]
    key = digest([toolchain.version, *toolchain.stencil_flags(), text, *contents])
    content = cache.read(_CACHE_KIND, key)
    if content is None:
        source.write_text(text, encoding="utf-8")
        output = source.with_suffix(".bc")
        try:
            toolchain.compile_bitcode(source, output, includes)
        except BuildError as error:
            message = str(error).replace(f"{scratch}/", "")
            raise BuildError(f"the LLVM engine's uops don't compile: {message}") from None
        content = output.read_bytes()
        cache.write(_CACHE_KIND, key, content)
    return content
