"""Schemas by what they are asked for: from memory, folder, registry or bundle.

Nobody who asks waits for more than one of the same requests, and no answer is believed
that gives an id another meaning.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar, cast
from uuid import UUID

from wirepact._disk import DiskCache, StoredEntry
from wirepact._exchange import Exchange
from wirepact._flights import Flights
from wirepact._requests import LATEST, Call, Registration, Requests, submission
from wirepact._steps import Aside, Pause, Steps, Work
from wirepact.bundle import Bundle
from wirepact.cache import Aging, CachePolicy, Key, MemoryCache
from wirepact.errors import (
    ForeignRegistryError,
    NotFoundError,
    RegistryUnavailableError,
    SchemaNotFoundError,
    WirepactError,
)
from wirepact.retry import RetryPolicy, Surroundings
from wirepact.schemas import RegisteredSchema, Schema

logger = logging.getLogger("wirepact.cache")

Found = TypeVar("Found", Schema, RegisteredSchema)

_BY_ID: Final = "id"
_BY_GUID: Final = "guid"
_BY_VERSION: Final = "version"
_BY_CONTENT: Final = "content"
_LATEST: Final = "latest"
_OF_SUBJECT: Final = frozenset({_BY_VERSION, _BY_CONTENT, _LATEST})
_MOST_MISSING: Final = 10_000
_FIRST_WAIT_S: Final = 0.1
_LONGEST_WAIT_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Tiers:
    """Where schemas come from, beside the registry."""

    policy: CachePolicy
    disk: DiskCache | None = None
    bundle: Bundle | None = None


class Catalogue:
    """The cached reads of one client, and what makes them true again."""

    def __init__(
        self,
        exchange: Exchange,
        requests: Requests,
        tiers: Tiers,
        retries: RetryPolicy,
        around: Surroundings,
    ) -> None:
        self._exchange = exchange
        self._requests = requests
        self._context = requests.context
        self._policy = tiers.policy
        self._disk = tiers.disk
        self._bundle = tiers.bundle
        self._around = around
        self._flight_s = retries.total_timeout_s
        self._memory = MemoryCache(tiers.policy.memory_bytes)
        self._missing: dict[Key, tuple[float, NotFoundError]] = {}
        self._flights = Flights()
        # Of this client's own making: registrations and deletions.
        self._changes = 0

    def kept_schema(self, schema_id: int, form: str = "") -> Schema | None:
        """Return what memory has: for those who cannot wait."""
        found = self._memory.find((_BY_ID, self._context, schema_id, form))
        return found if isinstance(found, Schema) else None

    def schema(self, schema_id: int, form: str, patience_s: float) -> Steps[Schema]:
        """Return a schema by id, waiting for one that is not there yet."""
        give_up = self._around.clock() + patience_s
        waits = 0
        while True:
            try:
                return (yield from self._schema(schema_id, form))
            except SchemaNotFoundError:
                most = min(_FIRST_WAIT_S * 2.0 ** min(waits, 10), _LONGEST_WAIT_S)
                wait_s = most * (0.5 + self._around.random() / 2)
                # What is believed to be missing is not asked for meanwhile.
                wait_s = max(wait_s, self._policy.missing_ttl_s)
                if self._around.clock() + wait_s > give_up:
                    raise
                yield Pause(wait_s)
                waits += 1

    def _schema(self, schema_id: int, form: str) -> Steps[Schema]:
        def bundled(bundle: Bundle) -> Schema | None:
            return bundle.find_schema(schema_id, form)

        key = self._id_key(schema_id, form)
        call = self._requests.schema(schema_id, form)
        return (yield from self._immutable(key, call, bundled))

    def schema_by_guid(self, guid: UUID, form: str) -> Steps[Schema]:
        def bundled(bundle: Bundle) -> Schema | None:
            return bundle.find_by_guid(guid, form)

        # A GUID means the same in every context.
        key = (_BY_GUID, "", str(guid), form)
        call = self._requests.schema_by_guid(guid, form)
        found = yield from self._immutable(key, call, bundled)
        if found.guid is not None and found.guid != guid:
            raise ForeignRegistryError(f"GUID {guid}", str(guid), str(found.guid))
        return found

    def _immutable(
        self,
        key: Key,
        call: Call[Schema],
        bundled: Callable[[Bundle], Schema | None],
    ) -> Steps[Schema]:
        kept = self._memory.find(key)
        if kept is not None:
            return cast(Schema, kept)

        def begin() -> Steps[Schema]:
            found = yield from self._offline(key, bundled)
            if found is None:
                found = yield from self._asked(key, call)
                yield from self._store(key, found)
            self._memory.put(key, found)
            return found

        return (yield from self._flights.join(key, begin, self._flight_s))

    def version(
        self, subject: str, version: int, *, deleted: bool
    ) -> Steps[RegisteredSchema]:
        def bundled(bundle: Bundle) -> RegisteredSchema | None:
            return bundle.find_version(subject, version)

        key = self._key(_BY_VERSION, subject, f"{version}", "deleted" * deleted)
        call = self._requests.version(subject, version, deleted=deleted)
        return (yield from self._settled(key, self._asking(key, call), bundled))

    def versions(self, subject: str, *, deleted: bool) -> Steps[tuple[int, ...]]:
        """List the versions of a subject; those of the bundle if it must be."""
        try:
            call = self._requests.versions(subject, deleted=deleted)
            return (yield from self._exchange.perform(call))
        except RegistryUnavailableError as error:
            bundled = self._bundle.list_versions(subject) if self._bundle else ()
            if not bundled:
                raise
            logger.warning("using the versions in the bundle of %s: %s", subject, error)
            return bundled

    def lookup(
        self, subject: str, schema: Schema, *, normalize: bool
    ) -> Steps[RegisteredSchema]:
        key = self._content_key(subject, schema, normalize=normalize)
        call = self._requests.lookup(
            subject, schema, normalize=normalize, deleted=False
        )
        ask = self._asking(key, call)
        return (yield from self._settled(key, ask, _holding(subject, schema)))

    def register(
        self, subject: str, schema: Schema, *, normalize: bool
    ) -> Steps[RegisteredSchema]:
        key = self._content_key(subject, schema, normalize=normalize)

        def ask() -> Steps[RegisteredSchema]:
            call = self._requests.register(subject, schema, normalize=normalize)
            answer = yield from self._exchange.perform(call)
            found = yield from self._completed(
                subject, schema, answer, normalize=normalize
            )
            self._changes += 1
            self._missing.clear()
            self._memory.discard(lambda kept: kept == latest)
            return found

        latest = self._key(_LATEST, subject)
        # Another flight than that of a lookup, which must not register anything.
        flight = ("register", *key)
        ask_once = self._settled(key, ask, _holding(subject, schema), flight)
        return (yield from ask_once)

    def _completed(
        self,
        subject: str,
        schema: Schema,
        answer: Registration,
        *,
        normalize: bool,
    ) -> Steps[RegisteredSchema]:
        """Ask for what old registries leave out of their answer."""
        if answer.version is None or answer.schema is None:
            call = self._requests.lookup(
                subject, schema, normalize=normalize, deleted=False
            )
            return (yield from self._exchange.perform(call))
        return RegisteredSchema(subject, answer.version, answer.id, answer.schema)

    def _settled(
        self,
        key: Key,
        ask: Callable[[], Steps[RegisteredSchema]],
        bundled: Callable[[Bundle], RegisteredSchema | None],
        flight: Key | None = None,
    ) -> Steps[RegisteredSchema]:
        kept = self._memory.find(key)
        if kept is not None:
            return cast(RegisteredSchema, kept)

        def begin() -> Steps[RegisteredSchema]:
            try:
                found = yield from ask()
            except RegistryUnavailableError as error:
                offline = yield from self._offline(key, bundled)
                if offline is None:
                    raise
                logger.warning("using a kept schema of %s: %s", key[2], error)
                # Not into memory: the registry is asked again when it is back.
                return offline
            yield from self._accept(found)
            yield from self._store(key, found)
            self._memory.put(key, found)
            return found

        return (yield from self._flights.join(flight or key, begin, self._flight_s))

    def kept_latest(self, subject: str) -> RegisteredSchema | None:
        """Return what memory has, if it is fresh."""
        kept = self._memory.find((_LATEST, self._context, subject))
        if isinstance(kept, Aging) and self._around.clock() < kept.fresh_until:
            return kept.value
        return None

    def latest(self, subject: str) -> Steps[RegisteredSchema]:
        """Return the latest version: a TTL old at most, or the next is on its way."""
        kept = cast(
            Aging[RegisteredSchema] | None,
            self._memory.find(self._key(_LATEST, subject)),
        )
        now = self._around.clock()
        if kept is None or now >= kept.usable_until:
            return (yield from self._flown(subject, lambda: self._begun(subject)))
        if now >= kept.fresh_until:
            # Marked first, so that one request goes out, and none at all for a while
            # if it fails: when the registry is back, all come at their usual times.
            self._keep_latest(subject, kept.value, kept.usable_until)
            yield Aside(lambda: self._refreshed(subject))
        return kept.value

    def _flown(
        self, subject: str, begin: Callable[[], Steps[RegisteredSchema]]
    ) -> Steps[RegisteredSchema]:
        key = self._key(_LATEST, subject)
        return (yield from self._flights.join(key, begin, self._flight_s))

    def _begun(self, subject: str) -> Steps[RegisteredSchema]:
        try:
            return (yield from self._fetched_latest(subject))
        except RegistryUnavailableError as error:
            offline = yield from self._offline_latest(subject)
            if offline is None:
                raise
            logger.warning("using a kept version of %s: %s", subject, error)
            return offline

    def _refreshed(self, subject: str) -> Steps[None]:
        def begin() -> Steps[RegisteredSchema]:
            return self._fetched_latest(subject, is_urgent=False)

        try:
            yield from self._flown(subject, begin)
        except NotFoundError:
            key = self._key(_LATEST, subject)
            self._memory.discard(lambda kept: kept == key)
        except RegistryUnavailableError as error:
            logger.warning("still using the former version of %s: %s", subject, error)
        except WirepactError:
            # Nobody waits for it, so this is the only place where it is said.
            logger.exception("cannot refresh the latest version of %s", subject)

    def _fetched_latest(
        self, subject: str, *, is_urgent: bool = True
    ) -> Steps[RegisteredSchema]:
        key = self._key(_LATEST, subject)
        call = self._requests.version(subject, LATEST, deleted=False)
        changes = self._changes
        found = yield from self._asked(key, call, is_urgent=is_urgent)
        yield from self._accept(found)
        if changes == self._changes:
            # Or it may be older than what this client has registered meanwhile.
            yield from self._store(key, found)
            until = self._around.clock() + self._policy.latest_stale_s
            self._keep_latest(subject, found, until)
        return found

    def _offline_latest(self, subject: str) -> Steps[RegisteredSchema | None]:
        entry = yield from self._read(self._key(_LATEST, subject))
        most_s = self._policy.latest_stale_s
        if entry is not None:
            age_s = max(0.0, self._around.wall_clock() - entry.stored_at)
            if age_s < most_s:
                stored = cast(RegisteredSchema, entry.value)
                until = self._around.clock() + most_s - age_s
                self._keep_latest(subject, stored, until)
                return stored
        # What was shipped is of any age: whoever shipped it wanted it to be used.
        bundled = None if self._bundle is None else self._bundle.find_latest(subject)
        if bundled is not None:
            self._keep_latest(subject, bundled, self._around.clock() + most_s)
        return bundled

    def _keep_latest(
        self, subject: str, found: RegisteredSchema, usable_until: float
    ) -> None:
        ttl_s = self._policy.drawn_ttl_s(self._around.random)
        fresh_until = self._around.clock() + ttl_s
        aging = Aging(found, fresh_until, usable_until)
        self._memory.put(self._key(_LATEST, subject), aging)

    def forget(self, subject: str) -> Steps[None]:
        """Drop what a deletion has made untrue."""
        place = (self._context, subject)
        self._changes += 1
        gone = self._memory.discard(
            lambda key: key[0] in _OF_SUBJECT and key[1:3] == place
        )
        gone = [*gone, self._key(_LATEST, subject)]

        def remove(disk: DiskCache) -> None:
            for key in gone:
                disk.remove(key)

        yield from self._work(remove)

    def _asking(
        self, key: Key, call: Call[RegisteredSchema]
    ) -> Callable[[], Steps[RegisteredSchema]]:
        def ask() -> Steps[RegisteredSchema]:
            return (yield from self._asked(key, call))

        return ask

    def _asked(
        self, key: Key, call: Call[Found], *, is_urgent: bool = True
    ) -> Steps[Found]:
        """Ask the registry; what it does not have is not asked for again at once."""
        until, error = self._missing.get(key, (0.0, None))
        if error is not None and self._around.clock() < until:
            # A copy, as whoever raises an exception writes into it.
            raise type(error)(*error.args)
        try:
            return (yield from self._exchange.perform(call, is_urgent=is_urgent))
        except NotFoundError as missing:
            # Or an outage would bring back what was deleted.
            yield from self._work(lambda disk: disk.remove(key))
            if len(self._missing) >= _MOST_MISSING:
                self._missing.clear()
            believed_until = self._around.clock() + self._policy.missing_ttl_s
            self._missing[key] = (believed_until, missing)
            raise

    def _accept(self, found: RegisteredSchema) -> Steps[None]:
        """Keep the schema under its id as well, unless the id meant another one.

        Raises:
            ForeignRegistryError: It did.

        """
        key = self._id_key(found.id, "")
        known = cast(Schema | None, self._memory.find(key))
        if known is None:
            known = yield from self._offline(
                key, lambda bundle: bundle.find_schema(found.id)
            )
        if known is None:
            yield from self._store(key, found.schema)
        elif not _is_same(known, found.schema):
            raise ForeignRegistryError(
                f"schema id {found.id}", _shown(known), _shown(found.schema)
            )
        self._memory.put(key, found.schema)

    def _offline(
        self, key: Key, bundled: Callable[[Bundle], Found | None]
    ) -> Steps[Found | None]:
        entry = yield from self._read(key)
        if entry is not None:
            return cast(Found, entry.value)
        return None if self._bundle is None else bundled(self._bundle)

    def _read(self, key: Key) -> Steps[StoredEntry | None]:
        found = yield from self._work(lambda disk: disk.read(key))
        return cast(StoredEntry | None, found)

    def _store(self, key: Key, found: Schema | RegisteredSchema) -> Steps[None]:
        yield from self._work(lambda disk: disk.write(key, found))

    def _work(self, act: Callable[[DiskCache], object]) -> Steps[object]:
        disk = self._disk
        if disk is None:
            return None
        return (yield Work(lambda: act(disk)))

    def _key(self, kind: str, subject: str, *more: str) -> Key:
        return (kind, self._context, subject, *more)

    def _id_key(self, schema_id: int, form: str) -> Key:
        return (_BY_ID, self._context, schema_id, form)

    def _content_key(self, subject: str, schema: Schema, *, normalize: bool) -> Key:
        said = json.dumps(submission(schema), sort_keys=True).encode()
        digest = hashlib.sha256(said).hexdigest()
        return self._key(_BY_CONTENT, subject, digest, "normalize" * normalize)


def _holding(
    subject: str, schema: Schema
) -> Callable[[Bundle], RegisteredSchema | None]:
    return lambda bundle: bundle.find_registered(subject, schema)


def _is_same(known: Schema, answered: Schema) -> bool:
    """GUIDs are equal for equal contents; not all registries tell them."""
    if known.guid is not None and known.guid == answered.guid:
        return True
    return (known.schema_type, known.text, known.references) == (
        answered.schema_type,
        answered.text,
        answered.references,
    )


def _shown(schema: Schema) -> str:
    return f"{schema.schema_type} {schema.text[:80]!r}"
