"""JSON Schema texts as validators, each made once."""

from functools import lru_cache
from itertools import islice
from typing import Any, Final

import jsonschema_rs

from wirepact.codecs.json_documents import Documents, UnusableSchemaError, parsed
from wirepact.codecs.language import ResolvedSchema

_MOST_VALIDATORS: Final = 512
_TOLD: Final = 3


def validator(resolved: ResolvedSchema) -> jsonschema_rs.Validator:
    """Return the validator of a schema; the same one every time.

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
    return Documents({"": text, **dict(references)}).validator()
