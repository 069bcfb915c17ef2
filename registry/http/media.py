"""Media types: which are offered, which are understood, which a client prefers."""

from typing import Final

CONFLUENT: Final = "application/vnd.schemaregistry.v1+json"
"""What handlers declare; the transport replaces it by what was negotiated."""

DEFAULT: Final = CONFLUENT.encode()
_UNVERSIONED: Final = b"application/vnd.schemaregistry+json"
_JSON: Final = b"application/json"

UNDERSTOOD: Final = frozenset(
    {DEFAULT, _UNVERSIONED, _JSON, b"application/octet-stream"}
)
LINES: Final = frozenset({b"application/x-ndjson", b"application/jsonl"})

_MOST_VERDICTS: Final = 512
_LONGEST_REMEMBERED: Final = 512


class Offer:
    """Media types that an area answers in, the preferred one first.

    Verdicts are remembered by the whole field value: clients repeat theirs.
    """

    def __init__(self, *media_types: bytes) -> None:
        self.media_types = media_types
        self._verdicts: dict[bytes, bytes | None] = {}

    def choose(self, accept: bytes | None) -> bytes | None:
        """Return what a client gets; None if it accepts nothing that there is."""
        if accept is None:
            return self.media_types[0]
        if accept in self._verdicts:
            return self._verdicts[accept]
        verdict = self._preferred(accept)
        if len(accept) <= _LONGEST_REMEMBERED:
            if len(self._verdicts) >= _MOST_VERDICTS:
                self._verdicts.clear()
            self._verdicts[accept] = verdict
        return verdict

    def _preferred(self, accept: bytes) -> bytes | None:
        ranges = _ranges(accept)
        if not ranges:
            return self.media_types[0]
        weights = [_weight(ranges, offered) for offered in self.media_types]
        best = max(weights)
        return self.media_types[weights.index(best)] if best > 0 else None


CONFLUENT_API: Final = Offer(DEFAULT, _UNVERSIONED, _JSON)
GOVERNANCE_API: Final = Offer(_JSON, DEFAULT, _UNVERSIONED)


def bare(media_type: bytes) -> bytes:
    """Return a media type without its parameters, in lower case."""
    return media_type.partition(b";")[0].strip().lower()


def _ranges(accept: bytes) -> dict[bytes, float]:
    found: dict[bytes, float] = {}
    for part in accept.split(b","):
        media_range, *parameters = part.split(b";")
        name = media_range.strip().lower()
        if name:
            found[name] = max(_quality(parameters), found.get(name, 0.0))
    return found


def _quality(parameters: list[bytes]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition(b"=")
        if name.strip().lower() == b"q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 1.0
    return 1.0


def _weight(ranges: dict[bytes, float], offered: bytes) -> float:
    # The most specific range decides, also when it forbids.
    for name in (offered, offered.partition(b"/")[0] + b"/*", b"*/*", b"*"):
        if name in ranges:
            return ranges[name]
    return 0.0
