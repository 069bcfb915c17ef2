"""How often a schema can ask one and the same part of a value.

Where schemas hold themselves, jsonschema-rs remembers what it knows of a part of a
value. Elsewhere it asks again: sixty schemas that each name the next one twice have no
end, for the value itself or for what is in it. So it is counted, from each schema to
those that it leads to, how many are asked along the way into a value that has most.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from wirepact.codecs.json_documents import Documents, UnusableSchemaError, nowhere
from wirepact.codecs.json_steps import REFERENCES, at_once

MOST_AT_ONCE: Final = 100_000
"""Schemas that a schema may ask of one and the same value."""

MOST_ALONG: Final = 10_000_000
"""Schemas that one may ask of a value, a member of it, a member of that, and so on."""

# To find out what is left unevaluated, the others are asked again, and again.
_UNEVALUATED: Final = ("unevaluatedProperties", "unevaluatedItems")
_TIMES: Final = 3

_Schema = Mapping[str, Any]
_Count = Callable[[Any], int]


def refuse_wide(documents: Documents) -> None:
    """Refuse a schema that asks one part of a value too often.

    Raises:
        UnusableSchemaError: It does, or one that it holds; or it cannot be counted,
            for it leads in circles, or to what is not known.

    """
    asked = _Asked(documents)
    of_one = _Counts(asked, asked.at_once_by, MOST_AT_ONCE, may_return=False)
    for schema in documents.names.schemas:
        of_one.add(schema)
    along = _Counts(asked.all, asked.along_by, MOST_ALONG, may_return=True)
    along.add(documents.whole)


class _Counts:
    """Counts by schema, each from those that it leads to; without recursion."""

    def __init__(
        self,
        inner: Callable[[_Schema], Iterable[Any]],
        count: Callable[[_Schema, _Count], int],
        most: int,
        *,
        may_return: bool,
    ) -> None:
        self._inner = inner
        self._count = count
        self._most = most
        self._may_return = may_return
        self._known: dict[int, int] = {}
        # On the way to the one that is looked at, in this order.
        self._open: dict[int, _Schema] = {}

    def add(self, schema: Any) -> None:
        """Count a schema, and all that it leads to and that are not yet known."""
        waiting = [schema] if isinstance(schema, dict) else []
        while waiting:
            last = waiting[-1]
            if id(last) in self._known:
                waiting.pop()
            elif id(last) in self._open:
                self._close(waiting.pop())
            else:
                self._open[id(last)] = last
                waiting.extend(self._to_open(last))

    def _to_open(self, schema: _Schema) -> Iterator[Any]:
        for inner in self._inner(schema):
            if not isinstance(inner, dict) or id(inner) in self._known:
                continue
            if id(inner) not in self._open:
                yield inner
            elif not self._may_return:
                self._refuse_branches(inner)

    def _refuse_branches(self, first: _Schema) -> None:
        """Refuse a circle of schemas that ask others: it is gone round in all ways.

        One in which each only leads to the next is nothing but senseless.
        """
        for schema in reversed(self._open.values()):
            if len([*self._inner(schema)]) > 1:
                raise UnusableSchemaError(
                    "the schema leads back to itself and no further into the value"
                )
            if schema is first:
                return

    def _close(self, schema: _Schema) -> None:
        found = self._count(schema, self._of)
        if found > self._most:
            raise UnusableSchemaError(
                f"the schema asks more than {self._most} schemas of one value"
            )
        self._known[id(schema)] = found
        del self._open[id(schema)]

    def _of(self, inner: Any) -> int:
        if not isinstance(inner, dict):
            return 1
        # What it returns to is asked once of each part, and remembered.
        return self._known.get(id(inner), 0)


class _Asked:
    """What schemas lead to, and how the counts of that become their own."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._at_once: dict[int, list[Any]] = {}

    def __call__(self, schema: _Schema) -> list[Any]:
        """Return what a schema asks of the same value."""
        found = self._at_once.get(id(schema))
        if found is None:
            found = list(at_once(self._documents, schema))
            self._at_once[id(schema)] = found
        return found

    def at_once_by(self, schema: _Schema, count: _Count) -> int:
        times = _TIMES if any(word in schema for word in _UNEVALUATED) else 1
        return 1 + times * sum(map(count, self(schema)))

    def all(self, schema: _Schema) -> Iterator[Any]:
        """Yield what a schema asks of a value and of what is in it, last first."""
        self._refuse_unknown(schema)
        for several in _inside(schema):
            yield from several
        yield from reversed(self(schema))

    def _refuse_unknown(self, schema: _Schema) -> None:
        for word in REFERENCES:
            reference = schema.get(word)
            if isinstance(reference, str) and not self._documents.is_known(
                schema, word
            ):
                raise UnusableSchemaError(nowhere(reference))

    def along_by(self, schema: _Schema, count: _Count) -> int:
        members, names, patterns, items, of_all = (
            [count(each) for each in several] for several in _inside(schema)
        )
        # A member has one name, and an item one place.
        most = max([0, *members, *items]) + sum(patterns) + sum(of_all)
        return self.at_once_by(schema, count) + max([most, *names])


def _inside(schema: _Schema) -> tuple[list[Any], ...]:
    """Return what a schema asks of what is in a value.

    Members and names, those of patterns, items, and what is asked beside all of these.
    """
    items = schema.get("items")
    return (
        [*_values(schema, "properties"), *_single(schema, "additionalProperties")],
        _single(schema, "propertyNames"),
        _values(schema, "patternProperties"),
        [
            *(items if isinstance(items, list) else _single(schema, "items")),
            *_listed(schema, "prefixItems"),
            *_single(schema, "additionalItems"),
        ],
        [each for w in (*_UNEVALUATED, "contains") for each in _single(schema, w)],
    )


def _single(schema: _Schema, word: str) -> list[Any]:
    return [schema[word]] if word in schema else []


def _values(schema: _Schema, word: str) -> list[Any]:
    named = schema.get(word)
    return list(named.values()) if isinstance(named, dict) else []


def _listed(schema: _Schema, word: str) -> list[Any]:
    several = schema.get(word)
    return several if isinstance(several, list) else []
