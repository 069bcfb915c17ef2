"""JSON Schema texts as validators, which nothing can make open a file or connection."""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, Final
from urllib.parse import unquote, urljoin

import jsonschema_rs
import msgspec
from jsonschema_rs import (
    Draft4Validator,
    Draft6Validator,
    Draft7Validator,
    Draft201909Validator,
    Draft202012Validator,
)

from wirepact.codecs.language import ResolvedSchema

# Of schemas that name no draft, or one that nobody knows: as the registry takes them.
_DEFAULT_DRAFT: Final = Draft7Validator
_DRAFTS: Final[Mapping[str, type[jsonschema_rs.Validator]]] = {
    "json-schema.org/schema": Draft4Validator,
    "json-schema.org/draft-04/schema": Draft4Validator,
    "json-schema.org/draft-06/schema": Draft6Validator,
    "json-schema.org/draft-07/schema": Draft7Validator,
    "json-schema.org/draft/2019-09/schema": Draft201909Validator,
    "json-schema.org/draft/2020-12/schema": Draft202012Validator,
}
# What jsonschema-rs takes relative references to be relative to.
_NO_BASE: Final = "json-schema:///"
# Patterns with look-around take more than linear time, but not more than this.
_PATTERNS: Final = jsonschema_rs.FancyRegexOptions(
    backtrack_limit=100_000, size_limit=8 * 2**20
)
_MOST_VALIDATORS: Final = 512
_TOLD: Final = 3


class UnusableSchemaError(ValueError):
    """A registered text that no validator can be made of; it says why."""


def validator(resolved: ResolvedSchema) -> jsonschema_rs.Validator:
    """Return the validator of a schema; the same one every time.

    `format` is an annotation, as it is for Confluent's Python client and for the newer
    drafts: what is written by others is not refused for it.

    Raises:
        UnusableSchemaError: The text is no schema, or refers to what is not among its
            references.

    """
    references = tuple((name, each.text) for name, each in resolved.references.items())
    return _validator(resolved.schema.text, references)


def title(resolved: ResolvedSchema) -> str | None:
    """Return what the schema calls itself, if it does."""
    try:
        root = parsed("the schema", resolved.schema.text)
    except UnusableSchemaError:
        return None
    found = root.get("title") if isinstance(root, dict) else None
    return found if isinstance(found, str) else None


def parsed(name: str, text: str) -> Any:
    """Return what a text holds.

    Raises:
        UnusableSchemaError: It is no JSON.

    """
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError) as error:
        raise UnusableSchemaError(f"{name} is no JSON: {error}") from error


def faults(validator: jsonschema_rs.Validator, instance: Any) -> str:
    """Say where and why an instance is not valid, without its values."""
    found = [
        f"{_pointer(error.instance_path)}: {error.message}"
        for error in islice(validator.iter_errors(instance), _TOLD + 1)
    ]
    more = ["and more"] if len(found) > _TOLD else []
    return "; ".join(found[:_TOLD] + more)


def _pointer(path: list[str | int]) -> str:
    tokens = (str(each).replace("~", "~0").replace("/", "~1") for each in path)
    return "".join(f"/{each}" for each in tokens) or "the value"


@lru_cache(maxsize=_MOST_VALIDATORS)
def _validator(
    text: str, references: tuple[tuple[str, str], ...]
) -> jsonschema_rs.Validator:
    root = _known_draft(parsed("the schema", text))
    others = {name: _known_draft(parsed(name, each)) for name, each in references}
    try:
        return _draft(root)(
            root,
            retriever=_retriever(root, others),
            validate_formats=False,
            pattern_options=_PATTERNS,
            mask="the value",
        )
    # It has one error for instances and for schemas; both are ValueErrors.
    except (ValueError, RecursionError) as error:
        reason = str(getattr(error, "message", error))
        raise UnusableSchemaError(f"the schema cannot be used: {reason}") from error


def _draft(root: Any) -> type[jsonschema_rs.Validator]:
    return _DRAFTS.get(_draft_name(root) or "", _DEFAULT_DRAFT)


def _known_draft(root: Any) -> Any:
    """Return the schema without the name of a draft that is none of the known ones."""
    name = _draft_name(root)
    if name is None or name in _DRAFTS:
        return root
    return {key: value for key, value in root.items() if key != "$schema"}


def _draft_name(root: Any) -> str | None:
    named = root.get("$schema") if isinstance(root, dict) else None
    if not isinstance(named, str):
        return None
    return named.partition("://")[2].removesuffix("#").removesuffix("/")


def _retriever(root: Any, others: Mapping[str, Any]) -> Callable[[str], Any]:
    """Return what finds documents by the address that a reference leads to.

    The names of references are what texts write after `$ref`, or what that comes to
    beside the `$id` of the text.
    """
    bases = dict.fromkeys([_NO_BASE, *_own_names(root), *others])
    for each in others.values():
        bases.update(dict.fromkeys(_own_names(each)))

    def retrieve(uri: str) -> Any:
        wanted = unquote(uri.removesuffix("#"))
        for name, document in others.items():
            if wanted == unquote(name) or wanted in _own_names(document):
                return document
            if any(wanted == unquote(urljoin(base, name)) for base in bases):
                return document
        raise LookupError(f"'{uri.removeprefix(_NO_BASE)}' is not among the references")

    return retrieve


def _own_names(root: Any) -> Iterator[str]:
    if isinstance(root, dict):
        for keyword in ("$id", "id"):
            named = root.get(keyword)
            if isinstance(named, str):
                yield named.removesuffix("#")
