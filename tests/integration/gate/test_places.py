"""Where findings stand: each at the line that somebody has to change."""

from pathlib import Path

import pytest

from registry.gate import views
from registry.gate.report import Located
from tests.integration.gate.repositories import ARepository, only
from tests.unit.gate.builders import a_record


@pytest.fixture
def repo(tmp_path: Path) -> ARepository:
    made = ARepository(tmp_path / "repo")
    made.contract("order", "id")
    made.begin_work()
    return made


def _quoted(repo: ARepository, located: Located) -> str:
    """Return what stands at the place of a finding."""
    place = located.finding.location
    assert place is not None
    line = (repo.root / located.file).read_text().splitlines()[place.line - 1]
    end = place.end_column - 1 if place.end_line == place.line else None
    return line[place.column - 1 : end]


def test_given_a_loosened_level_then_the_level_is_shown(repo):
    repo.contract("order", "id", compatibility="NONE")

    located = only(repo.check())

    assert (str(located.file), _quoted(repo, located)) == (
        "contracts/order/contract.yaml",
        '"compatibility"',
    )


def test_given_a_folder_that_loosens_its_level_then_that_of_the_folder_is_shown(repo):
    repo.contract("order", "id", compatibility=None)
    settings = repo.root / "contracts/registry.yaml"
    settings.write_text("# ours\ncompatibility: BACKWARD\n")
    repo.commit()
    repo.git("branch", "-f", "main")
    settings.write_text("# ours\ncompatibility: NONE\n")

    located = only(repo.check())

    assert str(located.file) == "contracts/registry.yaml"
    assert _quoted(repo, located) == "compatibility"


def test_given_a_level_that_is_not_said_any_more_then_the_property_is_shown(repo):
    repo.contract("order", "id", compatibility="FULL")
    repo.commit()
    repo.git("branch", "-f", "main")
    repo.contract("order", "id", compatibility=None)

    located = only(repo.check())

    assert _quoted(repo, located) == '"property"'


def test_given_another_subject_then_the_subject_is_shown(repo):
    file = repo.contract("order", "id")
    file.write_text(file.read_text().replace('"order-value"', '"orders-value"'))

    assert _quoted(repo, only(repo.check())) == '"subject"'


def test_given_a_version_that_says_too_little_then_the_version_is_shown(repo):
    repo.contract("order", "id", "total", compatibility="NONE")
    repo.commit()
    repo.git("branch", "-f", "main")
    repo.contract("order", "id", "sum", compatibility="NONE")

    located = only(repo.check(views=(views.SEMVER,)))

    assert located.finding.rule == "SEMVER_MATCHES_CHANGE"
    assert _quoted(repo, located) == '"version"'


class TestASharedType:
    """A break in a user of a type that has changed."""

    @pytest.fixture
    def repo(self, tmp_path: Path) -> ARepository:
        made = ARepository(tmp_path / "repo")
        made.contract("item", "sku", compatibility="NONE")
        made.contract("box", schema=a_record("Box", item="shop.Item"))
        made.contract("truck", schema=a_record("Truck", box="shop.Box"))
        made.begin_work()
        return made

    def test_given_its_change_then_that_is_shown_and_who_uses_it(self, repo):
        repo.contract("item", "sku", "price", compatibility="NONE")

        box, truck = sorted(repo.check().findings, key=lambda each: each.contract or "")

        assert str(box.file) == str(truck.file) == "contracts/item/schema.avsc"
        assert _quoted(repo, box) == '{"name": "price", "type": "string"}'
        assert box.finding.message.endswith("(in a type that test.box-value uses)")
        assert truck.finding.message.endswith("(in a type that test.truck-value uses)")
        assert box.finding.fingerprint != truck.finding.fingerprint
