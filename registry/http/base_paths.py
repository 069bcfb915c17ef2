"""`/apis/ccompat/v7/…`: where Apicurio serves the same API.

Its clients change the host of their URL, and nothing else. Such a path means the same
as one without it, and is rewritten to that before anything else looks at it.
"""

from typing import Final
from urllib.parse import unquote_to_bytes

from registry.http.asgi import Scope

PREFIX: Final = b"/apis/ccompat/"

_BASES: Final = (b"/apis/ccompat/v7", b"/apis/ccompat/v8")


def without(scope: Scope) -> Scope:
    """Return a request without the base that its path begins with, if it is one."""
    raw_path: bytes = scope["raw_path"]
    for base in _BASES:
        rest = raw_path.removeprefix(base)
        if rest != raw_path and rest[:1] in {b"", b"/"}:
            path = unquote_to_bytes(rest or b"/").decode(errors="replace")
            return {**scope, "raw_path": rest or b"/", "path": path}
    return scope
