"""Many writers at once, in threads and over several engines: what must hold after."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from random import Random

from registry.application.changes import Changes
from registry.application.stored import Selection, Visibility
from registry.domain.model import Subject
from registry.storage.engine import SqlTransactions, connect
from tests.suites.registering import a_content, register, soft_delete

WRITERS = 6
EACH = 15
SUBJECTS = [Subject("a"), Subject("b"), Subject("a", ".new"), Subject("b", ".new")]


def test_given_many_writers_when_done_then_ids_versions_and_changes_have_no_gap(
    url, rows
):
    start = threading.Barrier(WRITERS)

    def write(seed: int, transactions: SqlTransactions) -> None:
        chance = Random(seed)
        start.wait()
        for number in range(EACH):
            subject = chance.choice(SUBJECTS)
            # Some are everybody's, some this writer's own.
            text = f'"{chance.choice(["x", "y", f"{seed}-{number}"])}"'
            register(transactions, subject, a_content(text))
            if chance.random() < 0.1:
                soft_delete(transactions, subject, 1)

    with ExitStack() as ends, ThreadPoolExecutor(WRITERS) as pool:
        # Two writers share one engine, as threads of one process do.
        engines = [
            ends.enter_context(closing(SqlTransactions(connect(url), Changes())))
            for _ in range(WRITERS // 2)
        ]
        done = [
            pool.submit(write, seed, engines[seed % len(engines)])
            for seed in range(WRITERS)
        ]
        for each in done:
            each.result()
        sequences = engines[0].sequences()
        with engines[0].read() as store:
            found = store.versions(Selection(None, "", Visibility.ALL))

    assert len(found) == WRITERS * EACH
    for subject in SUBJECTS:
        versions = [each.version for each in found if each.subject == subject]
        assert versions == list(range(1, len(versions) + 1))
    for context in (".", ".new"):
        here = [each for each in found if each.subject.context == context]
        texts = {each.schema_id: each.content.text for each in here}
        assert sorted(texts) == list(range(1, len(texts) + 1))
        assert len(set(texts.values())) == len(texts)
        written = rows(f"SELECT seq FROM audit WHERE context = '{context}'")  # noqa: S608 - a constant
        assert sorted(row[0] for row in written) == list(
            range(1, sequences[context] + 1)
        )
