"""A started server that speaks HTTPS: to whom, which versions, with which files."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient

from tests.services.certificates import PASSWORD, Files, certificates
from tests.services.server import COMMAND, Server, serve_tls
from wirepact import RegistryClient, Tls

pytestmark = pytest.mark.e2e

AVRO = '"string"'


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return certificates(tmp_path_factory.mktemp("foreign"))


def url_in(folder: Path) -> str:
    return f"sqlite:///{folder}/registry.db"


def settings_of(files: Files, **more: str) -> dict[str, str]:
    return {"WIREPACT_TLS_CERTIFICATE": str(files.server), **more}


def asking_for_clients(files: Files, **more: str) -> dict[str, str]:
    return settings_of(files, WIREPACT_TLS_CLIENT_CA=str(files.ca), **more)


def subjects(server: Server, context: ssl.SSLContext) -> httpx.Response:
    return httpx.get(f"{server.url}/subjects", verify=context)


def start(**environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [COMMAND, "serve", "--listen", "127.0.0.1:0"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": os.environ["PATH"], **environ},
    )


def until(claim: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 30
    while not claim():
        assert time.monotonic() < give_up, "still not true"
        time.sleep(0.05)


def test_given_an_authority_when_real_clients_ask_then_they_are_answered(
    tmp_path: Path, files: Files
):
    context = files.client_context()
    with serve_tls(url_in(tmp_path), context, **settings_of(files)) as server:
        conf = {"url": server.url, "ssl.ca.location": str(files.ca)}
        with SchemaRegistryClient(conf) as confluent:
            schema_id = confluent.register_schema("s", Schema(AVRO, "AVRO"))
        with RegistryClient(server.url, tls=Tls(files.ca)) as client:
            assert client.get_schema(schema_id).text == AVRO
        assert f"Wirepact answers at {server.url}" in server.log


def test_given_clients_with_certificates_when_real_ones_ask_then_they_are_answered(
    tmp_path: Path, files: Files
):
    context = files.client_context(with_certificate=True)
    environ = asking_for_clients(files)
    with serve_tls(url_in(tmp_path), context, **environ) as server:
        conf = {
            "url": server.url,
            "ssl.ca.location": str(files.ca),
            "ssl.certificate.location": str(files.client),
            "ssl.key.password": PASSWORD,
        }
        with SchemaRegistryClient(conf) as confluent:
            schema_id = confluent.register_schema("s", Schema(AVRO, "AVRO"))
        tls = Tls(files.ca, files.client, key_password=PASSWORD)
        with RegistryClient(server.url, tls=tls) as client:
            assert client.get_schema(schema_id).text == AVRO


def test_given_certificates_are_required_when_none_or_a_foreign_one_then_no_answer(
    tmp_path: Path, files: Files, foreign: Files
):
    context = files.client_context(with_certificate=True)
    strange = files.client_context()
    strange.load_cert_chain(foreign.client, password=PASSWORD)
    environ = asking_for_clients(files)
    with serve_tls(url_in(tmp_path), context, **environ) as server:
        for each in (files.client_context(), strange):
            with pytest.raises(httpx.TransportError):
                subjects(server, each)

        assert subjects(server, context).status_code == 200


def test_given_certificates_are_optional_when_a_foreign_one_is_shown_then_no_answer(
    tmp_path: Path, files: Files, foreign: Files
):
    context = files.client_context()
    strange = files.client_context()
    strange.load_cert_chain(foreign.client, password=PASSWORD)
    environ = asking_for_clients(files, WIREPACT_TLS_CLIENT_CERTIFICATES="optional")
    with serve_tls(url_in(tmp_path), context, **environ) as server:
        assert subjects(server, context).status_code == 200
        own = files.client_context(with_certificate=True)
        assert subjects(server, own).status_code == 200
        with pytest.raises(httpx.TransportError):
            subjects(server, strange)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_when_a_client_speaks_an_outdated_version_then_there_is_no_handshake(
    tmp_path: Path, files: Files
):
    context = files.client_context()
    with serve_tls(url_in(tmp_path), context, **settings_of(files)) as server:
        outdated = files.client_context()
        outdated.minimum_version = ssl.TLSVersion.TLSv1
        outdated.maximum_version = ssl.TLSVersion.TLSv1_1
        # Without this OpenSSL itself does not offer it.
        outdated.set_ciphers("ALL:@SECLEVEL=0")
        assert agreed(server, files.client_context()) == "TLSv1.3"
        twelve = files.client_context()
        twelve.maximum_version = ssl.TLSVersion.TLSv1_2
        assert agreed(server, twelve) == "TLSv1.2"

        with pytest.raises(ssl.SSLError, match="ALERT"):
            agreed(server, outdated)


def agreed(server: Server, context: ssl.SSLContext) -> str | None:
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as wrapped,
    ):
        return wrapped.version()


def shown(server: Server) -> bytes | None:
    """Return the server's certificate, whoever signed it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as plain,
        context.wrap_socket(plain) as wrapped,
    ):
        return wrapped.getpeercert(binary_form=True)


