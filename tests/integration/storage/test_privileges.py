"""Two roles on a real PostgreSQL: one owns the tables, the other may only serve."""

import subprocess
from contextlib import closing

import psycopg
import pytest
from click.testing import CliRunner

from registry.application.changes import Changes
from registry.cli.access import access
from registry.cli.db import db
from registry.cli.token import token
from registry.cli.user import user
from registry.domain.model import Subject
from registry.storage import migrations, privileges
from registry.storage.engine import SqlTransactions, connect
from registry.storage.privileges import grants
from tests.e2e.databases import row_counts
from tests.services.postgres import SUPERUSER
from tests.services.server import COMMAND, serve
from tests.services.serving_role import acting_as, run
from tests.suites.registering import a_content, register

pytestmark = pytest.mark.postgres

REMOVE = "wirepact_remove_content(text, integer)"
CHANGES_OF_TABLES = [
    "CREATE TABLE mine (id int)",
    "CREATE TEMPORARY TABLE mine (id int)",
    "CREATE SCHEMA mine",
    "CREATE VIEW mine AS SELECT 1",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE INDEX mine ON audit (actor)",
    "ALTER TABLE audit ADD COLUMN mine int",
    "ALTER TABLE audit DISABLE TRIGGER ALL",
    "DROP TRIGGER audit_is_immutable ON audit",
    "DROP FUNCTION wirepact_refuse_change()",
    "DROP FUNCTION wirepact_remove_content(text, integer)",
    "ALTER FUNCTION wirepact_remove_content(text, integer) SET search_path = public",
    "DROP TABLE audit",
    "TRUNCATE audit",
    "TRUNCATE content CASCADE",
]
CHANGES_OF_ROWS = [
    "UPDATE content SET text = ''",
    "DELETE FROM content",
    "DELETE FROM content WHERE id NOT IN (SELECT schema_id FROM version)",
    "INSERT INTO tombstone (context, id) VALUES ('.', 1)",
    "UPDATE audit SET actor = ''",
    "DELETE FROM audit",
    "DELETE FROM context",
    "DELETE FROM subject",
    "UPDATE alembic_version SET version_num = '0001'",
    "DELETE FROM alembic_version",
]


@pytest.fixture
def owner(postgres):
    return postgres.create_role()


@pytest.fixture
def owned(postgres, owner):
    """An empty database that belongs to a role that is no superuser."""
    url = postgres.create_database()
    run(postgres.url(), f'ALTER DATABASE "{url.rpartition("/")[2]}" OWNER TO {owner}')
    return acting_as(owner, url)


@pytest.fixture
def role(postgres):
    return postgres.create_role()


@pytest.fixture
def served(owned, role):
    """A migrated database, for the role that serves."""
    migrations.upgrade(owned)
    run(owned, grants(role))
    return acting_as(role, owned)


