"""The hot path: schemas by id and by GUID, answered from encoded bytes.

Clients look schemas up by id far more often than they do anything else, and what an id
means never changes. So the answers are kept as they went out, bounded in bytes, and are
sent before anything of the framework runs. A miss goes through the ordinary route, once
for all who wait for it.

What one caller may see, another may not: answers are kept for all who were granted the
same, and for nobody else.

What is kept is good as long as the change counters of the contexts that it consulted
stand still. When the database is lost they do, and what is kept is still answered.

Answers from here are counted but not logged: a line would cost more than the answer.
"""

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from http import HTTPStatus
from itertools import count
from time import perf_counter_ns
from typing import Final
from urllib.parse import parse_qsl
from weakref import ref

import msgspec

from registry.application.byte_cache import ByteCache
from registry.application.changes import Changes
from registry.domain.access import Access
from registry.domain.model import Subject
from registry.http import (
    asgi,
    base_paths,
    contexts,
    media,
    protection,
    request_ids,
)
from registry.http.asgi import App, Headers, Message, Receive, Scope, Send
from registry.http.authorisation import CURRENT
from registry.http.metrics import Counters, Hits
from registry.http.rates import Admission

ID: Final = "/schemas/ids/{schema_id}"
TEXT: Final = "/schemas/ids/{schema_id}/schema"
GUID: Final = "/schemas/guids/{guid}"

# What is asked for again each time needs no Vary: another type has another tag.
_REVALIDATE: Final = ((b"cache-control", b"no-cache"),)
_FOR_A_YEAR: Final = b"max-age=31536000, immutable"
# Where not everybody may read everything, an answer is for who has asked alone.
_IMMUTABLE: Final = {
    is_private: (
        (b"cache-control", (b"private, " if is_private else b"public, ") + _FOR_A_YEAR),
        (b"vary", b"accept"),
    )
    for is_private in (False, True)
}
_NOT_MODIFIED: Final[Message] = {"type": "http.response.start", "status": 304}
_REQUEST_ID: Final = b"x-request-id"
_NOTHING: Final[Message] = {"type": "http.response.body", "body": b""}
# Everything that changes an answer; other parameters are noise to be left out of keys.
_PARAMETERS: Final = (
    "subject",
    "format",
    "referenceFormat",
    "reference_format",
    "fetchMaxId",
)
_REPEATED: Final = "findTags"
# Together some 5 MB at the worst, whatever clients make up; usually a tenth of it.
_MOST_TARGETS: Final = 4_096
_LONGEST_TARGET: Final = 256
_MOST_READERS: Final = 1_000
_ENTRY_BYTES: Final = 1_600
"""What an entry costs beside body and key: objects, header fields."""

_PREFIXES: Final = (contexts.PREFIX, base_paths.PREFIX)
_KNOWN: Final = (b"/schemas/", *_PREFIXES)

Key = tuple[Access, tuple[str | bytes, ...]]
"""Whoever may do the same gets the same answers, and keeps them together."""

_Line = tuple[bytes, bytes, bytes | None]
"""Path, query and accepted types, as they came in."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a request asks for.

    Attributes:
        row: Where its answers are counted.
        hits: Where quick ones are.
        confirmations: Where quick ones are to clients that know the answer.
        subject: The one that is to hold the id; its name is empty for any. None where
            all contexts are searched anyway.
        caching: The header fields that tell caches what to do with a good answer.

    """

    key: tuple[str | bytes, ...]
    row: int
    hits: Hits
    confirmations: Hits
    subject: Subject | None
    caching: tuple[tuple[bytes, bytes], ...]


class _Place(msgspec.Struct):
    subject: str | None = None


_PLACE: Final = msgspec.json.Decoder(_Place)


