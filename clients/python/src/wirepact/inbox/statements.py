"""What the inbox says to each database.

Keys come sorted, so that who has noted down some waits for none that waits for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Statements:
    """Texts with places for the table's name.

    Attributes:
        create: Makes the table and its index; a second time as well, and at once by
            several.
        exists: Has a row if the table is there.
        note: Notes keys down, and returns those that are new.
        forget: Deletes some of those that are so old.

    """

    create: tuple[str, ...]
    exists: str
    note: str
    forget: str

    def named(self, table: str, schema: str | None) -> "Statements":
        """Return them for one table."""
        place = table if schema is None else f"{schema}.{table}"

        def filled(statement: str) -> str:
            return statement.format(table=place, index=f"{table}_seen_at")

        return Statements(
            tuple(map(filled, self.create)),
            filled(self.exists),
            filled(self.note),
            filled(self.forget),
        )


_POSTGRESQL: Final = Statements(
    create=(
        # Two who make the same table at once would otherwise meet in the catalogue.
        "SELECT pg_advisory_xact_lock(8530012797)",
        """CREATE TABLE IF NOT EXISTS {table} (
  consumer text NOT NULL,
  message_id text NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, message_id)
)""",
        "CREATE INDEX IF NOT EXISTS {index} ON {table} (seen_at)",
    ),
    exists="SELECT 1 WHERE to_regclass('{table}') IS NOT NULL",
    note="""
INSERT INTO {table} (consumer, message_id, seen_at)
SELECT CAST(:consumer AS text), key, now() FROM unnest(CAST(:keys AS text[])) AS key
ON CONFLICT (consumer, message_id) DO NOTHING
RETURNING message_id
""",
    # Without a lock on what is chosen, for which a role would need the right to update:
    # of two sweepers with the same rows, one finds them gone.
    forget="""
DELETE FROM {table} WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM {table}
  WHERE seen_at <= now() - CAST(:age_s AS double precision) * interval '1 second'
  ORDER BY seen_at LIMIT :most
))
""",
)

_SQLITE: Final = Statements(
    create=(
        """CREATE TABLE IF NOT EXISTS {table} (
  consumer text NOT NULL,
  message_id text NOT NULL,
  seen_at text NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')),
  PRIMARY KEY (consumer, message_id)
)""",
        "CREATE INDEX IF NOT EXISTS {index} ON {table} (seen_at)",
    ),
    exists="SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '{table}'",
    # Without a condition, SQLite takes what follows for one of a join.
    note="""
INSERT INTO {table} (consumer, message_id, seen_at)
SELECT :consumer, value, strftime('%Y-%m-%d %H:%M:%f', 'now')
FROM json_each(:keys) WHERE true
ON CONFLICT (consumer, message_id) DO NOTHING
RETURNING message_id
""",
    forget="""
DELETE FROM {table} WHERE rowid IN (
  SELECT rowid FROM {table}
  WHERE seen_at <= strftime('%Y-%m-%d %H:%M:%f', 'now', -:age_s || ' seconds')
  ORDER BY seen_at LIMIT :most
)
""",
)

STATEMENTS: Final[Mapping[str, Statements]] = {
    "postgresql": _POSTGRESQL,
    "sqlite": _SQLITE,
}
"""By the names of SQLAlchemy's dialects."""
