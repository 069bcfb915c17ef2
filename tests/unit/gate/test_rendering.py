"""Contracts are rendered as valid documents, always alike, whatever is in them."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from registry.compiler.in_place import InPlaceCompiler
from registry.engine import engine
from registry.gate import odcs, yaml_text
from registry.gate.rendering import rendering
from registry.gate.rendering.names import file_name
from registry.gate.rendering.rendering import Form, RenderingError
from registry.gate.rendering.yaml_writing import written
from registry.gate.snapshots import Snapshot
from registry.gate.trees import FolderTree
from tests.unit.gate import formats
from tests.unit.gate.builders import a_manifest, a_record

HOSTILE = (
    "x|`<b>\n# y\u2028[a](http://e.com) *é* ${{ z }} 'q' \"r\" \\: #no\n---\n- yes"
)


def _rendered(root: Path, form: Form) -> dict[str, str]:
    parsing = engine(InPlaceCompiler)
    now = Snapshot(FolderTree(root, ("",)), ("",), parsing)
    return {**rendering.render(form, [rendering.described(now, n) for n in now.places])}


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ours")
    shutil.copytree(formats.ROOT / "contracts", root / "contracts")
    return root


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A contract with hostile text wherever text may be."""
    _put(tmp_path / "a", id=HOSTILE, name=HOSTILE)
    return tmp_path


def _put(folder: Path, **members: Any) -> None:
    folder.mkdir(parents=True)
    schema = json.loads(a_record("A", "a"))
    schema["fields"][0]["doc"] = HOSTILE
    (folder / "schema.avsc").write_text(json.dumps(schema), encoding="utf-8")
    quality = {"type": "custom", "engine": "cel", "name": HOSTILE}
    manifest = {
        **a_manifest(f"s-{folder.name}"),
        "domain": HOSTILE,
        "dataProduct": HOSTILE,
        "version": HOSTILE,
        "status": HOSTILE,
        "tags": [HOSTILE, ""],
        "description": {"purpose": HOSTILE, "usage": HOSTILE},
        "team": {"name": HOSTILE},
        "support": [{"channel": HOSTILE, "tool": HOSTILE, "url": "https://e.com"}],
        "servers": [
            {"server": HOSTILE, "type": "kafka", "host": HOSTILE},
            {"server": HOSTILE, "type": "kafka", "host": "other"},
        ],
        "schema": [
            {
                "name": "A",
                "physicalName": HOSTILE,
                "properties": [{"name": "a", "tags": ["PII"], "description": HOSTILE}],
                "quality": [{**quality, "implementation": HOSTILE}],
            }
        ],
        "slaProperties": [{"property": "retention", "value": 1.5, "unit": "d"}],
        **members,
    }
    text = json.dumps(manifest)
    (folder / "contract.yaml").write_text(text, encoding="utf-8")
    example = folder / "examples/valid/a```.json"
    example.parent.mkdir(parents=True)
    example.write_text(json.dumps({"a": f"```\n{HOSTILE}"}), encoding="utf-8")


def _read(text: str) -> list[Any]:
    """Return documents as another reader of YAML has them."""
    return [*YAML(typ="safe", pure=True).load_all(text)]


@pytest.mark.parametrize("form", list(Form))
def test_when_rendered_twice_then_the_texts_are_the_same(form: Form, ours: Path):
    assert _rendered(ours, form) == _rendered(ours, form)


@pytest.mark.parametrize("case", ["ours", "hostile"])
def test_the_manifests_are_documents_of_the_standard(
    case: str, request: pytest.FixtureRequest
):
    official = formats.validator(formats.ODCS)

    texts = _rendered(request.getfixturevalue(case), Form.ODCS)

    for text in texts.values():
        document = yaml_text.read(text)
        assert [error.message for error in official.iter_errors(document.value)] == []
        assert [fault.reason for fault in odcs.faults(document)] == []


def test_the_manifests_have_all_fields_and_lose_nothing(ours: Path):
    texts = _rendered(ours, Form.ODCS)

    value = yaml_text.read(texts["orders.order-created.odcs.yaml"]).value
    source = ours / "contracts/orders/order-created/contract.yaml"
    before = yaml_text.read(source.read_text()).value
    (item,) = value["schema"]
    fields = item.pop("properties")
    (said,) = before["schema"][0].pop("properties")
    assert value == before
    assert [each["name"] for each in fields] == [
        "orderId",
        "customerId",
        "items",
        "totalAmount",
        "timestamp",
    ]
    assert fields[1] == {
        "name": "customerId",
        "logicalType": "string",
        "physicalType": "string",
        "required": True,
        "description": "Identifies the customer who ordered.",
        **said,
    }
    inner = fields[2]["items"]["properties"]
    assert [each["name"] for each in inner] == ["sku", "quantity", "unitPrice"]


