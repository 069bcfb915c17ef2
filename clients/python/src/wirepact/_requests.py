"""What is asked of a registry, without asking it: calls are built and read here.

A call is a value; a client of either colour performs it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote
from uuid import UUID

from wirepact import _reading
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

Result = TypeVar("Result")
Query = tuple[tuple[str, str], ...]

DEFAULT_CONTEXT: Final = "."
LATEST: Final = "latest"


@dataclass(frozen=True, slots=True)
class Call(Generic[Result]):
    """One HTTP exchange: built here, performed by a client of either colour.

    Attributes:
        path: Percent-encoded, from the registry's root.
        parse: Reads the answer's JSON; raises `MalformedError`.
        is_repeatable: A second time has the effect and the answer of the first. All
            but deletions: a schema that is registered twice is the same schema.

    """

    method: str
    path: str
    parse: Callable[[Any], Result]
    body: Any = None
    query: Query = ()
    is_repeatable: bool = True

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Registration:
    """What a registration answers; old registries tell the id and nothing else."""

    id: int
    version: int | None
    schema: Schema | None


@dataclass(frozen=True, slots=True)
class Requests:
    """Builds the calls of one context.

    Subjects are given and answered bare; only on the wire they carry the context.
    """

    context: str = DEFAULT_CONTEXT

    def schema(self, schema_id: int, form: str = "") -> Call[Schema]:
        """Ask for an id. The context goes along, never a subject.

        With a subject, registries may answer the same id out of different contexts.
        """
        within = "" if self.context == DEFAULT_CONTEXT else self.qualified("")
        query = _given(subject=within, format=form)
        return Call("GET", f"/schemas/ids/{schema_id}", _reading.schema, query=query)

    def schema_by_guid(self, guid: UUID, form: str = "") -> Call[Schema]:
        query = _given(format=form)
        return Call("GET", f"/schemas/guids/{guid}", _reading.schema, query=query)

    def subjects_of_id(self, schema_id: int, *, deleted: bool) -> Call[tuple[str, ...]]:
        query = _given(subject=self._scope(), deleted=deleted)
        path = f"/schemas/ids/{schema_id}/subjects"
        return Call("GET", path, self._names, query=query)

    def versions_of_id(
        self, schema_id: int, *, deleted: bool
    ) -> Call[tuple[SubjectVersion, ...]]:
        def parse(answer: Any) -> tuple[SubjectVersion, ...]:
            found = _reading.listed(answer, _reading.subject_version)
            return tuple(
                SubjectVersion(self.bare(each.subject), each.version) for each in found
            )

        query = _given(subject=self._scope(), deleted=deleted)
        return Call("GET", f"/schemas/ids/{schema_id}/versions", parse, query=query)

    def schema_types(self) -> Call[tuple[str, ...]]:
        return Call("GET", "/schemas/types", _texts)

    def contexts(self) -> Call[tuple[str, ...]]:
        return Call("GET", "/contexts", _texts)

    def register(
        self, subject: str, schema: Schema, *, normalize: bool
    ) -> Call[Registration]:
        path = f"{self._subject(subject)}/versions"
        query = _given(normalize=normalize)
        return Call("POST", path, _registration, submission(schema), query)

    def lookup(
        self, subject: str, schema: Schema, *, normalize: bool, deleted: bool
    ) -> Call[RegisteredSchema]:
        query = _given(normalize=normalize, deleted=deleted)
        path = self._subject(subject)
        return Call("POST", path, self._registered, submission(schema), query)

    def version(
        self, subject: str, version: int | str, *, deleted: bool, form: str = ""
    ) -> Call[RegisteredSchema]:
        query = _given(deleted=deleted, format=form)
        path = f"{self._subject(subject)}/versions/{version}"
        return Call("GET", path, self._registered, query=query)

    def latest_with_metadata(
        self, subject: str, properties: Mapping[str, str], *, deleted: bool
    ) -> Call[RegisteredSchema]:
        wanted = tuple(
            pair
            for key, value in properties.items()
            for pair in (("key", key), ("value", value))
        )
        path = f"{self._subject(subject)}/metadata"
        query = wanted + _given(deleted=deleted)
        return Call("GET", path, self._registered, query=query)

    def subjects(self, prefix: str, *, deleted: bool) -> Call[tuple[str, ...]]:
        within = self.qualified(prefix)
        query = _given(subjectPrefix=within, deleted=deleted)
        if not within:
            # Of the default context alone; without it, all contexts are listed.
            query = (("subjectPrefix", ""), *query)
        return Call("GET", "/subjects", self._names, query=query)

    def versions(self, subject: str, *, deleted: bool) -> Call[tuple[int, ...]]:
        path = f"{self._subject(subject)}/versions"
        return Call("GET", path, _numbers, query=_given(deleted=deleted))

    def referencing(self, subject: str, version: int | str) -> Call[tuple[int, ...]]:
        path = f"{self._subject(subject)}/versions/{version}/referencedby"
        return Call("GET", path, _numbers)

    def delete_subject(self, subject: str, *, permanent: bool) -> Call[tuple[int, ...]]:
        query = _given(permanent=permanent)
        path = self._subject(subject)
        return Call("DELETE", path, _numbers, query=query, is_repeatable=False)

    def delete_version(
        self, subject: str, version: int | str, *, permanent: bool
    ) -> Call[int]:
        query = _given(permanent=permanent)
        path = f"{self._subject(subject)}/versions/{version}"
        return Call("DELETE", path, _reading.number, query=query, is_repeatable=False)

    def compatibility(
        self,
        subject: str,
        schema: Schema,
        version: int | str | None,
        *,
        normalize: bool,
    ) -> Call[Compatibility]:
        """Ask for a verdict against one version, or with None against all of them."""
        one = "" if version is None else f"/{version}"
        path = f"/compatibility{self._subject(subject)}/versions{one}"
        query = _given(normalize=normalize, verbose=True)
        return Call("POST", path, _reading.compatibility, submission(schema), query)

    def check(self, items: Iterable[CheckItem]) -> Call[tuple[CheckReport, ...]]:
        """Ask for explained verdicts: an API of Wirepact's own."""
        body = [self._check_item(item) for item in items]
        parse = partial(_reading.listed, read=_reading.report)
        return Call("POST", "/governance/v1/check", parse, body)

    def config(self, subject: str | None, *, in_scope: bool) -> Call[Config]:
        query = _given(defaultToGlobal=in_scope)
        return Call("GET", self._place("config", subject), _reading.config, query=query)

    def set_config(
        self, subject: str | None, settings: Mapping[str, Any]
    ) -> Call[Config]:
        path = self._place("config", subject)
        return Call("PUT", path, _reading.config, dict(settings))

    def delete_config(self, subject: str | None) -> Call[Config]:
        path = self._place("config", subject)
        return Call("DELETE", path, _reading.config, is_repeatable=False)

    def mode(self, subject: str | None, *, in_scope: bool) -> Call[str]:
        query = _given(defaultToGlobal=in_scope)
        return Call("GET", self._place("mode", subject), _reading.mode, query=query)

    def set_mode(self, subject: str | None, mode: str, *, force: bool) -> Call[str]:
        path = self._place("mode", subject)
        query = _given(force=force)
        return Call("PUT", path, _reading.mode, {"mode": mode}, query)

    def delete_mode(self, subject: str | None) -> Call[str]:
        path = self._place("mode", subject)
        return Call("DELETE", path, _reading.mode, is_repeatable=False)

    def associations(
        self, topic: str, role: str, namespace: str
    ) -> Call[tuple[Association, ...]]:
        path = f"/associations/resources/{_quoted(namespace)}/{_quoted(topic)}"
        query = (("resourceType", "topic"), ("associationType", role))
        parse = partial(_reading.listed, read=_reading.association)
        return Call("GET", path, parse, query=query)

    def create_association(self, association: Mapping[str, Any]) -> Call[None]:
        body = dict(association)
        return Call(
            "POST", "/associations", _reading.nothing, body, is_repeatable=False
        )

    def delete_associations(
        self, resource_id: str, roles: Iterable[str], *, cascade: bool
    ) -> Call[None]:
        path = f"/associations/resources/{_quoted(resource_id)}"
        query = (
            ("resourceType", "topic"),
            *(("associationType", role) for role in roles),
            *_given(cascadeLifecycle=cascade),
        )
        return Call("DELETE", path, _reading.nothing, query=query, is_repeatable=False)

    def qualified(self, subject: str) -> str:
        """Put a bare subject into the context; a qualified one stays where it is."""
        if self.context == DEFAULT_CONTEXT or subject.startswith(":."):
            return subject
        return f":{self.context}:{subject}"

    def bare(self, subject: str) -> str:
        """Take the client's own context off a name; another one stays."""
        own = f":{self.context}:"
        return subject.removeprefix(own) if self.context != DEFAULT_CONTEXT else subject

    def _subject(self, subject: str) -> str:
        return f"/subjects/{_quoted(self.qualified(subject))}"

    def _place(self, kind: str, subject: str | None) -> str:
        where = self._scope() if subject is None else self.qualified(subject)
        return f"/{kind}/{_quoted(where)}" if where else f"/{kind}"

    def _scope(self) -> str:
        return self.qualified("")

    def _names(self, answer: Any) -> tuple[str, ...]:
        return tuple(self.bare(name) for name in _texts(answer))

    def _registered(self, answer: Any) -> RegisteredSchema:
        found = _reading.registered(answer)
        bare = self.bare(found.subject)
        return RegisteredSchema(bare, found.version, found.id, found.schema)

    def _check_item(self, item: CheckItem) -> dict[str, Any]:
        level = {} if item.level is None else {"level": item.level}
        subject = self.qualified(item.subject)
        return {"subject": subject, **submission(item.schema), **level}


