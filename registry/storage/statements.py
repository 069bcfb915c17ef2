"""The statements that are the same on every database, as constants.

A parameter is written `?`; there is no other question mark, and no percent sign. The
order of the parameters is that of the question marks.
"""

from typing import Final

_NO_FLAG: Final = "CAST(NULL AS BOOLEAN)"
CONTENT_COLUMNS: Final = (
    "c.id, c.guid, c.schema_type, c.text,"
    " c.reference_json, c.metadata_json, c.rule_set_json"
)
_CONFIG: Final = {
    "level": "NULL",
    "normalize": _NO_FLAG,
    "validate_new_schemas": _NO_FLAG,
    "validate_fields": _NO_FLAG,
    "content_policy": "NULL",
    "compatibility_group": "NULL",
    "validate_rules": _NO_FLAG,
    "alias": "NULL",
    "alias_for_deks": "NULL",
    "default_metadata_json": "NULL",
    "override_metadata_json": "NULL",
    "default_rule_set_json": "NULL",
    "override_rule_set_json": "NULL",
}
"""The columns of a config, and what stands for each in a row of something else."""

CONFIG_COLUMNS: Final = ", ".join(_CONFIG)
VERSION_COLUMNS: Final = (
    f"v.context, v.subject, v.version, v.created_ms, v.is_deleted, {CONTENT_COLUMNS}"
)
_VERSIONS: Final = (
    f"SELECT {VERSION_COLUMNS} FROM version AS v JOIN content AS c"  # noqa: S608 - constants
    " ON c.context = v.context AND c.id = v.schema_id"
)

# ---- reads. A visibility is two booleans: the values of is_deleted that are seen.
# Where `{inside}` stands, `narrowed` writes that rows are in some areas, or nothing.

_NO_CONFIG: Final = ", ".join(_CONFIG.values())
POLICY: Final = f"""
SELECT 'context', name, '', settings_revision, NULL, {_NO_CONFIG}
FROM context WHERE name IN (?, '.__GLOBAL')
UNION ALL
SELECT 'subject', context, name, revision, NULL, {_NO_CONFIG}
FROM subject WHERE context = ? AND name = ?
UNION ALL
SELECT 'config', context, subject, 0, NULL, {CONFIG_COLUMNS}
FROM config WHERE context IN (?, '.__GLOBAL') AND subject IN (?, '')
UNION ALL
SELECT 'mode', context, subject, 0, mode, {_NO_CONFIG}
FROM mode WHERE context IN (?, '.__GLOBAL') AND subject IN (?, '')
UNION ALL
SELECT 'policy', context, subject, 0, name, {_NO_CONFIG}
FROM named_policy WHERE context = ? AND subject = ?
"""  # noqa: S608 - constants
"""Kind, context, subject, revision, mode or policy, then CONFIG_COLUMNS."""

POLICIES: Final = f"""
SELECT 'context', name, '', settings_revision, NULL, {_NO_CONFIG}
FROM context WHERE name IN (?, '.__GLOBAL')
UNION ALL
SELECT 'subject', context, name, revision, NULL, {_NO_CONFIG}
FROM subject WHERE context = ? AND name {{one_of}}
UNION ALL
SELECT 'config', context, subject, 0, NULL, {CONFIG_COLUMNS}
FROM config WHERE context IN (?, '.__GLOBAL') AND (subject {{one_of}} OR subject = '')
UNION ALL
SELECT 'mode', context, subject, 0, mode, {_NO_CONFIG}
FROM mode WHERE context IN (?, '.__GLOBAL') AND (subject {{one_of}} OR subject = '')
UNION ALL
SELECT 'policy', context, subject, 0, name, {_NO_CONFIG}
FROM named_policy WHERE context = ? AND subject {{one_of}}
"""  # noqa: S608 - constants
"""As POLICY, of all subjects that a list in JSON has; `one_of` is the dialect's."""

FIND_CONFIG: Final = f"""
SELECT {CONFIG_COLUMNS} FROM config WHERE context = ? AND subject = ?
"""  # noqa: S608 - constants
FIND_MODE: Final = "SELECT mode FROM mode WHERE context = ? AND subject = ?"
POLICIES_OF: Final = "SELECT name FROM named_policy WHERE context = ? AND subject = ?"

