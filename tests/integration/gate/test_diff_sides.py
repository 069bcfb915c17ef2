"""The sides of `wirepact diff`: what each word means, and what is said of nothing."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from registry.application.parsing import Source
from registry.cli.diff import diff
from registry.domain.levels import Level
from registry.domain.model import SchemaType
from registry.gate import lock
from registry.gate.history import sha256
from registry.gate.lock import Locked
from tests.integration.gate.repositories import PARSING, ARepository
from tests.unit.gate.builders import a_record


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ARepository:
    """Two contracts, as they are on main."""
    made = ARepository(tmp_path / "repo")
    made.contract("order", "id")
    made.contract("payment", "id", folder="contracts/billing")
    made.begin_work()
    monkeypatch.chdir(made.root)
    return made


def _diff(*arguments: str) -> Result:
    return CliRunner().invoke(diff, arguments, catch_exceptions=False)


def _told(*arguments: str) -> dict[str, str]:
    result = _diff(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return {each["contract"]: each["kind"] for each in json.loads(result.stdout)}


def _lock(repo: ARepository, *names: str) -> None:
    canonical = PARSING.parse(
        Source(SchemaType.AVRO, a_record("Order", "id"))
    ).canonical
    locked = {
        f"{name}-value": Locked(
            1, 1, None, sha256(canonical), Level.BACKWARD, f"test.{name}-value"
        )
        for name in names
    }
    (repo.root / "contracts/.lock.yaml").write_text(lock.written(locked))


def test_given_equal_sides_then_that_is_said(repo):
    result = _diff("git:main")

    assert result.stdout == "no differences between git:main and contracts\n"


def test_given_a_file_on_one_side_then_its_contract_alone_is_compared(repo):
    repo.contract("order", "id", "total")

    assert _told("git:main", "contracts/order/schema.avsc") == {
        "test.order-value": "changed"
    }


def test_given_a_folder_on_one_side_then_what_was_in_it_counts(repo):
    repo.git("rm", "-rq", "contracts/billing/payment")
    repo.contract("refund", "id", folder="contracts/billing")

    assert _told("git:main", "contracts/billing") == {
        "test.payment-value": "removed",
        "test.refund-value": "added",
    }


def test_given_a_folder_then_types_outside_of_it_are_still_known(repo):
    repo.contract("basket", schema=a_record("Basket", order="shop.Order"))

    assert _told("git:main", "contracts/basket") == {"test.basket-value": "added"}


@pytest.mark.parametrize(
    "side",
    ["git:main:contracts/order", "git:main:contracts/order/contract.yaml"],
)
def test_given_a_part_of_a_commit_then_it_is_compared_with_the_same_now(repo, side):
    repo.contract("order", "id", "total")

    assert _told(side) == {"test.order-value": "changed"}


def test_given_a_path_that_was_another_then_where_it_was_is_told(repo):
    repo.git("mv", "contracts/order", "contracts/orders")

    result = _diff("git:main:contracts/orders/schema.avsc")

    assert result.exit_code == 2
    assert result.stderr.endswith(
        "; test.order-value has contracts/order/schema.avsc there\n"
    )


@pytest.mark.parametrize(
    ("side", "told"),
    [
        ("git:main:contracts/new/schema.avsc", "there is no contracts/new/schema.avsc"),
        ("git:main:README.md", "README.md is not in contracts"),
        ("git:v9", "there is no commit 'v9' here; fetch it first\n"),
        ("git:", "expected git:REF or git:REF:PATH"),
        ("main", "the commit of that name is written git:main\n"),
        ("merge-base", "a commit is written git:REF"),
        ("registry", "is written registry:SUBJECT@VERSION"),
        ("dir:contracts", "a folder is written as it is"),
        ("lock", "there is no contracts/.lock.yaml: write it with `wirepact lock`\n"),
    ],
)
def test_given_a_side_that_is_nothing_then_what_to_write_is_said(repo, side, told):
    result = _diff(side)

    assert result.exit_code == 2
    assert result.stderr.startswith(f"{side}: ") or side == "git:"
    assert told in result.stderr
    assert "--allow-missing-baseline" not in result.stderr


def test_given_a_manifest_that_cannot_be_read_then_its_contract_is_not_gone(repo):
    file = repo.root / "contracts/order/contract.yaml"
    file.write_text("kind: [")

    result = _diff("git:main")

    assert result.exit_code == 2
    assert "contracts/order/contract.yaml:1:" in result.stderr


def test_given_one_schema_and_many_contracts_then_one_has_to_be_named(repo, tmp_path):
    (tmp_path / "other.avsc").write_text(a_record("Order", "id"))

    result = _diff(str(tmp_path / "other.avsc"))

    assert result.exit_code == 2
    assert "name the file of the schema that is meant" in result.stderr


class TestLock:
    def test_given_what_is_locked_then_no_text_of_it_is_needed(self, repo):
        _lock(repo, "order")

        assert _told("lock", "contracts/order") == {"test.order-value": "same"}

    def test_given_a_change_and_no_text_then_how_to_keep_one_is_said(self, repo):
        _lock(repo, "order")
        repo.contract("order", "id", "total")

        result = _diff("lock")

        assert result.exit_code == 2
        assert result.stderr.endswith("write them with `wirepact lock --history`\n")

    def test_given_a_contract_gone_since_then_it_is_told(self, repo):
        _lock(repo, "order", "refund")

        assert _told("lock") == {
            "test.order-value": "same",
            "test.payment-value": "added",
            "test.refund-value": "removed",
        }

    def test_given_a_lock_that_cannot_be_used_then_its_file_is_named(self, repo):
        (repo.root / "contracts/.lock.yaml").write_text("{")

        result = _diff("lock")

        assert result.exit_code == 2
        assert result.stderr.startswith("contracts/.lock.yaml: expected what ")
