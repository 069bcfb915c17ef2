"""`/contexts/{context}/…`: the whole API, as seen from within one context.

Clients put the context into their base URL. Such a path means the same as one without
it in which every subject is qualified, and is rewritten to that before anything else
looks at it.

Source: Confluent, ContextFilter.
"""

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from registry.domain.model import DEFAULT_CONTEXT, Subject
from registry.http import queries
from registry.http.asgi import Scope

PREFIX: Final = b"/contexts/"

# After these comes a name; whether it is one of a subject.
_NAMING: Final = {b"subjects": True, b"deks": True, b"keks": False}
_SETTINGS: Final = frozenset({b"config", b"mode"})
_QUALIFIED: Final = (":.", ":*:")
_WRITES: Final = frozenset({"POST", "PUT", "PATCH"})
_PLACED: Final = b"associations"
_KEKS: Final = [b"dek-registry", b"v1", b"keks"]


def within(scope: Scope) -> Scope:
    """Return a request without the context that its path begins with.

    A context that cannot be one is left for `fault` to tell of.
    """
    raw_path: bytes = scope["raw_path"]
    if not raw_path.startswith(PREFIX):
        return scope
    segment, _, rest = raw_path.removeprefix(PREFIX).partition(b"/")
    context = _context(segment)
    if context is None:
        return scope
    parts = rest.removesuffix(b"/").split(b"/")
    if parts == [b""]:
        return _to(scope, [b"contexts", _prefix(context)])
    if parts[0] == b"contexts":
        return _to(scope, parts)
    if context == DEFAULT_CONTEXT:
        return _to(scope, parts)
    place = Subject("", context)
    query = _query(scope["method"], parts, scope["query_string"], place)
    return _to(scope, list(_qualified(parts, place)), query)


def fault(path: str) -> str | None:
    """Say why the context that a routed path begins with is none; None if it is one."""
    prefix = PREFIX.decode()
    if not path.startswith(prefix):
        return None
    name = path.removeprefix(prefix).partition("/")[0]
    if ":" in _bare(name):
        return f"Context name '{name}' cannot contain a colon"
    return None


def named(text: str) -> str:
    """Return the context of a name as it is written in a path: `c`, `.c` or `:.c:`."""
    bare = _bare(text)
    return bare if bare.startswith(".") else f".{bare}"


def _context(segment: bytes) -> str | None:
    try:
        name = unquote_to_bytes(segment).decode()
    except UnicodeDecodeError:
        return None
    bare = _bare(name)
    return None if not bare or ":" in bare else named(name)


def _bare(name: str) -> str:
    return name.removeprefix(":").removesuffix(":")


def _prefix(context: str) -> bytes:
    return f":{quote(context, safe='')}:".encode()


def _qualified(parts: Sequence[bytes], place: Subject) -> Iterator[bytes]:
    if parts[0] in _SETTINGS:
        # Without a name, it is the context itself that is meant.
        name, *rest = parts[1:] or [b""]
        yield from (parts[0], _in_place(name, place), *rest)
        return
    before = b""
    for part in parts:
        yield _in_place(part, place) if _NAMING.get(before) else part
        # A name that reads like one of these words is a name all the same.
        before = b"" if before in _NAMING else part


def _in_place(part: bytes, place: Subject) -> bytes:
    name = unquote_to_bytes(part).decode(errors="replace")
    return part if name.startswith(_QUALIFIED) else _prefix(place.context) + part


def _query(
    method: str, parts: Sequence[bytes], query: bytes, place: Subject
) -> bytes | None:
    """Return the query with the context in it; None if it has no place there."""
    if parts[0] == _PLACED or parts[0].startswith(_PLACED + b":"):
        return (
            queries.having(query, "context", str(place)) if method in _WRITES else None
        )
    if parts[:2] == [b"schemas", b"ids"]:
        given = queries.last(query, "subject")
        return queries.having(query, "subject", _subject(given, place))
    if parts in ([b"schemas"], [b"subjects"]) or parts[:3] == _KEKS:
        given = queries.last(query, "subjectPrefix") or queries.last(query, "subject")
        return queries.having(query, "subjectPrefix", _subject(given, place))
    return None


def _subject(given: str, place: Subject) -> str:
    return given if given.startswith(_QUALIFIED) else f"{place}{given}"


def _to(scope: Scope, parts: Sequence[bytes], query: bytes | None = None) -> Scope:
    raw_path = b"/" + b"/".join(parts)
    path = unquote_to_bytes(raw_path).decode(errors="replace")
    rewritten = {**scope, "raw_path": raw_path, "path": path}
    return rewritten if query is None else {**rewritten, "query_string": query}
