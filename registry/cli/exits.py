"""How commands end; part of the interface: CI can tell "no" from "don't know"."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit statuses of all commands."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    UNAVAILABLE = 3
