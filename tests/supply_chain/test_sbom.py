import json
import re
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.supply_chain.sbom import Bom, bill_of

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements" / "runtime.txt"
PYPROJECT = ROOT / "pyproject.toml"


@pytest.fixture(scope="module")
def bom() -> Bom:
    return bill_of(LOCK, PYPROJECT)


def pins() -> set[str]:
    text = LOCK.read_text()
    return {f"{name}@{version}" for name, version in _PIN.findall(text)}


_PIN = re.compile(r"^([a-z0-9.-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", re.MULTILINE)


def test_when_a_bill_is_made_then_it_has_each_pin_and_no_other(bom: Bom):
    parts = {f"{part['name']}@{part['version']}" for part in bom["components"]}

    assert parts == pins()


def test_when_a_bill_is_made_then_each_part_has_the_hashes_of_the_lock(bom: Bom):
    locked = set(re.findall(r"sha256:([0-9a-f]{64})", LOCK.read_text()))

    listed = [part["externalReferences"][0]["hashes"] for part in bom["components"]]

    assert all(listed)
    assert {each["content"] for hashes in listed for each in hashes} == locked


def test_when_a_bill_is_made_then_no_address_is_in_it(bom: Bom):
    # But for the name of the form that it has.
    said = {key: value for key, value in bom.items() if key != "$schema"}

    assert "://" not in json.dumps(said)


def test_when_a_bill_is_made_twice_then_it_is_the_same(bom: Bom):
    again = bill_of(LOCK, PYPROJECT)

    assert json.dumps(again) == json.dumps(bom)
    assert not {"serialNumber", "timestamp"} & {*again, *again["metadata"]}


def test_when_a_bill_is_made_then_it_is_valid_of_its_form():
    text = json.dumps(bill_of(LOCK, PYPROJECT))

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_given_one_pin_when_a_bill_is_made_then_it_has_one_part(
    tmp_path: Path,
):
    lock = tmp_path / "one.txt"
    lock.write_text(f"anyio==4.16.0 --hash=sha256:{'0' * 64}\n")

    assert [part["name"] for part in bill_of(lock, PYPROJECT)["components"]] == [
        "anyio"
    ]
