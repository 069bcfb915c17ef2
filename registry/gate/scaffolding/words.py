"""Names in the style of another place: of a type, a package, a folder."""

import re
import unicodedata
from typing import Final

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_VERSION: Final = re.compile(r"v[0-9]+")
_FALLBACK: Final = "event"


def words(text: str) -> list[str]:
    """Return the words of a name in any style, in lower case and in ASCII."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return [each.lower() for each in _WORD.findall(plain)]


def pascal(text: str) -> str:
    """Return a name as types are named: `OrderCreated`."""
    made = "".join(each.capitalize() for each in words(text))
    return _begun(made, "Event")


def snake(text: str) -> str:
    """Return a name as fields of Protobuf are named: `order_id`."""
    return _begun("_".join(words(text)), "field_")


def kebab(text: str) -> str:
    """Return a name as folders are named: `order-created`."""
    return "-".join(words(text)) or _FALLBACK


def _begun(made: str, prefix: str) -> str:
    return made if made and not made[0].isdigit() else f"{prefix}{made}"


def of_topic(topic: str) -> tuple[str, str]:
    """Return the domain and the name of a topic's events.

    `orders.order-created.v1` is `orders` and `order-created`. A topic of one part has
    itself as its domain.
    """
    parts = [each for each in re.split(r"[./]", topic) if each]
    if len(parts) > 1 and _VERSION.fullmatch(parts[-1]):
        parts.pop()
    name = kebab(parts[-1]) if parts else _FALLBACK
    domain = snake(parts[0]).replace("_", "-") if parts else _FALLBACK
    return domain, name
