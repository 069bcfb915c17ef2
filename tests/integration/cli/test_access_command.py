"""`wirepact access`, on a database of its own."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from registry.cli.access import access
from registry.cli.user import user


@pytest.fixture
def url(
    wirepact_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    shutil.copy(wirepact_database, tmp_path / "registry.db")
    found = f"sqlite:///{tmp_path}/registry.db"
    monkeypatch.setenv("WIREPACT_DATABASE_URL", found)
    return found


def run(*arguments: str) -> Result:
    return CliRunner().invoke(access, arguments)


def listed(*arguments: str) -> Any:
    return json.loads(run("list", "--json", *arguments).output)


def test_when_granted_then_it_is_listed_and_repeating_it_changes_nothing(url: str):
    first = run("grant", "owner", "team", "orders-*", "--group", "--context", "sales")
    again = run("grant", "owner", "team", "orders-*", "--group", "--context", ".sales")

    assert first.exit_code == again.exit_code == 0
    assert "as before" in again.output
    assert listed() == [
        {
            "kind": "group",
            "grantee": "team",
            "role": "owner",
            "context": ".sales",
            "pattern": "orders-*",
            "patternKind": "prefix",
        }
    ]


def test_when_revoked_then_it_is_gone_and_once_more_is_an_error(url: str):
    run("grant", "reader", "ann", "*", "--context", "*")
    run("grant", "owner", "ann", "a")

    gone = run("revoke", "reader", "ann", "*", "--context", "*")
    again = run("revoke", "reader", "ann", "*", "--context", "*")

    assert gone.exit_code == 0
    assert again.exit_code == 1
    assert [each["role"] for each in listed("ann")] == ["owner"]
    assert listed("bob") == []


@pytest.mark.parametrize(
    ("pattern", "kind", "stored"),
    [
        ("a*b", "exact", "exact"),
        ("a", "prefix", "prefix"),
        ("a*", "prefix", "prefix"),
        ("a*", "glob", "glob"),
    ],
)
def test_when_the_kind_of_a_pattern_is_said_then_it_is_that(
    url: str, pattern: str, kind: str, stored: str
):
    assert run("grant", "reader", "ann", pattern, "--as", kind).exit_code == 0

    assert [each["patternKind"] for each in listed()] == [stored]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("emperor", "ann", "a"), "emperor"),
        (("reader", "ann", ""), "covers no subject"),
        (("reader", "ann", "a*" * 9), "stars"),
        (("reader", "ann", "a", "--context", "a:b"), "no context"),
        (("reader", "ann", "a" * 513), "characters"),
    ],
    ids=["role", "empty", "stars", "context", "length"],
)
def test_given_what_cannot_be_granted_when_granted_then_the_reason_is_told(
    url: str, arguments: tuple[str, ...], why: str
):
    answer = run("grant", *arguments)

    assert answer.exit_code == 2
    assert why in answer.output
    assert listed() == []


def test_when_explained_then_it_says_which_grant_it_is(url: str):
    run("grant", "owner", "team", "orders-*", "--group")

    allowed = run("explain", "ann", "orders-value", "register", "--group", "team")
    denied = run("explain", "ann", "orders-value", "purge", "--group", "team")
    unknown = run("explain", "ann", "orders-value", "read")

    assert (allowed.exit_code, denied.exit_code, unknown.exit_code) == (0, 1, 1)
    assert "group 'team' is owner of 'orders-*' in context '.'" in allowed.output
    assert "do not give this permission" in denied.output
    assert "No grant to them covers it." in unknown.output


def test_when_explained_as_json_then_programs_can_read_it(url: str):
    run("grant", "admin", "ada", "*", "--context", "*")

    found = json.loads(run("explain", "--json", "ada", "*", "administer").output)

    assert found["allowed"] is True
    assert [each["role"] for each in found["by"]] == ["admin"]
    assert found["near"] == []


def test_given_a_file_of_karapace_when_imported_then_granted_with_warnings(
    url: str, tmp_path: Path
):
    file = tmp_path / "auth.json"
    entries = [
        {"username": "ann", "operation": "Write", "resource": "Subject:orders.*"},
        {"username": "bob", "operation": "Read", "resource": "Subject:[ab]"},
    ]
    file.write_text(json.dumps({"users": [], "permissions": entries}))

    tried = run("import-karapace", str(file), "--dry-run")
    before = listed()
    done = run("import-karapace", str(file))

    assert tried.exit_code == done.exit_code == 0
    assert "user 'ann' is owner of 'orders*'" in tried.output
    assert "left out" in done.output
    assert before == []
    assert [each["pattern"] for each in listed()] == ["orders*"]


def test_given_another_file_when_imported_then_it_is_refused(url: str, tmp_path: Path):
    file = tmp_path / "auth.json"
    file.write_text("[" * 100_000)

    answer = run("import-karapace", str(file))

    assert answer.exit_code == 2
    assert "Traceback" not in answer.output


def account(name: str) -> None:
    assert CliRunner().invoke(user, ["add", name, "--service"]).exit_code == 0


def test_given_no_such_account_when_granted_then_it_is_granted_with_a_warning(url: str):
    result = run("grant", "reader", "ann", "a")

    assert result.exit_code == 0
    assert "warning: there is no account 'ann'" in result.stderr
    assert listed("ann")


def test_given_no_such_account_when_explained_then_that_is_said(url: str):
    run("grant", "reader", "ann", "a")

    allowed, denied = (
        run("explain", "ann", "a", "read"),
        run("explain", "x", "a", "read"),
    )
    as_json = run("explain", "ann", "a", "read", "--json")

    assert (allowed.exit_code, denied.exit_code) == (0, 1)
    assert "But there is no account 'ann'" in allowed.stdout
    assert "But there is no account 'x'" in denied.stdout
    assert json.loads(as_json.stdout)["exists"] is False


@pytest.mark.parametrize(
    "grantee",
    [["ann"], ["oidc:ann"], ["anonymous"], ["team", "--group"]],
    ids=["an account", "of an identity provider", "nobody in particular", "a group"],
)
def test_given_somebody_when_granted_then_there_is_no_warning(
    url: str, grantee: list[str]
):
    account("ann")

    result = run("grant", "reader", *grantee, "a")

    assert (result.exit_code, result.stderr) == (0, "")


def test_given_somebody_when_explained_then_nothing_is_added(url: str):
    account("ann")

    for name in ("ann", "oidc:ann", "anonymous"):
        assert "But" not in run("explain", name, "a", "read").stdout
    as_json = run("explain", "ann", "a", "read", "--json")
    assert json.loads(as_json.stdout)["exists"] is True
