"""Which definitions a trace's module gets."""

from __future__ import annotations

from minivm.llvm.bodies import Bodies

MODULE = """\
; ModuleID = 'bodies'
target triple = "x86_64"

%struct.pair = type { i64, i64 }
%struct.unused = type { i64 }

; Function Attrs: alwaysinline
define hidden i1 @uop_ADD(ptr %0, i64 %1) local_unnamed_addr #0 {
  %3 = getelementptr %struct.pair, ptr %0, i64 %1
  %4 = tail call i1 @mvm_add(ptr %3) #1
  ret i1 %4
}

define hidden i1 @uop_OTHER(ptr %0) #0 {
  %2 = load i64, ptr %0, !tbaa !1
  ret i1 false
}

declare i1 @mvm_add(ptr)
declare i64 @llvm.abs.i64(i64, i1)

attributes #0 = { alwaysinline "target-cpu"="x86-64" "target-features"="+sse,-avx" "frame"="no" }
attributes #1 = { nounwind }

!llvm.ident = !{!0}
!0 = !{!"clang"}
!1 = !{!2, !2, i64 0}
!2 = !{!"long"}
"""


def test_a_module_has_what_it_needs_and_types_first() -> None:
    text = "define void @trace() {\n  call i1 @uop_ADD(ptr null, i64 1)\n  ret void\n}"
    module = Bodies(MODULE).module(text)
    lines = module.splitlines()
    assert lines[:2] == ['target triple = "x86_64"', "%struct.pair = type { i64, i64 }"]
    assert "declare i1 @mvm_add(ptr)" in lines
    assert 'attributes #0 = { alwaysinline "frame"="no" }' in lines
    assert "attributes #1 = { nounwind }" in lines
    assert module.endswith(text)
    for absent in ("@uop_OTHER", "unused", "!1", "!llvm", "abs"):
        assert absent not in module


def test_bodies_have_no_function_of_their_own_and_metadata_is_followed() -> None:
    module = Bodies(MODULE).module("call i1 @uop_OTHER(ptr null)")
    assert "define internal i1 @uop_OTHER(ptr %0) #0 {" in module
    assert "!1 = !{!2, !2, i64 0}" in module and '!2 = !{!"long"}' in module
    assert "mvm_add" not in module


def test_functions_called() -> None:
    bodies = Bodies(MODULE)
    assert bodies.functions_called(bodies.module("@uop_ADD @llvm.abs.i64")) == {"mvm_add"}
    assert bodies.functions_called(bodies.module("@uop_OTHER")) == set()