class Entry:
    """An answer as it goes out, but for the request id.

    Attributes:
        row: Where it is counted.
        hits: Where it is, if it was quick.
        confirmations: Where it is, if it was quick, and the client has it already.
        context: The one that the answer depends on; None for all of them.
        seen: How often it, or all, had changed before the answer was made.
        total: How often all had changed when it was last found to be true.
        is_used: Whether it was sent since the cache asked last.

    """

    __slots__ = (
        "__weakref__",
        "body",
        "confirmations",
        "context",
        "etag",
        "headers",
        "hits",
        "is_used",
        "not_modified",
        "row",
        "seen",
        "size_bytes",
        "total",
    )

    def __init__(
        self, body: bytes, content_type: bytes, target: Target, protecting: Headers
    ) -> None:
        digest = hashlib.blake2b(content_type, digest_size=16)
        digest.update(body)
        self.context = _consulted(target, body)
        self.row = target.row
        self.hits = target.hits
        self.confirmations = target.confirmations
        self.seen = 0
        self.total = -1
        self.is_used = False
        self.etag = f'"{digest.hexdigest()}"'.encode()
        self.not_modified: Headers = [
            (b"etag", self.etag),
            *target.caching,
            *protecting,
        ]
        self.headers: Headers = [
            (b"content-type", content_type),
            (b"content-length", b"%d" % len(body)),
            *self.not_modified,
        ]
        self.body: Message = {"type": "http.response.body", "body": body}
        key_bytes = sum(map(len, target.key))
        self.size_bytes = len(body) + 2 * key_bytes + _ENTRY_BYTES

    def answer(self, fields: dict[bytes, bytes]) -> tuple[Message, Message, Hits]:
        """Return what to send for these fields, and where that is counted."""
        request_id = (_REQUEST_ID, request_ids.chosen(fields.get(_REQUEST_ID)))
        known = fields.get(b"if-none-match")
        if known is not None and _is_known(self.etag, known):
            headers = [*self.not_modified, request_id]
            start = {**_NOT_MODIFIED, "headers": headers}
            return start, _NOTHING, self.confirmations
        headers = [*self.headers, request_id]
        start = {"type": "http.response.start", "status": 200, "headers": headers}
        return start, self.body, self.hits


def _is_used(entry: Entry) -> bool:
    is_used, entry.is_used = entry.is_used, False
    return is_used


class Lines:
    """Which answers lines were given before, and to whom.

    An answer is not kept for its line's sake: what the cache has let go of is gone.

    Attributes:
        answers: By the reader, and by what was asked for, as it came in.

    """

    def __init__(self) -> None:
        self.answers: dict[tuple[int, *_Line], ref[Entry]] = {}
        self._numbers = count()
        self._readers: dict[Access, int] = {}

    def reader(self, access: Access) -> int:
        """Return a number that stands for all who may do the same, and for no other."""
        number = self._readers.get(access)
        if number is None:
            if len(self._readers) >= _MOST_READERS:
                self._readers.clear()
            number = self._readers[access] = next(self._numbers)
        return number

    def note(self, access: Access, line: _Line, entry: Entry) -> None:
        """Note what a line was answered; the eldest is forgotten for it."""
        if sum(len(part or b"") for part in line) > _LONGEST_TARGET:
            return
        if len(self.answers) >= _MOST_TARGETS:
            del self.answers[next(iter(self.answers))]
        self.answers[self.reader(access), *line] = ref(entry)


class _Asked:
    """A request that has to be passed on; its id is chosen for all who tell of it."""

    __slots__ = ("fields", "scope", "send", "started_ns")

    def __init__(
        self, scope: Scope, fields: dict[bytes, bytes], send: Send, started_ns: int
    ) -> None:
        request_id = request_ids.chosen(fields.get(_REQUEST_ID))
        others = (each for each in scope["headers"] if each[0] != _REQUEST_ID)
        self.scope: Scope = {**scope, "headers": [*others, (_REQUEST_ID, request_id)]}
        self.fields = {**fields, _REQUEST_ID: request_id}
        self.send = send
        self.started_ns = started_ns


