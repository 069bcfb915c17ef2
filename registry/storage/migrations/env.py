"""What Alembic runs to apply migrations: on a connection that it is handed.

`registry.storage.migrations` hands one in, inside a transaction of its own. Only the
`alembic` command, used to write migrations, comes without one and names a URL.
"""

from alembic import context
from sqlalchemy.engine import Connection

from registry.storage.migrations import migrating_engine
from registry.storage.tables import METADATA


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        render_as_batch=True,
        # SQLite's DDL is transactional too; whoever handed in the connection has
        # begun a transaction that holds all migrations or none.
        transactional_ddl=True,
    )
    context.run_migrations()


handed_in = context.config.attributes.get("connection")
if handed_in is not None:
    _run(handed_in)
else:
    url = context.get_x_argument(as_dictionary=True)["url"]
    with migrating_engine(url).connect() as own:
        own.exec_driver_sql("BEGIN")
        _run(own)
        own.exec_driver_sql("COMMIT")
