"""Names of files for ids, which may be any text."""

import re
from typing import Final
from urllib.parse import quote

_LEADING: Final = re.compile(r"^[.\s-]")


def file_name(text: str, *, for_links: bool = False) -> str:
    """Return a name that is one file in one folder, whatever the text is.

    Two texts never have the same name. Letters of all scripts stay as they are.

    Args:
        for_links: As an address leads to it.

    """
    safe = "".join(
        each if _is_harmless(each) else quote(each, safe="") for each in text
    )
    safe = _LEADING.sub(lambda found: f"%{ord(found[0]):02X}", safe)
    return quote(safe) if for_links else safe


def _is_harmless(character: str) -> bool:
    return character.isalnum() or character in "._- "
