"""JSON Schema texts as judges of values, each made once."""

from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from wirepact.codecs.json_documents import Documents, UnusableSchemaError, parsed
from wirepact.codecs.json_steps import MOST_EXPLAINED, Steps, TooManyStepsError
from wirepact.codecs.json_width import refuse_wide
from wirepact.codecs.language import ResolvedSchema

_MOST_JUDGES: Final = 512
_TOLD: Final = 3
# Of one reason: it may name members, of which there may be many.
_MOST_CHARACTERS: Final = 300


class Judge:
    """Says whether values are valid by a schema, and why not."""

    def __init__(self, documents: Documents) -> None:
        """Compile the schema.

        Raises:
            UnusableSchemaError: It is none, or refers to what is not among its
                references, or to too much.

        """
        refuse_wide(documents)
        self._documents = documents
        self._validator = documents.validator()
        self.is_valid: Callable[[Any], bool] = self._validator.is_valid

    def faults(self, instance: Any) -> str:
        """Say where and why an instance is not valid, without its values."""
        try:
            Steps(self._documents, MOST_EXPLAINED).of(self._documents.whole, instance)
        except (TooManyStepsError, RecursionError):
            return f"why would take more than {MOST_EXPLAINED} steps to say"
        found = [
            f"{_pointer(error.instance_path)}: {error.message}"[:_MOST_CHARACTERS]
            for error in islice(self._validator.iter_errors(instance), _TOLD + 1)
        ]
        more = ["and more"] if len(found) > _TOLD else []
        return "; ".join(found[:_TOLD] + more)


def judge(resolved: ResolvedSchema) -> Judge:
    """Return the judge by a schema; the same one every time.

    Raises:
        UnusableSchemaError: The text is no schema, or refers to what is not among its
            references, or to too much.

    """
    references = tuple((name, each.text) for name, each in resolved.references.items())
    return _judge(resolved.schema.text, references)


def title(resolved: ResolvedSchema) -> str | None:
    """Return what the schema calls itself, if it does."""
    try:
        root = parsed("the schema", resolved.schema.text)
    except UnusableSchemaError:
        return None
    found = root.get("title") if isinstance(root, dict) else None
    return found if isinstance(found, str) else None


def _pointer(path: list[str | int]) -> str:
    tokens = (str(each).replace("~", "~0").replace("/", "~1") for each in path)
    return "".join(f"/{each}" for each in tokens) or "the value"


@lru_cache(maxsize=_MOST_JUDGES)
def _judge(text: str, references: tuple[tuple[str, str], ...]) -> Judge:
    return Judge(Documents({"": text, **dict(references)}))
