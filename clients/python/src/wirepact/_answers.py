"""What an HTTP answer means: a result, a refusal, or nothing of a registry's."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final, TypeVar

from wirepact import _reading
from wirepact._reading import MalformedError
from wirepact._requests import Call
from wirepact._steps import Answer
from wirepact.errors import (
    BY_CODE,
    BY_STATUS,
    IncompatibleSchemaError,
    RegistryResponseError,
    UnexpectedAnswerError,
)

Result = TypeVar("Result")

_SHOWN: Final = 120


def result(call: Call[Result], answer: Answer) -> Result:
    """Return what was asked for.

    Raises:
        RegistryResponseError: The registry refuses it.
        UnexpectedAnswerError: This is no answer of a registry.

    """
    # Asked for without: a small answer must not unfold to a large one.
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise UnexpectedAnswerError(f"{call}: the answer is compressed, unasked")
    if not 200 <= answer.status < 300:
        raise _refusal(call, answer)
    if answer.status == HTTPStatus.NO_CONTENT or not answer.content:
        return _parsed(call, None)
    return _parsed(call, _body(call, answer))


def retry_after_s(answer: Answer, now: float) -> float:
    """Return how long the server asks to be left alone; 0 if it does not.

    Args:
        now: Seconds since 1970.

    """
    said = answer.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        # More digits than any real one: a number of that size is no float.
        return float(said[:9])
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return 0.0
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.fromtimestamp(now, UTC)).total_seconds())


def _parsed(call: Call[Result], body: Any) -> Result:
    try:
        return call.parse(body)
    except MalformedError as error:
        raise UnexpectedAnswerError(f"{call}: unexpected answer: {error}") from error


def _refusal(call: Call[Any], answer: Answer) -> Exception:
    try:
        body = _body(call, answer)
    except UnexpectedAnswerError as error:
        return _without_words(call, answer, error)
    said = body if isinstance(body, dict) else {}
    code = said.get("error_code")
    code = code if type(code) is int and code > 0 else answer.status
    return _error_of(answer.status, code)(
        answer.status, code, _message(said, body), str(call), *_findings(code, said)
    )


def _without_words(
    call: Call[Any], answer: Answer, error: UnexpectedAnswerError
) -> Exception:
    """Tell what is refused from what a proxy answers while a registry is away."""
    status = answer.status
    is_away = status == HTTPStatus.NOT_FOUND and not _is_wordless(answer)
    if is_away or not 400 <= status < 500:
        return error
    known = {each.value: each.phrase for each in HTTPStatus}
    kind = BY_STATUS.get(status, RegistryResponseError)
    return kind(status, status, known.get(status, "refused"), str(call))


def _is_wordless(answer: Answer) -> bool:
    """Whether nothing is said, as JSON: so Apicurio tells of paths that it lacks."""
    return not answer.content and "json" in answer.headers.get("content-type", "")


def _error_of(status: int, code: int) -> Callable[..., RegistryResponseError]:
    by_status = BY_STATUS.get(status, RegistryResponseError)
    return BY_CODE.get(code, by_status)


def _message(said: Mapping[str, Any], body: Any) -> str:
    # Karapace puts a list of its validator's complaints here.
    message = said.get("message", body)
    return message if isinstance(message, str) else json.dumps(message)


def _findings(code: int, said: Mapping[str, Any]) -> tuple[Any, ...]:
    if BY_CODE.get(code) is not IncompatibleSchemaError:
        return ()
    findings = said.get("findings")
    listed = findings if isinstance(findings, list) else []
    return (tuple(_reading.finding(each) for each in listed if isinstance(each, dict)),)


def _body(call: Call[Any], answer: Answer) -> Any:
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError) as error:
        start = answer.content[:_SHOWN].decode("utf-8", "replace")
        kind = answer.headers.get("content-type", "no type")
        raise UnexpectedAnswerError(
            f"{call}: HTTP {answer.status} with what is not JSON ({kind}): {start!r}"
        ) from error
