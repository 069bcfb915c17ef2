"""Requests as they go over the wire: nothing is encoded, corrected or kept open."""

import http.client
import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

Headers = Iterable[tuple[str, str]]
TIMEOUT_S = 30.0
JSON = (("Content-Type", "application/json"),)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error_code(self) -> int:
        """The code of an error; fails if the body is not exactly Confluent's form."""
        body = self.json
        assert body.keys() - {"findings"} == {"error_code", "message"}, body
        assert isinstance(body["error_code"], int)
        assert isinstance(body["message"], str)
        assert body["message"]
        return body["error_code"]


def ask(
    url: str,
    target: str,
    method: str = "GET",
    *,
    body: bytes | None = None,
    headers: Headers = JSON,
    chunked: bool = False,
) -> Answer:
    """Send one request on a connection of its own, to the letter.

    A new connection is also how every worker of a server gets its turn.
    """
    head = [*headers, ("Connection", "close")]
    if chunked:
        head.append(("Transfer-Encoding", "chunked"))
    elif body is not None:
        head.append(("Content-Length", str(len(body))))
    content = _in_chunks(body or b"") if chunked else body or b""
    with connect(url) as connection:
        send(connection, request_head(url, target, method, head) + content)
        return receive(connection, method)


def ask_json(
    url: str, target: str, method: str = "POST", body: object = None
) -> Answer:
    return ask(url, target, method, body=json.dumps(body).encode())


def connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return socket.create_connection((parts.hostname, parts.port), TIMEOUT_S)


def request_head(url: str, target: str, method: str, headers: Headers) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", f"Host: {urlsplit(url).netloc}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def send(connection: socket.socket, content: bytes) -> None:
    """Send what is taken: a server may answer and close before it has read it all."""
    try:
        connection.sendall(content)
    except (BrokenPipeError, ConnectionResetError):
        return


def receive(connection: socket.socket, method: str = "GET") -> Answer:
    with http.client.HTTPResponse(connection, method=method) as response:
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, response.read())


def _in_chunks(body: bytes, size: int = 65536) -> bytes:
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    sent = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return sent + b"0\r\n\r\n"
