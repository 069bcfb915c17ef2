"""What browsers are told about answers, and which of their requests are refused.

The registry is for programs. A browser that is somewhere else must not be able to use
what the registry knows of it (its address, credentials that it remembers) on behalf of
a page that has no business here.
"""

from typing import Final

from registry.http.asgi import Headers
from registry.http.errors import RefusedError

FIELDS: Final[Headers] = [
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
"""In every answer.

What only documents have, no answer carries: a referrer policy is for pages that ask for
others, an opener policy for windows that scripts share. Each field costs each answer.
"""

FIELDS_OF_TLS: Final[Headers] = [
    *FIELDS,
    (b"strict-transport-security", b"max-age=31536000"),
]
"""In every answer over HTTPS: never again try it without."""

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_OF_NO_OTHER_SITE: Final = frozenset({b"same-origin", b"none"})


def check_origin(method: str, fields: dict[bytes, bytes]) -> None:
    """Refuse what a page of another site would have a browser change.

    Programs that are no browsers send neither of the fields.

    Args:
        fields: The request's header fields, by lower-case name.

    Raises:
        RefusedError: 403.

    """
    if method in _SAFE:
        return
    site = fields.get(b"sec-fetch-site")
    if site is not None:
        # Browsers keep pages from setting this one; it is the better witness.
        if site not in _OF_NO_OTHER_SITE:
            raise _foreign()
        return
    origin = fields.get(b"origin")
    if origin is not None and _host(origin) != fields.get(b"host", b"").lower():
        raise _foreign()


def _host(origin: bytes) -> bytes:
    """Return what an origin has after its scheme; `null` has nothing."""
    return origin.partition(b"://")[2].lower()


def _foreign() -> RefusedError:
    return RefusedError(403, "Changes on behalf of pages of other sites are refused")
