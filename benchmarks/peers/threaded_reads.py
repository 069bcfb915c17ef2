"""The limit of an ordinary read: a Litestar handler in a thread, on the bare driver.

It runs the registry's own statement and answers the same bytes, without layers between
them: no transport, no use case, no pool.
"""

import os
import sqlite3
import threading
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from litestar import Litestar, get

from registry.http.media import CONFLUENT
from registry.storage.statements import (
    FIND_CONFIG,
    FIND_LATEST,
    FIND_VERSION,
    USES_OF,
)

_URL = os.environ["BENCH_DATABASE_URL"]
_IS_SQLITE = _URL.startswith("sqlite")
_own = threading.local()


def _sql(statement: str) -> str:
    return statement if _IS_SQLITE else statement.replace("?", "%s")


_VERSION, _LATEST = _sql(FIND_VERSION), _sql(FIND_LATEST)
_USES, _CONFIG = _sql(USES_OF), _sql(FIND_CONFIG)


def _connection() -> Any:
    found = getattr(_own, "connection", None)
    if found is None:
        found = _own.connection = _connected()
    return found


def _connected() -> Any:
    if _IS_SQLITE:
        return sqlite3.connect(_URL.removeprefix("sqlite:///"), isolation_level=None)
    return psycopg.connect(_URL, autocommit=True)


def _encoded_version(row: Any) -> bytes:
    _, subject, version, written, deleted, schema_id, guid, kind, text, *_ = row
    return msgspec.json.encode(
        {
            "subject": subject,
            "version": version,
            "id": schema_id,
            "guid": str(UUID(bytes=bytes(guid))),
            "schemaType": kind,
            "schema": text,
            "ts": written,
            "deleted": bool(deleted),
        }
    )


@get(
    "/subjects/{subject:str}/versions/{version:int}",
    sync_to_thread=True,
    media_type=CONFLUENT,
)
def get_version(subject: str, version: int) -> bytes:
    """Answer a version of a subject."""
    key = (".", subject, version, False, False)
    return _encoded_version(_connection().execute(_VERSION, key).fetchone())


@get(
    "/subjects/{subject:str}/versions/latest",
    sync_to_thread=True,
    media_type=CONFLUENT,
)
def get_latest(subject: str) -> bytes:
    """Answer the newest version of a subject."""
    return _encoded_version(_connection().execute(_LATEST, (".", subject)).fetchone())


@get("/subjects/{subject:str}/versions", sync_to_thread=True, media_type=CONFLUENT)
def list_versions(subject: str) -> bytes:
    """Answer the numbers of the live versions."""
    rows = _connection().execute(_USES, (".", subject)).fetchall()
    return msgspec.json.encode([row[2] for row in rows if not row[3]])


@get("/config/{subject:str}", sync_to_thread=True, media_type=CONFLUENT)
def get_config(subject: str) -> bytes:
    """Answer the level of a subject."""
    row = _connection().execute(_CONFIG, (".", subject)).fetchone()
    return msgspec.json.encode({"compatibilityLevel": row[0]})


app = Litestar(
    route_handlers=[get_version, get_latest, list_versions, get_config],
    openapi_config=None,
    logging_config=None,
)
