"""What must hold for every schema: printed, it means the same, and is printed again."""

import re
from pathlib import Path

import google.type
import grpc_tools
import pytest
from google.protobuf import descriptor_pb2
from hypothesis import given

from registry.compiler.in_place import InPlaceCompiler
from registry.domain.formats.protobuf.format import ProtobufFormat
from registry.domain.formats.protobuf.imports import imports_of
from registry.domain.limits import Limits
from registry.domain.schema import ResolvedReference
from tests.strategies.protobuf import REFERENCES, protobuf_texts
from tests.suites.protobuf_meaning import essence, exactly

PROTOBUF = ProtobufFormat(Limits(), InPlaceCompiler())

INSTALLED = (
    Path(grpc_tools.__file__).parent / "_proto",
    Path(next(iter(google.type.__path__))).parents[1],
)
CORPUS = {
    file.relative_to(root).as_posix(): file.read_text(encoding="utf-8")
    for root in INSTALLED
    for file in sorted(root.glob("google/**/*.proto"))
}
"""The files that people wrote for protoc, and for Google's interfaces."""


def closure_of(name: str) -> list[ResolvedReference]:
    found, left = {name}, [name]
    while left:
        needed = {each.name for each in imports_of(CORPUS[left.pop()])} - found
        found |= needed
        left += needed
    return [ResolvedReference(each, CORPUS[each]) for each in sorted(found - {name})]


def hold_laws(text: str, references) -> None:
    schema = PROTOBUF.parse(text, references)
    again = PROTOBUF.parse(schema.canonical, references)
    encoded = PROTOBUF.parse(PROTOBUF.renderings["serialized"](schema), references)
    normal = PROTOBUF.normalized(schema)
    reread = PROTOBUF.parse(normal.canonical, references)

    assert exactly(again) == exactly(schema)
    assert again.canonical == schema.canonical
    assert encoded.canonical == schema.canonical
    assert exactly(encoded) == exactly(schema)
    assert essence(reread) == essence(schema)
    assert PROTOBUF.normalized(reread).canonical == normal.canonical
    assert PROTOBUF.normalized(again).canonical == normal.canonical


def test_given_the_installed_packages_when_collected_then_there_is_a_corpus():
    assert len(CORPUS) > 70


@pytest.mark.parametrize("name", CORPUS)
def test_given_a_file_that_people_wrote_when_printed_then_nothing_is_lost(name):
    hold_laws(CORPUS[name], closure_of(name))


@given(protobuf_texts())
def test_given_any_text_when_printed_then_nothing_is_lost(text):
    hold_laws(text, REFERENCES)


@given(protobuf_texts())
def test_given_any_text_when_its_extensions_are_left_out_then_it_is_still_one(text):
    schema = PROTOBUF.parse(text, REFERENCES)

    bare = PROTOBUF.parse(PROTOBUF.renderings["ignore_extensions"](schema), REFERENCES)

    assert not bare.file.extension
    assert not re.search(r"^ *\(|option \(|\[\(", bare.canonical, re.MULTILINE)
    assert PROTOBUF.renderings["ignore_extensions"](bare) == bare.canonical


def test_given_the_compiler_when_it_knows_a_descriptor_then_this_process_knows_it_too():
    theirs = PROTOBUF.parse(CORPUS["google/protobuf/descriptor.proto"], ())

    ours = descriptor_pb2.DESCRIPTOR.message_types_by_name
    for message in theirs.file.message_type:
        known = {field.name for field in ours[message.name].fields}
        assert {field.name for field in message.field} <= known, message.name