HISTORY: Final = f"""{_VERSIONS}
WHERE v.context = ? AND v.subject = ? AND v.is_deleted IN (?, ?)
ORDER BY v.version
"""
FIND_VERSION: Final = f"""{_VERSIONS}
WHERE v.context = ? AND v.subject = ? AND v.version = ? AND v.is_deleted IN (?, ?)
"""
FIND_LATEST: Final = f"""{_VERSIONS}
WHERE v.context = ? AND v.subject = ? AND NOT v.is_deleted
ORDER BY v.version DESC LIMIT 1
"""
FIND_CONTENT: Final = f"""{_VERSIONS}
WHERE c.context = ? AND c.schema_type = ? AND c.content_sha256 = ?
AND v.subject = ? AND v.is_deleted IN (?, ?)
ORDER BY v.version DESC LIMIT 1
"""
# The index chooses the use before any text is read: an id may have thousands.
FIND_BY_ID: Final = f"""{_VERSIONS}
WHERE v.context = ? AND v.schema_id = ?{{inside}}
ORDER BY v.is_deleted, v.subject, v.version LIMIT 1
"""
FIND_BY_ID_PREFERRING: Final = f"""
SELECT * FROM (
  SELECT * FROM (
    SELECT 0 AS turn, {VERSION_COLUMNS} FROM version AS v JOIN content AS c
    ON c.context = v.context AND c.id = v.schema_id
    WHERE v.context = ? AND v.schema_id = ? AND v.subject = ?
    ORDER BY v.is_deleted, v.version LIMIT 1
  ) AS preferred
  UNION ALL
  SELECT * FROM (
    SELECT 1 AS turn, {VERSION_COLUMNS} FROM version AS v JOIN content AS c
    ON c.context = v.context AND c.id = v.schema_id
    WHERE v.context = ? AND v.schema_id = ?{{inside}}
    ORDER BY v.is_deleted, v.subject, v.version LIMIT 1
  ) AS lowest
) AS found ORDER BY turn LIMIT 1
"""  # noqa: S608 - constants
"""The turn, then VERSION_COLUMNS."""

FIND_BY_GUID: Final = f"""{_VERSIONS}
WHERE c.guid = ?{{inside}}
ORDER BY c.context, c.id, v.is_deleted, v.subject, v.version LIMIT 1
"""
IDS_OF_GUID_ALIAS: Final = """
SELECT a.context, a.schema_id FROM guid_alias AS a WHERE a.guid = ?{inside}
ORDER BY a.context, a.schema_id
"""
FIND_BY_GUID_ALIAS: Final = f"""{_VERSIONS}
JOIN guid_alias AS a ON a.context = c.context AND a.schema_id = c.id
WHERE a.guid = ?{{inside}}
ORDER BY c.context, c.id, v.is_deleted, v.subject, v.version LIMIT 1
"""
FIND_ID: Final = """
SELECT id FROM content
WHERE context = ? AND schema_type = ? AND content_sha256 = ?
"""
USES_OF: Final = """
SELECT context, subject, version, is_deleted FROM version
WHERE context = ? AND subject = ? ORDER BY version
"""
USES_OF_ID: Final = """
SELECT v.context, v.subject, v.version, v.is_deleted FROM version AS v
WHERE v.context = ? AND v.schema_id = ?{inside} ORDER BY v.subject, v.version
"""
IDS_OF_GUID: Final = """
SELECT c.context, c.id FROM content AS c WHERE c.guid = ?{inside}
ORDER BY c.context, c.id
"""
REFERRERS: Final = """
SELECT DISTINCT v.schema_id, v.context, v.subject, v.version, v.is_deleted
FROM reference AS r JOIN version AS v
ON v.context = r.context AND v.subject = r.subject AND v.version = r.version
WHERE r.target_context = ? AND r.target_subject = ? AND r.target_version = ?{inside}
ORDER BY v.context, v.subject, v.version
"""
_OVERDUE: Final = """
v.is_deleted AND v.deleted_ms <= ? AND NOT EXISTS (
  SELECT 1 FROM reference AS r WHERE r.target_subject = v.subject
  AND r.target_context = v.context AND r.target_version = v.version
)
"""
OVERDUE_SUBJECTS: Final = f"""
SELECT DISTINCT v.context, v.subject FROM version AS v WHERE {_OVERDUE}
ORDER BY v.context, v.subject
"""  # noqa: S608 - constants
OVERDUE: Final = f"""
SELECT v.version FROM version AS v
WHERE v.context = ? AND v.subject = ? AND {_OVERDUE} ORDER BY v.version
"""  # noqa: S608 - constants

# ---- reads of what has one name in all contexts but the default one.

