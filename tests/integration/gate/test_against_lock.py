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
from registry.gate.lock import Locked, LockError
from registry.gate.report import Report
from registry.gate.writers import wording
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


def test_given_no_text_of_what_is_locked_when_it_changes_then_that_is_no_pass(repo):
    repo.contract("order", "id", "total")

    found = only(repo.check("lock"))

    assert found.finding.rule == "HISTORY_INCOMPLETE"
    assert found.finding.severity is Severity.ERROR
    assert "checked against 0 of 1 version" in found.finding.message
    assert "`wirepact lock --history`" in found.finding.message
    assert [*wording.hints(Report((found,)))] == []


def test_given_a_level_that_promises_nothing_when_its_text_is_unknown_then_it_passes(
    repo,
):
    _lock(repo, {"order-value": _locked(level=Level.NONE)})
    repo.contract("order", "id", "total", compatibility="NONE")

    assert told(repo.check("lock")) == []


def test_given_all_but_the_latest_text_when_it_changes_then_that_is_no_pass(repo):
    _keep(repo, 1, "id", "total", "note")
    repo.contract("order", "id", "total")

    found = only(repo.check("lock"))

    assert (found.finding.rule, found.finding.severity) == (
        "HISTORY_INCOMPLETE",
        Severity.ERROR,
    )


def test_given_all_but_the_latest_text_when_it_is_as_locked_then_it_passes(repo):
    _keep(repo, 1, "id", "total")

    assert told(repo.check("lock")) == []


def test_given_the_latest_text_when_it_changes_then_it_is_what_is_compared_with(repo):
    _keep(repo, 3, "id")
    repo.contract("order", "id", "total")

    found = only(repo.check("lock"))

    assert found.finding.rule == "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE"


def test_given_deleted_versions_when_all_others_are_kept_then_none_is_missing(repo):
    level = Level.BACKWARD_TRANSITIVE
    _lock(repo, {"order-value": _locked(level=level, version=7, versions=(2, 7))})
    _keep(repo, 2, "id")
    _keep(repo, 7, "id", "note")
    repo.contract("order", "id", compatibility=level.name)

    assert told(repo.check("lock")) == []


@pytest.mark.parametrize("versions", ["[1, 2]", "[3, 1]", "[1, 1, 3]", "[0, 3]", '"3"'])
def test_given_versions_that_cannot_be_when_a_lock_is_read_then_it_is_refused(versions):
    text = lock.written({"order-value": _locked(versions=(1, 3))})

    with pytest.raises(LockError, match="expected the numbers of the versions"):
        lock.read(text.replace("[1, 3]", versions))


def test_given_versions_when_a_lock_is_written_then_they_are_read_again():
    locked = {"order-value": _locked(versions=(1, 3)), "payment-value": _locked()}

    assert lock.read(lock.written(locked)) == locked
    assert lock.written(locked).count("versions") == 1


def _keep(repo: ARepository, number: int, *fields: str) -> None:
    versions = repo.root / "contracts/order/versions"
    versions.mkdir(exist_ok=True)
    (versions / f"{number:04}.avsc").write_text(a_record("Order", *fields))
