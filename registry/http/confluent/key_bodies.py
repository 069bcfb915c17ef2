"""Bodies of the DEK registry, in Confluent's spelling and order of fields."""

from typing import Self

import msgspec
from msgspec import UNSET, UnsetType

from registry.application.keks import KekPatch, NewKek, hold_unshared
from registry.domain.keys import Dek, Kek, KekName
from registry.http.confluent.bodies import Body, Int32


class KekBody(Body, kw_only=True):
    """A key-encryption key; none is shared."""

    name: str
    kms_type: str
    kms_key_id: str
    kms_props: dict[str, str] | None = None
    doc: str | None = None
    shared: bool
    ts: int
    deleted: bool

    @classmethod
    def of(cls, kek: Kek) -> Self:
        return cls(
            name=kek.name.name,
            kms_type=kek.kms_type,
            kms_key_id=kek.kms_key_id,
            kms_props=dict(kek.kms_props) if kek.kms_props else None,
            doc=kek.doc or None,
            shared=False,
            ts=kek.written_ms,
            deleted=kek.is_deleted,
        )


class NewKekBody(Body):
    """A key-encryption key that is to be described."""

    name: str | None = None
    kms_type: str | None = None
    kms_key_id: str | None = None
    kms_props: dict[str, str] | None = None
    doc: str | None = None
    shared: bool | None = None
    deleted: bool | None = None

    def to_new(self, context: str) -> NewKek:
        """Return what the use cases take.

        Raises:
            InvalidKeyError: It is to be shared.

        """
        hold_unshared(self.shared)
        return NewKek(
            KekName(self.name or "", context),
            self.kms_type,
            self.kms_key_id,
            self.kms_props,
            self.doc,
            bool(self.deleted),
        )


class KekUpdateBody(msgspec.Struct, rename="camel"):
    """A change of a key-encryption key: what is absent is kept, null clears."""

    kms_props: dict[str, str] | UnsetType | None = UNSET
    doc: str | UnsetType | None = UNSET
    shared: bool | UnsetType | None = UNSET

    def to_patch(self) -> KekPatch:
        """Return what the use cases take.

        Raises:
            InvalidKeyError: It is to be shared.

        """
        hold_unshared(self.shared is True)
        given = {"kms_props": self.kms_props, "doc": self.doc}
        return {name: value for name, value in given.items() if value is not UNSET}


class DekBody(Body, kw_only=True):
    """A data-encryption key, encrypted."""

    kek_name: str
    subject: str
    version: int
    algorithm: str
    encrypted_key_material: str
    ts: int
    deleted: bool

    @classmethod
    def of(cls, dek: Dek) -> Self:
        slot = dek.slot
        return cls(
            kek_name=slot.kek.name,
            subject=str(slot.subject),
            version=dek.version,
            algorithm=slot.algorithm,
            encrypted_key_material=dek.material,
            ts=dek.written_ms,
            deleted=dek.is_deleted,
        )


class NewDekBody(Body):
    """A data-encryption key that is to be kept."""

    subject: str | None = None
    version: Int32 | None = None
    algorithm: str | None = None
    encrypted_key_material: str | None = None
    deleted: bool | None = None
