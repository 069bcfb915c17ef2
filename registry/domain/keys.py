"""Keys of clients that encrypt: what wraps them, and the wrapped keys themselves.

A key-encryption key (KEK) is only described here: it lives in a key management service
(KMS). A data-encryption key (DEK) is kept as the client sends it, encrypted with the
KEK. The registry calls no KMS, so it never sees a key in the clear.

Source: Confluent Schema Registry, DEK registry.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from registry.domain.errors import RegistryError
from registry.domain.model import Subject

_LONGEST_NAME: Final = 64
_NAME: Final = re.compile(r"[^\W\d][\w-]*")
# By the beginning of what a client writes.
_KMS_TYPES: Final = {"aws": "aws-kms", "azure": "azure-kms", "gcp": "gcp-kms"}
NO_KMS: Final = (
    "this registry calls no key management service, so that a shared key could neither"
    " wrap nor unwrap anything in it; leave the key unshared and let clients encrypt"
)


class Algorithm(StrEnum):
    """What a data-encryption key is for, in the spelling of the wire."""

    AES128_GCM = "AES128_GCM"
    AES256_GCM = "AES256_GCM"
    AES256_SIV = "AES256_SIV"

    @classmethod
    def parse(cls, text: str | None) -> "Algorithm":
        """Read a name in any letter case; none is AES256_GCM.

        Raises:
            InvalidKeyError: There is no such algorithm.

        """
        try:
            return cls(text.upper()) if text else cls.AES256_GCM
        except ValueError:
            known = ", ".join(cls)
            raise InvalidKeyError("algorithm", f"known are {known}") from None


@dataclass(frozen=True, slots=True)
class KekName:
    """What a KEK is called in its context.

    Attributes:
        context: With its leading dot.

    """

    name: str
    context: str

    def __str__(self) -> str:
        return self.name

    def checked(self) -> "KekName":
        """Return the name itself if a KEK may have it.

        Raises:
            InvalidKeyError: It is empty or too long, or has other characters than
                letters, digits, `_` and `-`, or begins with a digit or `-`.

        """
        if len(self.name) > _LONGEST_NAME or _NAME.fullmatch(self.name) is None:
            raise InvalidKeyError(
                "name",
                f"at most {_LONGEST_NAME} letters, digits, '_' and '-' are allowed, the"
                " first one a letter or '_'",
            )
        return self


@dataclass(frozen=True, slots=True)
class Kek:
    """A key-encryption key, described.

    Attributes:
        kms_type: Which KMS has it: `aws-kms` and the like.
        kms_key_id: Its name there.
        kms_props: What else clients need to reach it; may be secret, so never printed.
        written_ms: When it was last changed, in milliseconds since 1970.

    """

    name: KekName
    kms_type: str
    kms_key_id: str
    kms_props: Mapping[str, str] | None = field(repr=False)
    doc: str | None
    written_ms: int
    is_deleted: bool = False

    @property
    def facts(self) -> tuple[object, ...]:
        """All that makes two of one name the same key."""
        props = dict(self.kms_props or {})
        return (self.kms_type, self.kms_key_id, props, self.doc or None)


@dataclass(frozen=True, slots=True)
class DekSlot:
    """What the versions of a data-encryption key have in common."""

    kek: KekName
    subject: Subject
    algorithm: Algorithm


@dataclass(frozen=True, slots=True)
class Dek:
    """A data-encryption key, encrypted.

    Attributes:
        material: As the client sent it; never printed.
        written_ms: When it was last changed, in milliseconds since 1970.

    """

    slot: DekSlot
    version: int
    material: str = field(repr=False)
    written_ms: int
    is_deleted: bool = False


def kms_type(text: str) -> str:
    """Return a KMS's type as it is stored: the three large ones have one spelling."""
    lowered = text.lower()
    spelt = (each for start, each in _KMS_TYPES.items() if lowered.startswith(start))
    return next(spelt, text)


class KeyNotFoundError(RegistryError):
    """There is no such key that the caller can see."""

    code = 40470

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Key '{name}' not found")


class KeyNotSoftDeletedError(RegistryError):
    """A hard delete of a key that is not soft-deleted."""

    code = 40471

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"Key '{name}' was not deleted first before being permanently deleted"
        )


class KeySoftDeletedError(RegistryError):
    """A DEK was to come back, and its KEK is still soft-deleted."""

    code = 40472

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Key '{name}' must be undeleted first")


class KeyExistsError(RegistryError):
    """A key is there already; a soft-deleted one comes back only unchanged."""

    code = 40971

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"Key '{name}' already exists; use a different value")


class InvalidKeyError(RegistryError):
    """A request about keys that makes no sense, or that nobody here can do.

    Attributes:
        name: The property that is wrong, in the spelling of the wire.

    """

    code = 42271

    def __init__(self, name: str, detail: str) -> None:
        self.name, self.detail = name, detail
        super().__init__(f"Invalid key: '{name}': {detail}")


class KeyReferenceExistsError(RegistryError):
    """A delete of a KEK that still wraps DEKs."""

    code = 42272

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"One or more references exist to the key {name}")
