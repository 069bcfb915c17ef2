"""JSON Schema texts, and where the references between them lead.

Nothing in here opens a file or a connection: a reference leads into the text itself, or
into one of the texts that were registered beside it, or nowhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urljoin

import jsonschema_rs
import msgspec
from jsonschema_rs import (
    Draft4Validator,
    Draft6Validator,
    Draft7Validator,
    Draft201909Validator,
    Draft202012Validator,
)

from wirepact.codecs.language import ResolvedSchema

Token = str | int

# Of schemas that name no draft, or one that nobody knows: as the registry takes them.
_DEFAULT_DRAFT: Final = Draft7Validator
_DRAFTS: Final[Mapping[str, type[jsonschema_rs.Validator]]] = {
    "json-schema.org/schema": Draft4Validator,
    "json-schema.org/draft-04/schema": Draft4Validator,
    "json-schema.org/draft-06/schema": Draft6Validator,
    "json-schema.org/draft-07/schema": Draft7Validator,
    "json-schema.org/draft/2019-09/schema": Draft201909Validator,
    "json-schema.org/draft/2020-12/schema": Draft202012Validator,
}
# What jsonschema-rs takes relative references to be relative to.
_NO_BASE: Final = "json-schema:///"
_OWN: Final = ""
_OWN_ADDRESS: Final = "wirepact-schema"
# Patterns with look-around take more than linear time, but not more than this.
_PATTERNS: Final = jsonschema_rs.FancyRegexOptions(
    backtrack_limit=100_000, size_limit=8 * 2**20
)


class UnusableSchemaError(ValueError):
    """A registered text that nothing can be made of; it says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """A schema within a schema.

    Attributes:
        document: The name of the reference; empty for the schema's own text.
        tokens: The way from the document's root.

    """

    document: str = _OWN
    tokens: tuple[Token, ...] = ()

    def inside(self, *tokens: Token) -> "Place":
        return Place(self.document, (*self.tokens, *tokens))


