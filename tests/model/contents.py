"""The schemas of the model: few, and with a compatibility that is plain to see.

All are Avro records named `E` whose fields are strings, or records named `R` that hold
one `E` by reference. What can be read by what follows from the fields alone.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

from hypothesis import strategies as st

Place = tuple[str, str]
"""A context and a bare subject."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A use of a version whose schema is an `E`."""

    place: Place
    version: int


@dataclass(frozen=True, slots=True)
class Content:
    """What an id stands for.

    Attributes:
        fields: Names to whether there is a default, in order; of an `R` none.
        owner: A metadata property, which makes it another content; empty for none.

    """

    fields: tuple[tuple[str, bool], ...] = ()
    owner: str = ""
    reference: Reference | None = None

    @property
    def text(self) -> str:
        """The canonical text, as the registry answers it."""
        if self.reference is not None:
            fields: list[dict[str, Any]] = [{"name": "x", "type": "E"}]
            return _record("R", fields)
        fields = [
            {"name": name, "type": "string", **({"default": ""} if has_default else {})}
            for name, has_default in self.fields
        ]
        return _record("E", fields)

    def body(self, context: str) -> dict[str, Any]:
        """The request that registers it under a subject of a context."""
        sent: dict[str, Any] = {"schema": self.text}
        # Said even when there is none: what is left out is inherited.
        sent["metadata"] = {"properties": {"owner": self.owner}} if self.owner else {}
        if self.reference is not None:
            at = self.reference
            subject = at.place[1] if at.place[0] == context else full(at.place)
            said = {"name": "E", "subject": subject, "version": at.version}
            sent["references"] = [said]
        return sent


def qualified(place: Place) -> str:
    """Return a subject as it is asked for and answered."""
    return place[1] if place[0] == "." else full(place)


def full(place: Place) -> str:
    """Return a subject with its context, also the default one."""
    context, name = place
    return f":{context}:{name}"


def _record(name: str, fields: list[dict[str, Any]]) -> str:
    record = {"type": "record", "name": name, "fields": fields}
    return json.dumps(record, separators=(",", ":"))


_NAMES: Final = ("a", "b", "c")
_FIELDS: Final = st.sets(st.sampled_from(_NAMES)).flatmap(
    lambda names: st.tuples(
        *(st.tuples(st.just(n), st.booleans()) for n in sorted(names))
    )
)
PLAIN: Final = st.builds(
    Content, fields=_FIELDS, owner=st.sampled_from(["", "", "", "shop"])
)
"""Contents that refer to nothing."""
