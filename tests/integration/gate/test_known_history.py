"""How much of a past is known: from the base, from the change itself, or from git."""

from pathlib import Path

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

ALL = "BACKWARD_TRANSITIVE"
BREAK = ("AVRO_READER_FIELD_MISSING_DEFAULT_VALUE", "test.order-value")
FIRST = a_record("Order")
SECOND = a_record("Order", "id")
THIRD = SECOND.replace('"string"', '["string", "null"]')


@pytest.fixture
def repo(tmp_path: Path) -> ARepository:
    """One text on main, and a change that it allows."""
    made = ARepository(tmp_path / "repo")
    made.contract("order", schema=SECOND, compatibility=ALL)
    made.begin_work()
    made.contract("order", schema=THIRD, compatibility=ALL)
    return made


def _keep(repo: ARepository, *texts: str) -> None:
    folder = repo.root / "contracts/order/versions"
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts, start=1):
        (folder / f"{number:04}.avsc").write_text(text)


def _lock(repo: ARepository, version: int, text: str) -> None:
    sha = sha256(PARSING.parse(Source(SchemaType.AVRO, text)).canonical)
    locked = Locked(version, 1, None, sha, Level[ALL])
    (repo.root / "contracts/.lock.yaml").write_text(
        lock.written({"order-value": locked})
    )


def _an_earlier_text(repo: ARepository) -> None:
    """Let main have had another text before the one that it has."""
    repo.git("checkout", "-q", "-f", "main")
    repo.contract("order", schema=FIRST, compatibility=ALL)
    repo.commit("first")
    repo.contract("order", schema=SECOND, compatibility=ALL)
    repo.commit("second")
    repo.git("checkout", "-q", "-B", "work")
    repo.contract("order", schema=THIRD, compatibility=ALL)


class TestWithoutALock:
    def test_given_one_text_ever_when_checked_then_nothing_is_found(self, repo):
        report = repo.check()

        assert told(report) == []
        (note,) = report.notes
        assert "no lock file" in note

    def test_given_earlier_texts_when_checked_then_that_is_one_warning(self, repo):
        _an_earlier_text(repo)

        report = repo.check()

        finding = only(report).finding
        assert (finding.rule, finding.severity) == (
            "HISTORY_INCOMPLETE",
            Severity.WARNING,
        )
        assert "test.order-value" in finding.message
        assert "`wirepact lock --history`" in finding.message
        assert finding.location is not None
        assert report.notes == ()

    def test_given_several_contracts_when_checked_then_the_warning_is_one(self, repo):
        for text in (FIRST, SECOND):
            for name in ("order", "payment"):
                repo.contract(name, schema=text, compatibility=ALL)
            repo.commit()
        repo.git("branch", "-f", "main")
        for name in ("order", "payment"):
            repo.contract(name, schema=THIRD, compatibility=ALL)

        assert only(repo.check()).finding.message.startswith("2 contracts (test.order")

    @pytest.mark.parametrize("level", ["BACKWARD", "NONE"])
    def test_given_a_level_about_the_latest_when_checked_then_nothing_is_missing(
        self, repo, level
    ):
        _an_earlier_text(repo)
        repo.contract("order", schema=SECOND, compatibility=level)
        repo.commit()
        repo.git("branch", "-f", "main")
        repo.contract("order", schema=THIRD, compatibility=level)

        report = repo.check()

        assert (told(report), report.notes) == ([], ())

    def test_given_no_change_when_all_is_checked_then_nothing_is_missing(self, repo):
        _an_earlier_text(repo)
        repo.contract("order", schema=SECOND, compatibility=ALL)

        report = repo.check(is_whole=True)

        assert (told(report), report.notes) == ([], ())

    def test_given_a_history_that_is_cut_off_when_checked_then_it_is_a_warning(
        self, repo, tmp_path
    ):
        repo.commit("work")
        repo.git(
            *("clone", "-q", "--depth", "2", "-b", "work"),
            *(repo.root.as_uri(), str(tmp_path / "shallow")),
        )
        shallow = ARepository(tmp_path / "shallow")

        report = shallow.check("git:HEAD^")

        assert [rule for rule, _ in told(report)] == ["HISTORY_INCOMPLETE"]


