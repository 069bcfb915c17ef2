"""The Protobuf contracts that this repository publishes keep what they promise."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from registry.compiler.in_place import InPlaceCompiler
from registry.domain.formats.protobuf.compiling import ROOT
from registry.domain.formats.protobuf.format import ProtobufFormat
from registry.domain.limits import DEFAULT_LIMITS
from registry.domain.model import SchemaType
from registry.gate import manifests
from registry.gate.manifests import Manifest

CONTRACTS = Path(__file__).parents[3] / "contracts"
MANIFESTS = [
    manifest
    for manifest in map(manifests.read, sorted(CONTRACTS.rglob("contract.yaml")))
    if manifest.schema_type is SchemaType.PROTOBUF
]

FIELDS = {
    "common.v1.Money": ["currency_code", "units", "nanos"],
    "orders.v1.Payment": ["payment_id", "order_id", "amount", "method", "paid_at"],
}

COMPILER = InPlaceCompiler()

each_contract = pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda m: m.id)


def _text(manifest: Manifest) -> str:
    return manifest.schema_file.read_text(encoding="utf-8")


def _files(manifest: Manifest) -> list[FileDescriptorProto]:
    """Return what a contract needs, and last its own file."""
    texts = {each.name: _text(each) for each in MANIFESTS if each.name}
    compiled = COMPILER(_text(manifest), texts)
    return [*FileDescriptorSet.FromString(compiled).file]


def _own(manifest: Manifest) -> FileDescriptorProto:
    return _files(manifest)[-1]


def _message(manifest: Manifest) -> Any:
    pool = DescriptorPool()
    for file in _files(manifest):
        pool.Add(file)
    return GetMessageClass(
        pool.FindFileByName(ROOT).message_types_by_name[_name(manifest)]
    )


def _name(manifest: Manifest) -> str:
    return str(manifest.document.value["name"])


def test_the_fields_of_messages_are_the_same_as_everywhere():
    found = {
        f"{file.package}.{message.name}": [field.name for field in message.field]
        for file in map(_own, MANIFESTS)
        for message in file.message_type
    }

    assert found == FIELDS


@each_contract
def test_the_package_follows_the_domain(manifest: Manifest):
    assert _own(manifest).package == f"{manifest.document.value['domain']}.v1"


def test_money_is_imported_by_its_name():
    (money, payment) = MANIFESTS
    form = ProtobufFormat(DEFAULT_LIMITS, COMPILER)

    assert form.external_names(_text(payment)) == {money.name}


@each_contract
def test_all_messages_enums_and_fields_are_described(manifest: Manifest):
    file = _own(manifest)
    described = {
        tuple(each.path): each.leading_comments
        for each in file.source_code_info.location
        if each.leading_comments
    }

    assert [path for path in _paths(file) if path not in described] == []


def _paths(file: FileDescriptorProto) -> Iterator[tuple[int, ...]]:
    """Yield where messages, fields, enums and values stand in a descriptor."""
    for at, message in enumerate(file.message_type):
        yield (4, at)
        yield from ((4, at, 2, field) for field in range(len(message.field)))
    for at, enum in enumerate(file.enum_type):
        yield (5, at)
        yield from ((5, at, 2, value) for value in range(len(enum.value)))


def _examples(kind: str) -> Any:
    found = [
        pytest.param(manifest, example, id=f"{manifest.id}/{example.stem}")
        for manifest in MANIFESTS
        for example in sorted((manifest.file.parent / "examples" / kind).glob("*.json"))
    ]
    return pytest.mark.parametrize(("manifest", "example"), found)


@_examples("valid")
def test_given_a_valid_example_when_encoded_as_a_message_then_it_decodes_to_itself(
    manifest: Manifest, example: Path
):
    written = json.loads(example.read_text(encoding="utf-8"))
    message = _message(manifest)
    encoded = json_format.ParseDict(written, message()).SerializeToString()

    decoded = message.FromString(encoded)

    assert json_format.MessageToDict(decoded, preserving_proto_field_name=True) == (
        written
    )


@_examples("invalid")
def test_given_an_invalid_example_when_read_as_a_message_then_it_is_refused(
    manifest: Manifest, example: Path
):
    written = json.loads(example.read_text(encoding="utf-8"))

    with pytest.raises(json_format.ParseError):
        json_format.ParseDict(written, _message(manifest)())
