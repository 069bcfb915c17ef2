"""What each route of the table is asked, about a target that is there or is not."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from litestar import Litestar
from litestar.routes import HTTPRoute

from registry import bootstrap
from registry.http import authorisation
from registry.http.app import Surroundings, routed
from registry.http.authorisation import Needs
from registry.http.health import Health
from registry.http.scraping import SCRAPED
from registry.http.threads import Threads
from registry.settings import Settings
from tests.integration.http.access.callers import NAMESPACE, Callers

_MATERIAL: Final = "YSBrZXkgdGhhdCB0aGUgY2xpZW50IGhhcyBlbmNyeXB0ZWQ="
_UNKNOWN_GUID: Final = "00000000-0000-4000-8000-000000000000"
_UNKNOWN_ID: Final = 999_999

OWN, FOREIGN, MISSING = "own", "foreign", "missing"
KINDS: Final = (OWN, FOREIGN, MISSING)

_numbers = count(1)


@dataclass(frozen=True)
class Target:
    """A subject that a request is about, and what goes by its name.

    Attributes:
        name: Of the subject; its key, its topic and its topic's id are called so, too.

    """

    name: str
    schema_id: int = _UNKNOWN_ID
    guid: str = _UNKNOWN_GUID

    @property
    def text(self) -> str:
        return _record(self.name)

    def anonymous(self, text: str) -> str:
        """Return an answer without what tells one target from another."""
        names = (self.name, str(self.schema_id), self.guid)
        for name, word in zip(names, ("NAME", "ID", "GUID"), strict=True):
            text = re.sub(rf"\b{name}\b", word, text)
        # Of a plan: it stands for what is planned, names included.
        return re.sub(r'"token":"[0-9a-f]{64}"', '"token":"TOKEN"', text)


@dataclass(frozen=True)
class Asked:
    """One way to ask a route: its query, and what the body says of a target.

    Attributes:
        about: What the body wants, where a route needs one thing or another for it.

    """

    method: str
    template: str
    query: str = ""
    body: Any = None
    about: str = ""

    @property
    def name(self) -> str:
        query = f"?{self.query}" if self.query else ""
        about = f" ({self.about})" if self.about else ""
        return f"{self.method} {self.template}{query}{about}"

    @property
    def has_target(self) -> bool:
        bare = self.template.replace("{context}", "").replace("{path}", "")
        return "{" in bare or "NAME" in json.dumps(self.body)

    @property
    def associates(self) -> bool:
        return self.template.startswith("/associations")

    def path(self, target: Target) -> str:
        filled = f"{self.template}?{self.query}" if self.query else self.template
        return filled.replace("NAME", target.name).format_map(
            {
                "subject": target.name,
                "version": "1",
                "schema_id": target.schema_id,
                "guid": target.guid,
                "kek": target.name,
                "context": ".nowhere",
                "namespace": NAMESPACE,
                "name": target.name,
                "part": "status",
                "path": "openapi.json",
                "resource_id": target.name,
            }
        )

    def content(self, target: Target) -> bytes | None:
        if self.body is None:
            return None
        text = json.dumps(self.body)
        inner = json.dumps(target.text)[1:-1]
        return text.replace("TEXT", inner).replace("NAME", target.name).encode()


def _record(name: str) -> str:
    fields = [{"name": "id", "type": "string"}]
    written = {"type": "record", "name": name.replace("-", "_"), "fields": fields}
    return json.dumps(written)


_SCHEMA: Final = {"schema": "TEXT", "metadata": {"properties": {"team": "orders"}}}
_TOPIC: Final = {
    "resourceName": "NAME",
    "resourceNamespace": NAMESPACE,
    "resourceId": "NAME",
}
_WISHES: Final = {
    **_TOPIC,
    "associations": [{"subject": "NAME", "associationType": "value"}],
}
_KEK: Final = {"name": "NAME", "kmsType": "aws-kms", "kmsKeyId": "arn"}
_DEK: Final = {"algorithm": "AES256_GCM", "encryptedKeyMaterial": _MATERIAL}
_AMENDED: Final = {"metadata": {"properties": {"team": "bills"}}}
_CONTRACT: Final = {"subject": "NAME", "schema": "TEXT", **_AMENDED}
_THERE: Final = {"subject": "NAME", **_SCHEMA}

_BODIES: Final[Mapping[str, Any]] = {
    "POST /": {},
    "POST /subjects/{subject}": _SCHEMA,
    "POST /subjects/{subject}/versions": {"schema": "TEXT", **_AMENDED},
    "POST /subjects/{subject}/versions/{version}/tags": _AMENDED,
    "POST /compatibility/subjects/{subject}/versions": _SCHEMA,
    "POST /compatibility/subjects/{subject}/versions/{version}": _SCHEMA,
    "PUT /config": {"compatibility": "BACKWARD"},
    "PUT /config/{subject}": {"compatibility": "FULL"},
    "PUT /mode": {"mode": "READWRITE"},
    "PUT /mode/{subject}": {"mode": "READWRITE"},
    "POST /governance/v1/check": {"subject": "NAME", "schema": "TEXT"},
    "POST /governance/v1/plan": {
        "contracts": [{"subject": "NAME", "schema": '"string"', "level": "FULL"}]
    },
    "POST /governance/v1/apply": {"contracts": [_CONTRACT]},
    "POST /governance/v1/subjects:batchGet": {
        "subjects": ["NAME"],
        "history": True,
        "references": True,
    },
    "PUT /governance/v1/subjects/{subject}/policies": {"policies": []},
    "POST /governance/v1/import": [],
    "POST /associations": _WISHES,
    "PUT /associations/resources/{resource_id}": _WISHES,
    "POST /associations:batchGet": {"requests": [_TOPIC]},
    "POST /associations:batchMutate": {
        "requests": [
            {
                **_TOPIC,
                "associations": [
                    {
                        "opType": "CREATE",
                        "subject": "NAME",
                        "associationType": "value",
                    }
                ],
            }
        ]
    },
    "POST /dek-registry/v1/keks": _KEK,
    "PUT /dek-registry/v1/keks/{kek}": {"doc": "Of NAME."},
    "POST /dek-registry/v1/keks/{kek}/deks": {"subject": "NAME", **_DEK},
    "POST /dek-registry/v1/keks/{kek}/deks/{subject}": _DEK,
    "POST /exporters": {"name": "copy"},
}
_QUERIES: Final[Mapping[str, tuple[str, ...]]] = {
    "POST /subjects/{subject}/versions": ("force=true", "force=false&force=true"),
    "DELETE /subjects/{subject}": ("permanent=true",),
    "DELETE /subjects/{subject}/versions/{version}": ("permanent=true",),
    "GET /schemas/ids/{schema_id}": ("subject=NAME", "fetchMaxId=true"),
    "GET /config/{subject}": ("defaultToGlobal=true",),
    "GET /mode/{subject}": ("defaultToGlobal=true",),
    "POST /governance/v1/import": ("dryRun=true", "dryRun=true&dryRun=false"),
    "POST /governance/v1/subjects/{subject}/restore": ("force=true",),
    "POST /governance/v1/subjects/{subject}/versions/{version}/restore": (
        "force=true",
    ),
    "POST /associations": ("dryRun=true",),
    "DELETE /dek-registry/v1/keks/{kek}": ("permanent=true",),
    "DELETE /dek-registry/v1/keks/{kek}/deks/{subject}": ("permanent=true",),
    "DELETE /dek-registry/v1/keks/{kek}/deks/{subject}/versions/{version}": (
        "permanent=true",
    ),
    "POST /dek-registry/v1/keks/{kek}/deks/{subject}": ("rewrap=true",),
}
"""Queries that ask for more, or for less, than the route does without."""

_ABOUT: Final[Mapping[str, Mapping[str, Any]]] = {
    "POST /governance/v1/apply": {
        "nothing": {"contracts": [{"subject": "NAME"}]},
        "what is there": {"contracts": [_THERE]},
        "level": {"contracts": [{"subject": "NAME", "level": "FULL"}]},
        "owner": {"contracts": [_THERE], "owner": "shop"},
    },
}
"""What bodies of a route may want beside what `_BODIES` has."""


def all_asked() -> Iterator[Asked]:
    """Yield all ways to ask, in the order of the route table."""
    for method, template in sorted(route_table(), key=lambda each: each[::-1]):
        name = f"{method} {template}"
        for query in ("", *_QUERIES.get(name, ())):
            yield Asked(method, template, query, _BODIES.get(name))
        for about, body in _ABOUT.get(name, {}).items():
            yield Asked(method, template, "", body, about)


def route_table() -> set[tuple[str, str]]:
    """Return all methods and paths that a guarded server answers."""
    found = {
        (str(method), route.path_format or "/")
        for route in _framework().routes
        if isinstance(route, HTTPRoute)
        for method in route.methods
        if method != "OPTIONS"
    }
    return {*found, SCRAPED}


def declarations() -> Iterator[tuple[str, Needs]]:
    """Yield all routes, and what each has declared that it needs."""
    for route in _framework().routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in sorted(route.route_handler_map.items()):
                needs = authorisation.declared(handler)
                if needs is not None and method != "OPTIONS":
                    yield f"{method} {route.path_format or '/'}", needs


def _framework() -> Litestar:
    with bootstrap.opened(Settings()) as ports:
        around = Surroundings(Health(lambda: True, lambda: None), 0)
        return routed(ports, around, Threads(), Threads())


def target(callers: Callers, kind: str, asked: Asked) -> Target:
    """Make a target: all that a request about it may find, or nothing of it."""
    name = f"{kind}-{next(_numbers)}"
    if kind == MISSING or not asked.has_target:
        return Target(name)
    subject = f"/subjects/{name}"
    made = _done(
        callers, "POST", f"{subject}/versions", {**_SCHEMA, "schema": _record(name)}
    )
    _done(callers, "PUT", f"/config/{name}", {"compatibility": "BACKWARD"})
    _done(callers, "PUT", f"/mode/{name}", {"mode": "READWRITE"})
    if "kek" in asked.template:
        keks = "/dek-registry/v1/keks"
        _done(callers, "POST", keks, {**_KEK, "name": name})
        if asked.name != "POST /dek-registry/v1/keks/{kek}/deks/{subject}":
            _done(callers, "POST", f"{keks}/{name}/deks/{name}", _DEK)
    if asked.associates:
        wishes = json.loads(json.dumps(_WISHES).replace("NAME", name))
        _done(callers, "POST", "/associations", wishes)
    return Target(name, made["id"], made["guid"])


def _done(callers: Callers, method: str, path: str, body: Any) -> Any:
    answer = callers.ask("admin", method, path, json=body)
    assert answer.status_code == 200, (path, answer.text)
    return answer.json()
