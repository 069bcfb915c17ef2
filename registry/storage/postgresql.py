"""What is particular to PostgreSQL: row locks, and a registration in one statement.

Locks are taken in one order: the context of all contexts, other contexts by name, the
subject, rows. A writer holds its context's row until it commits, so that writers of a
context take turns, and numbers taken from the row have no gaps and commit in order.
"""

import functools
from typing import Any, Final

import psycopg

from registry.application.stored import StaleRevisionError
from registry.domain.errors import StoreUnavailableError
from registry.storage.appending import Appended, Appending
from registry.storage.faults import (
    LET_THE_ROLE,
    ConflictError,
    ConnectionLostError,
    PrivilegeMissingError,
    unstorable,
)

Error: Final = (psycopg.Error, UnicodeEncodeError)
BEGIN: Final = "BEGIN ISOLATION LEVEL READ COMMITTED"
# The lists of a rule set are its arrays.
HAS_RULE: Final = """EXISTS (
  SELECT 1 FROM jsonb_each(CAST(c.rule_set_json AS jsonb)) AS family,
  jsonb_array_elements(
    CASE jsonb_typeof(family.value) WHEN 'array' THEN family.value ELSE '[]' END
  ) AS rule WHERE rule ->> 'type' = ?
)"""
"""Whether the content `c` has a rule of a type."""

ONE_OF: Final = "IN (SELECT jsonb_array_elements_text(CAST(? AS jsonb)))"
"""What a text is that is in a JSON array: one parameter for any number of them."""

IS_LIKE: Final = "LIKE ?"
"""What a text is that a pattern covers; the parameter is made by `like`."""

_MEANT_BY_LIKE: Final = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_", "*": "%"})

_LOCK: Final = "SELECT 1 FROM context WHERE name = %s FOR UPDATE"
_LOCK_ALL: Final = "SELECT 1 FROM context ORDER BY name FOR UPDATE"
_LOCK_OTHERS: Final = """
SELECT 1 FROM context WHERE name = ANY(%s) ORDER BY name FOR UPDATE
"""
# The lock on the context of all contexts keeps its settings from changing until the
# new row is there to be counted up: else a decision could outlive such a change.
_CREATE: Final = """
WITH settings AS (
  SELECT 1 FROM context WHERE name = '.__GLOBAL' FOR SHARE
)
INSERT INTO context (name) SELECT %s FROM settings ON CONFLICT DO NOTHING
"""
_CREATE_FIRST: Final = """
WITH settings AS (
  SELECT 1 FROM context
  WHERE name = '.__GLOBAL' AND settings_revision = %s FOR SHARE
)
INSERT INTO context (name) SELECT %s FROM settings ON CONFLICT DO NOTHING
"""