def submission(schema: Schema) -> dict[str, Any]:
    """Word a schema as registries take it."""
    body: dict[str, Any] = {"schema": schema.text, "schemaType": schema.schema_type}
    if schema.references:
        body["references"] = [
            {"name": each.name, "subject": each.subject, "version": each.version}
            for each in schema.references
        ]
    if schema.metadata is not None:
        body["metadata"] = dict(schema.metadata)
    if schema.rule_set is not None:
        body["ruleSet"] = dict(schema.rule_set)
    return body


def _registration(answer: Any) -> Registration:
    said = _reading.mapping(answer)
    version = said.get("version")
    return Registration(
        id=_reading.number(said.get("id")),
        version=None if version is None else _reading.number(version),
        schema=_reading.schema(said) if "schema" in said else None,
    )


def _given(**parameters: str | bool) -> Query:
    """Return the parameters that say something: not false, not empty."""
    return tuple(
        (name, "true" if value is True else str(value))
        for name, value in parameters.items()
        if value
    )


def _quoted(segment: str) -> str:
    if segment in (".", ".."):
        # On its way it would be taken for the folder itself, or the one above.
        return segment.replace(".", "%2E")
    return quote(segment, safe="")


def _texts(answer: Any) -> tuple[str, ...]:
    return _reading.listed(answer, _reading.text)


def _numbers(answer: Any) -> tuple[int, ...]:
    return _reading.listed(answer, _reading.number)
