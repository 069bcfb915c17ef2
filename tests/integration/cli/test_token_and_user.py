"""`wirepact token` and `wirepact user`: what they print, refuse and leave behind."""

import json
import shutil
import sqlite3

import pytest
from click.testing import CliRunner

from registry.cli.token import token
from registry.cli.user import user
from registry.domain.accounts import TokenText

PASSWORD = "correct horse battery"  # noqa: S105 - it protects nothing


@pytest.fixture
def file(wirepact_database, tmp_path):
    return shutil.copy(wirepact_database, tmp_path / "registry.db")


@pytest.fixture
def run(file):
    def invoke(group, command, *arguments, stdin=None):
        where = ["--database-url", f"sqlite:///{file}"]
        result = CliRunner().invoke(
            group, [command, *where, *map(str, arguments)], input=stdin
        )
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return invoke


def listed(run, group, *arguments):
    return json.loads(run(group, "list", "--json", *arguments).stdout)


def test_given_an_account_when_a_token_is_made_then_it_alone_is_printed(run):
    run(user, "add", "orders", "--service")

    made = run(token, "create", "orders")

    assert made.exit_code == 0
    text = TokenText.find(made.stdout.strip())
    assert text is not None
    assert "shown this once" in made.stderr
    assert text.secret not in made.stderr
    (kept,) = listed(run, token, "orders")
    assert kept["id"] == text.id
    assert kept["isLive"]
    assert kept["lastUsedMs"] is None
    assert kept["expiresMs"] - kept["createdMs"] == 90 * 24 * 60 * 60 * 1000


def test_given_no_account_when_a_token_is_made_then_it_says_how_to_make_one(run):
    made = run(token, "create", "orders")

    assert made.exit_code == 1
    assert made.stdout == ""
    assert "There is no account 'orders'. `wirepact user add` makes one." in made.stderr


def test_given_a_token_when_it_is_revoked_then_it_is_gone(run):
    run(user, "add", "orders", "--service")
    made = run(token, "create", "orders", "--expires-days", "never").stdout.strip()
    token_id = TokenText.find(made).id
    assert [each["expiresMs"] for each in listed(run, token)] == [None]

    revoked = run(token, "revoke", token_id)

    assert revoked.stdout == f"{token_id} of 'orders' is revoked.\n"
    assert listed(run, token) == []
    assert run(token, "revoke", token_id).exit_code == 1


def test_given_two_tokens_when_a_third_is_made_then_it_is_refused(run):
    run(user, "add", "orders", "--service")
    for _ in range(2):
        run(token, "create", "orders")

    refused = run(token, "create", "orders")

    assert refused.exit_code == 1
    assert "2 live tokens already" in refused.stderr
    assert len(listed(run, token)) == 2


@pytest.mark.parametrize("days", ["0", "-1", "x", "99999999999999999999", "1.5", ""])
def test_given_no_number_of_days_when_a_token_is_made_then_refused(run, days):
    run(user, "add", "orders", "--service")

    assert run(token, "create", "orders", "--expires-days", days).exit_code == 2
    assert listed(run, token) == []


def test_given_tokens_when_listed_for_people_then_times_are_to_the_minute(run):
    run(user, "add", "orders", "--service")
    run(token, "create", "orders")

    first, second = run(token, "list").stdout.splitlines()

    assert first.split() == [
        *("TOKEN", "ACCOUNT", "CREATED", "EXPIRES", "LAST", "USED", "LIVE", "SCOPES")
    ]
    assert second.split()[-3:] == ["never", "yes", "all"]


def test_given_roles_when_a_token_is_made_then_it_is_kept_as_narrowed_to_them(run):
    run(user, "add", "orders", "--service")
    run(token, "create", "orders", "--scope", "reader", "--scope", "developer")
    run(token, "create", "orders")

    narrowed, whole = listed(run, token)

    assert narrowed["scopes"] == ["developer", "reader"]
    assert whole["scopes"] is None
    assert "developer, reader" in run(token, "list").stdout


def test_given_no_such_role_when_a_token_is_made_then_it_is_refused(run):
    run(user, "add", "orders", "--service")

    refused = run(token, "create", "orders", "--scope", "writer")

    assert refused.exit_code == 2
    assert "'reader', 'developer', 'owner', 'approver', 'admin'" in refused.stderr
    assert listed(run, token) == []


def test_given_a_name_when_a_user_is_added_then_the_password_is_asked_for(run):
    added = run(user, "add", "alice", stdin=f"{PASSWORD}\n{PASSWORD}\n")

    assert added.exit_code == 0, added.output
    assert PASSWORD not in added.output
    (alice,) = listed(run, user)
    assert (alice["name"], alice["hasPassword"]) == ("alice", True)


