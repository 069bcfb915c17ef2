"""The names that JSON Schemas have in their texts, and which schema has each.

The texts are gone through once: a schema of a megabyte has fifty thousand references.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urljoin

Token = str | int

MOST_ADDRESS: Final = 4096
"""Characters of a schema's address, with that of what it is in."""

_ADDRESSES: Final = ("$id", "id")
_ANCHORS: Final = ("$anchor", "$dynamicAnchor")
_RECURSIVE: Final = ""
"""Under this name are those that have a `$recursiveAnchor`, which has none."""


class Way(NamedTuple):
    """The last step on the way to a schema; the first leads nowhere.

    Written out only for schemas that are asked for: there are many, and deep ones.
    """

    up: "Way | None" = None
    token: Token = ""

    def tokens(self) -> tuple[Token, ...]:
        found: list[Token] = []
        step = self
        while step.up is not None:
            found.append(step.token)
            step = step.up
        return tuple(reversed(found))


class _Home(NamedTuple):
    """What a schema is in: the text, and the address that its references start from."""

    document: str
    base: str


class Names:
    """All names in some texts. Schemas are known by what they are, not by places."""

    def __init__(self, roots: Mapping[str, Any]) -> None:
        self._roots = roots
        self.has_long_address = False
        self.schemas: list[dict[str, Any]] = []
        """All objects in the texts: each schema, and what is none."""
        self._ways: dict[tuple[str, str], Way] = {}
        self._homes: dict[int, _Home] = {}
        self._addressed: dict[str, Any] = {}
        self._anchored: dict[tuple[str, str], Any] = {}
        self._met: dict[str, dict[str, list[Any]]] = {}
        for document in roots:
            self._go_through(document)

    def way(self, document: str, name: str) -> Way | None:
        """Return the way to the first schema of a text that has a name, if one has."""
        return self._ways.get((document, name))

    def joined(self, schema: Mapping[str, Any], address: str) -> str:
        """Return an address as it is meant in a schema."""
        return _plain(urljoin(self._homes[id(schema)].base, address))

    def targets(
        self, schema: Mapping[str, Any], address: str, fragment: str
    ) -> Iterator[Any]:
        """Yield what a reference in a schema leads to: in its own text, or by address.

        Where a text holds another one, with an address of its own, it may be two.
        """
        if address:
            whole = self._addressed.get(self.joined(schema, address))
            yield from self.within(whole, fragment)
            return
        home = self._homes[id(schema)]
        yield from self.within(self._addressed.get(home.base), fragment)
        yield from self.within(self._roots[home.document], fragment)

    def within(self, whole: Any, fragment: str) -> Iterator[Any]:
        """Yield what a fragment leads to in a text, or in one that is within it."""
        if not fragment:
            yield whole
        elif fragment.startswith("/"):
            found = whole
            for _, found in pointed(whole, unquote(fragment)):  # noqa: B007 - the last
                pass
            yield found
        elif (home := self._homes.get(id(whole))) is not None:
            yield self._anchored.get((home.base, fragment))

    def dynamic(self, name: str) -> Mapping[str, Any] | None:
        """Return the choice among all that a reference to what is met may lead to.

        It is the same choice each time, and so is gone into once.
        """
        return self._met.get(name)

    def _go_through(self, document: str) -> None:
        waiting = [(Way(), self._roots[document], document)]
        while waiting:
            way, value, base = waiting.pop()
            if isinstance(value, dict):
                base = self._note(document, way, value, base)
                waiting.extend((Way(way, k), each, base) for k, each in value.items())
            elif isinstance(value, list):
                waiting.extend((Way(way, i), e, base) for i, e in enumerate(value))

    def _note(
        self, document: str, way: Way, schema: dict[str, Any], around: str
    ) -> str:
        """Note the names of a schema; return its address, or that of what it is in."""
        anchors = [schema[word] for word in _ANCHORS if _is_text(schema, word)]
        addresses = [schema[word] for word in _ADDRESSES if _is_text(schema, word)]
        anchors += [each[1:] for each in addresses if each.startswith("#")]
        base = self._base(around, addresses)
        if base != around or way.up is None:
            self._addressed.setdefault(base, schema)
        for name in (*anchors, *addresses):
            self._ways.setdefault((document, name), way)
        for name in anchors:
            self._anchored.setdefault((base, name), schema)
        self._note_met(schema)
        self._homes[id(schema)] = _Home(document, base)
        self.schemas.append(schema)
        return base

    def _base(self, around: str, addresses: list[str]) -> str:
        base = around
        for address in addresses:
            if len(around) + len(address) > MOST_ADDRESS:
                self.has_long_address = True
            elif not address.startswith("#"):
                base = _plain(urljoin(around, address))
        return base

    def _note_met(self, schema: dict[str, Any]) -> None:
        if _is_text(schema, "$dynamicAnchor"):
            name = schema["$dynamicAnchor"]
        elif schema.get("$recursiveAnchor") is True:
            name = _RECURSIVE
        else:
            return
        self._met.setdefault(name, {"anyOf": []})["anyOf"].append(schema)


def pointed(schema: Any, pointer: str) -> Iterator[tuple[Token, Any]]:
    """Yield the steps of a JSON pointer, and what is there; None is nothing."""
    at = schema
    for written in pointer[1:].split("/"):
        token: Token = written.replace("~1", "/").replace("~0", "~")
        if isinstance(at, list):
            is_index = written.isdecimal() and int(written) < len(at)
            token, at = (int(written), at[int(written)]) if is_index else (token, None)
        else:
            at = at.get(token) if isinstance(at, dict) else None
        yield token, at


def _plain(address: str) -> str:
    return unquote(address).removesuffix("#")


def _is_text(schema: Mapping[str, Any], word: str) -> bool:
    return isinstance(schema.get(word), str)
