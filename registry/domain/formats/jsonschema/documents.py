"""JSON Schema documents, and what the references between them stand for.

Nothing in here opens a file or a connection: a reference leads into the text itself,
or into one of the texts that were registered beside it, or nowhere.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, TypeVar
from urllib.parse import unquote, urljoin

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.jsonschema import metaschemas, wording
from registry.domain.formats.jsonschema.drafts import Draft, Holds
from registry.domain.json_text import escaped
from registry.domain.rules import Spot

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_Name = TypeVar("_Name")
_ANCHORS: Final = ("$anchor", "$dynamicAnchor")
_LONGEST_ADDRESS: Final = 1024
"""Characters; addresses are kept once for each resource, and grow when nested."""


@dataclass(frozen=True, eq=False)
class Document:
    """A JSON text that holds a schema.

    Attributes:
        root: An object or a boolean, as read by `json_text.read`.
        draft: Of the whole text, schemas with an `$id` of their own included.
        source: Empty for the schema's own text, else the name of the reference.
        text: As it was handed in; empty for a metaschema.

    """

    root: Any
    draft: Draft
    source: str = ""
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """A value in a document; a schema, wherever one is expected.

    Two are equal when they stand at the same place of the same document. It knows what
    is around it instead of its pointer: long names far up would be in every one.

    Attributes:
        base_uri: What references in it are relative to; its own `$id`, if it has one.
        around: What it stands in; None for the root.
        token: The member's name or the element's index that it has there.

    """

    value: Any
    document: Document
    base_uri: str
    around: "Located | None" = None
    token: str | int = ""

    @property
    def pointer(self) -> str:
        """JSON pointer in its document."""
        tokens = []
        at = self
        while at.around is not None:
            tokens.append(f"/{escaped(str(at.token))}")
            at = at.around
        return "".join(reversed(tokens))

    @property
    def spot(self) -> Spot:
        return Spot(self.pointer, self.document.source)

    def inside(self, *tokens: str | int) -> "Located":
        """Return what stands below, by names of members and indexes of elements.

        Raises:
            LookupError: There is nothing.

        """
        at = self
        for token in tokens:
            value = at.value[token]
            base_uri = _own_base(value, at.base_uri, at.document.draft)
            at = Located(value, at.document, base_uri, at, token)
        return at

    @property
    def _ignores_beside_ref(self) -> bool:
        is_text = isinstance(self.value["$ref"], str)
        return is_text and self.document.draft.ignores_beside_ref

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Located) and self._place == other._place

    def __hash__(self) -> int:
        return hash(self._place)

    @property
    def _place(self) -> tuple[int, str | int]:
        # Each object and array that was read is one of its own.
        around = self.around
        return id(self.document if around is None else around.value), self.token

    def schemas(self) -> Iterator["Located"]:
        """Yield the schemas right below this one, in the order of the text."""
        is_reference = isinstance(self.value, dict) and "$ref" in self.value
        if is_reference and self._ignores_beside_ref:
            # Nothing applies beside it, but references lead in here.
            return self._held("definitions", Holds.SCHEMA_MEMBERS)
        return self.written_schemas()

    def written_schemas(self) -> Iterator["Located"]:
        """Yield what `schemas` does, and what means nothing beside a `$ref`."""
        if isinstance(self.value, dict):
            holders = self.document.draft.holders
            for name in self.value:
                if name in holders:
                    yield from self._held(name, holders[name])

    def all_schemas(self) -> Iterator["Located"]:
        """Yield this schema and all below it, outer ones before inner ones."""
        left = [self]
        while left:
            schema = left.pop()
            yield schema
            left.extend(reversed(list(schema.schemas())))

    def _held(self, name: str, holds: Holds) -> Iterator["Located"]:
        value = self.value.get(name)
        match holds, value:
            case ((Holds.SCHEMA | Holds.SCHEMA_OR_SCHEMAS), (dict() | bool())):
                yield self.inside(name)
            case ((Holds.SCHEMAS | Holds.SCHEMA_OR_SCHEMAS), list()):
                found = (i for i, each in enumerate(value) if _is_schema(each))
                yield from (self.inside(name, index) for index in found)
            case ((Holds.SCHEMA_MEMBERS | Holds.SCHEMA_OR_NAME_MEMBERS), dict()):
                keys = (key for key, each in value.items() if _is_schema(each))
                yield from (self.inside(name, key) for key in keys)


def _is_schema(value: Any) -> bool:
    return isinstance(value, dict | bool)


class _Index:
    """The addressable parts of one document.

    Attributes:
        root: The document as a schema.
        resources: By address: the root, and each schema with an `$id` of its own.
        anchors: By the address of the resource around, and the anchor's name.

    """

    def __init__(self, document: Document, retrieved_from: str) -> None:
        base_uri = _own_base(document.root, retrieved_from, document.draft)
        self.root = Located(document.root, document, base_uri)
        self.resources = {base_uri: self.root}
        self.anchors: dict[tuple[str, str], Located] = {}
        for schema in self.root.all_schemas():
            if isinstance(schema.value, dict):
                self._add(schema)

    def resource(self, base_uri: str) -> Located:
        # An `$id` in a place that holds no schemas by any keyword is not indexed.
        return self.resources.get(base_uri, self.root)

    def _add(self, schema: Located) -> None:
        draft = schema.document.draft
        name = schema.value.get(draft.id_keyword)
        if isinstance(name, str):
            address, _, anchor = name.partition("#")
            if address:
                _claim(self.resources, schema.base_uri, schema)
            if anchor and draft.ignores_beside_ref:
                _claim(self.anchors, (schema.base_uri, anchor), schema)
        for keyword in _ANCHORS:
            anchor = schema.value.get(keyword)
            if keyword in draft.keywords and isinstance(anchor, str):
                _claim(self.anchors, (schema.base_uri, anchor), schema)


def _claim(claims: dict[_Name, Located], name: _Name, schema: Located) -> None:
    """Note what a name stands for: of several, the same in whatever order they come."""
    known = claims.get(name)
    if known is None or schema.pointer < known.pointer:
        claims[name] = schema


@cache
def _metaschema(address: str) -> _Index | None:
    root = metaschemas.find(address)
    if root is None:
        return None
    return _Index(Document(root, Draft.of(root), address), address)


class Resolver:
    """What references stand for, in a schema and all that it refers to.

    Args:
        document: The schema's own text.
        references: Each before or after the ones that it needs.

    """

    def __init__(self, document: Document, references: Sequence[Document] = ()) -> None:
        own = _Index(document, "")
        self._root = own.root
        self._indexes = {document: own}
        self._known: dict[str, Located] = {}
        for each in references:
            self._indexes[each] = _Index(each, _address(each.source))
        self._names = tuple(each.source for each in references)
        self._remember(references)

    def root(self) -> Located:
        return self._root

    def documents(self) -> Sequence[Located]:
        """The roots of all texts, the schema's own first."""
        return [index.root for index in self._indexes.values()]

    def at(self, spot: Spot) -> Located | None:
        """Return what stands at a spot, None if nothing does."""
        for index in self._indexes.values():
            if index.root.document.source == spot.source:
                return _below(index.root, _tokens(spot.pointer))
        return None

    def follow(self, reference: str, at: Located) -> Located:
        """Return the schema that a reference stands for.

        A `$dynamicRef` or `$recursiveRef` is followed like a `$ref`: to where it leads
        when nothing outside takes its place.

        Args:
            at: The schema that the reference is written in.

        Raises:
            InvalidSchemaError: It leads nowhere, or to something that is no schema.
                Without a place: `at` has it.

        """
        resource, fragment = self._split(reference, at)
        if resource is None:
            address = _address(reference)
            raise InvalidSchemaError(wording.unknown_address(address, self._names))
        found = self._part(resource, fragment)
        if found is None:
            known = self._anchor_names(resource)
            reason = wording.unknown_part(reference, resource.value, known)
            raise InvalidSchemaError(reason)
        if not _is_schema(found.value):
            raise InvalidSchemaError(wording.no_schema(reference, found.value))
        return found

    def find(self, reference: str, at: Located) -> Located | None:
        """Return what `follow` does, and None where that one raises."""
        resource, fragment = self._split(reference, at)
        found = None if resource is None else self._part(resource, fragment)
        return found if found is not None and _is_schema(found.value) else None

    def is_external(self, reference: str, at: Located) -> bool:
        """Whether a reference leads out of its document, and to no metaschema."""
        address = _address(reference)
        if not address or self._own_resource(address, at) is not None:
            return False
        return _metaschema(_joined(at.base_uri, address)) is None

    def _index(self, document: Document) -> _Index:
        index = self._indexes.get(document) or _metaschema(document.source)
        if index is None:
            raise ValueError("a document of another schema")
        return index

    def _remember(self, references: Sequence[Document]) -> None:
        """Note every address by which a referenced text can be meant."""
        base_uri = self._root.base_uri
        for each in references:
            name, root = _address(each.source), self._indexes[each].root
            self._known.setdefault(name, root)
            # Confluent's serializers take a name as relative to the schema's `$id`.
            self._known.setdefault(_joined(base_uri, name), root)
        for each in references:
            for address, resource in self._indexes[each].resources.items():
                self._known.setdefault(address, resource)

    def _split(self, reference: str, at: Located) -> tuple[Located | None, str]:
        """Return the resource that a reference leads to, and which part of it."""
        address, _, fragment = reference.partition("#")
        return self._resource(address, at), unquote(fragment)

    def _resource(self, address: str, at: Located) -> Located | None:
        index = self._index(at.document)
        if not address:
            return index.resource(at.base_uri)
        own = self._own_resource(address, at)
        if own is not None:
            return own
        joined = _joined(at.base_uri, address)
        for each in (joined, address):
            if each in self._known:
                return self._known[each]
        published = _metaschema(joined)
        return None if published is None else published.root

    def _own_resource(self, address: str, at: Located) -> Located | None:
        resources = self._index(at.document).resources
        return resources.get(_joined(at.base_uri, address))

    def _part(self, resource: Located, fragment: str) -> Located | None:
        if not fragment:
            return resource
        if not fragment.startswith("/"):
            anchors = self._index(resource.document).anchors
            return anchors.get((resource.base_uri, fragment))
        tokens = _tokens(fragment)
        found = _below(resource, tokens)
        if found is None and tokens[0] == "$defs":
            # As Confluent: what a later draft would call it.
            return _below(resource, ["definitions", *tokens[1:]])
        return found

    def _anchor_names(self, resource: Located) -> list[str]:
        anchors = self._index(resource.document).anchors
        return [name for base, name in anchors if base == resource.base_uri]