def test_given_a_password_by_a_pipe_when_a_user_is_added_then_a_break_is_no_part_of_it(
    run, file
):
    run(user, "add", "alice", "--password-stdin", stdin=f"{PASSWORD}\r\n")

    with sqlite3.connect(file) as rows:
        ((kept,),) = rows.execute("SELECT password_hash FROM account")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    from registry import bootstrap

    assert bootstrap.passwords().matches(kept, PASSWORD)
    assert not bootstrap.passwords().matches(kept, PASSWORD + "\r")


def test_given_a_short_password_when_a_user_is_added_then_refused(run):
    refused = run(user, "add", "alice", "--password-stdin", stdin="short\n")

    assert refused.exit_code == 1
    assert "12 to 1024 characters" in refused.stderr
    assert "short" not in refused.stderr
    assert listed(run, user) == []


@pytest.mark.parametrize(
    "name", ["anonymous", "wpt_0", "a:b", "a b", "", "älice", "-x", "a\n", "x" * 129]
)
def test_given_a_name_that_cannot_be_when_a_user_is_added_then_refused(run, name):
    refused = run(user, "add", "--service", "--", name)

    assert refused.exit_code == 1
    assert listed(run, user) == []


def test_given_a_user_when_added_again_then_refused(run):
    run(user, "add", "orders", "--service")

    refused = run(user, "add", "orders", "--service")

    assert refused.exit_code == 1
    assert "There is an account 'orders' already" in refused.stderr


def test_given_a_certificate_when_another_claims_it_then_refused(run):
    subject = "CN=orders,O=Example"
    run(user, "add", "orders", "--service", "--certificate", subject)

    refused = run(user, "add", "other", "--service", "--certificate", subject)

    assert refused.exit_code == 1
    assert "stands for 'orders' already" in refused.stderr
    assert [each["certificateSubject"] for each in listed(run, user)] == [subject]


def test_given_a_user_when_the_password_is_taken_away_then_the_tokens_stay(run):
    run(user, "add", "alice", "--password-stdin", stdin=PASSWORD)
    run(token, "create", "alice")

    assert run(user, "password", "alice", "--remove").exit_code == 0

    assert [each["hasPassword"] for each in listed(run, user)] == [False]
    assert len(listed(run, token, "alice")) == 1


def test_given_a_user_when_removed_then_the_tokens_go_as_well(run):
    run(user, "add", "alice", "--password-stdin", stdin=PASSWORD)
    run(token, "create", "alice")

    removed = run(user, "remove", "alice")

    assert removed.stdout == "'alice' is removed, and 1 tokens with it.\n"
    assert (listed(run, user), listed(run, token)) == ([], [])
    assert run(user, "remove", "alice").exit_code == 1
    assert run(user, "password", "alice", "--remove").exit_code == 1


def test_given_what_was_done_when_recorded_then_it_is_without_secrets(run, file):
    run(user, "add", "alice", "--password-stdin", stdin=PASSWORD)
    made = TokenText.find(run(token, "create", "alice").stdout.strip())
    run(user, "password", "alice", "--password-stdin", stdin=PASSWORD + "!")
    run(token, "revoke", made.id)
    run(user, "remove", "alice")

    with sqlite3.connect(file) as rows:
        audit = rows.execute(
            "SELECT context, seq, actor, action, target FROM audit ORDER BY seq"
        ).fetchall()
        told = str(rows.execute("SELECT * FROM audit").fetchall())

    assert audit == [
        (".__ACCESS", 1, "wirepact user add", "account.create", "accounts/alice"),
        (
            *(".__ACCESS", 2, "wirepact token create", "token.create"),
            f"accounts/alice/tokens/{made.id}",
        ),
        (
            *(".__ACCESS", 3, "wirepact user password", "account.password"),
            "accounts/alice",
        ),
        (
            *(".__ACCESS", 4, "wirepact token revoke", "token.revoke"),
            f"accounts/alice/tokens/{made.id}",
        ),
        (".__ACCESS", 5, "wirepact user remove", "account.delete", "accounts/alice"),
    ]
    assert PASSWORD not in told
    assert made.secret not in told
    assert "argon2" not in told


@pytest.mark.parametrize(
    "options", [["--service", "--password-stdin"], ["--certificate", " "]]
)
def test_given_options_that_do_not_go_together_when_added_then_refused(run, options):
    assert run(user, "add", "x", *options, stdin=PASSWORD).exit_code != 0
    assert listed(run, user) == []


def test_given_no_database_when_asked_then_it_says_what_to_do(tmp_path):
    result = CliRunner().invoke(
        token, ["list", "--database-url", f"sqlite:///{tmp_path}/none.db"]
    )

    assert result.exit_code == 1
    assert "wirepact db upgrade" in result.stderr
