"""Breaks that were accepted, from the waiver's file into a registry that is served."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from registry.testing import TestedRegistry
from tests.integration.gate.repositories import ARepository
from tests.unit.gate.builders import a_record

Command = Callable[..., Result]
WAIVER = "contracts/waivers/avro-reader-field-missing-default-value-"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ARepository:
    """A contract on its branch, with a field that old data does not have."""
    for name in ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "GITHUB_BASE_REF"):
        monkeypatch.delenv(name, raising=False)
    for name in ("OWNER", "ENVIRONMENT"):
        monkeypatch.delenv(f"WIREPACT_{name}", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = ARepository(tmp_path / "repo")
    monkeypatch.chdir(made.root)
    made.contract("item", "sku")
    made.begin_work()
    return made


@pytest.fixture
def run(wirepact: Command, source: TestedRegistry) -> Command:
    def asked(name: str, *arguments: object) -> Result:
        more = () if name in {"breaking", "waive"} else ("--url", source.url)
        return wirepact(name, *more, *arguments, catch_exceptions=False)

    return asked


@pytest.fixture
def uses(tmp_path: Path) -> Callable[[], list[tuple[str, dict[str, Any]]]]:
    """What was noted of waivers: of which version, and what."""

    def read() -> list[tuple[str, dict[str, Any]]]:
        (file,) = (tmp_path / "source").glob("*.db")
        with closing(sqlite3.connect(file)) as database:
            found = database.execute(
                "SELECT target, after FROM audit WHERE action = 'waiver.use'"
            ).fetchall()
        return [(target, json.loads(after)) for target, after in found]

    return read


def break_it(repo: ARepository, *more: str) -> None:
    file = repo.root / "contracts/item/schema.avsc"
    file.write_text(a_record("Item", "sku", "price", *more))


def waived(run: Command, *options: str) -> Result:
    """Write a waiver of what the check finds of `price`."""
    found = json.loads(run("breaking", "--format", "json").stdout)["findings"]
    (print_,) = (
        each["fingerprint"] for each in found if each["path"].endswith(".price")
    )
    agreed = ("--reason", "Nobody reads it.", "--approved-by", "ana", "--ticket", "T-1")
    result = run("waive", print_, *agreed, *options)
    assert result.exit_code == 0, result.output
    return result


def change(repo: ARepository, **members: Any) -> None:
    """Write the only waiver anew, with some members changed."""
    (file,) = (repo.root / "contracts/waivers").iterdir()
    kept = [
        line
        for line in file.read_text("utf-8").splitlines()
        if line.partition(":")[0] not in members
    ]
    told = [f"{name}: {json.dumps(value)}" for name, value in members.items()]
    file.write_text("\n".join([*kept, *told]) + "\n", "utf-8")


@pytest.mark.parametrize("command", [("apply",), ("push", "contracts/item")])
def test_given_a_waiver_for_both_when_checked_and_registered_then_it_is_used_up(
    repo, run, uses, command
):
    run(*command)
    break_it(repo)
    assert run("breaking").exit_code == run(*command).exit_code == 1
    waived(run, "--scope", "check", "--scope", "register")

    checked, planned, done = run("breaking"), run("plan"), run(*command)

    assert checked.exit_code == planned.exit_code == done.exit_code == 0
    for result in (planned, done):
        assert "+ item-value version 2 (BACKWARD)" in result.stdout
        assert "incompatible under BACKWARD" in result.stdout
        assert "waived until" in result.stdout
        assert "by ana: Nobody reads it." in result.stdout
    assert "used up; delete it" in done.stderr
    assert WAIVER in done.stderr
    ((target, noted),) = uses()
    assert target == "item-value/versions/2"
    assert noted["approvedBy"] == ["ana"]
    assert noted["ticket"] == "T-1"
    assert noted["file"].startswith(WAIVER)
    again = run(*command)
    assert again.exit_code == 0
    assert "WAIVER_UNUSED" in again.stderr
    assert len(uses()) == 1


def test_given_a_level_that_looks_at_all_when_applied_then_the_waiver_is_needed_again(
    repo, run, uses
):
    manifest = repo.root / "contracts/item/contract.yaml"
    text = manifest.read_text().replace('"BACKWARD"', '"BACKWARD_TRANSITIVE"')
    manifest.write_text(text)
    run("apply")
    break_it(repo)
    waived(run, "--scope", "register")

    done = run("apply")
    schema = json.loads(a_record("Item", "sku", "price"))
    schema["fields"].append({"name": "more", "type": "long", "default": 0})
    (repo.root / "contracts/item/schema.avsc").write_text(json.dumps(schema))
    again = run("apply")

    assert "under BACKWARD_TRANSITIVE the next version may need it again" in done.stderr
    assert again.exit_code == 0
    assert [target for target, _ in uses()] == [
        "item-value/versions/2",
        "item-value/versions/3",
    ]


def test_given_a_level_that_looks_at_all_when_it_is_registered_then_all_say_the_same(
    repo, run
):
    manifest = repo.root / "contracts/item/contract.yaml"
    text = manifest.read_text().replace('"BACKWARD"', '"BACKWARD_TRANSITIVE"')
    manifest.write_text(text)
    run("apply")
    break_it(repo)
    waived(run, "--scope", "check", "--scope", "register")
    done = run("apply")
    repo.commit()
    repo.git("branch", "-f", "main")

    later = [run(*each) for each in (("plan",), ("apply",), ("plan", "--drift"))]
    checked = run("check", "--all", "--against", "git:main")

    again = "under BACKWARD_TRANSITIVE the next version may need it again"
    for each in (done, *later):
        assert again in each.stderr
    for each in (done, *later, checked):
        assert "WAIVER_UNUSED" not in each.output
        assert "delete it" not in each.output


def test_given_a_level_about_the_latest_when_it_is_registered_then_all_say_delete_it(
    repo, run
):
    run("apply")
    break_it(repo)
    waived(run, "--scope", "check", "--scope", "register")
    done = run("apply")
    repo.commit()
    repo.git("branch", "-f", "main")

    later = [run(*each) for each in (("plan",), ("apply",), ("plan", "--drift"))]
    checked = run("check", "--all", "--against", "git:main")

    for each in (done, *later, checked):
        assert "delete it" in each.output
    for each in (*later, checked):
        assert "WAIVER_UNUSED" in each.output


def test_given_a_waiver_for_the_check_alone_when_applied_then_it_is_refused(repo, run):
    run("apply")
    break_it(repo)
    waived(run)

    assert run("breaking").exit_code == 0
    assert run("apply").exit_code == 1


def test_given_a_written_plan_when_applied_then_its_waivers_go_along(repo, run, uses):
    run("apply")
    break_it(repo)
    waived(run, "--scope", "register")
    planned = run("plan", "-o", "plan.json", "--detailed-exit-code")

    done = run("apply", "plan.json")

    assert (planned.exit_code, done.exit_code) == (10, 0)
    assert len(uses()) == 1


def test_given_another_break_beside_when_applied_then_a_waiver_lets_nothing_through(
    repo, run, uses
):
    run("apply")
    break_it(repo)
    waived(run, "--scope", "register")
    break_it(repo, "currency")

    result = run("apply")

    assert result.exit_code == 1
    assert "currency" in result.output
    assert "WAIVER_UNUSED" not in result.output
    assert uses() == []


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"expires": "2026-01-31"}, "WAIVER_EXPIRED: the waiver ended on 2026-01-31"),
        ({"expires": "2999-01-31"}, "WAIVER_TOO_LONG"),
        (
            {"conditions": {"environment": ["test"]}},
            "WAIVER_ELSEWHERE: the waiver holds in test alone, and this run is for no",
        ),
    ],
)
def test_given_a_waiver_that_is_not_in_force_when_applied_then_it_is_told_why(
    repo, run, members, told
):
    run("apply")
    break_it(repo)
    waived(run, "--scope", "register")
    change(repo, **members)

    result = run("apply")

    assert result.exit_code == 1
    assert told in result.stderr


def test_given_a_waiver_for_test_when_applied_there_then_it_is_accepted(
    repo, run, monkeypatch
):
    run("apply")
    break_it(repo)
    scopes = ("--scope", "check", "--scope", "register")
    waived(run, *scopes, "--environment", "test", "--environment", "staging")

    assert run("breaking").exit_code == run("apply").exit_code == 1
    assert run("breaking", "--environment", "prod").exit_code == 1
    monkeypatch.setenv("WIREPACT_ENVIRONMENT", "staging")
    assert run("breaking").exit_code == run("apply").exit_code == 0
    # That it has passed there says nothing of elsewhere.
    assert run("breaking", "--environment", "prod").exit_code == 1


def test_given_a_file_that_is_no_waiver_when_applied_then_nothing_is_done(repo, run):
    run("apply")
    break_it(repo)
    waived(run, "--scope", "register")
    change(repo, scope="deploy")

    result = run("apply")

    assert result.exit_code == 1
    assert "nobody is asked before a service is deployed" in result.stderr
    assert WAIVER in result.stderr


def test_given_a_shorter_term_in_the_settings_when_waived_then_it_is_kept_to(repo, run):
    (repo.root / "contracts/registry.yaml").write_text(
        "waivers: {maxDays: 5, defaultDays: 3}\n"
    )
    break_it(repo)
    today = datetime.now(UTC).date()

    assert f"until {today + timedelta(3)}" in waived(run).output

    change(repo, expires=(today + timedelta(6)).isoformat())
    (found,) = json.loads(run("breaking", "--format", "json").stdout)["findings"][1:]
    assert found["rule"] == "WAIVER_TOO_LONG"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("{maxDays: 181}", "maxDays: expected a number from 1 to 180, found 181"),
        ("{maxDays: 0}", "maxDays: expected a number from 1 to 180, found 0"),
        ("{maxDays: 5, defaultDays: 6}", "defaultDays: expected a number from 1 to 5"),
        ("{maxDays: many}", "maxDays: expected a whole number, found 'many'"),
        ("{max: 5}", "unknown member 'max'; did you mean 'maxDays'?"),
    ],
)
def test_given_settings_that_are_none_when_checked_or_waived_then_it_says_so(
    repo, run, said, reason
):
    break_it(repo)
    waived(run)
    (repo.root / "contracts/registry.yaml").write_text(f"waivers: {said}\n")

    for command in (("breaking",), ("waive", "12345678", "--reason", "x")):
        more = ("--approved-by", "ana") if command[0] == "waive" else ()
        result = run(*command, *more)

        # A finding of a check; what is waived needs them at once.
        assert result.exit_code == (1 if command[0] == "breaking" else 2)
        assert reason in result.output
