"""The one place where errors become answers: Confluent's `error_code` and `message`."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from registry.domain.errors import (
    ReferenceExistsError,
    RegistryError,
    UnavailableError,
)
from registry.domain.harmless import harmless
from registry.domain.verdict import IncompatibleSchemaError, PlanRefusedError
from registry.http import media
from registry.http.findings import FindingBody

logger = logging.getLogger(__name__)

AnyRequest = Request[Any, Any, Any]
_RETRY_AFTER_S: Final = 1


class ReferrerBody(msgspec.Struct):
    """A version that refers to another one."""

    subject: str
    version: int
    id: int
    deleted: bool


class ErrorBody(msgspec.Struct, omit_defaults=True):
    """Every error, whatever went wrong.

    Attributes:
        error_code: Clients match on it: the status, or Confluent's finer number.
        findings: Of incompatible schemas: who breaks, why, and what would mend it.
        referrers: Of a deletion that is refused: what is in its way.

    """

    error_code: int
    message: str
    findings: tuple[FindingBody, ...] = ()
    referrers: tuple[ReferrerBody, ...] = ()


class RefusedError(Exception):
    """A request that never gets as far as a use case.

    Attributes:
        code: The status, or Confluent's finer number.
        headers: What is said beside the body.

    """

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        code: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.message = message or f"HTTP {status} {HTTPStatus(status).phrase}"
        self.code = code or status
        self.headers = headers or {}
        super().__init__(self.message)


class BusyError(RefusedError):
    """More is waiting than can be done soon; of this request nothing was begun."""

    def __init__(self) -> None:
        super().__init__(503, "The registry is busy; nothing was changed. Try again.")


class OverdueError(RefusedError):
    """A request has taken longer than any may; whatever still does it changes nothing.

    Args:
        has_changed: Whether a part of it was done before.

    """

    def __init__(self, *, has_changed: bool) -> None:
        done = (
            "a part of it was done, and stays. Look at what is there, then ask for the"
            " rest."
            if has_changed
            else "nothing was changed. Try again."
        )
        super().__init__(
            503, f"The request has taken too long and was given up; {done}"
        )


def body_of(error: RefusedError) -> bytes:
    return msgspec.json.encode(ErrorBody(error.code, harmless(error.message)))


def headers_of(error: RefusedError) -> dict[str, str]:
    """Return what is said beside the body: when to try again, if that helps."""
    when = {"retry-after": str(_RETRY_AFTER_S)} if error.status == 503 else {}
    return {**when, **error.headers}


def from_registry(_request: AnyRequest, error: RegistryError) -> Response[ErrorBody]:
    """Answer what a use case has refused."""
    headers = {}
    if isinstance(error, UnavailableError):
        headers["Retry-After"] = str(error.retry_after_s)
    return _answer(int(str(error.code)[:3]), told(error), headers)


def told(error: RegistryError) -> ErrorBody:
    """Return what a client is told of a refusal, alone or as one of a batch."""
    # What is incompatible is told with the earlier schema, which nothing may change.
    is_quoting = isinstance(error, IncompatibleSchemaError)
    message = str(error) if is_quoting else harmless(str(error))
    findings: tuple[FindingBody, ...] = ()
    if isinstance(error, IncompatibleSchemaError | PlanRefusedError):
        findings = tuple(map(FindingBody.of, error.findings))
    referrers: tuple[ReferrerBody, ...] = ()
    if isinstance(error, ReferenceExistsError):
        referrers = tuple(
            ReferrerBody(each.subject, each.version, each.schema_id, each.is_deleted)
            for each in error.referrers
        )
    return ErrorBody(error.code, message, findings, referrers)


def from_refusal(_request: AnyRequest, error: RefusedError) -> Response[ErrorBody]:
    """Answer what does not get as far as a use case."""
    body = ErrorBody(error.code, harmless(error.message))
    return _answer(error.status, body, headers_of(error))


def from_framework(_request: AnyRequest, error: HTTPException) -> Response[ErrorBody]:
    """Answer what the framework found: no such route, no such method, bad input."""
    status = error.status_code
    if status == HTTPStatus.BAD_REQUEST:
        return _answer(status, ErrorBody(status, harmless(error.detail)))
    headers = dict(error.headers or {})
    if "allow" in headers:
        # The framework lists the methods in an order that changes from run to run.
        headers["allow"] = ", ".join(sorted(headers["allow"].split(", ")))
    return _answer(status, ErrorBody(status, RefusedError(status).message), headers)


def from_fault(_request: AnyRequest, error: Exception) -> Response[ErrorBody]:
    """Answer a fault of ours, without a word of what it was; the log has it."""
    logger.error("unexpected error", exc_info=error)
    return _answer(500, ErrorBody(500, "Internal Server Error"))


def _answer(
    status: int, body: ErrorBody, headers: dict[str, str] | None = None
) -> Response[ErrorBody]:
    return Response(
        body, status_code=status, media_type=media.CONFLUENT, headers=headers or {}
    )


HANDLERS: Final[ExceptionHandlersMap] = {
    RegistryError: from_registry,
    RefusedError: from_refusal,
    HTTPException: from_framework,
    Exception: from_fault,
}
