"""Moving a whole registry: `/governance/v1/export` and `/governance/v1/import`."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from litestar import get, post
from litestar.params import JSONBody

from registry.application import moving_in, moving_out
from registry.application.moving_out import FIRST, KINDS, Cursor
from registry.application.records import Arriving
from registry.domain.access import Permission
from registry.domain.errors import RegistryError
from registry.http import parameters
from registry.http.authorisation import needs, whole_registry
from registry.http.errors import RefusedError
from registry.http.governance.moving_bodies import (
    ArrivingBody,
    ExportBody,
    ImportBody,
    body_of,
    to_record,
)
from registry.http.handling import BATCH_OF, PortsController, origin
from registry.http.media import CONFLUENT
from registry.http.parameters import CursorText, DryRun, Limit, Verbatim, flag
from registry.http.threads import in_thread

_MOST_RECORDS: Final = 1_000
_USUAL_RECORDS: Final = 250
_NO_LIMIT: Final = "0"


class MovingController(PortsController):
    path = "/governance/v1"
    tags = ("Governance",)

    @get(
        "/export",
        operation_id="exportRecords",
        opt=needs(Permission.ADMINISTER, whole_registry),
        summary="Get all that the registry holds, page by page",
        media_type=CONFLUENT,
    )
    @in_thread
    def export_records(self, cursor: CursorText = "", limit: Limit = "0") -> ExportBody:
        page = parameters.page("0", limit, _MOST_RECORDS)
        found, following = moving_out.export(
            self.ports,
            _cursor(cursor),
            _USUAL_RECORDS if limit == _NO_LIMIT else page.limit or _MOST_RECORDS,
        )
        return ExportBody(
            tuple(map(body_of, found)),
            None if following is None else _text(following),
        )

    @post(
        "/import",
        operation_id="importRecords",
        summary="Write what was exported, or what another registry holds",
        description="An array of records, or one a line (`application/x-ndjson`). They"
        " are written in one transaction; if one of them is refused, none is. Versions"
        " keep their ids and numbers, and need the mode IMPORT. The same records again"
        " change nothing.",
        status_code=200,
        media_type=CONFLUENT,
        opt={
            **needs(Permission.ADMINISTER, whole_registry, is_trial="dryRun"),
            BATCH_OF: ArrivingBody,
        },
    )
    @in_thread
    def import_records(
        self,
        data: JSONBody[list[ArrivingBody]],
        verbatim: Verbatim = "",
        dry_run: DryRun = "",
    ) -> ImportBody:
        records = [_record(position, body) for position, body in enumerate(data)]
        outcome = moving_in.import_records(
            self.ports,
            records,
            origin(),
            verbatim=flag(verbatim),
            dry_run=flag(dry_run),
        )
        return ImportBody.of(outcome)


def _record(position: int, body: ArrivingBody) -> Arriving:
    try:
        return to_record(body)
    except (RegistryError, ValueError) as error:
        raise RefusedError(400, f"Record {position}: {error}") from error


def _text(cursor: Cursor) -> str:
    text = json.dumps([cursor.kind, *cursor.after], separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _cursor(text: str) -> Cursor:
    """Read what `_text` has written; nothing means the first page.

    Raises:
        RefusedError: 400: it is something else.

    """
    if not text:
        return FIRST
    try:
        padded = text + "=" * (-len(text) % 4)
        kind, *after = json.loads(urlsafe_b64decode(padded.encode()).decode())
        cursor = Cursor(kind, tuple(after))
        is_known = kind in KINDS and KINDS[kind].accepts(cursor.after)
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise RefusedError(400, "This is no cursor of an export") from error
    if not is_known:
        raise RefusedError(400, "This is no cursor of an export")
    return cursor