class Documents:
    """The texts of a schema and of all that it refers to."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Read the texts, by the names of the references; the own one has none.

        Raises:
            UnusableSchemaError: One of them is no JSON.

        """
        self._roots = {
            name: _with_known_draft(parsed(name or "the schema", text))
            for name, text in texts.items()
        }
        names = (each for root in self._roots.values() for each in _own_names(root))
        self._bases = tuple(dict.fromkeys([*names, *self._roots]))

    @classmethod
    def of(cls, resolved: ResolvedSchema) -> "Documents":
        texts = {name: each.text for name, each in resolved.references.items()}
        return cls({_OWN: resolved.schema.text, **texts})

    @property
    def root(self) -> Place:
        return Place()

    def schema(self, place: Place) -> Any:
        """Return what is at a place.

        Raises:
            UnusableSchemaError: There is nothing.

        """
        found = self._roots[place.document]
        try:
            for token in place.tokens:
                found = found[token]
        except (LookupError, TypeError) as error:
            way = "/".join(map(str, place.tokens))
            raise UnusableSchemaError(f"the schema has nothing at '/{way}'") from error
        return found

    def places(self) -> Iterator[Place]:
        """Yield where objects are, in all documents: each schema, and what is none."""
        for document in self._roots:
            yield from self._inside(document)

    def _inside(self, document: str) -> Iterator[Place]:
        waiting: list[tuple[Place, Any]] = [(Place(document), self._roots[document])]
        while waiting:
            place, value = waiting.pop()
            if isinstance(value, dict):
                yield place
                waiting.extend((place.inside(k), each) for k, each in value.items())
            elif isinstance(value, list):
                waiting.extend((place.inside(i), e) for i, e in enumerate(value))

    def follow(self, place: Place, reference: str) -> Place:
        """Return where a `$ref` leads.

        Raises:
            UnusableSchemaError: It leads nowhere.

        """
        address, _, fragment = reference.partition("#")
        target = Place(place.document)
        if address:
            target = self._find(address)
        if not fragment:
            return target
        if fragment.startswith("/"):
            return target.inside(*self._tokens(target, unquote(fragment)))
        names = {f"#{fragment}", fragment}
        return self._named(target.document, names, reference)

    def _tokens(self, target: Place, pointer: str) -> Iterator[Token]:
        at = self.schema(target)
        for written in pointer[1:].split("/"):
            name = written.replace("~1", "/").replace("~0", "~")
            is_index = isinstance(at, list) and name.isdecimal()
            yield int(name) if is_index else name
            at = self.schema(target := target.inside(int(name) if is_index else name))

    def _find(self, address: str) -> Place:
        for document in self._roots:
            if self._is_called(document, address):
                return Place(document)
        for document in self._roots:
            try:
                return self._named(document, {address}, address)
            except UnusableSchemaError:
                continue
        raise UnusableSchemaError(_nowhere(address))

    def _is_called(self, document: str, address: str) -> bool:
        wanted = unquote(address)
        if wanted in _own_names(self._roots[document]):
            return True
        if document == _OWN:
            return wanted == _OWN_ADDRESS
        addresses = (urljoin(base, document) for base in self._bases)
        return wanted == unquote(document) or wanted in map(unquote, addresses)

    def _named(self, document: str, names: set[str], reference: str) -> Place:
        """Find a schema by the anchor or address that it has in a document."""
        words = ("$anchor", "$dynamicAnchor", "$id", "id")
        for place in self._inside(document):
            value = self.schema(place)
            if any(value.get(w) in names for w in words if _is_text(value, w)):
                return place
        raise UnusableSchemaError(_nowhere(reference))

    def validator(
        self, place: Place | None = None, *, holds_formats: bool = False
    ) -> jsonschema_rs.Validator:
        """Return a validator for the schema, or for one within it.

        `format` is an annotation, as it is for Confluent's Python client and for the
        newer drafts: what is written by others is not refused for it. Who writes
        examples wants to hear of it (`holds_formats`).

        Raises:
            UnusableSchemaError: It is no schema, or refers to what is not among its
                references.

        """
        root = self._roots[place.document if place else _OWN]
        schema = root if place is None else {"$ref": self._address(place)}
        draft = _DRAFTS.get(_draft_name(root) or "", _DEFAULT_DRAFT)
        try:
            return draft(
                schema,
                retriever=self._retrieve,
                validate_formats=holds_formats,
                pattern_options=_PATTERNS,
                mask="the value",
            )
        # It has one error for instances and for schemas; both are ValueErrors.
        except (ValueError, RecursionError) as error:
            reason = str(getattr(error, "message", error))
            raise UnusableSchemaError(f"the schema cannot be used: {reason}") from error

    def _address(self, place: Place) -> str:
        tokens = (str(t).replace("~", "~0").replace("/", "~1") for t in place.tokens)
        address = place.document or _OWN_ADDRESS
        return address + "#" + "".join(f"/{each}" for each in tokens)

    def _retrieve(self, uri: str) -> Any:
        wanted = uri.removeprefix(_NO_BASE).removesuffix("#")
        for document, root in self._roots.items():
            if self._is_called(document, wanted):
                return root
        raise LookupError(_nowhere(uri))


def parsed(name: str, text: str) -> Any:
    """Return what a text holds.

    Raises:
        UnusableSchemaError: It is no JSON.

    """
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError) as error:
        raise UnusableSchemaError(f"{name} is no JSON: {error}") from error


def _nowhere(reference: str) -> str:
    return f"'{reference.removeprefix(_NO_BASE)}' is not among the references"


def _is_text(value: Mapping[str, Any], word: str) -> bool:
    return isinstance(value.get(word), str)


def _with_known_draft(root: Any) -> Any:
    """Return the schema without the name of a draft that is none of the known ones."""
    name = _draft_name(root)
    if name is None or name in _DRAFTS:
        return root
    return {key: value for key, value in root.items() if key != "$schema"}


def _draft_name(root: Any) -> str | None:
    named = root.get("$schema") if isinstance(root, dict) else None
    if not isinstance(named, str):
        return None
    return named.partition("://")[2].removesuffix("#").removesuffix("/")


def _own_names(root: Any) -> tuple[str, ...]:
    named = (root.get("$id"), root.get("id")) if isinstance(root, dict) else ()
    return tuple(each.removesuffix("#") for each in named if isinstance(each, str))
