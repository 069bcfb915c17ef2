"""The files of TLS: looked through before a server relies on them.

What serves reads them in each of its processes and tells of a fault by a process that
ends. Here the fault gets its name and its file, before anything is started or replaced.
"""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final

from registry.settings import PREFIX, Settings

_LARGEST_BYTES: Final = 1024 * 1024
_ENCRYPTED: Final = ("ENCRYPTED PRIVATE KEY", "Proc-Type: 4,ENCRYPTED")
# By what the library calls it; the rest of its words are no help to anybody.
_REASONS: Final = {
    "KEY_VALUES_MISMATCH": "it does not belong to the certificate of {certificate}",
    "EE_KEY_TOO_SMALL": "its key is too short to be safe",
    "CA_MD_TOO_WEAK": "it was signed in a way that is not safe any more",
}


class TlsError(Exception):
    """A file that TLS needs cannot be used. The message names variable and file."""


def check(settings: Settings) -> None:
    """Look through the files that the settings name.

    Raises:
        TlsError: One is missing, unreadable, no PEM, encrypted, or fits no other.

    """
    if settings.oidc_ca_file is not None:
        _hold_authorities("OIDC_CA_FILE", settings.oidc_ca_file)
    certificate = settings.tls_certificate
    if certificate is None:
        _hold_unused(settings)
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _hold_pem("TLS_CERTIFICATE", certificate, "CERTIFICATE")
    _hold_key(settings, certificate)
    _load(
        "TLS_CERTIFICATE" if settings.tls_key is None else "TLS_KEY",
        settings.tls_key or certificate,
        lambda: context.load_cert_chain(certificate, settings.tls_key),
        certificate,
    )
    if settings.tls_client_ca is not None:
        _hold_authorities("TLS_CLIENT_CA", settings.tls_client_ca)


def _hold_authorities(name: str, file: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _hold_pem(name, file, "CERTIFICATE")
    _load(name, file, lambda: context.load_verify_locations(file), file)


def _hold_unused(settings: Settings) -> None:
    for name, file in (
        ("TLS_KEY", settings.tls_key),
        ("TLS_CLIENT_CA", settings.tls_client_ca),
    ):
        if file is not None:
            raise TlsError(
                f"{PREFIX}{name} is set and {PREFIX}TLS_CERTIFICATE is not: the server"
                " would speak plain HTTP"
            )


def _hold_key(settings: Settings, certificate: Path) -> None:
    name, file = "TLS_KEY", settings.tls_key
    if file is None:
        name, file = "TLS_CERTIFICATE", certificate
    text = _hold_pem(name, file, "PRIVATE KEY")
    if any(each in text for each in _ENCRYPTED):
        raise TlsError(
            f"{PREFIX}{name}: the key in {file} is encrypted; the server needs one"
            " without a passphrase, in a file that nobody else can read"
        )


def _hold_pem(name: str, file: Path, kind: str) -> str:
    try:
        with file.open("rb") as opened:
            text = opened.read(_LARGEST_BYTES).decode("latin-1")
    except OSError as error:
        raise TlsError(
            f"{PREFIX}{name}: {file} cannot be read: {error.strerror}"
        ) from error
    if f"{kind}-----" not in text:
        word = "certificate" if kind == "CERTIFICATE" else "private key"
        raise TlsError(f"{PREFIX}{name}: {file} holds no {word} as PEM")
    return text


def _load(name: str, file: Path, load: Callable[[], None], certificate: Path) -> None:
    try:
        load()
    except ssl.SSLError as error:
        why = _REASONS.get(error.reason or "", "it is damaged")
        told = why.format(certificate=certificate)
        raise TlsError(f"{PREFIX}{name}: {file} cannot be used: {told}") from error
