"""Rules about fields: which fields, and what an expression sees of each.

Every language has a walk of its own over its values; what it asks for each field it
meets is here. Source: confluent-kafka-python 2.16, schema_registry/common/serde.py.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

PRIMITIVE: Final = frozenset(
    {"STRING", "BYTES", "INT", "LONG", "FLOAT", "DOUBLE", "BOOLEAN", "NULL"}
)
"""The types of fields that an expression gets to see."""

_MOST_PATTERNS: Final = 1024
_MOST_KNOWN: Final = 4096


@dataclass(frozen=True, slots=True)
class Field:
    """A field as rules name it.

    Attributes:
        full_name: With the name of what it is in: `shop.Order.id`, or `$.lines.sku`
            for JSON.
        tags: Those in the schema and those that its metadata gives to the name.

    """

    full_name: str
    name: str
    tags: frozenset[str]


Transform = Callable[[Field, str, Any, Any], Any]
"""From a field, its type's name, its value and what it is in, to its new value.

A condition gives the value back, or raises.
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """What is done with the fields of a value.

    Attributes:
        tags: Of the fields that are meant; empty for all.
        path_tags: Tags by patterns of full names, from the metadata.
        known: Fields that were met before, by full names.

    """

    transform: Transform
    tags: frozenset[str]
    path_tags: Mapping[str, frozenset[str]]
    known: dict[str, Field] = field(default_factory=dict)

    def field(self, full_name: str, name: str, inline: Callable[[], Any]) -> Field:
        """Return a field with all its tags, which are looked for once.

        Args:
            inline: Returns the tags that the schema has at the field itself.

        """
        known = self.known.get(full_name)
        if known is not None:
            return known
        said = inline()
        written = said if isinstance(said, list) else []
        tags = {each for each in written if isinstance(each, str)}
        for pattern, given in self.path_tags.items():
            if matches(full_name, pattern):
                tags |= given
        found = Field(full_name, name, frozenset(tags))
        # Names of JSON's fields grow with the values, if a schema holds itself.
        if len(self.known) < _MOST_KNOWN:
            self.known[full_name] = found
        return found

    def means(self, field: Field) -> bool:
        return not self.tags or not self.tags.isdisjoint(field.tags)

    def apply(self, field: Field, type_name: str, value: Any, around: Any) -> Any:
        """Return the new value of a field, which is the former one if it is not meant.

        Args:
            around: The record, object or message that the field is in.

        """
        if type_name not in PRIMITIVE or not self.means(field):
            return value
        return self.transform(field, type_name, value, around)


def path_tags(metadata: Mapping[str, Any] | None) -> Mapping[str, frozenset[str]]:
    """Return the tags that metadata gives, by patterns of full names."""
    given = (metadata or {}).get("tags")
    found = given if isinstance(given, Mapping) else {}
    return {
        pattern: frozenset(each for each in tags if isinstance(each, str))
        for pattern, tags in found.items()
        if isinstance(tags, list | tuple | set | frozenset)
    }


def matches(name: str, pattern: str) -> bool:
    """Say whether a full name is one of a pattern.

    `?` stands for a character, `*` for any number within a part of the name, `**` for
    any number across parts; parts are between dots.
    """
    return _expression(pattern).fullmatch(name) is not None


@lru_cache(maxsize=_MOST_PATTERNS)
def _expression(pattern: str) -> re.Pattern[str]:
    """Compile a pattern so that no star is tried again without need.

    After `**` anything may follow, so that the first place where the next part fits is
    as good as any. So it is, within a part of the name, after `*`. Only what has to
    reach the end of the name is looked for in several places.
    """
    *inner, last = pattern.replace("**.*", "**").split("**")
    if not inner:
        return re.compile(_within(last, is_last=True))
    first, *between = inner
    written = [_within(first, is_last=False)]
    written += [f"(?>.*?{_within(each, is_last=False)})" for each in between]
    return re.compile("".join((*written, ".*?", _within(last, is_last=True))))


def _within(text: str, *, is_last: bool) -> str:
    """Write what stands between two `**`, or before or behind one."""
    fixed, *behind = [
        "[^.]".join(map(re.escape, each.split("?"))) for each in text.split("*")
    ]
    found = [f"(?>[^.]*?{each})" for each in behind]
    if is_last and behind:
        found[-1] = f"[^.]*{behind[-1]}"
    return "".join((fixed, *found))
