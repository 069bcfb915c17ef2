"""What a PostgreSQL role needs to serve, and no more: it changes no tables.

Two roles share a database: one owns the tables and migrates them, the other serves.
Foreign keys are checked, and their cascades run, as the owner of the tables: for those
the role that serves needs nothing.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy.exc import DBAPIError

from registry.domain.errors import StoreUnavailableError
from registry.storage.migrations import migrating_engine
from registry.storage.urls import parsed

NEEDED: Final[Mapping[str, str]] = {
    "access_grant": "SELECT, INSERT, DELETE",
    "account": "SELECT, INSERT, UPDATE, DELETE",
    "alembic_version": "SELECT",
    "api_token": "SELECT, INSERT, UPDATE, DELETE",
    "association": "SELECT, INSERT, DELETE",
    "audit": "SELECT, INSERT",
    "config": "SELECT, INSERT, UPDATE, DELETE",
    # Removed by a function: see `FUNCTIONS`.
    "content": "SELECT, INSERT",
    "context": "SELECT, INSERT, UPDATE",
    "dek": "SELECT, INSERT, UPDATE, DELETE",
    "guid_alias": "SELECT, INSERT",
    "kek": "SELECT, INSERT, UPDATE, DELETE",
    "mode": "SELECT, INSERT, UPDATE, DELETE",
    "named_policy": "SELECT, INSERT, DELETE",
    "owner": "SELECT, INSERT, UPDATE, DELETE",
    "reference": "SELECT, INSERT, DELETE",
    "subject": "SELECT, INSERT, UPDATE",
    "tombstone": "SELECT, DELETE",
    "turn": "SELECT, INSERT, UPDATE",
    "version": "SELECT, INSERT, UPDATE, DELETE",
}
"""What the statements of the server and of the commands need on each table.

What only the release before needs is not here: it keeps that until `db grants` is run,
which is when its last server has gone.
"""

FUNCTIONS: Final = ("wirepact_remove_content(text, integer)",)
"""What is done with the rights of the owner of the tables, as each looks first.

An id that no version has any more loses its content to a hard delete or a purge, and
has a tombstone from then on. So the role that serves can remove no content in use.
"""

OF_LATER_TABLES: Final = "SELECT, INSERT, UPDATE, DELETE"
"""What is enough for any table, until the table above says what it needs."""

MOST_ROLE_BYTES: Final = 63
"""PostgreSQL cuts longer names off, and might so mean another role."""

_QUOTE: Final = "$wirepact$"
_NO_ROLES: Final = frozenset({"public", "none"})


class RoleNameError(ValueError):
    """A name that no role can have, or that cannot be written in a script."""


def grants(role: str) -> str:
    """Write the SQL that lets a role serve, for the owner of the tables to run.

    It may be run again, and after each upgrade: what the role had on these tables
    before is taken from it, in the same transaction.

    Raises:
        RoleNameError: No role can have this name.

    """
    _hold_nameable(role)
    name = '"' + role.replace('"', '""') + '"'
    literal = "'" + role.replace("'", "''") + "'"
    each = "\n".join(
        [
            *(
                f"GRANT {given} ON {table} TO {name};"
                for table, given in NEEDED.items()
            ),
            *(f"GRANT EXECUTE ON FUNCTION {each} TO {name};" for each in FUNCTIONS),
        ]
    )
    return _SCRIPT.format(
        quote=_QUOTE,
        name=name,
        literal=literal,
        later=OF_LATER_TABLES,
        tables=", ".join(NEEDED),
        each=each,
    )


def missing(url: str) -> list[str]:
    """Return what the role of a URL lacks to serve, as `INSERT on audit`.

    Empty for SQLite, which knows no roles. The tables have to be there.

    Raises:
        DatabaseUrlError: The URL cannot be used.
        StoreUnavailableError: The database cannot be reached.

    """
    if parsed(url).get_backend_name() == "sqlite":
        return []
    needed = [(t, each) for t, all_ in NEEDED.items() for each in all_.split(", ")]
    tables, privileges = map(list, zip(*needed, strict=True))
    try:
        with migrating_engine(url).connect() as connection:
            parameters = (tables, privileges, [*FUNCTIONS])
            rows = connection.exec_driver_sql(_MISSING, parameters).all()
    except DBAPIError as error:
        raise StoreUnavailableError from error.orig
    return [f"{privilege} on {place}" for place, privilege in rows]


def _hold_nameable(role: str) -> None:
    if not 1 <= len(role.encode(errors="replace")) <= MOST_ROLE_BYTES:
        raise RoleNameError(f"a role's name has 1 to {MOST_ROLE_BYTES} bytes")
    if role in _NO_ROLES:
        raise RoleNameError(f"{role} is a word of SQL, not a role")
    if not role.isprintable() or _QUOTE in role:
        raise RoleNameError("the name has characters that a script cannot hold")


_MISSING: Final = """
SELECT needed.name, needed.privilege
FROM unnest(%s::text[], %s::text[]) AS needed (name, privilege)
WHERE NOT has_table_privilege(needed.name, needed.privilege)
UNION ALL
SELECT name, 'EXECUTE' FROM unnest(%s::text[]) AS function (name)
WHERE NOT has_function_privilege(name, 'EXECUTE')
"""
_SCRIPT: Final = """\
-- What a role needs to serve, and no more. To be run by the owner of the tables.
BEGIN;
SET LOCAL standard_conforming_strings = on;

DO {quote}
DECLARE
  app CONSTANT text := {literal};
  place CONSTANT text := current_schema();
  owner CONSTANT text := (
    SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'context'::regclass
  );
BEGIN
  IF pg_has_role(app, owner, 'MEMBER') THEN
    RAISE EXCEPTION 'role % may act as %, which owns the tables', app, owner;
  END IF;
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), app);
  EXECUTE format(
    'REVOKE CREATE, TEMPORARY ON DATABASE %I FROM PUBLIC, %I', current_database(), app
  );
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', place, app);
  EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC, %I', place, app);
  -- Until this is run again, a later release has to be able to use its new tables.
  EXECUTE format(
    'ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I'
    ' GRANT {later} ON TABLES TO %I',
    owner, place, app
  );
  IF has_schema_privilege(app, place, 'CREATE')
  OR has_database_privilege(app, current_database(), 'CREATE, TEMPORARY') THEN
    RAISE EXCEPTION 'role % may still create tables', app USING HINT =
      'On PostgreSQL 14 and older, a superuser has to run this; and take the role'
      ' from roles that may.';
  END IF;
END
{quote};

REVOKE ALL ON {tables} FROM {name};
{each}
COMMIT;
"""
