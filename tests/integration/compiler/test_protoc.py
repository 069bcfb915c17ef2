"""What protoc takes, in whichever process it runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from registry.compiler import folders
from registry.compiler.in_place import InPlaceCompiler
from registry.compiler.pool import CompilerPool
from registry.compiler.protoc import MOST_FAULTS
from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.protobuf.compiling import ROOT, Compile, CompileError
from registry.domain.formats.protobuf.well_known import WELL_KNOWN


@pytest.fixture(scope="module", params=["pool", "in-place"])
def compiler(request: pytest.FixtureRequest) -> Iterator[Compile]:
    if request.param == "in-place":
        yield InPlaceCompiler()
        return
    pool = CompilerPool()
    yield pool
    pool.close()


def files_of(compiled: bytes) -> dict[str, FileDescriptorProto]:
    return {each.name: each for each in FileDescriptorSet.FromString(compiled).file}


def test_given_imports_when_compiled_then_they_come_before_what_needs_them(
    compiler: Compile,
):
    imports = {
        "b.proto": 'syntax = "proto3"; import "a.proto"; message B { A a = 1; }',
        "a.proto": 'syntax = "proto3"; message A {}',
        "unused.proto": 'syntax = "proto3"; message U {}',
    }
    text = 'syntax = "proto3"; import "b.proto"; message C { B b = 1; }'

    assert [*files_of(compiler(text, imports))] == ["a.proto", "b.proto", ROOT]


@pytest.mark.parametrize("name", sorted(WELL_KNOWN))
def test_given_a_well_known_import_when_compiled_then_it_needs_no_text(
    compiler: Compile, name: str
):
    text = f'syntax = "proto3"; import "{name}"; message M {{}}'

    assert name in files_of(compiler(text, {}))


@pytest.mark.parametrize(
    "text",
    [
        "message M { required string a = 1; optional group G = 2 {} }",
        'syntax = "proto3"; message M { optional string a = 1; map<string, M> b = 2; }',
        'edition = "2023"; message M { string a = 1; }',
        'edition = "2024"; message M { string a = 1; }',
    ],
)
def test_given_each_syntax_when_compiled_then_the_message_is_there(
    compiler: Compile, text: str
):
    root = files_of(compiler(text, {}))[ROOT]

    assert root.message_type[0].name == "M"
    assert root.HasField("source_code_info")


def test_given_a_fault_when_compiled_then_line_and_column_are_told(compiler: Compile):
    with pytest.raises(CompileError) as refused:
        compiler('syntax = "proto3";\nmessage M {\n  Missing a = 1;\n}', {})

    (fault,) = refused.value.faults
    assert (fault.file, fault.line, fault.column) == (ROOT, 3, 3)
    assert "Missing" in fault.message


def test_given_a_fault_in_an_import_when_compiled_then_its_name_is_told(
    compiler: Compile,
):
    with pytest.raises(CompileError) as refused:
        compiler('import "a.proto";', {"a.proto": "message {"})

    assert refused.value.faults[0].file == "a.proto"


@pytest.mark.parametrize("name", ["/etc/hosts", "../../etc/hosts", "a\\b", "a\0b"])
def test_given_an_import_outside_when_given_then_it_is_refused(
    compiler: Compile, name: str
):
    with pytest.raises(InvalidSchemaError, match="cannot import"):
        compiler("message M {}", {name: "message A {}"})


@pytest.mark.parametrize(
    "name", ["/etc/hosts", "../../etc/hosts", "google/api/http.proto"]
)
def test_given_an_import_that_was_not_given_when_compiled_then_no_file_is_read(
    compiler: Compile, name: str
):
    with pytest.raises(CompileError) as refused:
        compiler(f'import "{name}"; message M {{}}', {})

    assert any(
        "not found" in each.message.lower() or "Backslashes" in each.message
        for each in refused.value.faults
    )


def test_given_a_loop_of_imports_when_compiled_then_it_is_refused(compiler: Compile):
    imports = {"a.proto": 'import "b.proto";', "b.proto": 'import "a.proto";'}

    with pytest.raises(CompileError) as refused:
        compiler('import "a.proto";', imports)

    assert any("recursively" in each.message for each in refused.value.faults)


def test_given_a_well_known_name_when_another_text_is_given_then_ours_holds(
    compiler: Compile,
):
    name = "google/protobuf/timestamp.proto"
    imports = {name: "package google.protobuf; message Timestamp { int32 x = 1; }"}
    text = f'syntax = "proto3"; import "{name}"; message M {{}}'

    timestamp = files_of(compiler(text, imports))[name]

    assert [f.name for f in timestamp.message_type[0].field] == ["seconds", "nanos"]


def test_given_thousands_of_faults_when_compiled_then_the_first_ones_are_told(
    compiler: Compile,
):
    """protoc writes far more about a hostile text than the text is long."""
    with pytest.raises(CompileError) as refused:
        compiler("/*" * 30_000, {})

    assert len(refused.value.faults) == MOST_FAULTS


def test_given_a_compiler_in_place_when_it_is_gone_then_so_is_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(folders, "_SHARED_MEMORY", tmp_path)
    compiler = InPlaceCompiler()
    compiler("message M {}", {})
    assert [*tmp_path.iterdir()] != []

    del compiler

    assert [*tmp_path.iterdir()] == []
