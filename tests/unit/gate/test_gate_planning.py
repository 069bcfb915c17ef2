"""What folders of contracts want, and what manifests tell."""

import json
from pathlib import Path

import pytest

from registry.domain.levels import Level
from registry.gate import manifests, planning, told
from registry.gate.folder_settings import FolderSettings
from registry.gate.manifests import ManifestError
from registry.gate.planning import Asked, address
from registry.gate.project import Project
from registry.gate.snapshots import Snapshot
from registry.gate.told import Told
from tests.integration.gate.repositories import PARSING
from tests.unit.gate.builders import a_manifest, a_record, write_contract


def snapshot(folder: Path) -> Snapshot:
    project = Project(folder, ("contracts",))
    return Snapshot(project.working_tree(), project.folders, PARSING)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_contract(tmp_path / "contracts" / "item", "item", a_record("Item", "sku"))
    basket = a_record("Basket", item="shop.Item")
    write_contract(tmp_path / "contracts" / "basket", "basket", basket)
    return tmp_path


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("https://example.com/shop.git", "example.com/shop"),
        ("https://me:secret@example.com/shop.git/", "example.com/shop"),
        ("https://me:se@cret@example.com/shop", "example.com/shop"),
        ("ssh://git@example.com:2222/team/shop.git", "example.com:2222/team/shop"),
        ("git@example.com:team/shop.git", "example.com/team/shop"),
        ("example.com:shop", "example.com/shop"),
        ("/srv/git/shop.git", "/srv/git/shop"),
        ("file:///srv/git/shop.git\n", "/srv/git/shop"),
    ],
)
def test_an_origin_is_known_by_host_and_path_without_credentials(origin, expected):
    assert address(origin) == expected


def test_given_a_schema_that_uses_another_when_wanted_then_it_names_its_subject(folder):
    now = snapshot(folder)

    body = planning.desired(
        now, planning.contracts(now), Asked({"contracts": "me"}), str
    )

    by_subject = {each["subject"]: each for each in body["contracts"]}
    assert by_subject["basket"]["references"] == [
        {"name": "shop.Item", "subject": "item"}
    ]
    assert by_subject["item"]["name"] == "shop.Item"
    assert body["owner"] == "me"
    assert "prune" not in body


def test_given_a_pinned_reference_when_wanted_then_the_manifest_wins(folder):
    pinned = {"name": "shop.Item", "subject": "old-item", "version": 2}
    basket = a_record("Basket", item="shop.Item")
    where = folder / "contracts" / "basket"
    write_contract(where, "basket", basket, references=[pinned])
    now = snapshot(folder)

    body = planning.desired(now, planning.contracts(now), Asked(), ":.c:{}".format)

    (basket,) = (e for e in body["contracts"] if e["subject"] == ":.c:basket")
    assert basket["references"] == [{**pinned, "subject": ":.c:old-item"}]


def test_given_one_subject_twice_when_wanted_then_both_files_are_named(folder):
    write_contract(folder / "contracts" / "copy", "item", a_record("Item", "sku"))

    with pytest.raises(ManifestError, match=r"claimed by contracts/copy") as refused:
        planning.contracts(snapshot(folder))

    assert "contracts/item" in str(refused.value)


def test_given_a_manifest_that_cannot_be_read_when_wanted_then_nothing_is(folder):
    (folder / "contracts" / "item" / "contract.yaml").write_text("id: [")

    with pytest.raises(ManifestError):
        planning.contracts(snapshot(folder))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("compatibility: FULL\n", FolderSettings(Level.FULL)),
        ("managedBy: us\nprune: true\n", FolderSettings(None, "us", prunes=True)),
    ],
)
def test_settings_are_those_of_the_folder(folder, text, expected):
    (folder / "contracts" / "registry.yaml").write_text(text)

    assert snapshot(folder).settings("contracts") == expected


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ({"metadata": []}, "metadata: expected a mapping"),
        ({"ruleSet": "x"}, "ruleSet: expected a mapping"),
        ({"references": {}}, "references: expected a list"),
        ({"references": ["x"]}, "references: expected a list of references"),
        ({"policies": [1]}, "policies: expected a list of names"),
        ({"config": {"compatibility": "FULL"}}, "config: expected no level"),
    ],
)
def test_given_the_wrong_kind_when_told_then_the_place_is_named(setting, expected):
    text = json.dumps(a_manifest(**setting), indent=2)

    with pytest.raises(ManifestError, match=expected) as refused:
        Told.of(manifests.parse(Path("contract.yaml"), text))

    assert refused.value.place is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, {}),
        ({"tags": {"a": ["X", "Y"]}}, {"tags": {"a": ["Y", "X", "X"]}}),
        ({"properties": {}}, None),
        ({"sensitive": ["b", "a"]}, {"sensitive": ["a", "b"]}),
    ],
)
def test_metadata_that_mean_the_same_are_the_same(one, other):
    assert told.same_metadata(one, other)
    assert not told.same_metadata(one, {"properties": {"k": "v"}})


def test_rules_are_the_same_with_and_without_what_is_usual():
    short = {"domainRules": [{"name": "a", "type": "CEL", "expr": "true"}]}
    usual = {"kind": "TRANSFORM", "mode": "WRITEREAD", "disabled": False}
    full = {"domainRules": [{**short["domainRules"][0], **usual}]}

    assert told.same_rules(short, full)
    assert not told.same_rules(short, None)


def test_configs_are_the_same_whatever_is_null_or_a_level():
    assert told.same_members({"normalize": None}, {"compatibilityLevel": "FULL"})
    assert not told.same_members({"normalize": False}, {})
