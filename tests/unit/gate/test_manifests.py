"""Manifests: what is taken from them, and what is said when something is missing."""

from pathlib import Path

import pytest

from registry.domain.levels import Level
from registry.domain.model import SchemaType, Subject
from registry.gate import folder_settings, manifests
from registry.gate.folder_settings import FolderSettings
from registry.gate.manifests import ManifestError
from tests.unit.gate.builders import write_contract

HEAD = """\
apiVersion: v3.1.0
kind: DataContract
id: orders.order-created
version: 1.0.0
status: active
"""


def _read(folder: Path, text: str) -> manifests.Manifest:
    file = folder / "contract.yaml"
    file.write_text(text, encoding="utf-8")
    return manifests.read(file)


def test_when_a_manifest_is_read_then_our_settings_are_taken_from_it(tmp_path: Path):
    file = write_contract(
        tmp_path,
        ":.shop:orders-value",
        format="avro",
        compatibility="full_transitive",
        name="shop.Order",
    )

    manifest = manifests.read(file)

    assert manifest.id == "test.:.shop:orders-value"
    assert manifest.subject == Subject("orders-value", ".shop")
    assert manifest.schema_type is SchemaType.AVRO
    assert manifest.schema_file == tmp_path / "schema.avsc"
    assert manifest.level is Level.FULL_TRANSITIVE
    assert manifest.name == "shop.Order"


def test_given_little_said_when_read_then_the_rest_is_left_open(tmp_path: Path):
    manifest = manifests.read(write_contract(tmp_path))

    assert manifest.schema_type is SchemaType.AVRO
    assert manifest.level is None
    assert manifest.name is None


def test_given_keys_of_others_when_read_then_they_are_kept(tmp_path: Path):
    manifest = _read(
        tmp_path,
        HEAD
        + "contractCreatedTs: 2026-01-10T09:00:00Z\n"
        + "customProperties:\n"
        + "  - {property: costCentre, value: 17}\n"
        + "  - property: registry\n"
        + "    value: {subject: s, schemaFile: f.avsc, consumersFile: who.yaml}\n",
    )

    document = manifest.document.value
    assert document["contractCreatedTs"] == "2026-01-10T09:00:00Z"
    assert document["customProperties"][0] == {"property": "costCentre", "value": 17}
    assert document["customProperties"][1]["value"]["consumersFile"] == "who.yaml"


def _entry(value: str) -> str:
    return HEAD + "customProperties:\n  - property: registry\n    value:\n" + value


@pytest.mark.parametrize(
    ("text", "at", "reason"),
    [
        pytest.param("- 1", ":1:1", "expected a mapping, found a list", id="a list"),
        pytest.param("", "", "expected a mapping, found nothing", id="empty"),
        pytest.param(HEAD, ":1:1", "with the property 'registry'", id="no entry"),
        pytest.param(
            HEAD + "customProperties: []",
            ":1:1",
            "with the property 'registry'",
            id="no properties",
        ),
        pytest.param(
            HEAD + "customProperties:\n  - {property: other, value: 1}",
            ":6:1",
            "with the property 'registry'",
            id="other entry",
        ),
        pytest.param(
            HEAD + "customProperties: none",
            ":6:1",
            "customProperties: expected a list, found 'none'",
            id="properties are no list",
        ),
        pytest.param(
            HEAD + "customProperties:\n  - property: registry",
            ":7:5",
            "expected a 'value'",
            id="no value",
        ),
        pytest.param(
            _entry("      subject: s\n      schemaFile: f\n  - property: registry"),
            ":11:5",
            "expected one entry 'registry'",
            id="two entries",
        ),
        pytest.param(
            _entry("      schemaFile: f"),
            ":8:5",
            "expected a text 'subject' in the value of customProperties 'registry'",
            id="no subject",
        ),
        pytest.param(
            _entry("      subject: s"), ":8:5", "a text 'schemaFile'", id="no file"
        ),
        pytest.param(
            _entry("      subject: 17\n      schemaFile: f"),
            ":9:7",
            "subject: expected a text, found '17'; write it in quotes",
            id="subject is a number",
        ),
        pytest.param(
            _entry("      subject: s\n      schemaFile: f\n      format: XML"),
            ":11:7",
            "expected a format, one of AVRO, JSON, PROTOBUF, found 'XML'",
            id="unknown format",
        ),
        pytest.param(
            _entry("      subject: s\n      schemaFile: f\n      compatibility: SOME"),
            ":11:7",
            "expected a compatibility level, one of NONE, BACKWARD,",
            id="unknown level",
        ),
        pytest.param(
            _entry("      subject: s\n      schemaFile: ../../secret"),
            ":10:7",
            "expected a schemaFile in the contract's folder",
            id="file elsewhere",
        ),
        pytest.param(
            _entry("      subject: s\n      schemaFile: /etc/hostname"),
            ":10:7",
            "expected a schemaFile in the contract's folder",
            id="absolute file",
        ),
        pytest.param(
            _entry("      subject: s\n      subject: t"),
            ":10:7",
            "found 'subject' again",
            id="member twice",
        ),
        pytest.param(
            "kind: DataContract\n" + _entry("      subject: s"),
            "",
            "found 'kind' again; it stands in line 1 already",
            id="kind twice",
        ),
        pytest.param(
            _entry("      subject: s\n      schemaFile: f").replace("id: ", "ID: "),
            ":1:1",
            "expected a text 'id' in the manifest",
            id="no id",
        ),
    ],
)
def test_given_a_fault_when_read_then_file_line_and_column_are_named(
    tmp_path: Path, text: str, at: str, reason: str
):
    with pytest.raises(ManifestError) as refused:
        _read(tmp_path, text)

    message = str(refused.value)
    assert message.startswith(f"{tmp_path / 'contract.yaml'}{at}:")
    assert reason in message


