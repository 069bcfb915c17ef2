"""What a schema's own text says about which remarks are wanted there.

How it is written is a matter of the language: `languages`.
"""

from dataclasses import dataclass
from typing import Final

from registry.domain.model import SchemaType
from registry.domain.rules import Spot
from registry.domain.schema import ParsedSchema
from registry.gate.languages.board import LANGUAGES

_LEAST_LETTERS: Final = 3


@dataclass(frozen=True, slots=True)
class Ignore:
    """That remarks of a rule about an element, and what is in it, are not wanted.

    Attributes:
        reason: Empty where none was given.
        spot: Of the element.

    """

    rule: str
    reason: str
    spot: Spot

    @property
    def has_reason(self) -> bool:
        return sum(map(str.isalnum, self.reason)) >= _LEAST_LETTERS

    def covers(self, rule: str, spot: Spot) -> bool:
        pointer = self.spot.pointer
        is_inside = not pointer or spot.pointer == pointer
        return rule == self.rule and (
            is_inside or spot.pointer.startswith(f"{pointer}/")
        )


def of(language: SchemaType, schema: ParsedSchema) -> tuple[Ignore, ...]:
    """Return what the text of a schema asks for, with and without a reason."""
    found = LANGUAGES[language].ignores(schema)
    return tuple(Ignore(rule, reason, spot) for rule, reason, spot in found)
