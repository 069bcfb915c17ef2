"""A version that comes with its id: written statement by statement, as this is rare.

The writer holds the context and those of all targets, so that nothing changes between
the statements.
"""

from registry.application.stored import Revision
from registry.storage import statements as sql
from registry.storage.appending import Appending, unborn
from registry.storage.link import Link


def is_current(based_on: Revision, now: Revision, global_settings: int) -> bool:
    """Say whether what a decision was based on still holds.

    Args:
        now: Read after the context was locked, and so created at the latest.
        global_settings: The revision of the settings of all contexts.

    """
    settings = now.settings
    if based_on.settings < 0 and settings == 0:
        # The row is there, but has not counted anything yet: what was said for all
        # contexts before it came is what counts.
        settings = unborn(global_settings)
    return Revision(settings, now.subject) == based_on


def write(link: Link, it: Appending, schema_id: int) -> int | None:
    """Write all rows but the audit's; return the id that was written over, if any."""
    place = (it.context, it.new.subject.name)
    link.change(sql.KEEP_CONTEXT, (it.context,))
    if it.based_on.subject is None:
        link.change(sql.INSERT_SUBJECT, place)
    else:
        link.change(sql.BUMP_SUBJECT, place)
    _write_content(link, it, schema_id)
    number = it.new.version
    there = dict(map(_pair, link.rows(sql.IDS_OF, place)))
    if number in there:
        link.change(sql.DELETE_REFERENCES, (*place, number))
        written = (schema_id, it.new.created_ms, *place, number)
        link.change(sql.OVERWRITE_VERSION, written)
    else:
        version = (*place, number, schema_id, it.new.created_ms)
        link.change(sql.INSERT_VERSION, version)
    link.change_each(sql.INSERT_REFERENCE, it.reference_rows())
    return there.get(number)


def _write_content(link: Link, it: Appending, schema_id: int) -> None:
    key = (it.context, str(it.new.content.schema_type), it.sha256)
    if link.row(sql.FIND_ID, key) is None:
        link.change(sql.INSERT_CONTENT, it.content_row(schema_id))
        link.change(sql.DELETE_TOMBSTONE, (it.context, schema_id))
        link.change(sql.RAISE_LAST_ID, (schema_id, it.context, schema_id))


def _pair(row: tuple[int, int]) -> tuple[int, int]:
    version, schema_id = row
    return version, schema_id
