"""What can go wrong with a statement, in terms of what to do about it.

Beside these, a statement's error is translated to `StaleRevisionError` (decide again),
`StoreUnavailableError` (give up for now) or `InvalidSchemaError` (cannot be stored).
"""

from registry.domain.errors import InvalidSchemaError


class ConflictError(Exception):
    """Another transaction was in the way; the same act may succeed when run again."""


class ConnectionLostError(Exception):
    """The connection is gone; what was not committed is undone."""


def unstorable() -> InvalidSchemaError:
    """Say that the database refuses the characters or the length of a text."""
    return InvalidSchemaError(
        "A name or text cannot be stored: it is too long, or has a NUL or half a"
        " surrogate pair"
    )
