"""The gate with a registry at hand: one that is served, asked over its own API."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from registry.gate import lock
from registry.gate.history import sha256
from tests.integration.gate.repositories import ARepository
from tests.unit.gate.builders import a_record
from wirepact import RegistryClient
from wirepact.schemas import Reference, Schema

Command = Callable[..., Result]


@pytest.fixture
def repo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registry_url: str
) -> ARepository:
    """Two contracts, of subjects that no other test has; both are registered."""
    made = ARepository(tmp_path / "repo")
    prefix = f"gate-{abs(hash(str(tmp_path)))}"
    for name in ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(made.root)
    made.contract("item", "sku")
    made.contract("basket", schema=a_record("Basket", item="shop.Item"))
    for name in ("item", "basket"):
        file = made.root / "contracts" / name / "contract.yaml"
        text = file.read_text().replace(f'"{name}-value"', f'"{prefix}-{name}"')
        file.write_text(text)
    with RegistryClient([registry_url]) as client:
        item = f"{prefix}-item"
        client.register(item, Schema(a_record("Item", "sku")))
        client.register(
            f"{prefix}-basket",
            Schema(
                a_record("Basket", item="shop.Item"),
                references=(Reference("shop.Item", item, 1),),
            ),
        )
    made.prefix = prefix
    return made


def _online(wirepact: Command, url: str) -> Result:
    options = ("--against", "registry", "--url", url, "--format", "json")
    return wirepact("breaking", *options, catch_exceptions=False)


def test_given_what_is_registered_when_checked_online_then_it_passes(
    repo, wirepact, registry_url
):
    result = _online(wirepact, registry_url)

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["baseline"].startswith("the registry http")


def test_given_a_break_when_checked_online_then_it_is_the_servers_finding(
    repo, wirepact, registry_url
):
    file = repo.root / "contracts/item/schema.avsc"
    file.write_text(a_record("Item", "sku", "price"))

    result = _online(wirepact, registry_url)

    assert result.exit_code == 1
    (found,) = json.loads(result.stdout)["findings"]
    assert found["rule"] == "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE"
    assert found["fixes"]


def test_given_a_registry_when_locked_then_the_check_needs_it_no_more(
    repo, wirepact, registry_url
):
    written = wirepact("lock", "--history", "--url", registry_url)
    again = wirepact("lock", "--history", "--url", registry_url)

    assert written.exit_code == again.exit_code == 0, written.output
    assert again.stdout == "all is as it was\n"
    locked = lock.read((repo.root / "contracts/.lock.yaml").read_text())
    kept = repo.root / "contracts/item/versions/0001.avsc"
    item = locked[f"{repo.prefix}-item"]
    assert (item.version, item.sha256) == (1, sha256(kept.read_text()))

    file = repo.root / "contracts/item/schema.avsc"
    file.write_text(a_record("Item", "sku", "price"))
    result = wirepact("breaking", "--against", "lock", "--format", "json")

    found = {each["rule"] for each in json.loads(result.stdout)["findings"]}
    assert "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE" in found


def test_given_a_version_of_a_registry_when_compared_then_its_references_come_along(
    repo, wirepact, registry_url
):
    side = f"registry:{repo.prefix}-basket@1"
    file = "contracts/basket/schema.avsc"

    result = wirepact("diff", side, file, "--url", registry_url, catch_exceptions=False)

    assert result.exit_code == 0, result.output
    assert result.stdout == ""
