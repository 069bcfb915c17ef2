"""What a folder says of all its contracts, where it cannot be used."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from registry.cli.check import breaking, check
from registry.cli.lint import lint
from tests.integration.gate.repositories import ARepository

SETTINGS = "contracts/registry.yaml"


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


def _found(command: Any, exit_code: int = 1) -> list[dict[str, Any]]:
    options = ["--format", "json"]
    result = CliRunner().invoke(command, options, catch_exceptions=False)
    assert result.exit_code == exit_code, result.output
    return list(json.loads(result.stdout)["findings"])


@pytest.mark.parametrize("command", [check, breaking, lint])
@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("# ours\ncompatibility: FULLY\n", 2, id="a level"),
        pytest.param("# ours\n\ncompatibility: [\n", 3, id="no YAML"),
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
