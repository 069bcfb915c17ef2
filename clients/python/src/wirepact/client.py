"""The client of a registry that blocks.

What it asks, how it retries, what it keeps and when it gives up is written once, in a
core without I/O that its twin in `async_client.py` shares.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack
from uuid import UUID

import httpx

from wirepact._core import ClientOptions, Core, Urls
from wirepact._driving import Driver
from wirepact._requests import Call
from wirepact.schemas import (
    Association,
    CheckItem,
    CheckReport,
    Compatibility,
    Config,
    RegisteredSchema,
    Schema,
    SubjectVersion,
)
from wirepact.subjects import Role, SubjectStrategy, subject_name

Result = TypeVar("Result")


class RegistryClient:
    """A client that blocks. Share one per process; threads may use it together.

    Every method may raise, beside what it names itself:

    * `RegistryUnavailableError`: no usable answer, after the retries; try later.
    * `RegistryResponseError`: the registry refuses the request, by one of its kinds.
    * `ForeignRegistryError`: another registry answers under this address.

    Nothing takes longer than the total timeout of the retry policy, 15 s.
    """

    def __init__(
        self,
        urls: Urls,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        **options: Unpack[ClientOptions],
    ) -> None:
        """Make a client; nothing is connected before the first call.

        Args:
            urls: The registry's address, or several of equal servers: the next is
                asked when one fails. One text may hold several, with commas between.
            transport: How requests are sent; for tests, and for proxies.
            sleep: How pauses are made; for tests.
            options: See `ClientOptions`.

        Raises:
            ValueError: A URL or the context is not one.
            BundleError: The bundle cannot be used.

        """
        self._core = Core.of(urls, options)
        self._driver = Driver(
            self._core.retries,
            self._core.max_answer_bytes,
            self._core.tls,
            transport,
            sleep,
            self._core.clock,
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._core.url!r})"

    @property
    def url(self) -> str:
        """The first of the registry's addresses, without credentials."""
        return self._core.url

    @property
    def context(self) -> str:
        """The context that bare subjects are in; `.` is the default one."""
        return self._core.requests.context

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections. Calls after that raise `ClientClosedError`."""
        self._driver.close()

    def get_schema(
        self, schema_id: int, *, form: str = "", patience_s: float = 0.0
    ) -> Schema:
        """Return a schema by its id. It never changes, and is asked for once.

        Args:
            form: Another rendering of the text, such as `serialized` for Protobuf.
            patience_s: How long to wait for an id that the registry does not know
                yet: the replicas of some registries learn of it later than producers.

        Raises:
            SchemaNotFoundError: There is none with this id.

        """
        kept = self._core.catalogue.kept_schema(schema_id, form)
        if kept is not None:
            return kept
        steps = self._core.catalogue.schema(schema_id, form, patience_s)
        return self._driver.run(steps)

    def get_schema_by_guid(self, guid: UUID, *, form: str = "") -> Schema:
        """Return a schema by its GUID. It never changes, and is asked for once.

        Raises:
            SchemaNotFoundError: There is none with this GUID.

        """
        return self._driver.run(self._core.catalogue.schema_by_guid(guid, form))

    def get_latest(self, subject: str) -> RegisteredSchema:
        """Return the latest version; it may be a minute old.

        After a minute it is asked for again, and the former one is returned meanwhile;
        while the registry is down, for a day.

        Raises:
            SubjectNotFoundError: The subject has no version.

        """
        kept = self._core.catalogue.kept_latest(subject)
        if kept is not None:
            return kept
        return self._driver.run(self._core.catalogue.latest(subject))

    def get_version(
        self, subject: str, version: int, *, deleted: bool = False
    ) -> RegisteredSchema:
        """Return a version of a subject; asked for once.

        Args:
            deleted: Return it also if it was deleted softly, as references need it.

        Raises:
            SubjectNotFoundError: The subject has no version.
            VersionNotFoundError: It has others.

        """
        catalogue = self._core.catalogue
        return self._driver.run(catalogue.version(subject, version, deleted=deleted))

    def lookup(
        self, subject: str, schema: Schema, *, normalize: bool = False
    ) -> RegisteredSchema:
        """Return the version that holds this schema; asked for once. Registers nothing.

        Raises:
            SubjectNotFoundError: The subject has no version.
            SchemaNotFoundError: None of its versions holds the schema.

        """
        catalogue = self._core.catalogue
        return self._driver.run(catalogue.lookup(subject, schema, normalize=normalize))

    def register(
        self, subject: str, schema: Schema, *, normalize: bool = False
    ) -> RegisteredSchema:
        """Register a schema; the same one again is the same version.

        Raises:
            IncompatibleSchemaError: It breaks the subject's level.
            InvalidSchemaError: It is no schema, or a reference does not resolve.

        """
        catalogue = self._core.catalogue
        return self._driver.run(
            catalogue.register(subject, schema, normalize=normalize)
        )

    def test_compatibility(
        self,
        subject: str,
        schema: Schema,
        *,
        version: int | str | None = None,
        normalize: bool = False,
    ) -> Compatibility:
        """Say whether a schema would be accepted. Nothing is registered.

        Args:
            version: Compare with this one, or with `latest`; None: with all that the
                subject's level asks for.

        Raises:
            VersionNotFoundError: There is no such version.

        """
        requests = self._core.requests
        call = requests.compatibility(subject, schema, version, normalize=normalize)
        return self._call(call)

    def check(self, items: Iterable[CheckItem]) -> tuple[CheckReport, ...]:
        """Explain what would be accepted, and how the rest is mended, in their order.

        Only Wirepact's own registry can do this.
        """
        return self._call(self._core.requests.check(items))

    def list_subjects(
        self, prefix: str = "", *, deleted: bool = False
    ) -> tuple[str, ...]:
        """List the subjects of the context, those deleted softly only if asked for."""
        return self._call(self._core.requests.subjects(prefix, deleted=deleted))

    def list_versions(self, subject: str, *, deleted: bool = False) -> tuple[int, ...]:
        """List the versions of a subject, the oldest first; in an outage the bundle's.

        Raises:
            SubjectNotFoundError: It has none.

        """
        catalogue = self._core.catalogue
        return self._driver.run(catalogue.versions(subject, deleted=deleted))

    def list_referencing(self, subject: str, version: int | str) -> tuple[int, ...]:
        """List the ids of schemas that refer to a version."""
        return self._call(self._core.requests.referencing(subject, version))

    def list_subjects_of(
        self, schema_id: int, *, deleted: bool = False
    ) -> tuple[str, ...]:
        """List the subjects that hold an id."""
        requests = self._core.requests
        return self._call(requests.subjects_of_id(schema_id, deleted=deleted))

    def list_versions_of(
        self, schema_id: int, *, deleted: bool = False
    ) -> tuple[SubjectVersion, ...]:
        """List the versions that hold an id, the newest of each subject."""
        requests = self._core.requests
        return self._call(requests.versions_of_id(schema_id, deleted=deleted))

    def list_schema_types(self) -> tuple[str, ...]:
        """List the schema languages that the registry speaks."""
        return self._call(self._core.requests.schema_types())

    def list_contexts(self) -> tuple[str, ...]:
        """List the contexts of the registry; `.` is the default one."""
        return self._call(self._core.requests.contexts())

    def list_associations(
        self, topic: str, *, role: str = "value", namespace: str = "-"
    ) -> tuple[Association, ...]:
        """List the subjects that a topic is bound to.

        Args:
            namespace: The Kafka cluster; `-` for any.

        """
        requests = self._core.requests
        return self._call(requests.associations(topic, role, namespace))

    def get_subject(
        self,
        topic: str,
        *,
        role: Role = Role.VALUE,
        record: str | None = None,
        strategy: SubjectStrategy = SubjectStrategy.TOPIC,
    ) -> str:
        """Return the subject of a topic; only `ASSOCIATED` asks the registry.

        Args:
            record: The full name of the schema's type, for strategies that need it.

        Raises:
            SubjectUnknownError: The strategy does not lead to a subject.

        """
        if strategy != SubjectStrategy.ASSOCIATED:
            return subject_name(strategy, topic, role, record)
        return self._driver.run(self._core.associations.subject(topic, role))

    def get_latest_with(
        self, subject: str, properties: Mapping[str, str], *, deleted: bool = False
    ) -> RegisteredSchema:
        """Return the newest version whose metadata has all these properties.

        Raises:
            SubjectNotFoundError: The subject has no version.
            SchemaNotFoundError: None of its versions has them.

        """
        requests = self._core.requests
        call = requests.latest_with_metadata(subject, properties, deleted=deleted)
        return self._call(call)

    def delete_subject(
        self, subject: str, *, permanent: bool = False
    ) -> tuple[int, ...]:
        """Delete all versions of a subject, and return them.

        Not repeated if the answer is lost: a second time would be refused.

        Args:
            permanent: Remove for good what was deleted softly before.

        Raises:
            ReferenceExistsError: Another schema refers to one of them.

        """
        deleted = self._call(
            self._core.requests.delete_subject(subject, permanent=permanent)
        )
        self._driver.run(self._core.catalogue.forget(subject))
        return deleted

    def delete_version(
        self, subject: str, version: int | str, *, permanent: bool = False
    ) -> int:
        """Delete a version, and return it.

        Not repeated if the answer is lost: a second time would be refused.

        Args:
            permanent: Remove for good what was deleted softly before.

        Raises:
            ReferenceExistsError: Another schema refers to it.

        """
        deleted = self._call(
            self._core.requests.delete_version(subject, version, permanent=permanent)
        )
        self._driver.run(self._core.catalogue.forget(subject))
        return deleted

    def get_config(
        self, subject: str | None = None, *, in_scope: bool = False
    ) -> Config:
        """Return what a subject says, or with None the context or registry.

        Args:
            in_scope: If the subject says nothing, what holds for it.

        Raises:
            NotFoundError: The subject says nothing.

        """
        return self._call(self._core.requests.config(subject, in_scope=in_scope))

    def set_config(self, subject: str | None = None, **settings: Any) -> Config:
        """Change what a subject says, and return all of it.

        Args:
            settings: In the registry's spelling: `compatibility="FULL"`,
                `normalize=True`. None takes a setting away.

        """
        return self._call(self._core.requests.set_config(subject, settings))

    def delete_config(self, subject: str | None = None) -> Config:
        """Let the subject say nothing any more, and return what it said."""
        return self._call(self._core.requests.delete_config(subject))

    def get_mode(self, subject: str | None = None, *, in_scope: bool = False) -> str:
        """Return the mode of a subject, or with None of the context or registry.

        Raises:
            NotFoundError: The subject has none of its own.

        """
        return self._call(self._core.requests.mode(subject, in_scope=in_scope))

    def set_mode(
        self, mode: str, subject: str | None = None, *, force: bool = False
    ) -> str:
        """Change a mode, and return it.

        Args:
            force: Allow `IMPORT` although there are subjects.

        """
        return self._call(self._core.requests.set_mode(subject, mode, force=force))

    def delete_mode(self, subject: str | None = None) -> str:
        """Take a mode away, and return it."""
        return self._call(self._core.requests.delete_mode(subject))

    def create_association(self, association: Mapping[str, Any]) -> None:
        """Bind a topic to subjects; the body is in the registry's spelling."""
        self._call(self._core.requests.create_association(association))

    def delete_associations(
        self, resource_id: str, *, roles: Iterable[str] = (), cascade: bool = False
    ) -> None:
        """Take the bonds of a topic away, of these roles or of all."""
        requests = self._core.requests
        self._call(requests.delete_associations(resource_id, roles, cascade=cascade))

    def _call(self, call: Call[Result]) -> Result:
        return self._driver.run(self._core.exchange.perform(call))