class ById:
    """An ASGI application that answers what it knows and asks another for the rest."""

    def __init__(
        self,
        app: App,
        changes: Changes,
        counters: Counters,
        cache_bytes: int,
        protecting: Headers = protection.FIELDS,
        admission: Admission | None = None,
        *,
        is_private: bool = False,
    ) -> None:
        self._immutable = _IMMUTABLE[is_private]
        self._app = app
        self._changes = changes
        self._counters = counters
        self._protecting = protecting
        self._admission = admission
        self.lines = Lines()
        self._entries: ByteCache[Key, Entry] = ByteCache(cache_bytes, _is_used)
        self._targets: OrderedDict[_Line, Target] = OrderedDict()
        self._flights: dict[Key, asyncio.Future[Entry | list[Message]]] = {}
        self._rows = {
            template: counters.row("GET", template) for template in (ID, TEXT, GUID)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if scope["method"] == "HEAD":
                scope, send = {**scope, "method": "GET"}, asgi.without_body(send)
            given = scope
            raw_path = scope.get("raw_path") or b""
            is_schema = raw_path[:9] == b"/schemas/"
            if not is_schema and raw_path.startswith(_PREFIXES):
                scope = contexts.within(base_paths.without(scope))
                raw_path = scope["raw_path"]
                is_schema = raw_path[:9] == b"/schemas/"
            if is_schema and scope["method"] == "GET":
                started_ns = perf_counter_ns()
                fields = asgi.fields(scope["headers"])
                target = self._target(raw_path, scope["query_string"], fields)
                if target is not None:
                    entry = self._entries.get((CURRENT.get(), target.key))
                    if entry is None or entry.seen != self._seen(entry.context):
                        self._counters.miss()
                        asked = _Asked(scope, fields, send, started_ns)
                        await self._miss(target, asked)
                        return
                    admission = self._admission
                    if admission is not None and not admission.has_room_to_read(scope):
                        # Refused there, as all that is too much.
                        await self._app(scope, receive, send)
                        return
                    start, body, _ = entry.answer(fields)
                    await send(start)
                    await send(body)
                    self._counters.hit(
                        entry.row, start["status"], perf_counter_ns() - started_ns
                    )
                    accept = fields.get(b"accept")
                    line = given["raw_path"], given["query_string"], accept
                    self.lines.note(CURRENT.get(), line, entry)
                    return
        await self._app(scope, receive, send)

    @staticmethod
    def may_know(scope: Scope) -> bool:
        """Say whether a request may be for what is kept here."""
        return (scope.get("raw_path") or b"").startswith(_KNOWN)

    def is_true(self, entry: Entry, total: int) -> bool:
        """Say whether an answer still holds.

        Args:
            total: The changes that are known of; none of them is looked at again.

        """
        if entry.seen != self._seen(entry.context):
            return False
        entry.total = total
        return True

    def _seen(self, context: str | None) -> int:
        return self._changes.total if context is None else self._changes.seen(context)

    def _target(
        self, raw_path: bytes, query: bytes, fields: dict[bytes, bytes]
    ) -> Target | None:
        accept = fields.get(b"accept")
        known = self._targets.get((raw_path, query, accept))
        if known is not None:
            return known
        media_type = media.CONFLUENT_API.choose(accept)
        template = _template(raw_path)
        if media_type is None or template is None:
            return None
        # As the framework does: of a repeated parameter, the last one counts.
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        given = dict(pairs)
        subject = Subject.parse(given.get("subject", ""))
        # What a subject's name leads to may be another text tomorrow.
        is_settled = template == TEXT and not subject.name
        is_named_text = template == TEXT and not is_settled
        row = self._rows[template]
        target = Target(
            key=(
                raw_path.removesuffix(b"/"),
                media_type,
                *(f"{name}={given[name]}" for name in _PARAMETERS if name in given),
                *(f"{name}={value}" for name, value in pairs if name == _REPEATED),
            ),
            row=row,
            hits=self._counters.hits(row, HTTPStatus.OK),
            confirmations=self._counters.hits(row, HTTPStatus.NOT_MODIFIED),
            # A text does not tell where it was found, whatever it says of a subject.
            subject=None if template == GUID or is_named_text else subject,
            caching=self._immutable if is_settled else _REVALIDATE,
        )
        if len(raw_path) + len(query) + len(accept or b"") <= _LONGEST_TARGET:
            # The eldest goes, not the one unused for longest: to keep note of uses
            # would cost each of them more than reading its target anew now and then.
            if len(self._targets) >= _MOST_TARGETS:
                self._targets.popitem(last=False)
            self._targets[raw_path, query, accept] = target
        return target

    async def _miss(self, target: Target, asked: "_Asked") -> None:
        key = (CURRENT.get(), target.key)
        flight = self._flights.get(key)
        is_shared = flight is not None
        if flight is None:
            flight = asyncio.ensure_future(self._fetch(target, asked.scope))
            self._flights[key] = flight
            flight.add_done_callback(lambda _: self._flights.pop(key, None))
        # Shielded: others may wait for it when this client has gone.
        found = await asyncio.shield(flight)
        if is_shared and not self._is_current(found):
            # It may have been true only when the first one asked: what has been
            # acknowledged since must be seen.
            is_shared = False
            found = await self._fetch(target, asked.scope)
        messages = found.answer(asked.fields)[:2] if isinstance(found, Entry) else found
        for message in messages:
            await asked.send(message)
        if is_shared:
            # The transport has counted only the request that went through it.
            elapsed_ns = perf_counter_ns() - asked.started_ns
            self._counters.observe(target.row, messages[0]["status"], elapsed_ns)

    def _is_current(self, found: "Entry | list[Message]") -> bool:
        return isinstance(found, Entry) and found.seen == self._seen(found.context)

    async def _fetch(self, target: Target, scope: Scope) -> Entry | list[Message]:
        # Before the store is read: a change that comes in between makes the entry
        # stale at once, not never.
        subject, of_all = target.subject, self._changes.total
        of_one = 0 if subject is None else self._changes.seen(subject.context)
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, asgi.replay(b""), keep)
        start = messages[0]
        if start["status"] != 200:
            return messages
        body = b"".join(message.get("body", b"") for message in messages[1:])
        content_type = dict(start["headers"])[b"content-type"]
        entry = Entry(body, content_type, target, self._protecting)
        entry.seen = of_all if entry.context is None else of_one
        self._entries.put((CURRENT.get(), target.key), entry, entry.size_bytes)
        self._counters.cached(self._entries.used_bytes)
        return entry


def _template(raw_path: bytes) -> str | None:
    match raw_path.removesuffix(b"/").split(b"/"):
        case [_, _, b"ids", number] if number.isdigit():
            return ID
        case [_, _, b"ids", number, b"schema"] if number.isdigit():
            return TEXT
        case [_, _, b"guids", guid] if guid and b"%" not in guid:
            return GUID
    return None


def _consulted(target: Target, body: bytes) -> str | None:
    """Return the context that an answer depends on; None for all of them.

    A subject that does not hold the id, or that stands for another one, is looked for
    in more places than its own context.
    """
    subject = target.subject
    if subject is None:
        return None
    if not subject.name or str(subject) == _subject_of(body):
        return subject.context
    return None


def _subject_of(body: bytes) -> str | None:
    try:
        return _PLACE.decode(body).subject
    except msgspec.DecodeError:
        return None


def _is_known(etag: bytes, known: bytes) -> bool:
    if known == etag:
        return True
    # Weak comparison, as HTTP asks for here: proxies that recode weaken the tag.
    listed = (tag.strip().removeprefix(b"W/") for tag in known.split(b","))
    return any(tag in {etag, b"*"} for tag in listed)