def _tokens(pointer: str) -> list[str]:
    parts = pointer.split("/")[1:]
    return [part.replace("~1", "/").replace("~0", "~") for part in parts]


def _below(resource: Located, tokens: Sequence[str]) -> Located | None:
    at = resource
    for token in tokens:
        if isinstance(at.value, dict) and token in at.value:
            at = at.inside(token)
        elif isinstance(at.value, list) and _is_index(token, at.value):
            at = at.inside(int(token))
        else:
            return None
    return at


def _is_index(token: str, value: list[Any]) -> bool:
    is_number = token.isascii() and token.isdecimal() and len(token) < len("1000000")
    return is_number and int(token) < len(value)


def _own_base(value: Any, base_uri: str, draft: Draft) -> str:
    """Return what references in a value are relative to."""
    if not isinstance(value, dict):
        return base_uri
    name = value.get(draft.id_keyword)
    if not isinstance(name, str) or (draft.ignores_beside_ref and "$ref" in value):
        return base_uri
    joined = _joined(base_uri, _address(name))
    return joined if len(joined) <= _LONGEST_ADDRESS else base_uri


def _address(reference: str) -> str:
    return reference.partition("#")[0]


def _joined(base_uri: str, address: str) -> str:
    """Return an address relative to another one, whatever its scheme.

    Source: RFC 3986, section 5.
    """
    if not address or not base_uri or _SCHEME.match(address):
        return address or base_uri
    scheme, separator, rest = base_uri.partition("://")
    try:
        if not separator:
            return urljoin(base_uri, address)
        # The standard library joins the schemes that it knows alone.
        return scheme + urljoin(f"http://{rest}", address).removeprefix("http")
    except ValueError:
        # Brackets that are no IPv6 address; compared as they are written.
        return address