def test_given_no_file_when_read_then_that_is_said(tmp_path: Path):
    with pytest.raises(ManifestError, match="expected a file, found nothing"):
        manifests.read(tmp_path / "contract.yaml")


def test_given_a_folder_in_its_place_when_read_then_that_is_said(tmp_path: Path):
    (tmp_path / "contract.yaml").mkdir()

    with pytest.raises(ManifestError, match="expected a file, found something else"):
        manifests.read(tmp_path / "contract.yaml")


def test_given_a_huge_file_when_read_then_it_is_refused_by_its_size(tmp_path: Path):
    file = tmp_path / "contract.yaml"
    with file.open("wb") as out:
        out.truncate(1 << 40)

    with pytest.raises(ManifestError, match="expected at most 262144 bytes"):
        manifests.read(file)


def test_given_bytes_that_are_no_text_when_read_then_that_is_said(tmp_path: Path):
    file = tmp_path / "contract.yaml"
    file.write_bytes(b"id: \xff\xfe")

    with pytest.raises(ManifestError, match="UTF-8, found another byte at offset 4"):
        manifests.read(file)


def test_given_a_link_out_of_the_folder_when_read_then_it_is_refused(tmp_path: Path):
    file = write_contract(tmp_path / "order")
    (tmp_path / "secret").write_text("x")
    (tmp_path / "order" / "schema.avsc").unlink()
    (tmp_path / "order" / "schema.avsc").symlink_to(tmp_path / "secret")

    with pytest.raises(ManifestError, match="in the contract's folder"):
        manifests.read(file)


def test_given_links_in_a_circle_when_read_then_it_is_refused(tmp_path: Path):
    file = write_contract(tmp_path)
    (tmp_path / "schema.avsc").unlink()
    (tmp_path / "schema.avsc").symlink_to(tmp_path / "schema.avsc")

    with pytest.raises(ManifestError, match="in the contract's folder"):
        manifests.read(file)


def test_given_no_defaults_when_read_then_nothing_is_said(tmp_path: Path):
    assert folder_settings.read(tmp_path) == FolderSettings()


def test_given_defaults_when_read_then_the_level_is_taken(tmp_path: Path):
    (tmp_path / "registry.yaml").write_text("compatibility: FULL\nlint: {level: X}\n")

    assert folder_settings.read(tmp_path) == FolderSettings(Level.FULL)


def test_given_defaults_without_sense_when_read_then_the_place_is_named(tmp_path: Path):
    (tmp_path / "registry.yaml").write_text("# ours\ncompatibility: no\n")

    with pytest.raises(ManifestError, match=r"registry\.yaml:2:1: .*found 'no'"):
        folder_settings.read(tmp_path)
