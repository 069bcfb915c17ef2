"""A JSON Schema that has been understood."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from registry.domain import json_text
from registry.domain.formats.jsonschema.canonical import canonical_text
from registry.domain.formats.jsonschema.documents import Document, Resolver
from registry.domain.places import Place
from registry.domain.rules import Spot

_BYTES_PER_CHARACTER: Final = 12
"""Of the values read, and of the addresses in them; texts are counted by themselves."""

_LONGEST_FRAGMENT: Final = 10 * 1024
"""Characters of one element that a finding quotes."""

_LONGEST_WRITTEN: Final = 4 * _LONGEST_FRAGMENT
"""Characters of an element that are looked at for that, white space included."""


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
        text = self._texts.get(spot.source)
        if text is None:
            return None
        if spot.source:
            extent = json_text.find(text, spot.pointer)
        else:
            extent = self.layout.find(spot.pointer)
        if extent is None:
            return None
        # A text is read to its end only where it is short.
        end = min(extent.end, extent.start + _LONGEST_WRITTEN)
        return canonical_text(text[extent.start : end])[:_LONGEST_FRAGMENT]

    @cached_property
    def _texts(self) -> Mapping[str, str]:
        """The texts by the names of the references; the schema's own has none."""
        documents = (root.document for root in self.resolver.documents())
        return {document.source: document.text for document in documents}
