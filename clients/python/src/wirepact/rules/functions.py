"""Functions of rules that CEL itself does not have: tests of what a text is.

The names are those of Confluent's clients, which have them from protovalidate.
"""

import re
from collections.abc import Callable, Mapping
from email.utils import parseaddr
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

_LABEL: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LONGEST_HOST_NAME: Final = 253
_LONGEST_ADDRESS: Final = 254
_LONGEST_MAILBOX: Final = 64


def is_host_name(text: Any) -> bool:
    """Say whether it is a host name; the last label of one is no number."""
    if not isinstance(text, str) or len(text) > _LONGEST_HOST_NAME:
        return False
    labels = text.removesuffix(".").split(".")
    return all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()


def is_email(text: Any) -> bool:
    """Say whether it is a mail address and nothing more: no name, no brackets."""
    if not isinstance(text, str) or len(text) > _LONGEST_ADDRESS:
        return False
    mailbox, _, host = text.partition("@")
    is_bare = parseaddr(text)[1] == text and len(mailbox) <= _LONGEST_MAILBOX
    return is_bare and is_host_name(host)


def is_uri(text: Any) -> bool:
    """Say whether it has a scheme, a host and a path."""
    parts = _split(text)
    return parts is not None and all((parts.scheme, parts.netloc, parts.path))


def is_uri_reference(text: Any) -> bool:
    """Say whether it is a URI, or leads somewhere relative to one."""
    parts = _split(text)
    return parts is not None and (
        not parts.fragment or bool(parts.scheme and parts.path)
    )


def _split(text: Any) -> Any:
    try:
        return urlsplit(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _made_by(make: Callable[[Any], object]) -> Callable[[Any], bool]:
    """Return a test for what a class can be made of."""

    def test(value: Any) -> bool:
        try:
            make(bytes(value) if isinstance(value, bytearray) else value)
        except (ValueError, TypeError, AttributeError):
            return False
        return True

    return test


FUNCTIONS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "isEmail": is_email,
    "isHostname": is_host_name,
    "isIpv4": _made_by(IPv4Address),
    "isIpv6": _made_by(IPv6Address),
    "isUri": is_uri,
    "isUriRef": is_uri_reference,
    "isUuid": _made_by(UUID),
}
