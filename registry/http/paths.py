"""Paths whose segments may hold any character, the slash included.

Subjects are path segments, and names like `common/money.proto` are everyday traffic as
`common%2Fmoney.proto`. Servers decode the whole path, after which that slash is lost.
So it is decoded here, segment by segment, with `/` and `%` inside a segment still
escaped; the path-parameter type `segment` turns these two back.
"""

import re
from typing import Final, NewType
from urllib.parse import unquote_to_bytes

from litestar.routes import base as routes

from registry.http.errors import RefusedError

Segment = NewType("Segment", str)
"""A decoded path segment."""

MAX_PATH_BYTES: Final = 8 * 1024

_MALFORMED: Final = re.compile(rb"%(?![0-9a-fA-F]{2})")


def routed(raw_path: bytes) -> str:
    """Return the path to route on: decoded, slashes within segments escaped.

    Args:
        raw_path: As it came in, without the query; a trailing slash makes no
            difference.

    Raises:
        RefusedError: 400 if it is not UTF-8, 404 if no resource can have such a path.

    """
    if len(raw_path) > MAX_PATH_BYTES:
        raise RefusedError(414)
    if b"%" in raw_path:
        if _MALFORMED.search(raw_path):
            raise RefusedError(400, "The path has a '%' without two hex digits")
        raw_path = b"/".join(map(_decoded, raw_path.split(b"/")))
    try:
        path = raw_path.decode()
    except UnicodeDecodeError:
        raise RefusedError(400, "The path is not UTF-8") from None
    if "//" in path or "\0" in path:
        raise RefusedError(404)
    return path


def _decoded(segment: bytes) -> bytes:
    decoded = unquote_to_bytes(segment)
    return decoded.replace(b"%", b"%25").replace(b"/", b"%2F")


def segment(text: str) -> Segment:
    """Turn a segment of a routed path into what the client meant."""
    if "%" in text:
        text = text.replace("%2F", "/").replace("%25", "%")
    return Segment(text)


def escaped(text: str) -> str:
    """Write what a client means as a segment of a routed path."""
    return text.replace("%", "%25").replace("/", "%2F")


def register_segment_type() -> None:
    """Make `{name:segment}` known to Litestar; repeatable.

    Litestar has no public way to add a path-parameter type; the two maps are where its
    own types are listed.
    """
    routes.param_type_map["segment"] = Segment
    routes.parsers_map[Segment] = segment
