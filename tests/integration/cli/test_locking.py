"""`wirepact lock` where contracts have come and gone, against a served registry."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from registry.gate import lock
from registry.testing import TestedRegistry
from tests.integration.gate.repositories import ARepository
from wirepact import RegistryClient

Command = Callable[..., Result]


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ARepository:
    made = ARepository(tmp_path / "repo")
    monkeypatch.chdir(made.root)
    made.contract("item", "sku")
    made.contract("order", "id")
    return made


@pytest.fixture
def run(
    repo: ARepository,
    wirepact: Command,
    source: TestedRegistry,
    monkeypatch: pytest.MonkeyPatch,
) -> Command:
    """Run a command against a registry that has both contracts, which are locked."""
    monkeypatch.setenv("WIREPACT_URL", source.url)
    assert wirepact("apply").exit_code == wirepact("lock").exit_code == 0
    return wirepact


def locked(repo: ARepository) -> list[str]:
    return [*lock.read((repo.root / "contracts/.lock.yaml").read_text())]


@pytest.mark.parametrize("command", ["lock", "pull"])
def test_given_a_contract_gone_when_locked_then_what_is_dropped_is_told(
    repo, run, command
):
    shutil.rmtree(repo.root / "contracts/order")

    result = run(command)

    assert result.exit_code == 0, result.output
    assert locked(repo) == ["item-value"]
    told = "contracts/.lock.yaml: dropped order-value: no contract here has it any more"
    assert told in result.stderr
    assert "dropped" not in run(command).stderr


@pytest.mark.parametrize("command", ["lock", "pull"])
def test_given_the_last_contract_gone_when_locked_then_the_lock_is_empty(
    repo, run, command
):
    for name in ("item", "order"):
        shutil.rmtree(repo.root / "contracts" / name)
    gone = run("check", "--against", "lock")
    assert "CONTRACT_REMOVED" in gone.stdout

    result = run(command)

    assert locked(repo) == []
    assert result.stderr.count("dropped") == 2
    assert run("check", "--against", "lock").exit_code == 0


def test_given_a_subject_gone_from_the_registry_when_locked_then_that_is_told(
    repo, run, source
):
    with RegistryClient([source.url]) as client:
        client.delete_subject("order-value")

    result = run("lock")

    assert locked(repo) == ["item-value"]
    assert "dropped order-value: the registry does not have it" in result.stderr


def test_given_a_contract_that_cannot_be_read_when_locked_then_it_stays_locked(
    repo, run
):
    manifest = repo.root / "contracts/order/contract.yaml"
    manifest.write_text(manifest.read_text() + "\n]")

    result = run("lock")

    assert locked(repo) == ["item-value", "order-value"]
    assert "dropped" not in result.stderr


def test_given_a_folder_without_contracts_when_locked_then_no_file_is_written(
    repo, run
):
    (repo.root / "others").mkdir()

    run("lock", "contracts", "others")

    assert not (repo.root / "others/.lock.yaml").exists()


def test_given_a_deleted_version_when_locked_with_history_then_it_is_not_missing(
    repo, run, source
):
    manifest = repo.contract("order", "id", compatibility="FORWARD_TRANSITIVE")
    assert run("apply").exit_code == 0
    repo.contract("order", "id", "note", compatibility="FORWARD_TRANSITIVE")
    assert run("apply").exit_code == 0
    with RegistryClient([source.url]) as client:
        client.delete_version("order-value", 1)

    run("lock", "--history")
    repo.contract("order", "id", "note", "more", compatibility="FORWARD_TRANSITIVE")
    result = run("breaking", "--against", "lock")

    assert manifest.is_file()
    assert result.exit_code == 0, result.output
    assert "HISTORY_INCOMPLETE" not in result.output