def wirepact_db(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(db, arguments)
    return result.exit_code, result.output


def start_to_serve(url: str) -> tuple[int, str]:
    result = subprocess.run(
        [COMMAND, "serve", "--listen", "127.0.0.1:0", "--database-url", url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return result.returncode, result.stderr


@pytest.mark.parametrize("statement", [*CHANGES_OF_TABLES, *CHANGES_OF_ROWS])
def test_given_the_role_that_serves_when_it_does_more_then_refused(served, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run(served, statement)


def test_given_the_role_that_serves_when_asked_then_it_lacks_nothing(served):
    assert privileges.missing(served) == []
    assert wirepact_db("check", "--database-url", served)[0] == 0


def test_given_a_current_database_when_upgraded_by_the_role_that_serves_then_0(served):
    code, output = wirepact_db("upgrade", "--database-url", served)

    assert code == 0
    assert "is up to date" in output


def test_given_an_older_database_when_upgraded_to_serve_it_then_one_sentence(
    owned, role
):
    migrations.upgrade(owned, "0010")
    run(owned, f"GRANT SELECT ON alembic_version TO {role}")

    code, output = wirepact_db("upgrade", "--database-url", acting_as(role, owned))

    assert code == 2
    assert output == (
        "The database refuses this role (permission denied for schema public):"
        " run `wirepact db upgrade` as the role that owns the tables.\n"
    )
    assert migrations.state(owned).found == "0010"


def test_given_an_empty_database_when_upgraded_to_serve_it_then_likewise(owned, role):
    code, output = wirepact_db("upgrade", "--database-url", acting_as(role, owned))

    assert (code, output.count("\n")) == (2, 1)
    assert "as the role that owns the tables" in output


@pytest.mark.parametrize("command", ["check", "upgrade", "serve"])
def test_given_no_grants_when_asked_then_it_says_who_gives_them(owned, role, command):
    migrations.upgrade(owned)
    url = acting_as(role, owned)

    if command == "serve":
        found = start_to_serve(url)
    else:
        found = wirepact_db(command, "--database-url", url)

    assert found == (
        2,
        "The database refuses this role (permission denied for table alembic_version):"
        " have the owner of the tables run what `wirepact db grants ROLE` prints.\n",
    )


def test_given_an_older_database_when_served_by_its_role_then_it_says_what_to_do(
    owned, served
):
    migrations.downgrade(owned, "0010")

    code, output = start_to_serve(served)

    assert code == 2
    assert "is of an older release (found 0010, needed" in output
    assert "run `wirepact db upgrade`" in output


def test_given_the_role_that_serves_when_accounts_are_kept_then_all_commands_do(served):
    where = ("--database-url", served)
    for group, *arguments in (
        (user, "add", *where, "orders", "--service"),
        (token, "create", *where, "orders"),
        (access, "grant", *where, "developer", "orders", "orders-*"),
        (access, "revoke", *where, "developer", "orders", "orders-*"),
        (token, "list", *where),
        (user, "remove", *where, "orders"),
    ):
        result = CliRunner().invoke(group, arguments)
        assert result.exit_code == 0, result.output

    counts = row_counts(served)
    assert (counts["account"], counts["api_token"]) == (0, 0)


def test_given_a_database_served_by_its_owner_when_parted_then_the_role_only_serves(
    owned, owner, postgres
):
    migrations.upgrade(owned)
    former, new_owner = owner, postgres.create_role()
    as_new_owner = acting_as(new_owner, owned)

    run(acting_as(SUPERUSER, owned), f"REASSIGN OWNED BY {former} TO {new_owner}")
    run(as_new_owner, grants(former))

    assert privileges.missing(owned) == []
    for statement in CHANGES_OF_TABLES:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            run(owned, statement)
    assert migrations.downgrade(as_new_owner, "0010").found == "0010"


def test_given_a_privilege_taken_away_when_asked_then_it_is_named(owned, served, role):
    run(owned, f"REVOKE INSERT ON audit FROM {role}")

    assert privileges.missing(served) == ["INSERT on audit"]
    with serve(served) as server:
        assert "it lacks INSERT on audit" in server.log


def test_given_an_upgrade_when_tables_are_new_then_they_can_be_used_at_once(
    owned, role
):
    migrations.upgrade(owned, "0010")
    # As if the release that granted had known all but these, and deleted by itself.
    run(owned, "CREATE TABLE owner ()")
    run(owned, f"CREATE FUNCTION {REMOVE} RETURNS int LANGUAGE sql AS 'SELECT 1'")
    run(owned, grants(role))
    run(owned, f"DROP TABLE owner; DROP FUNCTION {REMOVE}")
    run(owned, f"GRANT DELETE ON content TO {role}")

    migrations.upgrade(owned)

    assert privileges.missing(acting_as(role, owned)) == []
    # The former release goes on, until what only it needs is taken away.
    run(acting_as(role, owned), "DELETE FROM content")
    run(owned, grants(role))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run(acting_as(role, owned), "DELETE FROM content")


def test_given_a_version_when_its_content_is_to_be_removed_then_it_stays(served):
    place = _registered(served)

    assert _removed(served) == [False]
    assert place == row_counts(served)


def test_given_no_version_when_its_content_is_removed_then_a_tombstone_is_left(served):
    before = _registered(served)
    run(served, "DELETE FROM version")

    assert _removed(served) == [True]
    assert _removed(served) == [False]
    after = row_counts(served)
    assert after["content"] == before["content"] - 1
    assert after["tombstone"] == before["tombstone"] + 1


def test_given_tables_put_in_the_way_when_a_content_is_to_be_removed_then_it_stays(
    owned, served, role
):
    before = _registered(served)
    run(acting_as(SUPERUSER, owned), f"CREATE SCHEMA mine AUTHORIZATION {role}")
    for table in ("content", "version", "tombstone"):
        run(served, f"CREATE TABLE mine.{table} (LIKE {table})")

    assert _removed(served, "SET search_path = mine, public") == [False]
    assert row_counts(served) == before


def test_given_any_other_role_when_it_would_remove_a_content_then_refused(
    owned, served, postgres
):
    _registered(served)
    other = acting_as(postgres.create_role(), owned)

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        _removed(other)


def test_given_the_function_taken_away_when_asked_then_it_is_named(owned, served, role):
    run(owned, f"REVOKE EXECUTE ON FUNCTION {REMOVE} FROM {role}")

    assert privileges.missing(served) == [f"EXECUTE on {REMOVE}"]


def _registered(url: str) -> dict[str, int]:
    """Register a version under id 1, and return how many rows there are."""
    with closing(SqlTransactions(connect(url), Changes())) as transactions:
        register(transactions, Subject("a"), a_content())
    return row_counts(url)


def _removed(url: str, first: str = "SELECT 1") -> list[bool]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(first.encode())
        found = connection.execute("SELECT public.wirepact_remove_content('.', 1)")
        return [removed for (removed,) in found]


def test_given_too_much_when_granted_again_then_it_is_taken_away(owned, served, role):
    run(owned, f"GRANT ALL ON audit, content, alembic_version TO {role}")

    run(owned, grants(role))

    for statement in CHANGES_OF_ROWS:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            run(served, statement)


def test_given_the_owner_when_granted_then_refused_and_nothing_is_taken(owned, owner):
    migrations.upgrade(owned)

    with pytest.raises(psycopg.errors.RaiseException, match="which owns the tables"):
        run(owned, grants(owner))

    run(owned, "CREATE TABLE mine (id int)")


def test_given_a_role_that_may_create_by_another_when_granted_then_refused(
    owned, role, postgres
):
    migrations.upgrade(owned)
    other = postgres.create_role()
    run(owned, f"GRANT CREATE ON SCHEMA public TO {other}")
    run(postgres.url(), f"GRANT {other} TO {role}")

    with pytest.raises(psycopg.errors.RaiseException, match="may still create tables"):
        run(owned, grants(role))


@pytest.mark.parametrize("name", ['o\'brien "x"', "größe", "a$$b", "{x} %s %I", "User"])
def test_given_an_odd_name_when_granted_then_it_is_that_role(owned, postgres, name):
    quoted = name.replace('"', '""')
    run(postgres.url(), f'CREATE ROLE "{quoted}" LOGIN')
    migrations.upgrade(owned)

    run(owned, grants(name))

    assert privileges.missing(acting_as(name, owned)) == []


def test_when_printed_then_it_is_the_script_alone():
    assert wirepact_db("grants", "app") == (0, grants("app"))


def test_given_no_name_of_a_role_when_printed_then_2():
    code, output = wirepact_db("grants", "public")

    assert code == 2
    assert "public is a word of SQL" in output
