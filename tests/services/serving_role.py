"""Databases to serve, and as in production: by a role that owns no table."""

from functools import cache

import psycopg
from sqlalchemy.engine import make_url

from registry.storage import migrations
from registry.storage.privileges import grants
from tests.services.postgres import Postgres


def migrated_database(postgres: Postgres) -> str:
    """Create a migrated database and return its URL."""
    return postgres.create_database(like=_template(postgres))


@cache
def _template(postgres: Postgres) -> str:
    # To be copied, which is faster than migrating each anew.
    url = postgres.create_database()
    migrations.upgrade(url)
    return url


def served_database(postgres: Postgres) -> str:
    """Create a migrated database; return its URL for a role that may only serve."""
    url = migrated_database(postgres)
    role = postgres.create_role()
    run(url, grants(role))
    return acting_as(role, url)


def acting_as(role: str, url: str) -> str:
    """Return a database's URL for another role."""
    return make_url(url).set(username=role).render_as_string(hide_password=False)


def run(url: str, script: str) -> None:
    """Run a script as psql would, up to its first error."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(script.encode())
