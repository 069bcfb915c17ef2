"""The commands that hold rules in CEL to schemas, and those that try them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from registry.cli.check import check
from registry.cli.lint import lint
from registry.cli.trying import test as try_examples
from tests.integration.gate.repositories import ARepository
from tests.unit.gate.builders import a_manifest, a_record

RULE = 'message.note != ""'
BOTH = a_record("Order", "id", "note")
ONE = a_record("Order", "id")


@pytest.fixture
def repository(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> ARepository:
    """A repository with a contract that has a rule about a field."""
    for name in ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "GITHUB_BASE_REF"):
        monkeypatch.delenv(name, raising=False)
    made = ARepository(tmp_path)
    folder = made.contract("order", schema=BOTH, compatibility="NONE").parent
    manifest = a_manifest("order-value", compatibility="NONE")
    rule = {"type": "custom", "engine": "cel", "name": "noted", "implementation": RULE}
    manifest["schema"] = [{"name": "Order", "quality": [rule]}]
    (folder / "contract.yaml").write_text(json.dumps(manifest, indent=1))
    (tmp_path / "contracts/registry.yaml").write_text("policies: {packs: []}")
    made.commit()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    return made


def _check(*more: str) -> Result:
    return CliRunner().invoke(check, ["--against", "git:HEAD", "--all", *more])


def _folder(repository: ARepository) -> Path:
    return repository.root / "contracts/order"


def test_given_a_field_that_goes_when_checked_again_then_the_rule_is_found(
    repository: ARepository,
):
    before = _check()
    (_folder(repository) / "schema.avsc").write_text(ONE)

    after = _check()

    assert "QUALITY_RULE_INVALID" not in before.output
    assert after.exit_code == 1
    assert "rule 'noted': Order has no field 'note'; there are id" in after.output
    lines = (_folder(repository) / "contract.yaml").read_text().splitlines()
    (line,) = (at for at, said in enumerate(lines, 1) if "message.note" in said)
    column = lines[line - 1].index("note") + 1
    assert f"contracts/order/contract.yaml:{line}:{column}" in after.output


def test_given_a_wrong_rule_when_linted_then_it_is_found(repository: ARepository):
    (_folder(repository) / "schema.avsc").write_text(ONE)

    result = CliRunner().invoke(lint, [])

    assert result.exit_code == 1
    assert "error[QUALITY_RULE_INVALID]" in result.output


def test_given_an_example_that_breaks_a_rule_when_tried_then_it_is_found(
    repository: ARepository,
):
    file = _folder(repository) / "examples/valid/bare.json"
    file.parent.mkdir(parents=True)
    file.write_text('{"id": "1", "note": ""}')

    tried = CliRunner().invoke(try_examples, [])
    checked = _check()

    for each in (tried, checked):
        assert each.exit_code == 1
        assert "EXAMPLE_BREAKS_RULE" in each.output
        assert "rule 'noted': the condition is not met" in each.output


def test_given_consumers_that_change_when_checked_then_policies_are_asked_again(
    repository: ARepository,
):
    folder = _folder(repository)
    (repository.root / "contracts/policies").mkdir()
    (repository.root / "contracts/policies/own.yaml").write_text(
        "policies: [{id: SOME_READER, message: nobody reads it,"
        ' expression: "size(contract.consumers) > 0"}]'
    )
    file = folder / "consumers.yaml"
    file.write_text("consumers: [{application: billing}]")
    repository.commit()
    before = CliRunner().invoke(check, ["--against", "git:HEAD"])
    file.write_text("consumers: []")

    after = CliRunner().invoke(check, ["--against", "git:HEAD"])

    assert (before.exit_code, after.exit_code) == (0, 1)
    assert "SOME_READER" in after.output
