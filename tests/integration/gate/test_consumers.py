"""Who reads the events of a contract, in the reports of what breaks them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from registry.cli.check import breaking
from tests.integration.gate.repositories import ARepository

CONSUMERS = """\
consumers:
  - application: billing
    team: team-billing
    version: 1.8.0
    environments: [prod, staging]
  - application: fraud
"""


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ARepository:
    """A contract that says who reads it, and one that does not; both break."""
    made = ARepository(tmp_path / "repo")
    for name in ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "GITHUB_BASE_REF"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(made.root)
    for fields in (("id",), ("id", "total")):
        made.contract("order", *fields, consumersFile="consumers.yaml")
        made.contract("other", *fields)
        say(made, CONSUMERS)
        if len(fields) == 1:
            made.begin_work()
    return made


def say(repo: ARepository, text: str) -> None:
    (repo.root / "contracts/order/consumers.yaml").write_text(text, "utf-8")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(breaking, arguments, catch_exceptions=False)


def found(*arguments: str) -> list[dict[str, Any]]:
    said = json.loads(run("--format", "json", *arguments).stdout)
    return list(said["findings"])


def test_given_a_file_of_consumers_when_a_change_breaks_them_then_they_are_named(repo):
    apps = {each["subject"]: each["broken"][0]["apps"] for each in found()}

    billing = {"app": "billing", "team": "team-billing", "version": "1.8.0"}
    assert apps["order-value"] == [
        {**billing, "env": "prod"},
        {**billing, "env": "staging"},
        {"app": "fraud", "team": None, "env": None, "version": None},
    ]
    assert apps["other-value"] == []
    once = "billing 1.8.0 (prod, team-billing)"
    told = f"{once}, {once.replace('prod', 'staging')}, fraud"
    assert f" apps:   {told}\n" in run().stdout


def test_given_a_file_that_no_manifest_names_when_it_is_there_then_it_is_read(repo):
    (repo.root / "contracts/other/consumers.yaml").write_text(CONSUMERS, "utf-8")

    apps = {each["subject"]: each["broken"][0]["apps"] for each in found()}

    assert apps["other-value"] == apps["order-value"]


def test_given_a_run_that_is_remembered_when_told_again_then_they_are_named_too(repo):
    (warned,) = (
        each["fingerprint"] for each in found() if each["subject"] == "order-value"
    )
    waivers = repo.root / "contracts/waivers"
    waivers.mkdir()
    said = {
        "fingerprint": warned,
        "reason": "It is fine.",
        "approved_by": ["ana"],
        "expires": (datetime.now(UTC).date() + timedelta(30)).isoformat(),
    }
    (waivers / "it.yaml").write_text(json.dumps(said), "utf-8")
    repo.contract("other", "id")

    first, second = run("--format", "json"), run("--format", "json")

    assert (first.exit_code, first.stdout) == (0, second.stdout)
    assert '"app": "billing"' in second.stdout


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("consumers: []\nmore: 1\n", "unknown member 'more'", 2),
        ("consumers:\n  - team: x\n", "expected a text 'application'", 2),
        ("consumers:\n  - application: x\n    team: 1\n", "team: expected a text", 3),
        ("- application: x\n", "expected a mapping, found a list", None),
        ("{", "", 1),
    ],
)
def test_given_a_file_that_says_it_wrongly_when_checked_then_its_place_is_told(
    repo, text, reason, line
):
    say(repo, text)

    (fault,) = (each for each in found() if each["kind"] == "manifest")

    assert fault["rule"] == "CONTRACT_INVALID_MANIFEST"
    assert fault["file"] == "contracts/order/consumers.yaml"
    assert reason in fault["message"]
    assert (fault["location"] or {}).get("line") == line


@pytest.mark.parametrize("name", ["nowhere.yaml", "../../../etc/passwd", "/etc/passwd"])
def test_given_a_file_that_is_not_there_when_checked_then_that_is_told(repo, name):
    repo.contract("order", "id", "total", consumersFile=name)

    (fault,) = (each for each in found() if each["kind"] == "manifest")

    assert fault["message"] == "expected a file, found nothing"
