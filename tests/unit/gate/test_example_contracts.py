"""The contracts that this repository publishes keep what they promise."""

import io
import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastavro
import jsonschema_rs
import pytest
from fastavro.validation import ValidationError

from registry.domain.formats.avro.format import AvroFormat
from registry.domain.formats.jsonschema.format import JsonFormat
from registry.domain.model import SchemaType
from registry.gate import manifests
from registry.gate.manifests import Manifest
from tests.unit.gate import formats

ROOT = Path(__file__).parents[3]
CONTRACTS = ROOT / "contracts"
FILES = sorted(CONTRACTS.rglob("contract.yaml"))
# Those in Protobuf have tests of their own.
IN_JSON = [file for file in FILES if not (file.parent / "schema.proto").exists()]

FIELDS = {
    "OrderItem": ["sku", "quantity", "unitPrice"],
    "OrderCreated": ["orderId", "customerId", "items", "totalAmount", "timestamp"],
    "OrderConfirmed": ["orderId", "confirmedAt"],
    "Shipment": ["shipmentId", "orderId", "carrier", "parcels", "shippedAt"],
}

each_contract = pytest.mark.parametrize("file", FILES, ids=lambda f: f.parent.name)


@pytest.fixture(scope="module")
def odcs() -> jsonschema_rs.Validator:
    return formats.validator(formats.ODCS)


@each_contract
def test_the_manifest_is_a_document_of_the_standard(
    file: Path, odcs: jsonschema_rs.Validator
):
    document = manifests.read(file).document.value

    assert [error.message for error in odcs.iter_errors(document)] == []


def test_given_a_manifest_that_breaks_the_standard_then_it_is_noticed(
    odcs: jsonschema_rs.Validator,
):
    document = manifests.read(FILES[0]).document.value

    assert not odcs.is_valid({**document, "sla": []})


@each_contract
def test_the_manifest_says_where_it_stands(file: Path):
    manifest = manifests.read(file)
    domain, name = file.parts[-3:-1]
    document = manifest.document.value

    assert manifest.id == f"{domain}.{name}"
    assert document["domain"] == domain
    assert document["name"].lower() == name.replace("-", "")
    assert {"kind", "apiVersion", "version", "status"} <= document.keys()


def test_the_fields_are_the_same_as_everywhere():
    schemas = [json.loads(_text(manifests.read(file))) for file in IN_JSON]

    assert {_name(schema): [*_fields(schema)] for schema in schemas} == FIELDS


def _name(schema: Any) -> str:
    return str(schema["name"] if "fields" in schema else schema["title"])


def _fields(schema: Any) -> dict[str, Any]:
    """Return the fields, or properties, by name."""
    if "fields" in schema:
        return {field["name"]: field for field in schema["fields"]}
    return dict(schema["properties"])


def test_the_order_item_is_referred_to_by_name():
    created = _text(_named("OrderCreated"))

    assert AvroFormat().external_names(created) == {"orders.OrderItem"}


@pytest.mark.parametrize("file", IN_JSON, ids=lambda f: f.parent.name)
def test_all_types_and_fields_are_described(file: Path):
    schema = json.loads(_text(manifests.read(file)))
    word = "doc" if "fields" in schema else "description"

    assert all(each.get(word) for each in (schema, *_fields(schema).values()))


def test_the_json_schema_is_closed_so_that_properties_can_be_added():
    schema = JsonFormat().parse(_text(_named("Shipment")))

    objects = [
        each.value
        for each in schema.resolver.root().all_schemas()
        if isinstance(each.value, dict) and each.value.get("type") == "object"
    ]
    assert [each["additionalProperties"] for each in objects] == [False, False]


def _examples(schema_type: SchemaType, kind: str) -> Iterator[Any]:
    for file in FILES:
        manifest = manifests.read(file)
        if manifest.schema_type is schema_type:
            for example in sorted((file.parent / "examples" / kind).glob("*.json")):
                name = f"{file.parent.name}/{example.stem}"
                yield pytest.param(manifest, example, id=name)


def _of_avro(kind: str) -> Any:
    found = [*_examples(SchemaType.AVRO, kind)]
    return pytest.mark.parametrize(("manifest", "example"), found)


def _of_json(kind: str) -> Any:
    found = [*_examples(SchemaType.JSON, kind)]
    return pytest.mark.parametrize(("manifest", "example"), found)


@_of_avro("valid")
def test_given_a_valid_example_when_encoded_then_it_decodes_to_itself(
    manifest: Manifest, example: Path
):
    schema = _fastavro_schema(manifest)
    value = _value(schema, json.loads(example.read_text(encoding="utf-8")))

    encoded = io.BytesIO(_encoded(schema, value))

    assert fastavro.schemaless_reader(encoded, schema, None) == value


@_of_avro("invalid")
def test_given_an_invalid_example_when_encoded_then_it_is_refused(
    manifest: Manifest, example: Path
):
    schema = _fastavro_schema(manifest)
    written = json.loads(example.read_text(encoding="utf-8"))

    with pytest.raises((ValueError, ValidationError)):
        _encoded(schema, _value(schema, written))


@_of_json("valid")
def test_given_a_valid_example_when_validated_then_it_passes(
    manifest: Manifest, example: Path
):
    errors = _validator(manifest).iter_errors(json.loads(example.read_text()))

    assert [error.message for error in errors] == []


@_of_json("invalid")
def test_given_an_invalid_example_when_validated_then_it_breaks_one_rule(
    manifest: Manifest, example: Path
):
    errors = _validator(manifest).iter_errors(json.loads(example.read_text()))

    assert len([*errors]) == 1


@each_contract
def test_each_contract_has_examples_of_both_kinds(file: Path):
    for kind in ("valid", "invalid"):
        assert [*(file.parent / "examples" / kind).glob("*.json")] != []


def _named(name: str) -> Manifest:
    found = (manifests.read(file) for file in FILES)
    return next(each for each in found if each.document.value["name"] == name)


def _text(manifest: Manifest) -> str:
    return manifest.schema_file.read_text(encoding="utf-8")


def _validator(manifest: Manifest) -> jsonschema_rs.Validator:
    schema = json.loads(_text(manifest))
    return jsonschema_rs.validator_for(schema, validate_formats=True)


def _fastavro_schema(manifest: Manifest) -> Any:
    named: dict[str, Any] = {}
    fastavro.parse_schema(json.loads(_text(_named("OrderItem"))), named)
    if manifest.id == "orders.order-item":
        named.clear()
    return fastavro.parse_schema(json.loads(_text(manifest)), named)


def _encoded(schema: Any, value: Any) -> bytes:
    out = io.BytesIO()
    fastavro.validate(value, schema, strict=True)
    fastavro.schemaless_writer(out, schema, value, strict=True)
    return out.getvalue()


def _value(schema: Any, written: Any) -> Any:
    """Make of an example, as a person writes it, what fastavro takes."""
    logical = schema.get("logicalType") if isinstance(schema, dict) else None
    if logical == "decimal" and isinstance(written, str):
        return Decimal(written)
    if logical == "timestamp-millis" and isinstance(written, str):
        return datetime.fromisoformat(written)
    if isinstance(schema, dict) and isinstance(written, dict):
        kinds = {field["name"]: field["type"] for field in schema["fields"]}
        return {name: _value(kinds.get(name), value) for name, value in written.items()}
    if isinstance(schema, dict) and isinstance(written, list):
        items = schema["items"]
        if items == "orders.OrderItem":
            items = json.loads(_text(_named("OrderItem")))
        return [_value(items, each) for each in written]
    return written