# One statement sees one snapshot, taken before it waits for the context's row. So
# after the wait it may look at the past; each part is made safe on its own:
#   locked    waits; a locking read then looks at the row as it is now.
#   live      likewise: a version deleted meanwhile is not there any more. One that
#             is not seen yet makes the revision stale, which is only too careful. A
#             strong association that is not seen yet has counted up the settings.
#   inserted  yields to a row that it does not see; then nothing is written.
#   updated   compares the revision with the row as it is now.
#   known     may miss a content committed meanwhile: the unique key refuses the
#             second one, and the act is run again. It may find one that was removed
#             meanwhile: the version's foreign key refuses it, which makes it stale.
# Whatever is stale leaves `chosen` empty, and then no part writes anything.
_APPEND: Final = """
WITH locked AS (
  SELECT last_id, change_seq FROM context
  WHERE name = %(context)s::text AND settings_revision = %(settings)s::bigint
  FOR UPDATE
), {targets} inserted AS (
  INSERT INTO subject (context, name, revision)
  SELECT %(context)s::text, %(subject)s::text, 1 FROM ready
  WHERE %(revision)s::bigint IS NULL
  ON CONFLICT DO NOTHING RETURNING 1
), updated AS (
  UPDATE subject SET revision = revision + 1 FROM ready
  WHERE context = %(context)s::text AND name = %(subject)s::text
  AND revision = %(revision)s::bigint
  RETURNING 1
), known AS (
  SELECT id FROM content
  WHERE context = %(context)s::text AND schema_type = %(schema_type)s::text
  AND content_sha256 = %(sha256)s::bytea
), chosen AS (
  SELECT COALESCE(known.id, ready.last_id + 1) AS id, known.id IS NULL AS is_new,
  ready.change_seq + 1 AS seq
  FROM ready
  CROSS JOIN (SELECT 1 FROM inserted UNION ALL SELECT 1 FROM updated) AS turn
  LEFT JOIN known ON TRUE
), counted AS (
  UPDATE context SET last_id = GREATEST(last_id, chosen.id), change_seq = chosen.seq,
  is_dropped = FALSE
  FROM chosen WHERE name = %(context)s::text
), stored AS (
  INSERT INTO content (context, id, schema_type, text, content_sha256, guid,
  reference_json, metadata_json, rule_set_json, created_ms)
  SELECT %(context)s::text, id, %(schema_type)s::text, %(text)s::text,
  %(sha256)s::bytea, %(guid)s::bytea, %(reference_json)s::text,
  %(metadata_json)s::text, %(rule_set_json)s::text, %(created_ms)s::bigint
  FROM chosen WHERE is_new
), placed AS (
  INSERT INTO version (context, subject, version, schema_id, created_ms, is_deleted)
  SELECT %(context)s::text, %(subject)s::text, %(version)s::int, id,
  %(created_ms)s::bigint, FALSE
  FROM chosen
), {references} logged AS (
  INSERT INTO audit
  (context, seq, at_ms, actor, action, target, before, after, request_id)
  SELECT %(context)s::text, seq, %(at_ms)s::bigint, %(actor)s::text,
  %(action)s::text, %(target)s::text, %(before)s::text,
  %(after_head)s::text || id || %(after_tail)s::text, %(request_id)s::text
  FROM chosen
)
SELECT id, seq FROM chosen
"""
_NO_TARGETS: Final = "ready AS (SELECT last_id, change_seq FROM locked),"
_TARGETS: Final = """
wanted AS (
  SELECT * FROM unnest(%(positions)s::int[], %(names)s::text[],
  %(target_contexts)s::text[], %(target_subjects)s::text[],
  %(target_versions)s::int[])
  AS wanted (position, name, target_context, target_subject, target_version)
), live AS (
  SELECT v.version FROM locked, version AS v
  WHERE NOT v.is_deleted AND (v.context, v.subject, v.version) IN (
    SELECT target_context, target_subject, target_version FROM wanted
  )
  AND NOT EXISTS (
    SELECT 1 FROM association AS a WHERE a.context = v.context
    AND a.subject = v.subject AND a.lifecycle = 'STRONG'
  )
  FOR SHARE OF v
), ready AS (
  SELECT last_id, change_seq FROM locked
  WHERE (SELECT count(*) FROM live) = (
    SELECT count(DISTINCT (target_context, target_subject, target_version))
    FROM wanted
  )
),
"""
_REFERENCES: Final = """
linked AS (
  INSERT INTO reference (context, subject, version, position, name,
  target_context, target_subject, target_version)
  SELECT %(context)s::text, %(subject)s::text, %(version)s::int, wanted.*
  FROM chosen CROSS JOIN wanted
),
"""
_APPEND_PLAIN: Final = _APPEND.replace("{targets}", _NO_TARGETS).replace(
    "{references}", ""
)
_APPEND_REFERRING: Final = _APPEND.replace("{targets}", _TARGETS).replace(
    "{references}", _REFERENCES
)
# With the rights of the owner of the tables: the role that serves may delete none.
_REMOVE_UNUSED: Final = "SELECT wirepact_remove_content(%s, %s)"


@functools.lru_cache(maxsize=1_000)
def sql(statement: str) -> str:
    """Write the parameters as this driver wants them."""
    return statement.replace("?", "%s")


def lock(connection: Any, context: str) -> None:
    """Wait for the context's row, and create it if it is not there."""
    if connection.execute(_LOCK, (context,)).rowcount != 1:
        connection.execute(_CREATE, (context,))
        connection.execute(_LOCK, (context,))


def lock_all(connection: Any) -> None:
    connection.execute(_LOCK_ALL)


