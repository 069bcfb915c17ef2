"""From the events of a YAML parser to values with their places.

What is written is what is meant: a date stays a text, `no` is not false, a member
stands once, and nothing is copied from elsewhere. The text is taken event by event, so
that a hostile one is refused before anything of its size is built.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from registry.domain.json_text import escaped
from registry.domain.places import Place
from registry.gate.yaml_text import Document, YamlError

_MAX_DEPTH: Final = 32
_MAX_VALUES: Final = 20_000

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_PLAIN: Final[tuple[tuple[re.Pattern[str], Callable[[str], Any]], ...]] = (
    (re.compile(r"null|Null|NULL|~|"), lambda _text: None),
    (re.compile(r"true|True|TRUE"), lambda _text: True),
    (re.compile(r"false|False|FALSE"), lambda _text: False),
    # Longer numbers are identifiers, not amounts; they stay texts.
    (re.compile(r"[-+]?[0-9]{1,18}"), int),
    (
        re.compile(
            r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))([eE][-+]?[0-9]{1,2})?"
        ),
        float,
    ),
)
"""How a text without quotes is understood; one that matches nothing stays a text.

Source: YAML 1.2.2, section 10.3.2, without octal, hexadecimal and infinite numbers.
"""


def document(text: str) -> Document:
    """See `yaml_text.read`."""
    building = _Building()
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            building.take(event)
    except MarkedYAMLError as error:
        raise _syntax_error(error) from error
    except ReaderError as error:
        reason = f"expected printable text, found character {error.character!r}"
        place = Place.of(text, error.position, error.position + 1)
        raise YamlError(reason, place) from error
    except (YAMLError, ValueError, OverflowError, AssertionError) as error:
        # An escape beyond Unicode, a version of YAML that is none: without a mark.
        raise YamlError("expected YAML") from error
    return Document(building.root, building.places)


@dataclass(slots=True)
class _Open:
    """A mapping or sequence whose end has not been seen.

    Attributes:
        key: The member whose value comes next; None where a name comes next, and in
            a sequence.

    """

    value: Any
    pointer: str
    key: str | None = None
    key_place: Place | None = None


@dataclass(slots=True)
class _Building:
    root: Any = None
    places: dict[str, Place] = field(default_factory=dict)
    documents: int = 0
    open: list[_Open] = field(default_factory=list)

    def take(self, event: Event) -> None:
        """Take in the next event.

        Raises:
            YamlError: The text goes beyond what a manifest may be.

        """
        if isinstance(event, DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise YamlError("expected one document, found another", _place(event))
        elif isinstance(event, NodeEvent):
            _refuse_indirection(event)
            if isinstance(event, ScalarEvent):
                self._scalar(event)
            elif isinstance(event, MappingStartEvent):
                self._enter({}, event)
            elif isinstance(event, SequenceStartEvent):
                self._enter([], event)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self.open.pop()

    def _scalar(self, event: ScalarEvent) -> None:
        if _SURROGATE.search(event.value):
            reason = "expected Unicode text, found half a surrogate pair"
            raise YamlError(reason, _place(event))
        if self.open and self._is_name_next(self.open[-1]):
            self._name(self.open[-1], event)
        else:
            is_plain = event.implicit[0]
            self._put(_plain(event.value) if is_plain else event.value, event)

    def _enter(self, value: Any, event: Event) -> None:
        if self.open and self._is_name_next(self.open[-1]):
            reason = "expected the name of a member, found a list or mapping"
            raise YamlError(reason, _place(event))
        if len(self.open) == _MAX_DEPTH:
            reason = f"expected at most {_MAX_DEPTH} levels of nesting"
            raise YamlError(reason, _place(event))
        pointer = self._put(value, event)
        self.open.append(_Open(value, pointer))

    def _is_name_next(self, around: _Open) -> bool:
        return isinstance(around.value, dict) and around.key is None

    def _name(self, around: _Open, event: ScalarEvent) -> None:
        if event.value in around.value:
            first = self.places[f"{around.pointer}/{escaped(event.value)}"]
            reason = (
                f"expected each member once, found '{event.value}' again; it stands"
                f" in line {first.line} already"
            )
            raise YamlError(reason, _place(event))
        around.key, around.key_place = event.value, _place(event)

    def _put(self, value: Any, event: Event) -> str:
        """Put a value where it belongs and return its pointer."""
        if len(self.places) >= _MAX_VALUES:
            raise YamlError(f"expected at most {_MAX_VALUES} values", _place(event))
        if not self.open:
            self.root = value
            self.places[""] = _place(event)
            return ""
        around = self.open[-1]
        if around.key is not None:
            pointer = f"{around.pointer}/{escaped(around.key)}"
            around.value[around.key] = value
            place = around.key_place or _place(event)
            around.key = None
        else:
            pointer = f"{around.pointer}/{len(around.value)}"
            around.value.append(value)
            place = _place(event)
        self.places[pointer] = place
        return pointer


def _refuse_indirection(event: NodeEvent) -> None:
    if isinstance(event, AliasEvent) or event.anchor:
        reason = (
            "expected the value itself, found an anchor or alias; write the value out"
            " in each place"
        )
    elif tag := getattr(event, "tag", None):
        reason = f"expected no tag, found '{tag}'"
    else:
        return
    raise YamlError(reason, _place(event))


def _plain(text: str) -> Any:
    for pattern, made in _PLAIN:
        if pattern.fullmatch(text):
            return made(text)
    return text


def _place(event: Event) -> Place:
    return _between(event.start_mark, event.end_mark)


def _between(start: Any, end: Any) -> Place:
    return Place(start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _syntax_error(error: MarkedYAMLError) -> YamlError:
    parts: Iterator[str] = (each for each in (error.context, error.problem) if each)
    mark = error.problem_mark or error.context_mark
    place = None if mark is None else _between(mark, mark)
    return YamlError(f"expected YAML: {', '.join(parts)}", place)
