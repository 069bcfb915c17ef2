"""An authority of a test's own, and certificates by it; nothing else trusts it."""

import datetime
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PASSWORD = "the key's"  # noqa: S105 - it protects nothing


@dataclass(frozen=True)
class Files:
    """Certificates in files.

    Attributes:
        ca: The authority's.
        server: The server's, with its key.
        client: The client's, with its key, which is encrypted with `PASSWORD`.

    """

    ca: Path
    server: Path
    client: Path

    def server_context(self) -> ssl.SSLContext:
        """Return what a server uses that asks its clients for certificates."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self.ca)
        context.load_cert_chain(self.server)
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    def client_context(self, *, with_certificate: bool = False) -> ssl.SSLContext:
        """Return what a client uses that trusts the authority."""
        context = ssl.create_default_context(cafile=self.ca)
        if with_certificate:
            context.load_cert_chain(self.client, password=PASSWORD)
        return context


def certificates(folder: Path) -> Files:
    """Write an authority and certificates for the loopback address."""
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca = _certificate("an authority", ca_key, None, ca_key)
    files = Files(folder / "ca.pem", folder / "server.pem", folder / "client.pem")
    files.ca.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    for file, password in ((files.server, None), (files.client, PASSWORD)):
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(file.stem, key, ca, ca_key)
        file.write_bytes(
            _key_text(key, password)
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
    return files


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    ca: x509.Certificate | None,
    ca_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if ca is None else ca.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca is None, None), critical=True)
        .add_extension(x509.SubjectAlternativeName([loopback]), critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _key_text(key: ec.EllipticCurvePrivateKey, password: str | None) -> bytes:
    kept: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password is not None:
        kept = serialization.BestAvailableEncryption(password.encode())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, kept
    )
