"""What controllers stand on: their ports, and request bodies read in one way."""

import io
import re
from functools import cache, partial
from typing import Any, Final

import msgspec
from litestar import Controller, Request

from registry.application.guarded import seen_by
from registry.application.ports import Ports
from registry.application.stored import Origin
from registry.domain.access import Permission
from registry.domain.limits import HALF_PAIR, find_half_pair
from registry.domain.model import Subject
from registry.http import authorisation, media, principals, rates, request_ids
from registry.http.authorisation import NOBODY
from registry.http.errors import RefusedError
from registry.http.threads import Threads

BATCH_OF: Final = "batch_of"
"""Under this name a handler states the type of an item that may come one a line."""

ITEMS_OF: Final = "items_of"
"""Under this name a handler states how to count what a body asks for, for the rates."""

MOST_ITEMS: Final = 5_000
"""How many items, or lines, a batch may have; more are to be sent as several."""

_MOST_BYTES_AT_ONCE: Final = 256 * 1024
"""Decoded by the event loop itself; the hop into a thread would cost more."""

_OF_HALVES: Final = re.compile("truncated|surrogate")

# An odd number of backslashes: after an even one, "u0000" stands for itself.
_ESCAPED_NUL: Final = re.compile(rb"(?<!\\)\\(?:\\\\)*+u0000")


class PortsController(Controller):
    """A controller that was handed its ports before it was registered.

    Handlers reach them without the framework's dependency injection, which would cost
    each request a tenth of its time.
    """

    base: Ports
    threads: Threads

    @property
    def ports(self) -> Ports:
        """The ports as the caller of the present request sees what is behind them.

        Ports whose access is `NOBODY`'s have to be asked for like this each time; all
        others are for everybody.
        """
        base = self.base
        if base.access is not NOBODY:
            return base
        return seen_by(base, authorisation.CURRENT.get())

    def hold(self, permission: Permission, place: Subject) -> None:
        """Refuse what the caller may not do to what the body, or the query, names.

        Raises:
            ForbiddenError: They may not.

        """
        self.ports.access.hold(permission, place)

    @classmethod
    def on(cls, ports: Ports, threads: Threads) -> type["PortsController"]:
        """Return the controller, bound to its ports and to where it may wait."""
        request_class = RegistryRequest.decoding_in(threads)
        bound = {"base": ports, "threads": threads, "request_class": request_class}
        return type(cls.__name__, (cls,), bound)


class RegistryRequest(Request[Any, Any, Any]):
    """A request whose body is decoded straight into what its handler takes.

    Faults are told the way Confluent tells them: no body is 422, text that is no JSON
    or JSON of the wrong shape 400, with where and what was expected.
    """

    threads: Threads

    @classmethod
    def decoding_in(cls, threads: Threads) -> type["RegistryRequest"]:
        """Return the class, bound to where it decodes what is large."""
        return type(cls.__name__, (cls,), {"threads": threads})

    async def json(self) -> Any:
        body = await self.body()
        act = partial(self._decoded, body)
        is_small = len(body) <= _MOST_BYTES_AT_ONCE
        value = act() if is_small else await self.threads.run(act)
        count = self.route_handler.opt.get(ITEMS_OF)
        if count is not None:
            rates.charge(count(value))
        return value

    def _decoded(self, body: bytes) -> Any:
        handler = self.route_handler
        field = handler.parsed_data_field
        expected = Any if field is None else field.annotation
        if BATCH_OF not in handler.opt:
            return decoded(body, expected)
        content_type = self.headers.get("content-type", "").encode()
        if media.bare(content_type) in media.LINES:
            return decoded_lines(body, handler.opt[BATCH_OF])
        value = decoded(body, expected)
        _hold_few(items_of(value))
        return value


def items_of(value: object) -> int:
    """Return how many items a batch has, be it a list or a single one."""
    return len(value) if isinstance(value, list) else 1


def decoded_lines(body: bytes, expected: Any) -> list[Any]:
    """Return the values of a body that has one JSON value a line.

    Raises:
        RefusedError: 422 for no body, 413 for more than `MOST_ITEMS` lines, 400 with
            the number of the line for others.

    """
    _hold_present(body)
    values = []
    # One after the other: a list of all lines may be much larger than the body.
    for number, line in enumerate(io.BytesIO(body), start=1):
        _hold_few(number)
        if line.strip():
            try:
                values.append(decoded(line, expected))
            except RefusedError as error:
                raise RefusedError(400, f"Line {number}: {error.message}") from error
    return values


def decoded(body: bytes, expected: Any) -> Any:
    """Return a JSON body as a value of the expected type.

    Raises:
        RefusedError: 422 for no body, 400 for anything else.

    """
    _hold_present(body)
    try:
        value = _decoder(expected).decode(body)
    except msgspec.ValidationError as error:
        raise RefusedError(400, f"Wrong kind of JSON: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RefusedError(400, f"Malformed JSON{_place(body, error)}") from error
    except RecursionError as error:
        raise RefusedError(400, "JSON is nested too deeply") from error
    if b"\\u0000" in body and _ESCAPED_NUL.search(body):
        # No database column takes one, and no name or schema needs one.
        raise RefusedError(400, "NUL is not allowed in a text")
    return value


def origin() -> Origin:
    """Return on whose behalf the present request writes."""
    return Origin(principals.CURRENT.get().name, request_ids.CURRENT.get())


@cache
def _decoder(expected: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(expected)


def _hold_present(body: bytes) -> None:
    if body.strip() in {b"", b"null"}:
        raise RefusedError(422, "A request body is needed")


def _hold_few(items: int) -> None:
    if items > MOST_ITEMS:
        raise RefusedError(413, f"A batch has at most {MOST_ITEMS} items")


def _place(body: bytes, error: Exception) -> str:
    """Return line, column and reason; the decoder itself only counts bytes."""
    reason = str(error).removeprefix("JSON is malformed: ")
    reason, _, position = reason.partition(" (byte ")
    offset = position.rstrip(")")
    # Of half a pair it may say that the body ends there: it looks for the rest.
    if _OF_HALVES.search(reason) and (half := find_half_pair(body.decode("latin-1"))):
        reason, offset = HALF_PAIR, str(half[0])
    if not offset.isdigit():
        return f": {reason}"
    before = body[: int(offset)]
    line = before.count(b"\n") + 1
    column = len(before.rpartition(b"\n")[2].decode(errors="replace")) + 1
    return f" at line {line}, column {column}: {reason}"
