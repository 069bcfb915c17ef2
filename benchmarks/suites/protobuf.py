"""Compiling Protobuf in other processes, against the same protoc in this one."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

from benchmarks import protobuf_texts as texts
from benchmarks.alternating import alternate
from benchmarks.rows import Claim, Row, row
from registry import bootstrap
from registry.application import listing, lookup, registration
from registry.application.changes import Changes
from registry.application.ports import Ports
from registry.application.stored import (
    Origin,
    Page,
    Selection,
    Visibility,
)
from registry.application.submission import Submission
from registry.compiler.in_place import InPlaceCompiler
from registry.compiler.pool import CompilerPool, PoolLimits
from registry.domain.configuration import SERVER_DEFAULT
from registry.domain.formats.protobuf.compiling import Compile
from registry.domain.formats.protobuf.format import ProtobufFormat
from registry.domain.limits import DEFAULT_LIMITS
from registry.domain.model import Reference, SchemaType, Subject
from registry.settings import DEFAULTS
from registry.storage import migrations
from registry.storage.engine import SqlTransactions, connect

SUITE = "protobuf"
_ROUNDS = 15
_IMPORTS = {texts.MONEY_PATH: texts.MONEY}
_ORIGIN = Origin(actor="benchmark", request_id="benchmark")

_MEASURED_S = 0.2
# About six tenths of a second of protoc's time, longer than any schema within the
# limits should take.
_LONG_MESSAGES = 5
_LONG_BUDGET_S = 60
_TICK_S = 0.001
_VERSIONS = 1_000


def rows() -> list[Row]:
    """Measure the way to the worker, its neighbours' peace, diffs, and lists."""
    pool = CompilerPool(PoolLimits(budget_s=_LONG_BUDGET_S))
    in_place = InPlaceCompiler()
    try:
        return [
            *_through_the_worker(pool, in_place),
            *_stalls(pool, in_place),
            *_diffs(in_place),
            _lists_without_parsing(in_place),
        ]
    finally:
        pool.close()


def _through_the_worker(pool: CompilerPool, in_place: Compile) -> list[Row]:
    by_pool = partial(pool, texts.payment(), _IMPORTS)
    by_itself = partial(in_place, texts.payment(), _IMPORTS)
    by_pool()
    worker = pool.pids[0]
    processor = alternate(
        {
            "ours": partial(_ms_each, by_pool, lambda: process_time() + _cpu_s(worker)),
            "limit": partial(_ms_each, by_itself, process_time),
        },
        _ROUNDS,
    )
    seen = alternate(
        {"ours": partial(_ms_each, by_pool), "limit": partial(_ms_each, by_itself)},
        _ROUNDS,
    )
    name = "9 fields and an import: compile"
    return [
        row(
            Claim(SUITE, f"{name}, CPU", "ms", "limit", at_most=1.5),
            processor["ours"],
            limit=processor["limit"],
        ),
        row(
            Claim(SUITE, f"{name}, as seen", "ms", "limit"),
            seen["ours"],
            limit=seen["limit"],
        ),
    ]


def _ms_each(
    act: Callable[[], object], clock: Callable[[], float] = perf_counter
) -> float:
    """Return what an act takes on a clock: of those here, the wall's if not said."""
    done, before, started = 0, clock(), perf_counter()
    while perf_counter() - started < _MEASURED_S:
        act()
        done += 1
    return 1000 * (clock() - before) / done