def is_renewed(server: Server, before: bytes | None) -> bool:
    """Say whether another certificate is shown; clients that are refused try again."""
    try:
        return shown(server) != before
    except (ConnectionError, ssl.SSLEOFError):
        # The old worker may end in the middle of a handshake.
        return False


def test_given_a_renewed_certificate_when_hung_up_then_it_is_shown(
    tmp_path: Path, files: Files, foreign: Files
):
    certificate = tmp_path / "server.pem"
    shutil.copy(files.server, certificate)
    environ = {"WIREPACT_TLS_CERTIFICATE": str(certificate)}
    context = files.client_context()
    with serve_tls(url_in(tmp_path), context, **environ) as server:
        before = shown(server)
        shutil.copy(foreign.server, certificate)
        os.kill(server.pid, signal.SIGHUP)

        # For some seconds the old worker and the new one share the port.
        until(lambda: all(is_renewed(server, before) for _ in range(8)))

        with RegistryClient(server.url, tls=Tls(foreign.ca)) as client:
            assert client.list_subjects() == ()


def test_given_a_broken_file_when_hung_up_then_it_is_named_and_all_stays_as_it_was(
    tmp_path: Path, files: Files
):
    certificate = tmp_path / "server.pem"
    shutil.copy(files.server, certificate)
    context = files.client_context()
    environ = {"WIREPACT_TLS_CERTIFICATE": str(certificate)}
    with serve_tls(url_in(tmp_path), context, **environ) as server:
        certificate.write_text("nothing of use")
        os.kill(server.pid, signal.SIGHUP)

        until(lambda: "not reloaded" in server.log)

        assert f"{certificate} holds no certificate as PEM" in server.log
        assert subjects(server, context).status_code == 200


def test_given_a_file_that_cannot_be_used_when_started_then_it_says_which_and_why(
    tmp_path: Path, files: Files, foreign: Files
):
    bare, damaged = tmp_path / "bare.pem", tmp_path / "damaged.pem"
    bare.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    damaged.write_text(
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        + bare.read_text()
    )
    missing = tmp_path / "missing.pem"
    for name, file, why in (
        ("TLS_CERTIFICATE", missing, "cannot be read: No such file or directory"),
        ("TLS_CERTIFICATE", tmp_path, "cannot be read: Is a directory"),
        ("TLS_CERTIFICATE", bare, "holds no certificate as PEM"),
        ("TLS_CERTIFICATE", files.ca, "holds no private key as PEM"),
        ("TLS_CERTIFICATE", files.client, "is encrypted"),
        ("TLS_CERTIFICATE", damaged, "it is damaged"),
        (
            "TLS_KEY",
            foreign.server,
            f"certificate of {files.server}",
        ),
        ("TLS_KEY", missing, "cannot be read"),
        ("TLS_CLIENT_CA", bare, "holds no certificate as PEM"),
        ("TLS_CLIENT_CA", damaged, "it is damaged"),
    ):
        result = start(**{**settings_of(files), f"WIREPACT_{name}": str(file)})

        assert result.returncode == 2
        assert f"WIREPACT_{name}: " in result.stderr
        assert str(file) in result.stderr
        assert why in result.stderr
        assert "Traceback" not in result.stderr


@pytest.mark.parametrize("name", ["WIREPACT_TLS_KEY", "WIREPACT_TLS_CLIENT_CA"])
def test_given_no_certificate_when_other_files_are_named_then_no_plain_http(
    files: Files, name: str
):
    result = start(**{name: str(files.ca)})

    assert result.returncode == 2
    assert "would speak plain HTTP" in result.stderr
