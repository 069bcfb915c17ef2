"""Values out of parsed JSON. Nothing that a registry answers is taken on trust."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from wirepact.errors import Finding
from wirepact.schemas import (
    AVRO,
    Association,
    CheckReport,
    Compatibility,
    Config,
    Reference,
    RegisteredSchema,
    Schema,
    SubjectVersion,
)

Value = TypeVar("Value")

MOST_ID = 2**31 - 1
"""Ids are signed on the wire; 0 and below are nobody's."""


class MalformedError(Exception):
    """An answer is not of the shape that was asked for."""


def mapping(answer: Any) -> Mapping[str, Any]:
    return _typed(answer, dict, "an object")


def listed(answer: Any, read: Callable[[Any], Value]) -> tuple[Value, ...]:
    return tuple(read(each) for each in _typed(answer, list, "a list"))


def text(answer: Any) -> str:
    return _typed(answer, str, "a text")


def number(answer: Any) -> int:
    """Read an id or a version.

    Raises:
        MalformedError: It is none that a registry hands out.

    """
    # A bool is an int to Python, and none to anybody else.
    if type(answer) is not int or not 1 <= answer <= MOST_ID:
        raise MalformedError(f"{_shown(answer)} is no id or version")
    return answer


def schema(answer: Any) -> Schema:
    """Read a content; a type that is left out is Avro's, in all registries."""
    said = mapping(answer)
    return Schema(
        text(said.get("schema")),
        text(said.get("schemaType") or AVRO),
        listed(said.get("references") or [], reference),
        metadata=_optional(said.get("metadata"), mapping),
        rule_set=_optional(said.get("ruleSet"), mapping),
        guid=_optional(said.get("guid"), guid),
    )


def reference(answer: Any) -> Reference:
    said = mapping(answer)
    return Reference(
        text(said.get("name")), text(said.get("subject")), number(said.get("version"))
    )


def registered(answer: Any) -> RegisteredSchema:
    said = mapping(answer)
    return RegisteredSchema(
        subject=text(said.get("subject")),
        version=number(said.get("version")),
        id=number(said.get("id")),
        schema=schema(said),
    )


def subject_version(answer: Any) -> SubjectVersion:
    said = mapping(answer)
    return SubjectVersion(text(said.get("subject")), number(said.get("version")))


def guid(answer: Any) -> UUID:
    try:
        return UUID(text(answer))
    except ValueError:
        raise MalformedError(f"{_shown(answer)} is no GUID") from None


def compatibility(answer: Any) -> Compatibility:
    said = mapping(answer)
    verdict = _typed(said.get("is_compatible"), bool, "true or false")
    return Compatibility(verdict, listed(said.get("messages") or [], text))


def config(answer: Any) -> Config:
    """Read a config; the level has another name in the answer to a change."""
    said = mapping(answer)
    level = said.get("compatibilityLevel") or said.get("compatibility")
    return Config(
        level=_optional(level, lambda name: text(name).upper()),
        normalize=_optional(
            said.get("normalize"), lambda is_on: _typed(is_on, bool, "true or false")
        ),
        details=said,
    )


def mode(answer: Any) -> str:
    return text(mapping(answer).get("mode"))


def association(answer: Any) -> Association:
    said = mapping(answer)
    return Association(
        subject=text(said.get("subject")),
        resource_name=text(said.get("resourceName") or ""),
        role=text(said.get("associationType") or "value"),
        lifecycle=text(said.get("lifecycle") or ""),
        is_frozen=said.get("frozen") is True,
    )


def report(answer: Any) -> CheckReport:
    said = mapping(answer)
    error = mapping(said.get("error") or {})
    return CheckReport(
        subject=text(said.get("subject")),
        verdict=text(said.get("verdict")),
        level=_optional(said.get("level"), text),
        messages=listed(said.get("messages") or [], text),
        findings=listed(said.get("findings") or [], finding),
        error=text(error.get("message") or ""),
    )


def finding(answer: Any) -> Finding:
    return Finding.of(mapping(answer))


def anything(answer: Any) -> Any:
    """Take an answer as it is."""
    return answer


def nothing(_answer: Any) -> None:
    return None


def _optional(answer: Any, read: Callable[[Any], Value]) -> Value | None:
    return None if answer is None else read(answer)


def _typed(answer: Any, kind: type[Value], name: str) -> Value:
    if not isinstance(answer, kind):
        raise MalformedError(f"{_shown(answer)} is not {name}")
    return answer


def _shown(answer: Any) -> str:
    return "nothing" if answer is None else repr(answer)[:80]
