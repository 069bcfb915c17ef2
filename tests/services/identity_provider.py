"""An identity provider on a loopback port: HTTPS, keys of a test's own, and outages."""

import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from tests.services.certificates import Files
from tests.services.stub import Asked, Said, Stub, stub

AUDIENCE = "wirepact"
MAKERS: dict[str, tuple[Any, Any]] = {
    "RS256": (lambda: rsa.generate_private_key(65537, 2048), RSAAlgorithm),
    "ES256": (lambda: ec.generate_private_key(ec.SECP256R1()), ECAlgorithm),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate, OKPAlgorithm),
}


@dataclass(frozen=True)
class Key:
    """A key that signs.

    Attributes:
        published: As the provider shows it to others.

    """

    id: str
    algorithm: str
    private: Any
    published: dict[str, Any]

    @classmethod
    def made(cls, key_id: str, algorithm: str = "ES256", **more: Any) -> "Key":
        make, form = MAKERS[algorithm]
        private = make()
        shown = json.loads(form.to_jwk(private.public_key()))
        shown |= {"kid": key_id, "use": "sig", "alg": algorithm, **more}
        return cls(key_id, algorithm, private, shown)

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        headers = {"kid": self.id, **header}
        return jwt.encode(claims, self.private, self.algorithm, headers)


@dataclass
class IdentityProvider:
    """A provider that answers.

    Attributes:
        key: The one that it signs with.
        shown: What it says that its keys are.
        said: What it answers instead of its keys, if anything.

    """

    server: Stub
    key: Key
    shown: list[dict[str, Any]] = field(default_factory=list)
    said: Said | None = None

    @property
    def issuer(self) -> str:
        return self.server.url

    @property
    def fetches(self) -> int:
        """How often its keys were asked for."""
        return sum(asked.path == "/keys" for asked in self.server.asked)

    def claims(self, **more: Any) -> dict[str, Any]:
        """Return what a good token says; None leaves a claim out."""
        now = int(time.time())
        said = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": "ann",
            "groups": ["payments"],
            "iat": now,
            "exp": now + 600,
            **more,
        }
        return {name: value for name, value in said.items() if value is not None}

    def token(self, **more: Any) -> str:
        return self.key.sign(self.claims(**more))

    def answer(self, asked: Asked) -> Said:
        if asked.path == "/.well-known/openid-configuration":
            keys = f"{self.issuer}/keys"
            return Said(body={"issuer": self.issuer, "jwks_uri": keys})
        if asked.path == "/keys":
            return self.said or Said(body={"keys": self.shown})
        return Said(404)


@contextmanager
def identity_provider(files: Files) -> Iterator[IdentityProvider]:
    """Start a provider with one key, and stop it in the end."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.server)
    with stub(lambda _asked: Said(404), context) as server:
        key = Key.made("key-1")
        provider = IdentityProvider(server, key, [key.published])
        server.answer = provider.answer
        yield provider
