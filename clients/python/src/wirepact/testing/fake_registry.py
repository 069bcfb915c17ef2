"""A registry in memory that answers the client's calls over httpx, without a socket.

It passes the suite that the real registry passes as well. What it does not have are the
rules of compatibility: it knows the one that is met daily (a field without a default),
and takes another judge if a test needs one. A Protobuf text can be had as a descriptor
if the extra `gen` is installed; what was given as a descriptor stays one.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Unpack
from urllib.parse import unquote
from uuid import UUID

import httpx

from wirepact import _reading
from wirepact._core import ClientOptions
from wirepact._requests import submission
from wirepact.async_client import AsyncRegistryClient
from wirepact.client import RegistryClient
from wirepact.schemas import AVRO, JSON, PROTOBUF, Schema
from wirepact.testing import _descriptors
from wirepact.testing._bonds import Bonds, BoundError
from wirepact.testing._judging import LEVELS, Judge, pairs, reads

SERIALIZED: Final = "serialized"
URL: Final = "http://fake-registry"

_MODES: Final = frozenset({"READWRITE", "READONLY", "IMPORT", "FORWARD"})
_REGISTRY: Final = ""


class _RefusedError(Exception):
    def __init__(self, code: int, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class _Version:
    number: int
    id: int
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class _Request:
    """What a route gets: the parts of its path, the query and the body."""

    parts: tuple[str, ...]
    query: httpx.QueryParams
    body: Any

    def every(self, name: str) -> list[str]:
        return self.query.get_list(name)

    def has(self, flag: str) -> bool:
        return str(self.query.get(flag, "")).lower() == "true"

    @property
    def schema(self) -> Schema:
        said = dict(self.body) if isinstance(self.body, dict) else {}
        if said.get("schemaType", AVRO) not in (AVRO, JSON, PROTOBUF):
            raise _RefusedError(42201, f"Invalid schema type {said['schemaType']}")
        try:
            schema = _reading.schema({**said, "guid": None})
            if schema.schema_type == PROTOBUF:
                return schema
            text = json.dumps(json.loads(schema.text), separators=(",", ":"))
        except (ValueError, _reading.MalformedError) as error:
            raise _RefusedError(42201, f"Invalid schema: {error}") from error
        return replace(schema, text=text)


_Route = Callable[[_Request], Any]


class FakeRegistry:
    """A registry for the tests of one service. Not for several threads at once.

    Attributes:
        is_down: While it is true, no connection is made.
        requests: What was asked, such as `GET /schemas/ids/1`, in its order.

    """

    def __init__(self, judge: Judge | None = None) -> None:
        """Make an empty registry.

        Args:
            judge: Whether a schema reads another one's data; None: an Avro record does
                unless it has a field more, without a default.

        """
        self.is_down = False
        self.requests: list[str] = []
        self._judge = judge or reads
        self._schemas: dict[int, Schema] = {}
        self._subjects: dict[str, list[_Version]] = {}
        self._configs: dict[str, dict[str, Any]] = {}
        self._modes: dict[str, str] = {}
        self._bonds = Bonds()
        self._descriptors: dict[Schema, bytes | None] = {}

    def client(self, **options: Unpack[ClientOptions]) -> RegistryClient:
        """Return a client of this registry."""
        transport = httpx.MockTransport(self.answer)
        return RegistryClient(URL, transport=transport, **options)

    def async_client(self, **options: Unpack[ClientOptions]) -> AsyncRegistryClient:
        """Return a client of this registry, to be awaited."""
        transport = httpx.MockTransport(self.answer)
        return AsyncRegistryClient(URL, transport=transport, **options)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request, as a registry over HTTP would.

        Raises:
            httpx.ConnectError: It is down.

        """
        path = request.url.raw_path.decode().partition("?")[0]
        self.requests.append(f"{request.method} {path}")
        if self.is_down:
            raise httpx.ConnectError("the fake registry is down", request=request)
        try:
            return httpx.Response(200, json=self._routed(request, path))
        except _RefusedError as refused:
            said = {"error_code": refused.code, "message": refused.message}
            return httpx.Response(int(str(refused.code)[:3]), json=said)

    def _routed(self, request: httpx.Request, path: str) -> Any:
        for method, pattern, route in self._table():
            match = re.fullmatch(pattern.replace("{}", "([^/]+)"), path)
            if match is not None and method == request.method:
                parts = tuple(unquote(part) for part in match.groups() if part)
                body = json.loads(request.content) if request.content else None
                return route(_Request(parts, request.url.params, body))
        raise _RefusedError(404, "HTTP 404 Not Found")

    def _table(self) -> Iterator[tuple[str, str, _Route]]:
        yield "GET", "/schemas/ids/([0-9]+)", self._by_id
        yield "GET", "/schemas/ids/([0-9]+)/subjects", self._subjects_of
        yield "GET", "/schemas/ids/([0-9]+)/versions", self._versions_of
        yield "GET", "/schemas/guids/{}", self._by_guid
        yield "GET", "/schemas/types", self._types
        yield "GET", "/contexts", self._contexts
        yield "GET", "/subjects", self._list_subjects
        yield "POST", "/subjects/{}", self._lookup
        yield "DELETE", "/subjects/{}", self._delete_subject
        yield "GET", "/subjects/{}/versions", self._list_versions
        yield "POST", "/subjects/{}/versions", self._register
        yield "GET", "/subjects/{}/versions/{}", self._get_version
        yield "DELETE", "/subjects/{}/versions/{}", self._delete_version
        yield "GET", "/subjects/{}/versions/{}/referencedby", self._referencing
        yield "POST", "/compatibility/subjects/{}/versions", self._compatibility
        yield "POST", "/compatibility/subjects/{}/versions/{}", self._compatibility
        yield "GET", "/config(?:/([^/]+))?", self._get_config
        yield "PUT", "/config(?:/([^/]+))?", self._set_config
        yield "DELETE", "/config(?:/([^/]+))?", self._delete_config
        yield "GET", "/mode(?:/([^/]+))?", self._get_mode
        yield "PUT", "/mode(?:/([^/]+))?", self._set_mode
        yield "GET", "/associations/resources/{}/{}", self._associations
        yield "POST", "/associations", self._associate
        yield "DELETE", "/associations/resources/{}", self._dissociate

    def _by_id(self, request: _Request) -> Any:
        schema = self._schemas.get(int(request.parts[0]))
        if schema is None:
            raise _RefusedError(40403, f"Schema {request.parts[0]} not found")
        return self._rendered(schema, request)

    def _by_guid(self, request: _Request) -> Any:
        for schema in self._schemas.values():
            if str(schema.guid) == request.parts[0]:
                return self._rendered(schema, request)
        raise _RefusedError(40403, f"Schema {request.parts[0]} not found")

    def _rendered(self, schema: Schema, request: _Request) -> Any:
        is_other = request.query.get("format") == SERIALIZED
        if is_other and schema.schema_type == PROTOBUF:
            descriptor = self._descriptor(schema)
            if descriptor is None:
                raise _RefusedError(42200, "needs pip install wirepact[gen]")
            return _said(replace(schema, text=base64.b64encode(descriptor).decode()))
        return _said(schema)

    def _descriptor(self, schema: Schema) -> bytes | None:
        if schema not in self._descriptors:
            files = self._files(schema)
            try:
                found = _descriptors.find_descriptor(schema.text, files)
            except ValueError as error:
                raise _RefusedError(42201, f"Invalid schema: {error}") from error
            self._descriptors[schema] = found
        return self._descriptors[schema]

    def _files(self, schema: Schema) -> dict[str, str]:
        files: dict[str, str] = {}
        for each in schema.references:
            version = self._one(each.subject, str(each.version), deleted=True)
            referred = self._schemas[version.id]
            files |= {**self._files(referred), each.name: referred.text}
        return files

    def _is_same(self, held: Schema, given: Schema) -> bool:
        if held == given or given.schema_type != PROTOBUF:
            return held == given
        if replace(held, text="") != replace(given, text=""):
            return False
        one, other = self._descriptor(held), self._descriptor(given)
        if one is None or other is None:
            return False
        return _descriptors.canonical(one) == _descriptors.canonical(other)

    def _subjects_of(self, request: _Request) -> Any:
        return [use["subject"] for use in self._versions_of(request)]

    def _versions_of(self, request: _Request) -> Any:
        self._by_id(request)
        return [
            {"subject": subject, "version": version.number}
            for subject in sorted(self._subjects)
            for version in self._visible(subject, deleted=request.has("deleted"))[-1:]
            if version.id == int(request.parts[0])
        ]

    def _types(self, _request: _Request) -> Any:
        return [AVRO, JSON, PROTOBUF]

    def _contexts(self, _request: _Request) -> Any:
        named = {name.split(":")[1] for name in self._subjects if name[:2] == ":."}
        return [".", *sorted(named)]

    def _list_subjects(self, request: _Request) -> Any:
        prefix = request.query.get("subjectPrefix", ":*:")
        is_deleted = request.has("deleted")
        return [
            name
            for name in sorted(self._subjects)
            if (prefix == ":*:" or name.startswith(prefix))
            and (prefix or not name.startswith(":."))
            and self._visible(name, deleted=is_deleted)
        ]

    def _register(self, request: _Request) -> Any:
        subject, schema = request.parts[0], request.schema
        if self._mode_of(subject) == "READONLY":
            raise _RefusedError(42205, f"Subject {subject} is in read-only mode")
        self._refuse_unknown_references(schema)
        if schema.schema_type == PROTOBUF:
            self._descriptor(schema)
        held = self._find(subject, schema)
        if held is None:
            self._refuse_incompatible(subject, schema)
            versions = self._subjects.setdefault(subject, [])
            held = _Version(len(versions) + 1, self._id_of(schema))
            versions.append(held)
        return self._version_said(subject, held)

    def _lookup(self, request: _Request) -> Any:
        subject = request.parts[0]
        self._existing(subject, deleted=request.has("deleted"))
        held = self._find(subject, request.schema, deleted=request.has("deleted"))
        if held is None:
            raise _RefusedError(40403, "Schema not found")
        return self._version_said(subject, held)

    def _list_versions(self, request: _Request) -> Any:
        versions = self._existing(request.parts[0], deleted=request.has("deleted"))
        return [version.number for version in versions]

    def _get_version(self, request: _Request) -> Any:
        subject, wanted = request.parts
        return self._version_said(
            subject, self._one(subject, wanted, deleted=request.has("deleted"))
        )

    def _referencing(self, request: _Request) -> Any:
        subject, wanted = request.parts
        return self._referrers(subject, self._one(subject, wanted, deleted=True))

    def _delete_subject(self, request: _Request) -> Any:
        subject = request.parts[0]
        if request.has("permanent"):
            if self._visible(subject):
                raise _RefusedError(
                    40405,
                    f"Subject '{subject}' was not deleted first before being"
                    " permanently deleted",
                )
            gone = self._existing(subject, deleted=True)
            del self._subjects[subject]
        else:
            gone = self._existing(subject)
            for version in gone:
                self._hide(subject, version)
        return [version.number for version in gone]

    def _delete_version(self, request: _Request) -> Any:
        subject, wanted = request.parts
        is_permanent = request.has("permanent")
        version = self._one(subject, wanted, deleted=is_permanent)
        if is_permanent:
            self._subjects[subject].remove(version)
        else:
            self._hide(subject, version)
        return version.number

    def _hide(self, subject: str, version: _Version) -> None:
        if self._referrers(subject, version):
            raise _RefusedError(42206, f"One or more references exist to {subject}")
        versions = self._subjects[subject]
        versions[versions.index(version)] = replace(version, is_deleted=True)

    def _compatibility(self, request: _Request) -> Any:
        subject, *wanted = request.parts
        earlier = self._visible(subject)
        if wanted:
            earlier = [self._one(subject, wanted[0])]
        is_good = self._is_compatible(subject, request.schema, earlier)
        reason = f"a field has no default, and {self._level_of(subject)} asks for one"
        return {"is_compatible": is_good, "messages": [] if is_good else [reason]}

    def _get_config(self, request: _Request) -> Any:
        place = "".join(request.parts)
        if place in self._configs:
            return self._configs[place]
        if place == _REGISTRY or request.has("defaultToGlobal"):
            return {"compatibilityLevel": self._level_of(place)}
        raise _RefusedError(
            40408,
            f"Subject '{place}' does not have subject-level compatibility configured",
        )

    def _set_config(self, request: _Request) -> Any:
        said = dict(request.body)
        level = str(said.pop("compatibility", "BACKWARD")).upper()
        if level not in LEVELS:
            raise _RefusedError(42203, "Invalid compatibility level.")
        place = "".join(request.parts)
        self._configs[place] = {**said, "compatibilityLevel": level}
        return {**said, "compatibility": level}

    def _delete_config(self, request: _Request) -> Any:
        place = "".join(request.parts)
        if place not in self._configs:
            raise _RefusedError(40401, f"Subject '{place}' not found.")
        return self._configs.pop(place)

    def _get_mode(self, request: _Request) -> Any:
        place = "".join(request.parts)
        is_said = place == _REGISTRY or place in self._modes
        if not is_said and not request.has("defaultToGlobal"):
            raise _RefusedError(
                40409, f"Subject '{place}' does not have subject-level mode configured"
            )
        return {"mode": self._mode_of(place)}

    def _set_mode(self, request: _Request) -> Any:
        mode = str(request.body.get("mode")).upper()
        if mode not in _MODES:
            raise _RefusedError(42204, "Invalid mode.")
        self._modes["".join(request.parts)] = mode
        return {"mode": mode}

    def _associations(self, request: _Request) -> Any:
        roles = request.every("associationType")
        return self._bonds.find(request.parts[0], request.parts[1], roles)

    def _associate(self, request: _Request) -> Any:
        for each in request.body["associations"]:
            self._existing(each["subject"])
        try:
            self._bonds.add(request.body)
        except BoundError as error:
            raise _RefusedError(40903, str(error)) from error
        return request.body

    def _dissociate(self, request: _Request) -> Any:
        resource = request.parts[0]
        if not self._bonds.remove(resource, request.every("associationType")):
            raise _RefusedError(40410, f"Association for '{resource}' not found.")
        return {}

    def _visible(self, subject: str, *, deleted: bool = False) -> list[_Version]:
        versions = self._subjects.get(subject, [])
        return [each for each in versions if deleted or not each.is_deleted]

    def _existing(self, subject: str, *, deleted: bool = False) -> list[_Version]:
        versions = self._visible(subject, deleted=deleted)
        if not versions:
            raise _RefusedError(40401, f"Subject '{subject}' not found.")
        return versions

    def _one(self, subject: str, wanted: str, *, deleted: bool = False) -> _Version:
        if wanted == "latest":
            return self._existing(subject)[-1]
        for version in self._existing(subject, deleted=deleted):
            if str(version.number) == wanted:
                return version
        raise _RefusedError(40402, f"Version {wanted} not found.")

    def _find(
        self, subject: str, schema: Schema, *, deleted: bool = False
    ) -> _Version | None:
        for version in self._visible(subject, deleted=deleted):
            if self._is_same(self._schemas[version.id], schema):
                return version
        return None

    def _id_of(self, schema: Schema) -> int:
        for schema_id, held in self._schemas.items():
            if self._is_same(held, schema):
                return schema_id
        schema_id = len(self._schemas) + 1
        said = json.dumps(submission(schema), sort_keys=True).encode()
        guid = UUID(bytes=hashlib.sha256(said).digest()[:16])
        self._schemas[schema_id] = replace(schema, guid=guid)
        return schema_id

    def _version_said(self, subject: str, version: _Version) -> dict[str, Any]:
        place = {"subject": subject, "version": version.number, "id": version.id}
        deleted = {"deleted": version.is_deleted}
        return {**place, **_said(self._schemas[version.id]), **deleted}

    def _referrers(self, subject: str, version: _Version) -> list[int]:
        place = (subject, version.number)
        return sorted(
            schema_id
            for schema_id, schema in self._schemas.items()
            if any((each.subject, each.version) == place for each in schema.references)
            and any(self._holds(name, schema_id) for name in self._subjects)
        )

    def _holds(self, subject: str, schema_id: int) -> bool:
        return any(version.id == schema_id for version in self._visible(subject))

    def _refuse_unknown_references(self, schema: Schema) -> None:
        for each in schema.references:
            try:
                self._one(each.subject, str(each.version), deleted=True)
            except _RefusedError as refused:
                words = f"Invalid schema: no {each.subject} version {each.version}"
                raise _RefusedError(42201, words) from refused

    def _refuse_incompatible(self, subject: str, schema: Schema) -> None:
        if not self._is_compatible(subject, schema, self._visible(subject)):
            raise _RefusedError(
                40901,
                "Schema being registered is incompatible with an earlier schema for"
                f' subject "{subject}"',
            )

    def _is_compatible(
        self, subject: str, schema: Schema, earlier: list[_Version]
    ) -> bool:
        level = self._level_of(subject)
        if level == "NONE":
            return True
        reach = earlier if level.endswith("_TRANSITIVE") else earlier[-1:]
        return all(
            self._judge(reader, writer)
            for version in reach
            for reader, writer in pairs(level, schema, self._schemas[version.id])
        )

    def _level_of(self, place: str) -> str:
        for each in (place, _REGISTRY):
            if each in self._configs:
                return str(self._configs[each]["compatibilityLevel"])
        return "BACKWARD"

    def _mode_of(self, place: str) -> str:
        return self._modes.get(place, self._modes.get(_REGISTRY, "READWRITE"))


def _said(schema: Schema) -> dict[str, Any]:
    return {"guid": str(schema.guid), **submission(schema)}
