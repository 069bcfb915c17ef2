"""What the walk costs, and where it stops: bounds that cases in folders cannot hold."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto

from registry.domain.formats.protobuf.breaches import (
    MAX_PATH_CHARACTERS,
    MAX_VIOLATIONS,
)
from registry.domain.formats.protobuf.gaps import warnings
from registry.domain.formats.protobuf.graph import Graph
from registry.domain.formats.protobuf.rules import (
    COMPARISON_TOO_LARGE,
    FIELD_NAMED_TYPE_CHANGED,
    FIELD_SCALAR_KIND_CHANGED,
    MESSAGE_REMOVED,
    NUMBER_NARROWED,
)
from registry.domain.formats.protobuf.walk import violations
from registry.domain.rules import Spot

INT32 = FieldDescriptorProto.TYPE_INT32
INT64 = FieldDescriptorProto.TYPE_INT64
SINT32 = FieldDescriptorProto.TYPE_SINT32


def a_file(
    package: str, messages: Mapping[str, Sequence[Any]], name: str = "root.proto"
) -> FileDescriptorProto:
    """A file of messages whose fields are of scalar types, or of messages by name."""
    file = FileDescriptorProto(name=name, package=package, syntax="proto3")
    for message, kinds in messages.items():
        made = file.message_type.add(name=message)
        for number, kind in enumerate(kinds, 1):
            field = made.field.add(name=f"f{number}", number=number)
            field.label = FieldDescriptorProto.LABEL_OPTIONAL
            if isinstance(kind, str):
                field.type = FieldDescriptorProto.TYPE_MESSAGE
                field.type_name = kind
            else:
                field.type = kind
    return file


def a_chain(length: int, uses: int, leaf: Any) -> Graph:
    """Imported files, each of which uses the type of the next one a few times."""
    imports = {
        f"n{at}.proto": a_file(
            "p", {f"N{at}": [f".p.N{at - 1}" if at else leaf] * uses}, f"n{at}.proto"
        )
        for at in range(length)
    }
    return Graph(a_file("p", {"Root": [f".p.N{length - 1}"]}), imports)


def a_web(size: int, step: int) -> Graph:
    """Types of one name in many packages, each of which uses all others."""
    imports = {
        f"n{at}.proto": a_file(
            f"p{at}",
            {"Node": [f".p{(to + at * step) % size}.Node" for to in range(size)]},
            f"n{at}.proto",
        )
        for at in range(size)
    }
    uses = [f".p{at}.Node" for at in range(size)]
    return Graph(a_file("root", {"Root": uses}), imports)


def test_given_a_chain_of_2000_imports_when_compared_then_the_last_fault_is_found():
    found = violations(a_chain(2_000, 1, SINT32), a_chain(2_000, 1, INT32))

    assert found[0].rule is FIELD_SCALAR_KIND_CHANGED
    assert found[0].path == "#/N0/1"
    assert {each.rule for each in found[1:]} == {FIELD_NAMED_TYPE_CHANGED}
    assert [each.path for each in found[1:3]] == ["#/N1/1", "#/N2/1"]


def test_given_a_chain_of_2000_imports_when_it_is_compatible_then_nothing_is_said():
    reader = a_chain(2_000, 1, INT64)
    writer = a_chain(2_000, 1, INT32)

    assert violations(reader, writer) == ()
    assert warnings(reader, writer) == ()


def test_given_types_that_use_each_next_one_twice_when_broken_then_not_all_is_told():
    found = violations(a_chain(60, 2, SINT32), a_chain(60, 2, INT32))

    assert len(found) == MAX_VIOLATIONS


def test_given_types_of_one_name_in_many_packages_when_compared_then_it_is_given_up():
    start = time.perf_counter()
    (found,) = violations(a_web(150, 1), a_web(150, 7))
    took_s = time.perf_counter() - start

    assert found.rule is COMPARISON_TOO_LARGE
    assert found.wire("new", "old").startswith("Unexpected exception")
    assert found.reader_spot == Spot("")
    assert took_s < 10


def test_given_types_of_one_name_in_some_packages_when_compared_then_all_are():
    assert violations(a_web(20, 1), a_web(20, 3)) == ()
    assert warnings(a_web(20, 1), a_web(20, 3)) == ()


def test_given_a_web_of_types_when_warnings_are_looked_for_then_it_ends():
    start = time.perf_counter()

    assert warnings(a_web(150, 1), a_web(150, 7)) == ()

    assert time.perf_counter() - start < 10


def test_given_recursive_imports_when_compared_then_each_is_told_once():
    def recursive(leaf: Any) -> Graph:
        one = a_file("p", {"One": [".p.Two", leaf]}, "one.proto")
        two = a_file("p", {"Two": [".p.One"]}, "two.proto")
        root = a_file("p", {"Root": [".p.One"]})
        return Graph(root, {"one.proto": one, "two.proto": two})

    found = violations(recursive(SINT32), recursive(INT32))

    assert [(each.rule.id, each.path) for each in found] == [
        (FIELD_SCALAR_KIND_CHANGED.id, "#/One/2"),
        (FIELD_NAMED_TYPE_CHANGED.id, "#/Root/1"),
    ]


def test_given_long_names_when_many_are_gone_then_the_paths_end_somewhere():
    names = [f"{'M' * 2_000}{at}" for at in range(900)]
    writer = Graph(a_file("p", {name: [] for name in names}), {})

    found = violations(Graph(a_file("p", {}), {}), writer)

    assert {each.rule for each in found} == {MESSAGE_REMOVED}
    assert sum(len(each.path) for each in found) < MAX_PATH_CHARACTERS


def test_given_as_many_fields_as_a_text_can_have_when_compared_then_all_are():
    reader = Graph(a_file("p", {"M": [INT32] * 90_000}), {})
    writer = Graph(a_file("p", {"M": [INT32] * 89_999 + [SINT32]}), {})

    (found,) = violations(reader, writer)

    assert found.path == "#/M/90000"


def test_given_as_many_warnings_as_fields_when_looked_for_then_not_all_are_told():
    reader = Graph(a_file("p", {"M": [INT32] * 20_000}), {})
    writer = Graph(a_file("p", {"M": [INT64] * 20_000}), {})

    found = warnings(reader, writer)

    assert len(found) == MAX_VIOLATIONS
    assert {each.rule for each in found} == {NUMBER_NARROWED}


def test_given_an_imported_file_when_nothing_of_it_is_used_then_it_is_not_read():
    broken = a_file("q", {"M": [".q.Missing"]}, "broken.proto")
    graph = Graph(a_file("p", {"M": [INT32]}), {"broken.proto": broken})

    assert violations(graph, graph) == ()
    assert graph.message("q.M") is not None
    assert graph.message("q.Missing") is None
    assert graph.enum("q.M") is None
