"""YAML texts: read as a manifest means them, with the place of everything."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from registry.domain.places import Place

MAX_BYTES: Final = 256 * 1024


class YamlError(Exception):
    """A text that is no YAML, or more than a manifest may be.

    Attributes:
        reason: What is wrong and what was expected, one sentence, no place in it.
        place: Where, if the reason has one.

    """

    def __init__(self, reason: str, place: Place | None = None) -> None:
        self.reason = reason
        self.place = place
        super().__init__(reason if place is None else f"{reason} at {place}")


@dataclass(frozen=True, slots=True)
class Document:
    """A text's value.

    Attributes:
        value: Made of dict, list, str, int, float, bool and None.
        places: Of every value, by its JSON pointer; a member is shown from its name on.

    """

    value: Any
    places: Mapping[str, Place]


def read(text: str) -> Document:
    """Return what a text says.

    Raises:
        YamlError: It is no YAML, or has a member twice, an anchor, an alias, a tag, or
            more values or levels than any manifest needs.

    """
    if len(text) > MAX_BYTES or len(text.encode(errors="replace")) > MAX_BYTES:
        raise YamlError(f"expected at most {MAX_BYTES} bytes")
    # Late: a check whose manifests are as before understands none of them anew, and
    # the parser takes as long to import as such a check has.
    from registry.gate import yaml_events

    return yaml_events.document(text)
