"""JSON Schema texts, and where the references between them lead.

Nothing in here opens a file or a connection: a reference leads into the text itself, or
into one of the texts that were registered beside it, or nowhere.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
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

from wirepact.codecs.json_names import MOST_ADDRESS, Names, Token, pointed
from wirepact.codecs.language import ResolvedSchema

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
_OF_DRAFTS: Final = re.compile(
    r"https?://json-schema\.org/"
    r"(?:schema|draft-0\d/schema|draft/20\d\d-\d\d/(?:schema|meta/[a-z-]+))(?:#.*)?"
)
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
        self._followed: dict[tuple[str, str], Place] = {}

    @classmethod
    def of(cls, resolved: ResolvedSchema) -> "Documents":
        texts = {name: each.text for name, each in resolved.references.items()}
        return cls({_OWN: resolved.schema.text, **texts})

    @property
    def root(self) -> Place:
        return Place()

    @property
    def whole(self) -> Any:
        """The schema's own text."""
        return self._roots[_OWN]

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

    @cached_property
    def names(self) -> Names:
        """The names of all schemas in the texts; looked for once.

        Raises:
            UnusableSchemaError: One of them is too long to look for.

        """
        found = Names(self._roots)
        if found.has_long_address:
            raise UnusableSchemaError(
                f"a schema has an address of more than {MOST_ADDRESS} characters"
            )
        return found

    def leads_to(self, schema: Mapping[str, Any], word: str) -> list[Any]:
        """Return the schemas that a reference may lead to, without their places.

        What a `$dynamicRef` leads to is met on the way, and no text says it: it may be
        any of that name.

        Raises:
            UnusableSchemaError: One of the addresses is too long to look for.

        """
        reference = schema[word]
        address, _, fragment = reference.partition("#")
        found = [*self.names.targets(schema, address, fragment)]
        if address:
            joined = self.names.joined(schema, address)
            names = (unquote(name) for name in (address, joined))
            for document in {self._called[n] for n in names if n in self._called}:
                found += self.names.within(self._roots[document], fragment)
        if word != "$ref":
            found.append(self.names.dynamic(fragment))
        return list({id(each): each for each in found if each is not None}.values())

    def is_known(self, schema: Mapping[str, Any], word: str) -> bool:
        """Say whether a reference leads to one of the texts, or to a draft's own."""
        if self.leads_to(schema, word):
            return True
        return _OF_DRAFTS.fullmatch(schema[word]) is not None

    def follow(self, place: Place, reference: str) -> Place:
        """Return where a `$ref` leads.

        Raises:
            UnusableSchemaError: It leads nowhere.

        """
        key = place.document, reference
        if key not in self._followed:
            self._followed[key] = self._follow(place.document, reference)
        return self._followed[key]

    def _follow(self, document: str, reference: str) -> Place:
        address, _, fragment = reference.partition("#")
        target = self._find(address) if address else Place(document)
        if not fragment:
            return target
        if fragment.startswith("/"):
            return target.inside(*self._tokens(target, unquote(fragment)))
        found = self._named(target.document, fragment)
        if found is None:
            raise UnusableSchemaError(nowhere(reference))
        return found

    def _tokens(self, target: Place, pointer: str) -> Iterator[Token]:
        for token, found in pointed(self.schema(target), pointer):
            if found is None:
                raise UnusableSchemaError(f"the schema has nothing at '{pointer}'")
            yield token

    def _find(self, address: str) -> Place:
        document = self._called.get(unquote(address))
        if document is not None:
            return Place(document)
        for each in self._roots:
            named = self._named(each, address)
            if named is not None:
                return named
        raise UnusableSchemaError(nowhere(address))

    @cached_property
    def _called(self) -> Mapping[str, str]:
        """The texts by all that they are called; the first of each name."""
        found: dict[str, str] = {}
        for document, root in self._roots.items():
            addresses = [urljoin(base, document) for base in self._bases]
            called = [document, *addresses] if document != _OWN else [_OWN_ADDRESS]
            for name in (*_own_names(root), *map(unquote, called)):
                found.setdefault(name, document)
        return found

    def _named(self, document: str, name: str) -> Place | None:
        """Find a schema by the anchor or address that it has in a document."""
        way = self.names.way(document, name)
        return None if way is None else Place(document, way.tokens())

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
        document = self._called.get(unquote(wanted))
        if document is None:
            raise LookupError(nowhere(uri))
        return self._roots[document]


def parsed(name: str, text: str) -> Any:
    """Return what a text holds.

    Raises:
        UnusableSchemaError: It is no JSON.

    """
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError) as error:
        raise UnusableSchemaError(f"{name} is no JSON: {error}") from error


def nowhere(reference: str) -> str:
    """Say that a reference leads to nothing that is known."""
    return f"'{reference.removeprefix(_NO_BASE)}' is not among the references"


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
