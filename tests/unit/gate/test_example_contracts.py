"""The contracts that this repository publishes keep what they promise."""

import io
import json
import os
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
from registry.gate import manifests
from registry.gate.manifests import Manifest

ROOT = Path(__file__).parents[3]
CONTRACTS = ROOT / "contracts"
FILES = sorted(CONTRACTS.rglob("contract.yaml"))
# Those in Protobuf have tests of their own.
IN_JSON = [file for file in FILES if not (file.parent / "schema.proto").exists()]
FORMATS = Path(
    os.environ.get("WIREPACT_FORMAT_SCHEMAS", ROOT.parent / "shared/data/formats")
)
ODCS = FORMATS / "odcs-json-schema-v3.1.0.json"

FIELDS = {
    "OrderItem": ["sku", "quantity", "unitPrice"],
    "OrderCreated": ["orderId", "customerId", "items", "totalAmount", "timestamp"],
    "OrderConfirmed": ["orderId", "confirmedAt"],
}

each_contract = pytest.mark.parametrize("file", FILES, ids=lambda f: f.parent.name)


@pytest.fixture(scope="module")
def odcs() -> jsonschema_rs.Validator:
    if not ODCS.exists():
        missing = f"no {ODCS.name}: say its folder in WIREPACT_FORMAT_SCHEMAS"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return jsonschema_rs.validator_for(json.loads(ODCS.read_text(encoding="utf-8")))


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

    assert {s["name"]: [f["name"] for f in s["fields"]] for s in schemas} == FIELDS


def test_the_order_item_is_referred_to_by_name():
    created = _text(_named("OrderCreated"))

    assert AvroFormat().external_names(created) == {"orders.OrderItem"}


@pytest.mark.parametrize("file", IN_JSON, ids=lambda f: f.parent.name)
def test_all_types_and_fields_are_described(file: Path):
    schema = json.loads(_text(manifests.read(file)))

    assert all(each.get("doc") for each in (schema, *schema["fields"]))


def _examples(kind: str) -> Iterator[Any]:
    for file in IN_JSON:
        for example in sorted((file.parent / "examples" / kind).glob("*.json")):
            name = f"{file.parent.name}/{example.stem}"
            yield pytest.param(manifests.read(file), example, id=name)


@pytest.mark.parametrize(("manifest", "example"), [*_examples("valid")])
def test_given_a_valid_example_when_encoded_then_it_decodes_to_itself(
    manifest: Manifest, example: Path
):
    schema = _fastavro_schema(manifest)
    value = _value(schema, json.loads(example.read_text(encoding="utf-8")))

    encoded = io.BytesIO(_encoded(schema, value))

    assert fastavro.schemaless_reader(encoded, schema, None) == value


@pytest.mark.parametrize(("manifest", "example"), [*_examples("invalid")])
def test_given_an_invalid_example_when_encoded_then_it_is_refused(
    manifest: Manifest, example: Path
):
    schema = _fastavro_schema(manifest)
    written = json.loads(example.read_text(encoding="utf-8"))

    with pytest.raises((ValueError, ValidationError)):
        _encoded(schema, _value(schema, written))


@each_contract
def test_each_contract_has_examples_of_both_kinds(file: Path):
    for kind in ("valid", "invalid"):
        assert [*(file.parent / "examples" / kind).glob("*.json")] != []


def _named(name: str) -> Manifest:
    found = (manifests.read(file) for file in FILES)
    return next(each for each in found if each.document.value["name"] == name)


def _text(manifest: Manifest) -> str:
    return manifest.schema_file.read_text(encoding="utf-8")


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
