"""Passwords at rest, by argon2id."""

from dataclasses import dataclass
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


@dataclass(frozen=True, slots=True)
class Costs:
    """What a hash costs.

    Attributes:
        passes: Over the memory.
        memory_kib: That each takes, as long as it is worked on.

    """

    passes: int = 2
    memory_kib: int = 19 * 1024


DEFAULT_COSTS: Final = Costs()
"""The least that OWASP's password storage cheat sheet asks for.

Clients send their password with each request, and each process looks at it anew every
minute.
"""


class Argon2Passwords:
    """The `Passwords` of a registry."""

    def __init__(self, costs: Costs = DEFAULT_COSTS) -> None:
        # One lane: threads of its own would take the cores of those who wait.
        self._hasher = PasswordHasher(
            time_cost=costs.passes, memory_cost=costs.memory_kib, parallelism=1
        )
        self.nobodys = self._hasher.hash("")

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (InvalidHashError, VerificationError):
            return False
