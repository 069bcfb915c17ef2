"""The page of roles: who may do what, and which route asks for what."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from litestar import Litestar
from litestar.routes import HTTPRoute

from registry.domain.access import OPERATIONS, Role
from registry.http.authorisation import Needs, declared

_UNASKED: Final = "OPTIONS"
_PLACES: Final[Mapping[str, str]] = {
    "named_subject": "the subject",
    "named_scope": "the subject; of a context, all of it",
    "named_context": "the whole context",
    "whole_registry": "the whole registry",
}


def roles(framework: Litestar) -> Iterator[str]:
    """Yield the table of operations, and that of routes."""
    yield "## What each role may do\n"
    names = " | ".join(Role)
    yield f"| permission | covers | {names} |"
    yield f"|---|---|{'---|' * len(Role)}"
    for each in OPERATIONS:
        marks = " | ".join("✓" if role in each.roles else "" for role in Role)
        yield f"| `{each.permission}` | {each.covers} | {marks} |"
    yield "\n## What each route needs\n"
    yield "| route | permission | on | more |"
    yield "|---|---|---|---|"
    for name, needed in sorted(_routes(framework), key=lambda each: each[0]):
        yield f"| `{name}` | {' | '.join(_said(needed))} |"


def _routes(framework: Litestar) -> Iterator[tuple[str, Needs]]:
    for route in framework.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                needed = declared(handler)
                if method != _UNASKED and needed is not None:
                    yield f"{method} {route.path_format or '/'}", needed


def _said(needed: Needs) -> tuple[str, str, str]:
    if needed.permission is None:
        return ("none", "", "for everybody" if needed.is_public else "")
    place: Any = needed.place
    where = "what is shown" if needed.shows else "what the body or query names"
    if place is not None:
        where = _PLACES[place.__name__]
    more = [f"`{name}=true`: `{each}`" for name, each in needed.raised]
    if needed.of_context is not None:
        more.append(f"of a context: `{needed.of_context}`")
    if needed.is_trial is not None:
        more.append(f"`{needed.is_trial}=true`: `read`")
    if needed.at_least is not None:
        more.append(f"for some bodies: `{needed.at_least}`")
    return f"`{needed.permission}`", where, "; ".join(more)