FIND_VERSION_ELSEWHERE: Final = f"""{_VERSIONS}
WHERE v.subject = ? AND v.context <> '.' AND v.version = ?
AND v.is_deleted IN (?, ?){{inside}}
ORDER BY v.context LIMIT 1
"""
FIND_LATEST_ELSEWHERE: Final = f"""
SELECT {VERSION_COLUMNS} FROM (
  SELECT * FROM version AS v
  WHERE v.subject = ? AND v.context <> '.' AND NOT v.is_deleted{{inside}}
  ORDER BY v.context, v.version DESC LIMIT 1
) AS v JOIN content AS c ON c.context = v.context AND c.id = v.schema_id
"""  # noqa: S608 - constants
HISTORIES_ELSEWHERE: Final = f"""{_VERSIONS}
WHERE v.subject = ? AND v.context <> '.' AND v.is_deleted IN (?, ?){{inside}}
ORDER BY v.context, v.version
"""
FIND_BY_ID_ELSEWHERE: Final = f"""{_VERSIONS}
WHERE v.schema_id = ? AND v.context <> '.' AND v.subject = ?{{inside}}
ORDER BY v.context, v.is_deleted, v.version LIMIT 1
"""
USES_OF_ID_ELSEWHERE: Final = """
SELECT v.context, v.subject, v.version, v.is_deleted FROM version AS v
WHERE v.schema_id = ? AND v.context <> '.' AND v.subject = ?{inside}
ORDER BY v.context, v.version
"""

# ---- reads of contexts and settings.

MAX_ID: Final = "SELECT last_id FROM context WHERE name = ?"
MAX_ID_AMONG: Final = """
SELECT v.schema_id FROM version AS v WHERE v.context = ?{inside}
ORDER BY v.schema_id DESC LIMIT 1
"""
SEQUENCES: Final = "SELECT name, change_seq, settings_revision FROM context"
# The condition is that of the index, word by word.
ALIASES: Final = """
SELECT context, subject, alias, alias_for_deks FROM config
WHERE coalesce(alias, alias_for_deks) IS NOT NULL
"""

# ---- writes, by whoever holds the context's row.

