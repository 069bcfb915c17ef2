"""Fingerprints of schemas: what two programs compare instead of the schemas.

Source: Avro 1.12 specification, "Schema Fingerprints", "Single-object encoding".
"""

import hashlib
from typing import Final

_EMPTY: Final = 0xC15D213AA4D7A795
"""The fingerprint of no bytes, and the polynomial."""


def _table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        entry = byte
        for _ in range(8):
            entry = entry >> 1 ^ (_EMPTY if entry & 1 else 0)
        table.append(entry)
    return tuple(table)


_TABLE: Final = _table()


def crc_64_avro(parsing_form: str) -> int:
    """Return the 64-bit Rabin fingerprint of a parsing canonical form.

    Single-object encoding writes its eight bytes least significant first.
    """
    fingerprint = _EMPTY
    for byte in parsing_form.encode():
        fingerprint = fingerprint >> 8 ^ _TABLE[(fingerprint ^ byte) & 0xFF]
    return fingerprint


def sha_256(parsing_form: str) -> bytes:
    """Return the SHA-256 fingerprint of a parsing canonical form."""
    return hashlib.sha256(parsing_form.encode()).digest()
