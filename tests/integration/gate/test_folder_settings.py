"""What a folder says of all its contracts, where it cannot be used."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from registry.cli.check import breaking, check
from registry.cli.lint import lint
from registry.gate import lock
from tests.integration.gate.repositories import ARepository
from tests.unit.gate.builders import a_record

SETTINGS = "contracts/registry.yaml"
HOW_TO = Path("docs/how-to/accept-a-breaking-change.md").absolute()
_ALL: dict[Any, tuple[str, ...]] = {check: ("--all",), breaking: (), lint: ()}


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ARepository:
    for name in ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "GITHUB_BASE_REF"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = ARepository(tmp_path / "repo")
    for name in ("order", "payment", "refund"):
        made.contract(name, "id", compatibility=None)
    made.begin_work()
    monkeypatch.chdir(made.root)
    return made


def _found(command: Any, *more: str, exit_code: int = 1) -> list[dict[str, Any]]:
    options = ["--format", "json", *more]
    result = CliRunner().invoke(command, options, catch_exceptions=False)
    assert result.exit_code == exit_code, result.output
    return list(json.loads(result.stdout)["findings"])


@pytest.mark.parametrize("command", [check, breaking, lint])
@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("# ours\ncompatibility: FULLY\n", 2, id="a level"),
        pytest.param("# ours\n\ncompatibility: [\n", 3, id="no YAML"),
        pytest.param("# ours\ncompatiblity: FULL\n", 2, id="a misspelt level"),
        pytest.param("# ours\nprune: maybe\n", 2, id="pruned perhaps"),
        pytest.param("# ours\nmanagedBy: [a]\n", 2, id="several owners"),
        pytest.param("# ours\nwaivers: {days: 5}\n", 2, id="a member of waivers"),
        pytest.param("# ours\nwaivers: {maxDays: 500}\n", 2, id="too many days"),
    ],
)
def test_given_settings_that_cannot_be_read_then_that_is_told_once(
    repo, command, text, line
):
    (repo.root / SETTINGS).write_text(text)

    (found,) = _found(command)

    assert (found["rule"], found["file"]) == ("FOLDER_INVALID_SETTINGS", SETTINGS)
    assert found["location"]["line"] >= line


@pytest.mark.parametrize("command", [check, lint])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("policies:\n  packs: [core, strickt]\n", id="a pack"),
        pytest.param("lint:\n  level: STRICTER\n", id="a level of lint"),
        pytest.param("lint:\n  use: [NO_SUCH_RULE]\n", id="a rule"),
        pytest.param("prune: true\ncompatability: FULL\n", id="a member"),
    ],
)
def test_given_a_name_of_nothing_in_the_settings_then_its_place_is_told_once(
    repo, command, text
):
    (repo.root / SETTINGS).write_text(text)

    found = [each for each in _found(command) if each["kind"] == "manifest"]

    assert [each["rule"] for each in found] == ["FOLDER_INVALID_SETTINGS"]
    assert found[0]["location"]["line"] == 2


@pytest.mark.parametrize("command", [check, breaking, lint])
@pytest.mark.parametrize("has_waiver", [False, True])
def test_given_the_settings_of_the_how_to_then_they_are_in_order(
    repo, command, has_waiver
):
    text = HOW_TO.read_text()
    settings = re.search("```yaml\n(waivers:\n.*?)```", text, re.DOTALL)
    assert settings is not None
    (repo.root / SETTINGS).write_text(settings[1])
    if has_waiver:
        _waive(repo, expires="9999-01-01")

    found = [*_rules(command, *_ALL[command])]

    assert "FOLDER_INVALID_SETTINGS" not in found
    assert ("WAIVER_TOO_LONG" in found) == has_waiver


@pytest.mark.parametrize(
    ("command", "against"),
    [
        pytest.param(check, (), id="check"),
        pytest.param(breaking, (), id="breaking"),
        pytest.param(lint, (), id="lint"),
        pytest.param(check, ("--against", "lock"), id="lock"),
    ],
)
@pytest.mark.parametrize("text", [": : [\n", "waivers: {days: 5}\n", "prune: 1\n"])
def test_given_a_waiver_and_settings_of_no_use_then_they_are_told_once_and_it_is_not(
    repo, command, against, text
):
    (repo.root / SETTINGS).write_text(text)
    (repo.root / "contracts/.lock.yaml").write_text(lock.written({}))
    _waive(repo)

    (found,) = _found(command, *against)

    assert (found["rule"], found["file"]) == ("FOLDER_INVALID_SETTINGS", SETTINGS)


def test_given_settings_of_no_use_since_long_then_a_waiver_makes_them_a_finding(repo):
    (repo.root / SETTINGS).write_text("prune: maybe\n")
    repo.commit()
    repo.git("checkout", "-q", "-b", "more")
    _waive(repo)

    (found,) = _found(breaking, "--against", "git:work")

    assert found["rule"] == "FOLDER_INVALID_SETTINGS"


def test_given_a_file_of_a_waiver_that_is_no_text_then_it_is_a_finding(repo):
    _waive(repo)
    (repo.root / "contracts/waivers/one.yaml").write_bytes(b"\xff")

    assert "WAIVER_INVALID" in _rules(breaking, exit_code=1)


def test_given_a_mistake_that_is_mended_then_what_was_there_is_compared_all_the_same(
    repo,
):
    (repo.root / SETTINGS).write_text("compatiblity: FULL\nprune: maybe\n")
    repo.commit()
    repo.git("checkout", "-q", "-b", "mended")
    (repo.root / SETTINGS).write_text("compatibility: FULL\n")
    repo.contract("order", "id", "more", compatibility=None)

    assert _rules(breaking, "--against", "git:work", exit_code=1) == {
        "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE"
    }


@pytest.mark.parametrize("command", [check, lint])
def test_given_a_manifest_that_lets_defaults_be_then_lint_does_so_too(repo, command):
    schema = a_record("Order", "id").replace('"string"', '"string", "default": 5')
    for config in ({}, {"validateNewSchemas": False}):
        more = {"config": config} if config else {}
        repo.contract("order", schema=schema, compatibility=None, **more)

        is_told = "AVRO_DEFAULT_MATCHES_TYPE" in _rules(command, exit_code=1)

        assert is_told is not bool(config)


def _rules(command: Any, *more: str, exit_code: int | None = None) -> set[str]:
    result = CliRunner().invoke(
        command, ["--format", "json", *more], catch_exceptions=False
    )
    assert result.exit_code in {0, 1} if exit_code is None else {exit_code}
    return {each["rule"] for each in json.loads(result.stdout)["findings"]}


def _waive(repo: ARepository, expires: str = "2020-01-01") -> None:
    folder = repo.root / "contracts/waivers"
    folder.mkdir()
    said = {
        "fingerprint": "0" * 64,
        "reason": "None.",
        "approved_by": ["ana@example.com"],
        "expires": expires,
    }
    (folder / "one.yaml").write_text(json.dumps(said))


def test_given_a_former_id_of_a_rule_in_the_settings_then_it_is_still_known(repo):
    text = "lint:\n  ignore:\n    - {path: '*', rules: [SCHEMA_INVALID], reason: No.}\n"
    (repo.root / SETTINGS).write_text(text)

    rules = {each["rule"] for each in _found(lint)}

    assert "FOLDER_INVALID_SETTINGS" not in rules


@pytest.mark.parametrize("command", [check, lint])
def test_given_a_member_that_the_standard_does_not_know_then_it_is_told(repo, command):
    file = repo.root / "contracts/order/contract.yaml"
    file.write_text(file.read_text().replace('"status"', '"state": "x", "status"'))

    assert "MANIFEST_KEY_UNKNOWN" in {each["rule"] for each in _found(command)}


def test_given_no_status_then_only_what_the_standard_asks_for_is_told(repo):
    file = repo.root / "contracts/order/contract.yaml"
    file.write_text(file.read_text().replace('"status": "active",', ""))

    rules = {each["rule"] for each in _found(lint) if "status" in each["message"]}

    assert rules == {"MANIFEST_KEY_MISSING"}


@pytest.mark.parametrize("command", [check, lint])
@pytest.mark.parametrize(
    ("schema", "rule"),
    [
        pytest.param('{"type": "record"}', "CONTRACT_INVALID_SCHEMA", id="no schema"),
        pytest.param(
            '{"type": "record", "name": "Order", "namespace": "shop",'
            ' "fields": [{"name": "a", "type": "int", "default": "x"}]}',
            "AVRO_DEFAULT_MATCHES_TYPE",
            id="a default",
        ),
    ],
)
def test_given_a_schema_that_is_none_then_every_command_names_it_alike(
    repo, command, schema, rule
):
    (repo.root / "contracts/order/schema.avsc").write_text(schema)

    found = [each["rule"] for each in _found(command) if each["kind"] == "schema"]

    assert found == [rule]
