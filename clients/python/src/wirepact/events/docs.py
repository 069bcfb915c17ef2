"""What classes say about themselves."""

import inspect

from wirepact.events.names import find_names

_OF_THE_LIBRARY = frozenset({"An enumeration."})


def doc_of(cls: type) -> str | None:
    """Return the documentation of a class; None if nobody has written any."""
    names = find_names(cls)
    if names is not None and names.doc is not None:
        return names.doc
    written = cls.__dict__.get("__doc__")
    if not isinstance(written, str) or written in _OF_THE_LIBRARY:
        return None
    # That is how `dataclass` documents a class that has no docstring.
    if written.startswith(f"{cls.__name__}("):
        return None
    return inspect.cleandoc(written) or None
