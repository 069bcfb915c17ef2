"""The processes that compile Protobuf die or hang: their server goes on."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.builders import ORDER, a_name, body
from tests.e2e.polling import until
from tests.e2e.wire import Answer, ask_json
from tests.faults.processes import children, command, is_alive, workers
from tests.services.server import Server, serve

pytestmark = pytest.mark.e2e

MOST_S = 30.0
PROTOBUF = 'syntax = "proto3"; message {name} {{ string id = 1; }}'


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Server]:
    database = f"sqlite:///{tmp_path}/registry.db"
    limits = {"WIREPACT_COMPILE_SECONDS": "3", "WIREPACT_COMPILE_QUEUE_SECONDS": "20"}
    with serve(database, **limits) as server:
        assert compilers(server) == []
        assert registered(server).status == 200
        until(lambda: len(compilers(server)) == 2, timeout_s=MOST_S)
        yield server


def compilers(server: Server) -> list[int]:
    """Return them in the order in which they were started: the spare is the last."""
    (worker,) = workers(server.pid)
    found = [each for each in children(worker) if "registry.compiler" in command(each)]
    return sorted(found)


def folder_of(compiler: int) -> Path:
    *_, folder, _, _ = Path(f"/proc/{compiler}/cmdline").read_text().split("\0")
    return Path(folder)


def registered(server: Server) -> Answer:
    name = a_name("M").replace("-", "_")
    sent = {"schemaType": "PROTOBUF", "schema": PROTOBUF.format(name=name)}
    return ask_json(server.url, f"/subjects/{a_name()}/versions", body=sent)


def test_given_all_compilers_killed_when_registering_then_new_ones_take_their_place(
    registry: Server,
):
    killed = compilers(registry)
    for each in killed:
        os.kill(each, signal.SIGKILL)
    until(lambda: not any(map(is_alive, killed)))

    assert [registered(registry).status for _ in range(5)] == [200] * 5
    until(lambda: len(compilers(registry)) == 2, timeout_s=MOST_S)
    assert set(compilers(registry)).isdisjoint(killed)


def test_given_a_compiler_that_hangs_when_registering_then_the_next_one_is_served(
    registry: Server,
):
    hanging, spare = compilers(registry)
    os.kill(hanging, signal.SIGSTOP)

    answers = [registered(registry) for _ in range(2)]

    assert [each.status for each in answers] == [503, 200]
    assert "busy compiling" in answers[0].json["message"]
    assert not is_alive(hanging)
    assert spare in compilers(registry)


def test_given_a_compiler_that_hangs_when_others_ask_then_they_are_served_meanwhile(
    registry: Server,
):
    hanging, _ = compilers(registry)
    os.kill(hanging, signal.SIGSTOP)

    with ThreadPoolExecutor(12) as threads:
        waiting = [threads.submit(registered, registry) for _ in range(12)]
        sent = body(ORDER)
        answer = ask_json(registry.url, f"/subjects/{a_name()}/versions", body=sent)

    assert answer.status == 200
    found = {each.result().status for each in waiting}
    assert found <= {200, 503}
    assert registered(registry).status == 200


def test_given_the_server_killed_when_looked_for_then_no_compiler_is_left(
    registry: Server,
):
    orphans = compilers(registry)
    folders = [folder_of(each) for each in orphans]
    assert all(each.is_dir() for each in folders)

    registry.kill()

    until(lambda: not any(map(is_alive, orphans)), timeout_s=MOST_S)
    assert not any(each.exists() for each in folders)


def test_given_sigterm_to_all_processes_when_it_ends_then_no_compiler_is_left(
    registry: Server,
):
    """A process manager may signal them all, as systemd does if not told otherwise."""
    ended = compilers(registry)
    folders = [folder_of(each) for each in ended]
    for each in ended:
        os.kill(each, signal.SIGTERM)
    assert registered(registry).status == 200

    assert registry.stop() == 0

    assert not any(map(is_alive, ended))
    assert not any(each.exists() for each in folders)
    assert "Traceback" not in registry.log
