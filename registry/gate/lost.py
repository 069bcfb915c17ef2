"""What was promised, and has no contract any more."""

from dataclasses import dataclass
from pathlib import Path

from registry.domain.model import SchemaType
from registry.domain.places import Place
from registry.gate.contracts import Contract
from registry.gate.snapshots import is_given_up


@dataclass(frozen=True, slots=True)
class Lost:
    """A subject whose contract is not there any more.

    Attributes:
        contract: Its id; None where nobody has written it down.
        file: Where the contract was, or what still tells of the subject.
        place: In that file.
        is_given_up: Whether nobody relies on it yet, or any more.
        manager: Who manages the subject in a registry, where one was asked.

    """

    subject: str
    contract: str | None
    file: Path
    schema_type: SchemaType | None = None
    place: Place | None = None
    is_given_up: bool = False
    manager: str | None = None

    @classmethod
    def of(cls, contract: Contract) -> "Lost":
        """Return a contract as it was."""
        manifest = contract.manifest
        return cls(
            str(manifest.subject),
            manifest.id,
            manifest.file,
            manifest.schema_type,
            is_given_up=is_given_up(contract),
        )
