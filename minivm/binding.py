"""api.h and the headers beside it → the cffi module through which Python calls libminivm.

In: the lines of each between `// cffi: begin` and `// cffi: end`, plain C but for the word
`MVM_API`. Out: the text of a Python module with `ffi` and the library's file name, so that nothing
is parsed, or listed a second time, when minivm starts.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from minivm.jit.cache import Cache, digest
from minivm.jit.errors import BuildError, MissingToolError

BINDING_MODULE = "minivm._native._binding"
_BEGIN, _END = "// cffi: begin", "// cffi: end"


def binding_source(headers: Sequence[Path], library_name: str, cache: Cache) -> bytes:
    """The binding module's text; raises `BuildError` naming the header and the cause.

    A header may use what those before it declare.
    """
    try:
        import cffi
    except ImportError as error:
        raise MissingToolError(f"building needs cffi ({error})") from None
    declarations = [_declarations(header) for header in headers]
    key = digest([cffi.__version__, library_name, *declarations])
    cached = cache.read("bindings", key)
    if cached is not None:
        return cached
    builder = cffi.FFI()
    for header, text in zip(headers, declarations, strict=True):
        try:
            builder.cdef(text)
        except (cffi.CDefError, cffi.FFIError) as error:
            raise BuildError(f"{header}: cffi can't read it: {error}") from None
    source = _emit(builder) + f"\nlibrary_name = {library_name!r}\n".encode()
    cache.write("bindings", key, source)
    return source


def _declarations(header: Path) -> str:
    try:
        text = header.read_text(encoding="utf-8")
    except OSError as error:
        raise BuildError(f"{header}: can't be read: {error.strerror}") from None
    _, begin, rest = text.partition(_BEGIN)
    declarations, end, _ = rest.partition(_END)
    if not begin or not end:
        raise BuildError(f"{header}: the lines '{_BEGIN}' and '{_END}' must be in it, in order")
    return re.sub(r"\bMVM_API\b", "", declarations)


def _emit(builder: object) -> bytes:
    builder.set_source(BINDING_MODULE, None)  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "_binding.py")
        # cffi prints what it does.
        with contextlib.redirect_stdout(io.StringIO()):
            builder.emit_python_code(str(path))  # type: ignore[attr-defined]
        return path.read_bytes()
