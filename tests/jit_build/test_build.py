"""`build()` on a package of a few lines: what is done, what is not done again, and the errors."""

from __future__ import annotations

import ctypes
import shutil
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from minivm import native
from minivm.build import BuildError, BuildReport, build
from tests.jit_build.conftest import Source, source

JIT = Path(__file__).parents[2] / "minivm" / "jit"

API = """\
#ifndef MVM_API_H
#define MVM_API_H
#define MVM_API __attribute__((visibility("default")))
// cffi: begin
MVM_API int mvm_answer(void);
// cffi: end
#endif
"""
DEBUG = """\
#include "../runtime/api.h"
// cffi: begin
MVM_API int mvm_question(void);
// cffi: end
"""
ANSWER = """\
#include "../jit/debug.h"
#include "../_native/jit_stencils.h"
long mvm_help(long number) { return number; }
int mvm_answer(void) { return 40 + mvm_stencils[MVM_STENCIL_HELP + 1].hole_count; }
int mvm_question(void) { return 6 * 9; }
"""
HELP = Source(
    "_HELP",
    "extern long mvm_help(long);"
    + source(
        "", help_0="r0 = mvm_help(r0); CONTINUE();", help_1="EXIT_IF(r0); d0 = -d0; CONTINUE();"
    ).text,
    ("help_0", "help_1"),
)


class Package:
    """A package's folder, with generators that hand over `sources`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sources = [HELP]
        self.bodies = "int uop_HELP(int number) { return number; }"
        self.failure: Exception | None = None
        for name in ("runtime", "generated", "jit"):
            (folder / name).mkdir(parents=True)
        (folder / "runtime" / "api.h").write_text(API)
        (folder / "jit" / "debug.h").write_text(DEBUG)
        for name in ("compiler.h", "profile_api.h"):
            (folder / "jit" / name).write_text("// cffi: begin\n// cffi: end\n")
        (folder / "runtime" / "answer.c").write_text(ANSWER)
        (folder / "uops.def").write_text("# one\n")
        for name in ("stencil.h", "stencil.c", "patch.h", "patch_x86_64.c"):
            shutil.copy(JIT / name, folder / "jit")

    def build(self) -> BuildReport:
        return build(out=self.note, package_dir=self.folder)

    def note(self, line: str) -> None:
        raise AssertionError(f"a note nobody expected: {line}")

    def generate_all(self, package_dir: Path) -> list[Path]:
        assert package_dir == self.folder
        if self.failure is not None:
            raise self.failure
        return []


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    monkeypatch.setenv("MINIVM_CACHE", str(tmp_path / "cache"))
    made = Package(tmp_path / "minivm")
    generate, sources = ModuleType("minivm.generate"), ModuleType("minivm.generate.stencil_sources")
    definitions = ModuleType("minivm.generate.definitions")
    definitions.DefinitionError = KeyError  # type: ignore[attr-defined]
    generate.generate_all = made.generate_all  # type: ignore[attr-defined]
    sources.stencil_sources = lambda package_dir: made.sources  # type: ignore[attr-defined]
    bodies = ModuleType("minivm.generate.llvm_source")
    bodies.llvm_source = lambda package_dir: made.bodies  # type: ignore[attr-defined]
    for module in (generate, sources, bodies, definitions):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return made


def test_from_nothing_to_a_library(package: Package) -> None:
    report = package.build()
    assert (report.stencils, report.uops, report.linked) == (2, ("_HELP",), True)
    assert set(report.files) == {
        "minivm/runtime/answer.c",
        "minivm/jit/stencil.c",
        "minivm/jit/patch_x86_64.c",
        "minivm/_native/jit_symbols.c",
    }
    library = ctypes.CDLL(str(package.folder / "_native" / "libminivm.so"))
    assert library.mvm_answer() == 42
    assert not hasattr(library, "mvm_help")


def test_nothing_is_done_again(package: Package) -> None:
    package.build()
    started = time.perf_counter()
    report = package.build()
    assert time.perf_counter() - started < 0.5
    assert (report.uops, report.files, report.linked, report.stencils) == ((), (), False, 2)
    assert str(report).startswith("up to date: 2 stencils")


def test_a_touched_file_compiles_nothing(package: Package) -> None:
    package.build()
    (package.folder / "runtime" / "answer.c").write_text(ANSWER)
    report = package.build()
    assert (report.uops, report.files, report.linked) == ((), (), False)


def test_a_changed_header_compiles_what_includes_it(package: Package) -> None:
    package.build()
    (package.folder / "runtime" / "api.h").write_text(API + "// changed\n")
    assert package.build().files == ("minivm/runtime/answer.c",)


def test_a_lost_library_comes_back(package: Package) -> None:
    package.build()
    library = package.folder / "_native" / "libminivm.so"
    library.unlink()
    assert package.build().files == ()
    assert library.is_file()


def test_c_errors_name_the_file(package: Package) -> None:
    (package.folder / "runtime" / "answer.c").write_text("int f(void) { return missing; }\n")
    with pytest.raises(BuildError, match=r"minivm/runtime/answer\.c doesn't compile:\n.*'missing'"):
        package.build()


def test_undefined_helpers_are_named(package: Package) -> None:
    (package.folder / "runtime" / "answer.c").write_text(
        '#include "api.h"\nlong mvm_lost(void);\nint mvm_answer(void) { return mvm_lost(); }\n'
    )
    with pytest.raises(BuildError, match=r"doesn't link:\n(.|\n)*undefined symbol: mvm_lost"):
        package.build()


def test_definition_errors_are_passed_on(package: Package) -> None:
    package.failure = KeyError("uops.def:3: what is this")
    with pytest.raises(BuildError, match=r"uops\.def:3"):
        package.build()


def test_api_without_marks(package: Package) -> None:
    api = package.folder / "runtime" / "api.h"
    api.write_text(API.replace("// cffi: end", ""))
    with pytest.raises(BuildError, match=r"api\.h: the lines '// cffi: begin' and"):
        package.build()


def test_api_cffi_can_not_read(package: Package) -> None:
    api = package.folder / "runtime" / "api.h"
    api.write_text(API.replace("MVM_API int", "MVM_API unknown_type"))
    (package.folder / "runtime" / "answer.c").write_text("long mvm_help(long n) { return n; }\n")
    with pytest.raises(BuildError, match=r"api\.h: cffi can't read it"):
        package.build()


def test_binding_and_library_fit(package: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    package.build()
    (package.folder / "native.py").write_text("")
    monkeypatch.setattr(native, "__file__", str(package.folder / "native.py"))
    namespace = ModuleType("minivm._native")
    namespace.__path__ = [str(package.folder / "_native")]
    monkeypatch.setitem(sys.modules, "minivm._native", namespace)
    monkeypatch.delitem(sys.modules, "minivm._native._binding", raising=False)
    native.load.cache_clear()
    try:
        _, library = native.load()
        assert library.mvm_answer() == 42
        assert library.mvm_question() == 54
        (package.folder / "_native" / "libminivm.so").unlink()
        native.load.cache_clear()
        with pytest.raises(native.NativeError, match="is missing: run `minivm build`"):
            native.load()
    finally:
        native.load.cache_clear()
        sys.modules.pop("minivm._native._binding", None)
