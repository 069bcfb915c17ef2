"""A pool goes on whatever becomes of its workers."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from registry.compiler.pool import CompilerPool, PoolLimits
from registry.domain.errors import (
    CompilerBusyError,
    InvalidSchemaError,
    UnavailableError,
)
from tests.e2e.polling import until

MIB = 1024 * 1024
FINE = 'syntax = "proto3"; message M {}'
SLACK = 5

# What a test waits for in full; and what none should ever reach, however busy the
# machine is.
SHORT_S = 3.0
LONG_S = 60.0


def fields(count: int) -> str:
    body = "".join(f"string f{n} = {n};" for n in range(20_000, 20_000 + count))
    return f'syntax = "proto3"; message M {{ {body} }}'


def folder_of(pid: int) -> Path:
    *_, folder, _, _ = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return Path(folder)


@pytest.fixture
def make_pool() -> Iterator[Callable[..., CompilerPool]]:
    made: list[CompilerPool] = []

    def make(**limits: Any) -> CompilerPool:
        made.append(CompilerPool(PoolLimits(**{"budget_s": LONG_S, **limits})))
        return made[-1]

    yield make
    for pool in made:
        pool.close()


def test_given_no_schema_when_made_then_no_process_is_started(make_pool):
    assert make_pool().pids == ()


def test_given_a_stuck_worker_when_asked_then_it_is_killed_and_the_spare_serves(
    make_pool,
):
    pool = make_pool(budget_s=SHORT_S)
    pool(FINE, {})
    until(lambda: len(pool.pids) == 2)
    stuck, spare = pool.pids
    os.kill(stuck, signal.SIGSTOP)

    began = monotonic()
    # It had no time: that says nothing of the schema.
    with pytest.raises(CompilerBusyError):
        pool(FINE, {})
    took = monotonic() - began

    assert took < (SHORT_S + 0.5) * SLACK
    assert pool(FINE, {})
    assert pool.pids[0] == spare
    assert not Path(f"/proc/{stuck}").exists()


def test_given_a_worker_that_was_killed_when_asked_then_the_spare_answers(make_pool):
    pool = make_pool()
    pool(FINE, {})
    until(lambda: len(pool.pids) == 2)

    os.kill(pool.pids[0], signal.SIGKILL)

    assert pool(FINE, {})


def test_given_a_schema_over_the_memory_when_asked_then_it_is_refused_once(make_pool):
    pool = make_pool(memory_bytes=160 * MIB)

    with pytest.raises(InvalidSchemaError, match="160 MiB"):
        pool(fields(200_000), {})

    assert pool(FINE, {})


def test_given_many_files_when_asked_then_the_worker_makes_room(make_pool):
    pool = make_pool(most_files=2)
    pool(FINE, {})
    first = pool.pids[0]

    pool(FINE, {})
    pool(FINE, {})

    assert first not in pool.pids


def test_given_a_long_queue_when_asked_then_the_last_are_told_to_come_again(make_pool):
    pool = make_pool(queue_s=0.1, budget_s=60)
    pool(FINE, {})
    stopped = pool.pids[0]
    os.kill(stopped, signal.SIGSTOP)

    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(pool, FINE, {}) for _ in range(4)]
        until(lambda: sum(each.done() for each in asked) == 3)
        os.kill(stopped, signal.SIGCONT)
        errors = [type(each.exception()) for each in asked]

    assert errors.count(CompilerBusyError) == 3
    assert errors.count(type(None)) == 1


def test_given_a_burst_of_quick_schemas_when_asked_then_nobody_is_sent_away(make_pool):
    pool = make_pool(queue_s=LONG_S, most_waiting=1, patience_s=LONG_S)
    pool(FINE, {})

    with ThreadPoolExecutor(16) as threads:
        answers = [*threads.map(lambda _: pool(FINE, {}), range(64))]

    assert all(answers)


def test_given_a_full_queue_when_asked_then_one_is_told_soon(make_pool):
    pool = make_pool(queue_s=LONG_S, most_waiting=1, patience_s=0)
    pool(FINE, {})
    stopped = pool.pids[0]
    os.kill(stopped, signal.SIGSTOP)

    with ThreadPoolExecutor(3) as threads:
        asked = [threads.submit(pool, FINE, {}) for _ in range(3)]
        refused = until(lambda: [each for each in asked if each.done()])
        os.kill(stopped, signal.SIGCONT)

    assert [type(each.exception()) for each in refused] == [CompilerBusyError]
    assert [each.exception() for each in asked if each not in refused] == [None, None]


def test_given_a_worker_told_to_end_when_asked_then_it_still_compiles(make_pool):
    """Whoever ends a server may signal all its processes; it serves while it drains."""
    pool = make_pool()
    pool(FINE, {})
    worker = pool.pids[0]

    os.kill(worker, signal.SIGTERM)

    assert pool(FINE, {})
    assert pool.pids[0] == worker


def test_given_a_worker_that_has_grown_when_asked_then_it_makes_room(make_pool):
    pool = make_pool(most_resident=0.01)
    pool(FINE, {})
    first = pool.pids[0]

    pool(FINE, {})

    assert first not in pool.pids


def test_given_a_large_server_when_asked_then_its_workers_are_not_taken_for_large(
    make_pool,
):
    pool = make_pool(memory_bytes=256 * MIB)
    large = b"x" * (200 * MIB)
    pool(FINE, {})
    first = pool.pids[0]

    pool(FINE, {})

    assert pool.pids[0] == first
    assert large


def test_given_no_memory_to_start_with_when_asked_then_no_schema_is_blamed(make_pool):
    pool = make_pool(memory_bytes=MIB)

    with pytest.raises(UnavailableError, match="does not start"):
        pool(FINE, {})


def test_given_a_folder_that_is_gone_when_asked_then_the_spare_answers(make_pool):
    pool = make_pool()
    pool(FINE, {})
    until(lambda: len(pool.pids) == 2)
    first, spare = pool.pids
    shutil.rmtree(folder_of(first))

    assert pool(FINE, {})
    assert first not in pool.pids
    assert spare in pool.pids


def test_given_all_folders_gone_when_asked_then_no_schema_is_blamed_and_it_recovers(
    make_pool,
):
    pool = make_pool()
    pool(FINE, {})
    until(lambda: len(pool.pids) == 2)
    for pid in pool.pids:
        shutil.rmtree(folder_of(pid))

    def is_served() -> bool:
        try:
            return bool(pool(FINE, {}))
        except UnavailableError:
            return False

    until(is_served)


def test_given_descriptors_beyond_all_proportion_when_asked_then_it_is_refused(
    make_pool,
):
    """Each use of a type repeats its full name, however short the text is."""
    pool = make_pool(memory_bytes=256 * MIB)
    around = "".join(f"message {'N' * 500}{n} {{" for n in range(30))
    uses = "".join(f"optional M f{n} = {n};" for n in range(1, 4000))

    with pytest.raises(InvalidSchemaError, match="256 MiB"):
        pool(f"{around} message M {{ {uses} }} {'}' * 30}", {})


def test_given_a_closed_pool_when_looked_for_then_its_folders_are_gone(make_pool):
    pool = make_pool()
    pool(FINE, {})
    until(lambda: len(pool.pids) == 2)
    folders = [folder_of(pid) for pid in pool.pids]
    assert all(folder.is_dir() for folder in folders)

    pool.close()

    assert not any(folder.exists() for folder in folders)


def test_given_many_threads_when_asked_then_each_gets_its_own_answer(make_pool):
    pool = make_pool(queue_s=LONG_S)
    names = [f"Message{n}" for n in range(40)]

    with ThreadPoolExecutor(8) as threads:
        answers = threads.map(
            lambda name: pool(f'syntax = "proto3"; message {name} {{}}', {}), names
        )

        assert [
            name.encode() in answer for name, answer in zip(names, answers, strict=True)
        ] == [True] * len(names)


def test_given_a_closed_pool_when_asked_then_nobody_is_free(make_pool):
    pool = make_pool()
    pool(FINE, {})
    until(lambda: len(pool.pids) == 2)
    pids = pool.pids

    pool.close()

    with pytest.raises(CompilerBusyError):
        pool(FINE, {})
    assert [Path(f"/proc/{pid}").exists() for pid in pids] == [False, False]


def test_given_the_server_is_killed_when_it_is_gone_then_its_workers_end():
    code = (
        "import sys; from registry.compiler.pool import CompilerPool;"
        f" p = CompilerPool(); p({FINE!r}, {{}}); print(*p.pids, flush=True);"
        " sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        pids = server.stdout.readline().split()
        server.kill()

    until(lambda: not any(Path(f"/proc/{int(pid)}").exists() for pid in pids))
