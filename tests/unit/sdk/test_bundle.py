"""Bundles: the same bytes for the same schemas, and no byte believed that is wrong."""

import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirepact.bundle import Bundle, bundle_of
from wirepact.client import RegistryClient
from wirepact.errors import BundleError
from wirepact.schemas import Reference, RegisteredSchema, Schema

GUID = UUID(int=5)
ITEM = RegisteredSchema("item", 1, 1, Schema('{"type":"string"}'))
ORDER = RegisteredSchema(
    "orders-value", 1, 2, Schema('"string"', "AVRO", (Reference("I", "item", 1),))
)
PROTO = RegisteredSchema(
    "orders-value", 2, 3, Schema('syntax = "proto3";', "PROTOBUF", guid=GUID)
)
BUNDLE = bundle_of([PROTO, ORDER, ITEM], {(3, "serialized"): "Cgdh"})

schemas = st.builds(
    Schema,
    st.text(max_size=30),
    st.sampled_from(["AVRO", "JSON", "PROTOBUF"]),
    st.lists(
        st.builds(
            Reference, st.text(max_size=5), st.text(max_size=5), st.integers(1, 9)
        )
    ).map(tuple),
)
versions = st.lists(
    st.builds(
        RegisteredSchema,
        st.text(max_size=9),
        st.integers(1, 9),
        st.integers(1, 99),
        schemas,
    ),
    unique_by=lambda each: (each.subject, each.version),
)


@given(versions, st.randoms())
def test_a_bundle_is_read_as_it_was_written_whatever_the_order(found, random):
    mixed = random.sample(found, len(found))

    bundle = bundle_of(found, {})

    assert Bundle.parse(bundle.to_bytes()) == bundle
    assert bundle_of(mixed, {}).to_bytes() == bundle.to_bytes()


def test_everything_in_a_bundle_is_found_by_all_it_is_asked_for():
    bundle = Bundle.parse(BUNDLE.to_bytes())

    assert bundle.find_schema(2) == ORDER.schema
    assert bundle.find_schema(3, "serialized").text == "Cgdh"
    assert bundle.find_by_guid(GUID) == PROTO.schema
    assert bundle.find_version("item", 1) == ITEM
    assert bundle.find_latest("orders-value") == PROTO


def test_what_is_not_in_a_bundle_is_not_found():
    assert BUNDLE.find_schema(9) is None
    assert BUNDLE.find_schema(2, "serialized") is None
    assert BUNDLE.find_by_guid(UUID(int=1)) is None
    assert BUNDLE.find_version("item", 2) is None
    assert BUNDLE.find_latest("other") is None
    assert BUNDLE.find_registered("item", Schema('"int"')) is None


def test_a_schema_is_found_however_its_text_is_laid_out():
    laid_out = Schema('{\n  "type": "string"\n}')

    assert BUNDLE.find_registered("item", laid_out) == ITEM


def test_given_any_wrong_byte_when_read_then_it_is_refused():
    content = BUNDLE.to_bytes()
    for at in range(0, len(content), 5):
        damaged = content[:at] + bytes([content[at] ^ 4]) + content[at + 1 :]
        if _means_the_same(damaged, content):
            continue
        with pytest.raises(BundleError):
            Bundle.parse(damaged)


def _means_the_same(damaged, content):
    # White space between the parts is nobody's loss.
    try:
        return json.loads(damaged) == json.loads(content)
    except ValueError:
        return False


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"format": "x"}']
)
def test_given_what_is_no_bundle_when_read_then_it_is_refused(content, tmp_path):
    file = tmp_path / "schemas.bundle"
    file.write_bytes(content)

    with pytest.raises(BundleError, match=r"schemas\.bundle: "):
        Bundle.read(file)


def test_given_no_file_when_a_client_is_made_then_it_is_a_fault_of_the_bundle(tmp_path):
    with pytest.raises(BundleError, match=r"none\.bundle: No such file"):
        RegistryClient("http://registry", bundle=tmp_path / "none.bundle")