INSERT_SUBJECT: Final = """
INSERT INTO subject (context, name, revision) VALUES (?, ?, 1)
"""
INSERT_CONTENT: Final = """
INSERT INTO content (context, id, schema_type, text, content_sha256, guid,
reference_json, metadata_json, rule_set_json, created_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
INSERT_VERSION: Final = """
INSERT INTO version (context, subject, version, schema_id, created_ms, is_deleted)
VALUES (?, ?, ?, ?, ?, FALSE)
"""
INSERT_REFERENCE: Final = """
INSERT INTO reference (context, subject, version, position, name,
target_context, target_subject, target_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
OVERWRITE_VERSION: Final = """
UPDATE version SET schema_id = ?, created_ms = ?, is_deleted = FALSE, deleted_ms = NULL
WHERE context = ? AND subject = ? AND version = ?
"""
TOMBSTONES: Final = """
SELECT id FROM tombstone WHERE context = ? AND id BETWEEN ? AND ?
"""
RAISE_LAST_ID: Final = """
UPDATE context SET last_id = ? WHERE name = ? AND last_id < ?
"""
DELETE_TOMBSTONE: Final = "DELETE FROM tombstone WHERE context = ? AND id = ?"
BUMP_SUBJECT: Final = """
UPDATE subject SET revision = revision + 1 WHERE context = ? AND name = ?
"""
BUMP_SETTINGS: Final = """
UPDATE context SET settings_revision = settings_revision + 1 WHERE name = ?
"""
BUMP_ALL_SETTINGS: Final = """
UPDATE context SET settings_revision = settings_revision + 1
"""
NEXT_CHANGE: Final = """
UPDATE context SET change_seq = change_seq + 1 WHERE name = ? RETURNING change_seq
"""
NEXT_CHANGES: Final = """
UPDATE context SET change_seq = change_seq + ? WHERE name = ? RETURNING change_seq
"""
KEEP_CONTEXT: Final = "UPDATE context SET is_dropped = FALSE WHERE name = ?"
DROP_CONTEXT: Final = "UPDATE context SET is_dropped = TRUE WHERE name = ?"
INSERT_AUDIT: Final = """
INSERT INTO audit
(context, seq, at_ms, actor, action, target, before, after, request_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
IS_RECORDED: Final = """
SELECT 1 FROM audit WHERE context = ? AND seq = ?
AND at_ms = ? AND action = ? AND target = ? AND request_id = ?
"""
HIDE: Final = """
UPDATE version SET is_deleted = ?, deleted_ms = ?
WHERE context = ? AND subject = ? AND version = ?
"""
DATE_TRASH: Final = """
UPDATE version SET deleted_ms = ? WHERE is_deleted AND deleted_ms IS NULL
"""
TAKE_TURN: Final = """
INSERT INTO turn (name, next_ms) VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET next_ms = excluded.next_ms
WHERE turn.next_ms <= ? RETURNING next_ms
"""
DELETE_REFERENCES: Final = """
DELETE FROM reference WHERE context = ? AND subject = ? AND version = ?
"""
DELETE_VERSION: Final = """
DELETE FROM version WHERE context = ? AND subject = ? AND version = ?
"""
# A version that is replaced by one with the same content goes only if nothing needs it.
IS_REPLACEABLE: Final = """
SELECT 1 FROM version AS v JOIN content AS c
ON c.context = v.context AND c.id = v.schema_id
WHERE v.context = ? AND v.subject = ? AND v.version = ?
AND c.schema_type = ? AND c.content_sha256 = ? AND v.is_deleted AND NOT EXISTS (
  SELECT 1 FROM reference AS r WHERE r.target_context = v.context
  AND r.target_subject = v.subject AND r.target_version = v.version
)
"""
IDS_OF: Final = """
SELECT version, schema_id FROM version WHERE context = ? AND subject = ?
"""
HAS_VERSIONS: Final = """
SELECT 1 FROM version WHERE context = ? AND subject = ? LIMIT 1
"""
PUT_CONFIG: Final = f"""
INSERT INTO config (context, subject, {CONFIG_COLUMNS})
VALUES (?, ?, {", ".join("?" for _ in _CONFIG)})
ON CONFLICT (context, subject) DO UPDATE SET
{", ".join(f"{each} = excluded.{each}" for each in _CONFIG)}
"""  # noqa: S608 - constants
DELETE_CONFIG: Final = "DELETE FROM config WHERE context = ? AND subject = ?"
PUT_MODE: Final = """
INSERT INTO mode (context, subject, mode) VALUES (?, ?, ?)
ON CONFLICT (context, subject) DO UPDATE SET mode = excluded.mode
"""
DELETE_MODE: Final = "DELETE FROM mode WHERE context = ? AND subject = ?"
DELETE_MODES_OF: Final = "DELETE FROM mode WHERE context = ?"
DELETE_ALL_MODES: Final = "DELETE FROM mode"
DELETE_OWNER: Final = "DELETE FROM owner WHERE context = ? AND subject = ?"
OWNER_OF: Final = "SELECT owner FROM owner WHERE context = ? AND subject = ?"
DELETE_POLICIES: Final = "DELETE FROM named_policy WHERE context = ? AND subject = ?"
INSERT_POLICY: Final = """
INSERT INTO named_policy (context, subject, name) VALUES (?, ?, ?)
"""

# ---- whole registries: pages after a key, and rows where they belong.

CONTEXTS_AFTER: Final = """
SELECT name, last_id FROM context
WHERE name > ? AND name NOT IN ('.__GLOBAL', '.__ACCESS') ORDER BY name LIMIT ?
"""
VERSIONS_AFTER: Final = f"""
SELECT {VERSION_COLUMNS}, v.deleted_ms FROM version AS v JOIN content AS c
ON c.context = v.context AND c.id = v.schema_id
WHERE (v.subject, v.context, v.version) > (?, ?, ?)
ORDER BY v.subject, v.context, v.version LIMIT ?
"""  # noqa: S608 - constants
ALIASES_AFTER: Final = """
SELECT guid, context, schema_id FROM guid_alias
WHERE (guid, context, schema_id) > (?, ?, ?)
ORDER BY guid, context, schema_id LIMIT ?
"""
CONFIGS_AFTER: Final = f"""
SELECT context, subject, {CONFIG_COLUMNS} FROM config
WHERE (context, subject) > (?, ?) ORDER BY context, subject LIMIT ?
"""  # noqa: S608 - constants
MODES_AFTER: Final = """
SELECT context, subject, mode FROM mode
WHERE (context, subject) > (?, ?) ORDER BY context, subject LIMIT ?
"""
POLICIES_AFTER: Final = """
SELECT DISTINCT context, subject FROM named_policy
WHERE (context, subject) > (?, ?) ORDER BY context, subject LIMIT ?
"""
TOUCH_SUBJECT: Final = """
INSERT INTO subject (context, name, revision) VALUES (?, ?, 1)
ON CONFLICT (context, name) DO UPDATE SET revision = subject.revision + 1
"""
PLACE_VERSION: Final = """
INSERT INTO version
(context, subject, version, schema_id, created_ms, is_deleted, deleted_ms)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (subject, context, version) DO UPDATE SET
schema_id = excluded.schema_id, created_ms = excluded.created_ms,
is_deleted = excluded.is_deleted, deleted_ms = excluded.deleted_ms
"""
PUT_ALIAS: Final = """
INSERT INTO guid_alias (guid, context, schema_id) VALUES (?, ?, ?)
ON CONFLICT DO NOTHING
"""
