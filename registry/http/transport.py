"""The layer between server and framework: what holds for every request, said once.

It answers what is no proper request (406, 415, 413, 408, bad paths), hands on the rest
with its path decoded and its body still to be read, and gives every answer its request
id and the media type that was negotiated. It is one function call in front of the
framework, because each middleware inside of it would cost a twelfth of a whole request.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from http import HTTPStatus
from time import perf_counter_ns, time
from typing import Final

from registry.domain.principals import ANONYMOUS
from registry.http import (
    asgi,
    contexts,
    media,
    paths,
    principals,
    protection,
    request_ids,
)
from registry.http.asgi import App, Headers, Message, Receive, Scope, Send
from registry.http.errors import RefusedError, body_of, headers_of
from registry.http.logs import Answered
from registry.http.media import Offer
from registry.http.metrics import UNMATCHED, Counters
from registry.http.rates import Admission
from registry.http.request_bodies import Body, BodyRoom
from registry.http.templates import Templates

logger = logging.getLogger(__name__)

_NO_STORE: Final = (b"cache-control", b"no-store")
_REGISTER: Final = ("POST", "/subjects/{subject}/versions")
_BATCH: Final = "/governance/v1/"
# These answer in types of their own, whatever is accepted: scrapers, probes, pages.
_UNNEGOTIATED: Final = ("/metrics", "/health/", "/openapi")


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """What a request body may be.

    Attributes:
        most_bytes: Of any request but a batch.
        most_batch_bytes: Of a batch of the governance API.
        timeout_s: From the first byte to the last.
        most_bytes_at_once: Of all requests of a process that are being answered.
        free_bytes: So many of each do not count among them.

    """

    most_bytes: int = 4 * 1024 * 1024
    most_batch_bytes: int = 64 * 1024 * 1024
    timeout_s: float = 30
    most_bytes_at_once: int = 256 * 1024 * 1024
    free_bytes: int = 64 * 1024


_FREELY: Final = nullcontext()
DEFAULT_BODY_LIMITS: Final = BodyLimits()


@dataclass(frozen=True, slots=True)
class _Terms:
    """What was agreed with the client about the answer."""

    request_id: bytes
    media_type: bytes


class Transport:
    """An ASGI application around another one."""

    def __init__(
        self,
        app: App,
        counters: Counters,
        limits: BodyLimits,
        methods: Mapping[str, str],
        protecting: Headers = protection.FIELDS,
        admission: Admission | None = None,
        log: Callable[[Answered], None] | None = None,
    ) -> None:
        """Wrap an application.

        Args:
            methods: Of each route, by its template, as an `Allow` field lists them.
            protecting: What every answer says to browsers.
            admission: Holds clients to their rates; None where they have none.
            log: Told of each request; None where they are not logged.

        """
        self._app = app
        self._counters = counters
        self._limits = limits
        self._room = BodyRoom(limits.most_bytes_at_once, limits.free_bytes)
        self._methods = methods
        self._templates = Templates(methods)
        self._protecting = protecting
        self._admission = admission
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_ns = perf_counter_ns()
        fields = asgi.fields(scope["headers"])
        terms = _Terms(request_ids.chosen(fields.get(b"x-request-id")), media.DEFAULT)
        token = request_ids.CURRENT.set(terms.request_id.decode())
        answer = _Answer(send, terms, self._protecting)
        routed = scope
        try:
            path = _path(scope)
            answer.terms = _Terms(terms.request_id, _negotiated(path, fields))
            protection.check_origin(scope["method"], fields)
            routed = {**scope, "path": path}
            if scope["method"] == "OPTIONS":
                answer.allowed = lambda: self._methods[routed["path_template"]]
            body = self._body(scope["method"], path, fields, receive)
            with self._admitted(scope, path):
                if body is None:
                    await self._app(routed, receive, answer.send)
                else:
                    with body.kept():
                        await self._app(routed, body, answer.send)
        except RefusedError as refusal:
            await answer.refuse(refusal)
        finally:
            self._note(routed, answer.status, perf_counter_ns() - started_ns)
            request_ids.CURRENT.reset(token)

    async def refuse(self, scope: Scope, send: Send, refusal: RefusedError) -> None:
        """Answer a request that somebody in front has refused, as any other."""
        started_ns = perf_counter_ns()
        if scope["method"] == "HEAD":
            send = asgi.without_body(send)
        fields = asgi.fields(scope["headers"])
        terms = _Terms(request_ids.chosen(fields.get(b"x-request-id")), media.DEFAULT)
        token = request_ids.CURRENT.set(terms.request_id.decode())
        answer = _Answer(send, terms, self._protecting)
        try:
            await answer.refuse(refusal)
        finally:
            self._note(scope, answer.status, perf_counter_ns() - started_ns)
            request_ids.CURRENT.reset(token)

    def _admitted(self, scope: Scope, path: str) -> AbstractContextManager[None]:
        if self._admission is None:
            return _FREELY
        return self._admission.admitted(scope, path)

    def _body(
        self, method: str, path: str, fields: dict[bytes, bytes], receive: Receive
    ) -> Body | None:
        if method not in asgi.WITH_BODY:
            return None
        is_batch = path.startswith(_BATCH)
        _check_content_type(fields.get(b"content-type"), is_batch=is_batch)
        limits = self._limits
        most = limits.most_batch_bytes if is_batch else limits.most_bytes
        announced = fields.get(b"content-length", b"")
        if announced.isdigit() and int(announced) > most:
            raise RefusedError(413)
        return Body(receive, most, limits.timeout_s, self._room)

    def _note(self, scope: Scope, status: int, elapsed_ns: int) -> None:
        method, routed = scope["method"], scope.get("path_template", "")
        counters = self._counters
        if (method, routed) == _REGISTER:
            counters.registration(status)
        template = routed or self._template(scope)
        counters.observe(counters.row(method, template), status, elapsed_ns)
        if self._log is not None:
            principal = principals.CURRENT.get()
            self._log(
                Answered(
                    at_s=time(),
                    request_id=request_ids.CURRENT.get(),
                    method=method,
                    path=scope["path"],
                    route=template or UNMATCHED[1],
                    status=status,
                    spent_ns=elapsed_ns,
                    principal="" if principal is ANONYMOUS else principal.name,
                )
            )

    def _template(self, scope: Scope) -> str:
        """Return the route of what was answered before it was routed."""
        asked = {"query_string": b"", **scope, "raw_path": _raw_path(scope)}
        try:
            raw_path = contexts.within(asked)["raw_path"]
            return self._templates.find(paths.routed(raw_path))
        except RefusedError:
            return ""


class _Answer:
    """Sends what the application answers, with what every answer has."""

    def __init__(self, send: Send, terms: _Terms, protecting: Headers) -> None:
        self.terms = terms
        self._protecting = protecting
        self.status = 500
        self.allowed: Callable[[], str] | None = None
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message["headers"]
            if self.allowed is not None and self.status == HTTPStatus.NO_CONTENT:
                # The framework lists what a route had when its first handler came.
                headers = [(b"allow", self.allowed().encode())]
            message = {**message, "headers": self._headers(headers)}
        await self._send(message)

    async def refuse(self, refusal: RefusedError) -> None:
        body = body_of(refusal)
        headers = [
            (b"content-type", media.DEFAULT),
            (b"content-length", b"%d" % len(body)),
            *(
                (name.encode(), said.encode())
                for name, said in headers_of(refusal).items()
            ),
        ]
        await self.send(
            {
                "type": "http.response.start",
                "status": refusal.status,
                "headers": headers,
            }
        )
        await self._send({"type": "http.response.body", "body": body})

    def _headers(self, given: Headers) -> Headers:
        headers = [
            (name, self.terms.media_type)
            if name == b"content-type" and value == media.DEFAULT
            else (name, value)
            for name, value in given
        ]
        if all(name != b"cache-control" for name, _ in headers):
            headers.append(_NO_STORE)
        headers.extend(self._protecting)
        headers.append((b"x-request-id", self.terms.request_id))
        return headers


def _raw_path(scope: Scope) -> bytes:
    # A server that hands on no raw path has lost the slashes within segments.
    raw_path: bytes = scope.get("raw_path") or str(scope["path"]).encode()
    return raw_path


def _path(scope: Scope) -> str:
    if b"%00" in scope["query_string"]:
        raise RefusedError(400, "NUL is not allowed in a query")
    path = paths.routed(_raw_path(scope))
    if (fault := contexts.fault(path)) is not None:
        raise RefusedError(400, fault)
    return path


def offer_for(path: str) -> Offer:
    """Return the media types that may be asked for under a path."""
    return media.GOVERNANCE_API if path.startswith(_BATCH) else media.CONFLUENT_API


def _negotiated(path: str, fields: dict[bytes, bytes]) -> bytes:
    if path.startswith(_UNNEGOTIATED):
        return media.DEFAULT
    chosen = offer_for(path).choose(fields.get(b"accept"))
    if chosen is None:
        raise RefusedError(406)
    return chosen


def _check_content_type(content_type: bytes | None, *, is_batch: bool) -> None:
    if content_type is None:
        return
    given = media.bare(content_type)
    if given not in media.UNDERSTOOD and not (is_batch and given in media.LINES):
        raise RefusedError(415)