def _cpu_s(pid: int) -> float:
    """Return the processor time of a process with one thread."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def _stalls(pool: Compile, in_place: Compile) -> list[Row]:
    """Measure how late an event loop is while a thread waits for a long schema."""
    text = texts.long(_LONG_MESSAGES)
    long_s = _seconds(partial(pool, text, {}))
    samples = alternate(
        {
            "ours": lambda: _lateness_ms(partial(pool, text, {})),
            "limit": lambda: _lateness_ms(partial(_idle, long_s)),
            "in place": lambda: _lateness_ms(partial(in_place, text, {})),
        },
        _ROUNDS,
    )
    name = "50,000 fields: event loop late, 99th percentile"
    return [
        row(
            Claim(SUITE, f"{name}, in a worker", "ms", "limit", at_most=2),
            samples["ours"],
            limit=samples["limit"],
        ),
        row(
            Claim(SUITE, f"{name}, in the server", "ms", "limit"),
            samples["in place"],
            limit=samples["limit"],
        ),
    ]


def _seconds(act: Callable[[], object]) -> float:
    started = perf_counter()
    act()
    return perf_counter() - started


def _idle(seconds: float) -> None:
    asyncio.run(asyncio.sleep(seconds))


def _lateness_ms(act: Callable[[], object]) -> float:
    """Return the 99th percentile of how late a tick was, while a thread acts."""

    async def watched() -> list[float]:
        late: list[float] = []
        doing = asyncio.get_running_loop().run_in_executor(None, act)
        while not doing.done():
            due = perf_counter() + _TICK_S
            await asyncio.sleep(_TICK_S)
            late.append(1000 * (perf_counter() - due))
        await doing
        return late

    late = sorted(asyncio.run(watched()))
    return late[int(len(late) * 0.99)]


def _diffs(in_place: Compile) -> list[Row]:
    """Measure a diff against one of the two compilations that it would need at least.

    What is compared comes out of a cache as a rule, and has been compared before; the
    first diff of a schema makes its graph.
    """
    form = ProtobufFormat(DEFAULT_LIMITS, in_place)
    older, newer = texts.catalogue(50, 20), texts.catalogue(50, 20, drops=1)
    reader, writer = form.parse(newer), form.parse(older)

    def first() -> float:
        fresh = form.parse(newer), form.parse(older)
        return 1000 * _seconds(partial(form.violations, *fresh))

    measures: dict[str, Callable[[], float]] = {
        "again": partial(_ms_each, partial(form.violations, reader, writer)),
        "first": first,
        "limit": partial(_ms_each, partial(in_place, older, {})),
    }
    samples = alternate(measures, _ROUNDS)
    name = "50 messages of 20 fields: diff"
    return [
        row(
            Claim(SUITE, f"{name} of two that are known", "ms", "limit", at_most=0.5),
            samples["again"],
            limit=samples["limit"],
        ),
        row(
            Claim(SUITE, f"{name} of two that are new", "ms", "limit"),
            samples["first"],
            limit=samples["limit"],
        ),
    ]


def _lists_without_parsing(in_place: Compile) -> Row:
    """Count how often a server that has just started compiles to list what is there."""
    compiled = 0

    def counting(text: str, imports: Mapping[str, str]) -> bytes:
        nonlocal compiled
        compiled += 1
        return in_place(text, imports)

    with tempfile.TemporaryDirectory(prefix="wirepact-bench-") as folder:
        url = f"sqlite:///{Path(folder)}/versions.db"
        migrations.upgrade(url)
        with _ports(url, counting) as ports:
            _fill(ports)
        stored, compiled = compiled, 0
        with _ports(url, counting) as ports:
            _list_everything(ports)
    assert stored >= _VERSIONS
    claim = Claim(
        SUITE, f"{_VERSIONS:,} versions: list them", "compiled", "limit", at_most=0
    )
    return row(claim, [compiled], limit=[stored])


@contextmanager
def _ports(url: str, compiler: Compile) -> Iterator[Ports]:
    transactions = SqlTransactions(connect(url), Changes())
    try:
        parsing = bootstrap.engine(DEFAULTS, compiler)
        yield Ports(transactions, parsing, lambda: 0, SERVER_DEFAULT)
    finally:
        transactions.close()


def _fill(ports: Ports) -> None:
    money = Submission(texts.MONEY, SchemaType.PROTOBUF, ())
    registration.register(ports, Subject("money"), money, _ORIGIN)
    references = (Reference(texts.MONEY_PATH, "money", 1),)
    for at in range(_VERSIONS):
        text = texts.payment(str(at))
        submission = Submission(text, SchemaType.PROTOBUF, references)
        registration.register(ports, Subject(f"payment-{at}"), submission, _ORIGIN)


def _list_everything(ports: Ports) -> None:
    everything = Page()
    subjects = lookup.list_subjects(ports, None, "", Visibility.LIVE, everything)
    schemas, _ = listing.list_schemas(ports, Selection(None, "", Visibility.LIVE))
    assert len(subjects) == len(schemas) == _VERSIONS + 1
    for subject in subjects:
        lookup.list_versions(ports, subject, Visibility.LIVE, everything)
        lookup.get_version(ports, subject, 1, Visibility.LIVE)