@pytest.mark.parametrize("case", ["ours", "hostile"])
def test_the_domains_are_documents_of_asyncapi(
    case: str, request: pytest.FixtureRequest
):
    official = formats.validator(formats.ASYNCAPI)

    texts = _rendered(request.getfixturevalue(case), Form.ASYNCAPI)

    assert texts
    for text in texts.values():
        (document,) = _read(text)
        assert [error.message for error in official.iter_errors(document)] == []


def test_the_asyncapi_document_has_schemas_with_all_that_they_use(ours: Path):
    (document,) = _read(_rendered(ours, Form.ASYNCAPI)["orders.asyncapi.yaml"])

    messages = document["components"]["messages"]
    payload = messages["OrderCreated"]["payload"]
    items = payload["schema"]["fields"][2]["type"]["items"]
    assert items["fields"][0]["name"] == "sku"
    assert messages["Payment"]["payload"]["schema"].startswith('syntax = "proto3"')
    assert messages["Shipment"]["payload"]["schemaFormat"].startswith(
        "application/schema+json;version="
    )
    binding = document["channels"]["orders-order-created-v1"]["bindings"]["kafka"]
    assert binding["topicConfiguration"] == {"retention.ms": 2_592_000_000}
    assert "OrderItem" not in messages


def test_the_entities_of_backstage_have_names_that_it_takes(ours: Path, hostile: Path):
    name = re.compile(r"[A-Za-z0-9]+([-_.][A-Za-z0-9]+)*")
    tag = re.compile(r"[a-z0-9:+#]+(-[a-z0-9:+#]+)*")

    for root in (ours, hostile):
        for entity in _read(_rendered(root, Form.BACKSTAGE)["catalog-info.yaml"]):
            metadata, spec = entity["metadata"], entity["spec"]
            assert name.fullmatch(metadata["name"])
            assert len(metadata["name"]) <= 63
            assert all(tag.fullmatch(each) for each in metadata.get("tags", ()))
            assert spec["owner"]
            if entity["kind"] == "API":
                assert spec["lifecycle"] in ("experimental", "production", "deprecated")
                assert spec["definition"]


def test_confluents_metadata_names_owner_tags_and_rules(hostile: Path):
    (text,) = _rendered(hostile, Form.CONFLUENT).values()

    made = json.loads(text)
    (rule,) = made["ruleSet"]["domainRules"]
    assert made["metadata"]["tags"] == {"shop.A.a": ["PII"]}
    assert made["metadata"]["properties"]["owner"] == HOSTILE
    assert (rule["kind"], rule["type"], rule["expr"]) == ("CONDITION", "CEL", HOSTILE)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", rule["name"])


def test_given_hostile_text_then_a_page_has_no_markup_of_it(hostile: Path):
    texts = _rendered(hostile, Form.MARKDOWN)

    for text in texts.values():
        outside = re.sub(r"^(`{3,})json\n.*?^\1$", "", text, flags=re.M | re.S)
        outside = re.sub(r"(?<![\\`])(`+)(?!`).*?(?<!`)\1(?!`)", "", outside)
        outside = re.sub(r"\\.", "", outside)
        assert "<" not in outside
        assert "# y" not in outside
        assert "](http" not in outside
        assert "*" not in outside


def test_given_two_contracts_of_one_id_then_they_are_refused(tmp_path: Path):
    _put(tmp_path / "a", id="x")
    _put(tmp_path / "b", id="x")

    with pytest.raises(RenderingError, match="have the same id 'x'"):
        _rendered(tmp_path, Form.ODCS)


def test_given_a_schema_that_is_none_then_it_is_refused_with_its_place(tmp_path: Path):
    _put(tmp_path / "a")
    (tmp_path / "a/schema.avsc").write_text('{"type": "record"')

    with pytest.raises(RenderingError, match=r"a/schema\.avsc:1:"):
        _rendered(tmp_path, Form.ODCS)


def test_given_a_type_within_itself_then_it_is_written_out_once(tmp_path: Path):
    _put(tmp_path / "a", schema=[{"name": "A"}])
    fields = [{"name": "next", "type": ["null", "A"]}]
    text = json.dumps({"type": "record", "name": "A", "fields": fields})
    (tmp_path / "a/schema.avsc").write_text(text)

    (rendered,) = _rendered(tmp_path, Form.ODCS).values()

    value = yaml_text.read(rendered).value
    assert value["schema"][0]["properties"] == [
        {
            "name": "next",
            "logicalType": "object",
            "physicalType": "record A",
            "required": False,
        }
    ]


@pytest.mark.parametrize(
    "text",
    ["yes", "2026-01-10", "1e3", "null", "", " x", "a: b", "#a", "é", HOSTILE, "0x1F"],
)
def test_a_text_stays_a_text_in_yaml(text: str):
    assert yaml_text.read(written({"a": text})).value == {"a": text}
    assert _read(written([text])) == [[text]]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("orders.created", "orders.created"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"),
        ("a/b\0", "a%2Fb%00"),
        ("é b", "é b"),
        (".hidden", "%2Ehidden"),
        ("100%", "100%25"),
    ],
)
def test_any_id_is_one_file(text: str, name: str):
    assert file_name(text) == name
