"""What a schema says of its fields, in words that all languages share.

The words are those of the Open Data Contract Standard.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from registry.domain.model import SchemaType

MOST_ELEMENTS: Final = 5_000
"""Of one schema; types that are in each other could be written out without end."""

MOST_LEVELS: Final = 12


@dataclass(frozen=True, slots=True)
class Element:
    """A field, or what a list consists of.

    Attributes:
        name: Empty for what a list consists of.
        logical: The standard's logical type; empty where it has none.
        physical: The type as the schema's language has it.
        is_required: None where the language does not say it.
        inside: The fields of an object.
        each: What a list consists of.

    """

    name: str
    logical: str
    physical: str
    description: str = ""
    is_required: bool | None = None
    inside: tuple["Element", ...] = ()
    each: "Element | None" = None


class Budget:
    """How many elements of a schema may still be written out."""

    def __init__(self, most: int = MOST_ELEMENTS) -> None:
        self._left = most

    def take(self) -> bool:
        self._left -= 1
        return self._left >= 0


_MODULES: Final[Mapping[SchemaType, str]] = {
    SchemaType.AVRO: "registry.gate.rendering.elements_avro",
    SchemaType.JSON: "registry.gate.rendering.elements_json",
    SchemaType.PROTOBUF: "registry.gate.rendering.elements_protobuf",
}


def elements(
    schema_type: SchemaType, schema: Any, message: str | None = None
) -> tuple[Element, ...]:
    """Return the fields of a schema's outermost type; none if it has no fields.

    A type that is in itself is not written out a second time.

    Args:
        message: Which of several Protobuf messages; None for the first.

    """
    module = import_module(_MODULES[schema_type])
    of: Callable[[Any, str | None], tuple[Element, ...]] = module.elements
    return of(schema, message)