class TestWhatArrives:
    """A lock file, and versions, that the same change brings along."""

    def test_given_versions_that_arrive_when_checked_then_they_are_compared(self, repo):
        _keep(repo, FIRST, SECOND)
        _lock(repo, 2, SECOND)

        report = repo.check()

        assert told(report) == [BREAK]
        assert only(report).finding.checked.against == (1,)
        assert only(report).old_file == "contracts/order/versions/0001.avsc"

    def test_given_a_lock_that_arrives_when_checked_then_what_is_missing_is_told(
        self, repo
    ):
        _lock(repo, 7, SECOND)

        found = only(repo.check()).finding

        assert found.message == "checked against 1 of 7 versions"

    def test_given_a_lock_that_has_the_change_itself_then_its_past_is_one_less(
        self, repo
    ):
        _keep(repo, SECOND, THIRD)
        _lock(repo, 2, THIRD)

        report = repo.check()

        assert (told(report), report.notes) == ([], ())

    def test_given_a_break_that_is_kept_as_a_version_when_checked_then_it_is_told(
        self, repo
    ):
        breaking = a_record("Order", "id", "total")
        repo.contract("order", schema=breaking, compatibility=ALL)
        _keep(repo, SECOND, breaking)
        _lock(repo, 2, breaking)

        assert told(repo.check()) == [BREAK]

    def test_given_a_version_that_is_rewritten_when_checked_then_the_former_counts(
        self, repo
    ):
        repo.git("checkout", "-q", "-f", "main")
        _keep(repo, FIRST, SECOND)
        _lock(repo, 2, SECOND)
        repo.commit()
        repo.git("checkout", "-q", "-B", "work")
        repo.contract("order", schema=THIRD, compatibility=ALL)
        _keep(repo, SECOND, SECOND)

        assert told(repo.check()) == [BREAK]

    def test_given_a_lock_of_fewer_when_it_arrives_then_the_former_counts(self, repo):
        repo.git("checkout", "-q", "-f", "main")
        _lock(repo, 7, SECOND)
        repo.commit()
        repo.git("checkout", "-q", "-B", "work")
        repo.contract("order", schema=THIRD, compatibility=ALL)
        _lock(repo, 1, SECOND)

        assert only(repo.check()).finding.message == "checked against 1 of 7 versions"

    def test_given_a_newest_version_that_arrives_then_the_base_is_compared_as_well(
        self, repo
    ):
        for text in (SECOND, a_record("Order", "id", "total")):
            repo.contract("order", schema=text)
            if text == SECOND:
                repo.commit()
                repo.git("branch", "-f", "main")
        _keep(repo, SECOND, a_record("Order", "id", "total", "more"))

        assert told(repo.check()) == [BREAK]


@pytest.mark.parametrize("name", ["order/contract.yaml", "registry.yaml"])
def test_given_a_base_that_cannot_be_read_when_mended_then_nothing_passes_unseen(
    repo, name
):
    file = repo.root / "contracts" / name
    text = file.read_text() if file.exists() else "compatibility: FULL"
    file.write_text("compatibility: [")
    repo.commit()
    repo.git("branch", "-f", "main")
    file.write_text(text)

    finding = only(repo.check()).finding

    assert finding.rule == "HISTORY_INCOMPLETE"
    assert finding.message.startswith(f"nothing was compared: contracts/{name}@")


class TestSuggestedVersions:
    """A suggestion says the same as the verdict, whichever version is broken."""

    def test_given_a_break_of_an_older_version_then_the_change_is_a_major_one(
        self, repo
    ):
        _keep(repo, FIRST, SECOND)
        _lock(repo, 2, SECOND)

        report = repo.check()

        (suggested,) = report.suggestions
        assert told(report) == [BREAK]
        assert (suggested.change, suggested.after) == ("major", "2.0.0")

    def test_given_a_level_about_the_latest_then_an_older_version_does_not_count(
        self, repo
    ):
        repo.contract("order", schema=SECOND)
        _keep(repo, FIRST, SECOND)
        repo.commit()
        repo.git("branch", "-f", "main")
        repo.contract("order", schema=THIRD)

        (suggested,) = repo.check().suggestions

        assert suggested.change == "minor"

    def test_given_a_break_of_a_policy_alone_then_the_change_is_a_major_one(self, repo):
        (repo.root / "contracts/order/schema.avsc").write_text(
            'syntax = "proto3"; message Order { string id = 1; }'
        )
        file = repo.root / "contracts/order/contract.yaml"
        said = '"format": "PROTOBUF", "policies": ["WIRE_JSON"], "subject"'
        file.write_text(file.read_text().replace('"subject"', said))
        repo.commit()
        repo.git("branch", "-f", "main")
        schema = repo.root / "contracts/order/schema.avsc"
        schema.write_text(schema.read_text().replace(" id ", " number "))

        (suggested,) = repo.check().suggestions

        assert suggested.change == "major"
