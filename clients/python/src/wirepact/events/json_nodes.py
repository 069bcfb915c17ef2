"""JSON Schemas as far as adapters need them: properties, what is required, choices.

A schema's keywords say what is valid, not what a type is; what is not found here is
left to the class.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urldefrag, urljoin

from wirepact.codecs.language import ResolvedSchema

_MOST_HOPS: Final = 32


class JsonTextError(ValueError):
    """A text that is not a JSON Schema."""


@dataclass(frozen=True, slots=True)
class Node:
    """A schema, and the document it stands in.

    Attributes:
        value: Its keywords; empty for `true`, and for what could not be found.
        base: The URI of the document.

    """

    value: Mapping[str, Any]
    base: str = ""

    def inner(self, value: Any) -> "Node":
        return Node(value if isinstance(value, dict) else {}, self.base)

    @property
    def types(self) -> frozenset[str]:
        stated = self.value.get("type", [])
        return frozenset([stated] if isinstance(stated, str) else stated)


@dataclass(frozen=True, slots=True)
class Property:
    node: Node
    is_required: bool


@dataclass(frozen=True, slots=True)
class JsonDocuments:
    """A schema with all that it refers to."""

    root: Node
    by_uri: Mapping[str, Mapping[str, Any]]

    def resolved(self, node: Node) -> Node:
        """Follow `$ref` to what it stands for, and a lone `allOf` to its one member."""
        for _ in range(_MOST_HOPS):
            target, together = self.target_of(node), node.value.get("allOf")
            if target is not None:
                node = target
            elif isinstance(together, list) and len(together) == 1:
                node = node.inner(together[0])
            else:
                break
        return node

    def reference_of(self, node: Node) -> tuple[str, str] | None:
        """Return the document and the fragment that a `$ref` names."""
        reference = node.value.get("$ref")
        if not isinstance(reference, str):
            return None
        uri, fragment = urldefrag(urljoin(node.base, reference))
        if uri not in self.by_uri and (bare := urldefrag(reference)[0]) in self.by_uri:
            uri = bare
        return uri, fragment

    def properties(self, node: Node) -> dict[str, Property]:
        """Return the properties of an object, those of its `allOf` included."""
        found: dict[str, Property] = {}
        required: set[str] = set()
        for part in self._parts(node, _MOST_HOPS):
            stated = part.value.get("properties")
            for name, value in (stated if isinstance(stated, dict) else {}).items():
                found[name] = Property(part.inner(value), is_required=False)
            needed = part.value.get("required")
            required |= set(needed if isinstance(needed, list) else [])
        return {
            name: Property(each.node, name in required) for name, each in found.items()
        }

    def alternatives(self, node: Node, hops: int = _MOST_HOPS) -> tuple[Node, ...]:
        """Return the branches of a union; the schema alone if it is none."""
        node = self.resolved(node)
        if not hops:
            return (node,)
        for keyword in ("oneOf", "anyOf"):
            branches = node.value.get(keyword)
            if isinstance(branches, list) and branches:
                inner = (
                    self.alternatives(node.inner(each), hops - 1) for each in branches
                )
                return tuple(each for some in inner for each in some)
        types = node.value.get("type")
        if isinstance(types, list):
            return tuple(node.inner({**node.value, "type": each}) for each in types)
        return (node,)

    def allows_null(self, node: Node) -> bool:
        """Tell whether null is valid, where the schema says which types are."""
        for each in self.alternatives(node):
            values = each.value.get("enum")
            if "null" in each.types or (isinstance(values, list) and None in values):
                return True
            if not each.types and not isinstance(values, list):
                return True
        return False

    def _parts(self, node: Node, hops: int) -> Iterator[Node]:
        node = self.resolved(node)
        yield node
        together = node.value.get("allOf")
        if hops and isinstance(together, list):
            for each in together:
                yield from self._parts(node.inner(each), hops - 1)

    def target_of(self, node: Node) -> Node | None:
        """Return what a `$ref` stands for, one step on; empty if it is not there."""
        found = self.reference_of(node)
        if found is None:
            return None
        uri, fragment = found
        document = self.by_uri.get(uri)
        if document is None:
            return Node({}, node.base)
        return Node(_pointed(document, fragment), uri)


def parse(schema: ResolvedSchema) -> JsonDocuments:
    """Read a schema and its references.

    Raises:
        JsonTextError: One of the texts is no JSON Schema.

    """
    by_uri: dict[str, Mapping[str, Any]] = {}
    for name, reference in schema.references.items():
        document = _document(reference.text)
        by_uri[name] = document
        by_uri.setdefault(_identifier(document), document)
    root = _document(schema.schema.text)
    uri = _identifier(root)
    by_uri[uri] = root
    return JsonDocuments(Node(root, uri), by_uri)


def identifier_of(text: str) -> str:
    """Return the `$id` of a schema; empty without one.

    Raises:
        JsonTextError: The text is no JSON Schema.

    """
    return _identifier(_document(text))


def documents_referred_to(text: str) -> list[str]:
    """Return the URIs, without fragments, that the `$ref` of a schema name."""
    document = _document(text)
    own, found = _identifier(document), dict[str, None]()
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            reference = value.get("$ref")
            if isinstance(reference, str) and (uri := urldefrag(reference)[0]):
                whole = urldefrag(urljoin(own, reference))[0]
                found |= dict.fromkeys(each for each in (uri, whole) if each != own)
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return list(found)


def _document(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise JsonTextError(f"no JSON: {error}") from error
    if isinstance(value, bool):
        return {}
    if not isinstance(value, dict):
        raise JsonTextError("a JSON Schema is an object, or true or false")
    return value


def _identifier(document: Mapping[str, Any]) -> str:
    stated = document.get("$id", document.get("id", ""))
    return urldefrag(stated)[0] if isinstance(stated, str) else ""


def _pointed(document: Mapping[str, Any], fragment: str) -> Mapping[str, Any]:
    """Return what a JSON pointer, or an anchor among the definitions, stands for."""
    value: Any = document
    if fragment and not fragment.startswith("/"):
        return _anchored(document, fragment)
    for part in unquote(fragment).split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _anchored(document: Mapping[str, Any], anchor: str) -> Mapping[str, Any]:
    for keyword in ("$defs", "definitions"):
        definitions = document.get(keyword)
        for each in (definitions if isinstance(definitions, dict) else {}).values():
            names = (each.get("$anchor"), each.get("$id")) if each else ()
            if anchor in names or f"#{anchor}" in names:
                return dict(each)
    return {}
