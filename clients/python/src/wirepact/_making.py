"""What belongs to an app while it is open, made from what the app was given."""

from importlib import import_module
from typing import Any

from wirepact._core import Urls
from wirepact._running import Contracts, Parts
from wirepact.app_options import AppOptions
from wirepact.async_serializer import AsyncSchemas
from wirepact.inbox.port import Inbox
from wirepact.observing import Observer
from wirepact.producer import Producer
from wirepact.transports.port import Transport


def inbox_of(db: Any, given: Inbox | None) -> Inbox | None:
    """Return the inbox that was given, or that of a database; None without both."""
    if given is not None or db is None:
        return given
    # SQLAlchemy is there only where somebody has made a Sql.
    made: Inbox = import_module("wirepact.inbox.sql").SqlInbox(db)
    return made


def parts_of(
    registry: Urls | AsyncSchemas,
    transport: Transport,
    inbox: Inbox | None,
    observer: Observer,
    source: str,
    options: AppOptions,
) -> Parts:
    """Return what belongs to an event loop; nothing is connected yet."""
    # httpx comes with the first client, and not with the class.
    made = import_module("wirepact.async_registry")
    contracts: Contracts = made.AsyncRegistry(
        registry,
        options=options.codecs,
        source=source,
        binding=transport.binding,
        repeatable_ids=True,
        clock=options.wall_clock,
    )
    producer = Producer(contracts, transport, observer)
    return Parts(contracts, transport, producer, inbox, observer, options)
