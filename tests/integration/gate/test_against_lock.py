"""A lock file as what is compared with: it knows subjects, levels and contracts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from registry.application.parsing import Source
from registry.domain.levels import Level
from registry.domain.model import SchemaType
from registry.domain.rules import Severity
from registry.gate import lock
from registry.gate.history import sha256
from registry.gate.lock import Locked
from tests.integration.gate.repositories import PARSING, ARepository, only, told
from tests.unit.gate.builders import a_record

CANONICAL = PARSING.parse(Source(SchemaType.AVRO, a_record("Order", "id"))).canonical


@pytest.fixture
def repo(tmp_path: Path) -> ARepository:
    """One contract, which the lock file has as it is."""
    made = ARepository(tmp_path / "repo")
    made.contract("order", "id")
    _lock(made, {"order-value": _locked()})
    return made


def _locked(**other: Any) -> Locked:
    said = {
        "version": 3,
        "id": 1,
        "guid": None,
        "sha256": sha256(CANONICAL),
        "level": Level.BACKWARD,
        "contract": "test.order-value",
    }
    return Locked(**{**said, **other})


def _lock(repo: ARepository, locked: Mapping[str, Locked]) -> None:
    (repo.root / "contracts/.lock.yaml").write_text(lock.written(locked))


def test_given_what_is_locked_when_checked_then_it_passes_without_its_versions(repo):
    assert told(repo.check("lock")) == []


def test_given_a_locked_contract_that_is_gone_when_checked_then_it_is_told_there(repo):
    gone = _locked(contract="test.payment-value")
    _lock(repo, {"order-value": _locked(), "payment-value": gone})

    found = only(repo.check("lock"))

    assert found.finding.rule == "CONTRACT_REMOVED"
    assert found.finding.severity is Severity.ERROR
    assert (found.contract, found.finding.subject) == (
        "test.payment-value",
        "payment-value",
    )
    assert str(found.file) == "contracts/.lock.yaml"
    assert found.finding.location is not None
    assert found.finding.location.line == 5


def test_given_a_loss_when_told_by_a_lock_then_it_is_the_finding_that_git_gives(repo):
    repo.contract("payment", "id")
    gone = _locked(contract="test.payment-value")
    _lock(repo, {"order-value": _locked(), "payment-value": gone})
    repo.begin_work()
    repo.git("rm", "-rq", "contracts/payment")

    prints = {
        only(repo.check(each)).finding.fingerprint for each in ("lock", "git:main")
    }

    assert len(prints) == 1


def test_given_an_older_lock_when_a_contract_is_gone_then_its_subject_is_told(repo):
    _lock(repo, {"order-value": _locked(), "payment-value": _locked(contract=None)})

    found = only(repo.check("lock"))

    assert (found.finding.rule, found.contract) == ("CONTRACT_REMOVED", None)
    assert "payment-value" in found.finding.message


def test_given_another_subject_when_checked_against_a_lock_then_it_is_no_loss(repo):
    _lock(repo, {"orders-value": _locked()})

    found = only(repo.check("lock"))

    assert found.finding.rule == "CONTRACT_SUBJECT_CHANGED"
    assert found.finding.message == (
        "the subject was 'orders-value' and is 'order-value'"
    )
    assert found.finding.location is not None


def test_given_a_level_looser_than_locked_when_checked_then_that_is_an_error(repo):
    _lock(repo, {"order-value": _locked(level=Level.FULL)})

    found = only(repo.check("lock"))

    assert found.finding.rule == "LEVEL_LOOSENED"
    assert found.finding.message.startswith("the level was FULL and is BACKWARD")


def test_given_a_manifest_that_cannot_be_read_when_checked_then_it_is_not_gone(repo):
    file = repo.root / "contracts/order/contract.yaml"
    file.write_text(file.read_text() + "\n]")

    assert told(repo.check("lock")) == [("CONTRACT_INVALID_MANIFEST", "")]


def test_given_a_moved_contract_when_checked_against_a_lock_then_it_is_there(repo):
    (repo.root / "contracts/order").rename(repo.root / "contracts/orders")

    assert told(repo.check("lock")) == []