def is_one_statement(it: Appending) -> bool:
    """Say whether an append needs no transaction but its statement's own."""
    return not (it.creates_context or it.other_contexts)


def append(connection: Any, it: Appending) -> Appended | None:
    """Write a version with all that belongs to it; None if the revision is stale."""
    settings = it.based_on.settings
    if it.creates_context:
        revision = (-1 - settings, it.context)
        if connection.execute(_CREATE_FIRST, revision).rowcount != 1:
            return None
        settings = 0
    if it.other_contexts:
        # A delete there must not overlook the reference that is being made.
        connection.execute(_LOCK_OTHERS, ([*it.other_contexts, it.context],))
    parameters = {**_parameters(it), "settings": settings}
    statement = _APPEND_PLAIN
    if it.targets:
        statement = _APPEND_REFERRING
        parameters |= _target_parameters(it)
    row = connection.execute(statement, parameters).fetchone()
    return None if row is None else Appended(*row)


def remove_unused(connection: Any, context: str, schema_id: int) -> bool:
    """Remove a content that no version has, and leave its id a tombstone."""
    removed, *_ = connection.execute(_REMOVE_UNUSED, (context, schema_id)).fetchone()
    return bool(removed)


def translated(error: Exception) -> Exception:
    """Return what to raise instead; the error itself if nothing can be done."""
    if isinstance(error, UnicodeEncodeError):
        return unstorable()
    if not isinstance(error, psycopg.Error):
        return error
    state = error.sqlstate or ""
    is_same_content = error.diag.constraint_name == "uq_content_identity"
    if state in _CONFLICTS or (state == "23505" and is_same_content):
        return ConflictError()
    if state in _BROKEN_KEYS:
        return StaleRevisionError()
    if state.startswith("08") or state in _CUT_OFF:
        return ConnectionLostError()
    if state.startswith("53") or state in _OUT_OF_REACH:
        return StoreUnavailableError()
    if state == _MAY_NOT:
        reason = error.diag.message_primary or "permission denied"
        return PrivilegeMissingError(reason, LET_THE_ROLE)
    if isinstance(error, psycopg.DataError) or state == "54000":
        return unstorable()
    if not state and isinstance(
        error, psycopg.OperationalError | psycopg.InterfaceError
    ):
        return ConnectionLostError()
    return error


# Serialisation, deadlock, a lock not granted in time.
_CONFLICTS: Final = frozenset({"40001", "40P01", "55P03"})
# Foreign key (as such, and RESTRICT), unique key.
_BROKEN_KEYS: Final = frozenset({"23001", "23503", "23505"})
# Shut down by an administrator, by a crash, starting; idle in a transaction.
_CUT_OFF: Final = frozenset({"57P01", "57P02", "57P03", "25P03"})
# A statement over its time; a read-only server, as a standby is.
_OUT_OF_REACH: Final = frozenset({"57014", "25006"})
# A privilege that the role has not, or has no longer.
_MAY_NOT: Final = "42501"


def _parameters(it: Appending) -> dict[str, Any]:
    new, content, entry = it.new, it.new.content, it.entry
    return {
        "context": it.context,
        "subject": new.subject.name,
        "revision": it.based_on.subject,
        "version": new.version,
        "schema_type": str(content.schema_type),
        "text": content.text,
        "sha256": it.sha256,
        "guid": it.guid,
        "reference_json": it.reference_json,
        "metadata_json": it.metadata_json,
        "rule_set_json": it.rule_set_json,
        "created_ms": new.created_ms,
        "at_ms": entry.at_ms,
        "actor": entry.origin.actor,
        "action": entry.action,
        "target": entry.target,
        "before": entry.before,
        "after_head": it.after[0],
        "after_tail": it.after[1],
        "request_id": entry.origin.request_id,
    }


def _target_parameters(it: Appending) -> dict[str, Any]:
    return {
        "positions": [each.position for each in it.targets],
        "names": [each.name for each in it.targets],
        "target_contexts": [each.context for each in it.targets],
        "target_subjects": [each.subject for each in it.targets],
        "target_versions": [each.version for each in it.targets],
    }


def like(glob: str) -> str:
    """Return a pattern in which only stars mean more than themselves."""
    return glob.translate(_MEANT_BY_LIKE)
