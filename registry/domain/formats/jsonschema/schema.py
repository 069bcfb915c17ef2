"""A JSON Schema that has been understood."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from registry.domain import json_text
from registry.domain.formats.jsonschema.documents import Document, Resolver
from registry.domain.places import Place
from registry.domain.rules import Spot

_BYTES_PER_CHARACTER: Final = 12
"""Of the values read, and of the addresses in them; texts are counted by themselves."""

_LONGEST_FRAGMENT: Final = 10 * 1024
"""Characters of one element that a finding quotes."""


@dataclass(frozen=True, eq=False)
class JsonSchema:
    """A JSON Schema that has been understood.

    Attributes:
        document: What the text holds.
        resolver: What the references in it stand for.
        referenced: How many characters the referenced texts have.

    """

    text: str
    document: Document
    resolver: Resolver
    canonical: str
    referenced: int = 0

    @property
    def size_bytes(self) -> int:
        own = len(self.text)
        values = _BYTES_PER_CHARACTER * (own + self.referenced)
        return own + len(self.canonical) + values

    @cached_property
    def layout(self) -> json_text.Layout:
        return json_text.Layout(self.text)

    def place(self, spot: Spot) -> Place | None:
        return None if spot.source else self.layout.place(spot.pointer)

    def fragment(self, spot: Spot) -> str | None:
        found = self.resolver.at(spot)
        if found is None:
            return None
        return json_text.compact(found.value)[:_LONGEST_FRAGMENT]
