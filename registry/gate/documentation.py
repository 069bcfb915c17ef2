"""Where the pages of `docs` are read: reports are opened far from this repository."""

import re
from typing import Final

BASE: Final = "https://wirepact.readthedocs.io/en/stable/"
"""As the packaging metadata has it, under `Documentation`."""

_PAGE: Final = re.compile(r"docs/(?P<name>[\w/-]+)\.md(?P<anchor>#[\w.-]+)?", re.ASCII)


def url(page: str) -> str:
    """Return the address of a page such as `docs/reference/rules.md#RULE`.

    What is no page of ours leads to the first one: a registry that is asked may answer
    anything, and it stands in a report as a link.
    """
    found = _PAGE.fullmatch(page)
    if found is None:
        return BASE
    return f"{BASE}{found['name']}/{found['anchor'] or ''}"
