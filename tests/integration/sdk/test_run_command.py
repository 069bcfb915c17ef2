"""`wirepact run`: which apps it serves, and how it ends."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.services.ports import free_port

WIREPACT = Path(sys.executable).with_name("wirepact")
SERVICE = """
import asyncio, os, sys, time
from dataclasses import dataclass
from wirepact import App, AppOptions, CodecOptions, Registration, Schema, event
from wirepact.testing import FakeRegistry
from wirepact.transports.memory import Memory, MemoryBroker

@event("shop.OrderPlaced", key="order_id")
@dataclass(frozen=True, slots=True)
class OrderPlaced:
    order_id: str

REGISTERING = CodecOptions(registration=Registration.REGISTER)

def service(name, handle, drain_s=30.0, codecs=REGISTERING, registry=None, **rest):
    app = App(
        name,
        registry=registry or FakeRegistry().async_client(),
        broker=Memory(),
        options=AppOptions(codecs=codecs, drain_s=drain_s),
        **rest,
    )
    app.on(OrderPlaced, topic="orders", idempotent=False)(handle)

    async def publish():
        await app.publish(OrderPlaced("o-1"), "orders")

    begin = app.serve
    async def serve(**options):
        await publish()
        return await begin(**options)
    app.serve = serve
    return app

def say(word):
    print(word, flush=True)

async def short(order: OrderPlaced) -> None:
    say("begun")
    await asyncio.sleep(0.3)
    say("finished")

async def endless(order: OrderPlaced) -> None:
    say("begun")
    await asyncio.Event().wait()

def stuck(order: OrderPlaced) -> None:
    say("begun")
    time.sleep(600)

app = service("billing", short)
other = service("shipping", short)
late = service("late", endless, 0.1)
patient = service("patient", endless)
hanging = service("hanging", stuck, 0.1)
published = {OrderPlaced: "orders"}
strict = CodecOptions()
unregistered = service("unregistered", short, codecs=strict, topics=published)
down = FakeRegistry()
down.is_down = True
outage = service("outage", short, registry=down.async_client())
number = 7
"""
COUNTED = """
from service import OrderPlaced, say, service

async def chained(order: OrderPlaced) -> None:
    # When the second one begins, the first is handled, and counted.
    say("begun")
    if order.order_id == "o-1":
        await app.publish(OrderPlaced("o-2"), "orders")

app = service("counted", chained)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "service.py").write_text(SERVICE)
    (tmp_path / "counted.py").write_text(COUNTED)
    (tmp_path / "needy.py").write_text("import nothing_of_the_kind\n")
    return tmp_path


def started(folder, *args):
    return subprocess.Popen(
        [WIREPACT, "run", *args],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process, *signals, after="begun\n", count=1):
    try:
        assert [process.stdout.readline() for _ in range(count)] == [after] * count
        for each in signals:
            process.send_signal(each)
            if each is not signals[-1]:
                assert "told to end" in next(
                    line for line in process.stderr if "told" in line
                )
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    return process.returncode, out, err


def refused(folder, *args):
    run = subprocess.run(
        [WIREPACT, "run", *args],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return run.returncode, run.stdout, run.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_given_a_handler_at_work_when_told_to_end_then_it_is_finished_first(
    folder, number
):
    code, out, err = ended(started(folder, "service:app"), number)

    assert (code, out) == (0, "finished\n")
    lines = [json.loads(line) for line in err.splitlines()]
    assert [line["event"].partition(":")[0] for line in lines] == [
        "serving",
        "billing",
        "told to end",
        "billing",
        "ended",
    ]
    assert lines[2]["signal"] == number.name


def test_given_several_apps_when_run_then_all_work_and_end_together(folder):
    process = started(folder, "service:app", "service:other")

    code, out, _ = ended(process, signal.SIGTERM, count=2)

    assert (code, out) == (0, "finished\n" * 2)


@pytest.mark.parametrize("name", ["late", "hanging"])
def test_given_a_handler_that_takes_too_long_when_told_to_end_then_a_status_says_so(
    folder, name
):
    process = started(folder, f"service:{name}", "--log-format", "text")

    code, _, err = ended(process, signal.SIGTERM)

    assert code == 21
    assert re.search(r"^\S+Z WARNING .*comes again", err, re.M)


def test_given_a_second_signal_when_it_comes_then_the_process_ends_at_once(folder):
    process = started(folder, "service:patient")

    code, _, _ = ended(process, signal.SIGTERM, signal.SIGINT)

    assert code == -signal.SIGINT


def test_given_contracts_that_hold_when_checked_then_the_table_is_shown(folder):
    code, out, _ = refused(folder, "service:app", "service:other", "--check")

    assert code == 0
    assert out.count("1 contract checked at http://fake-registry, 0 failed") == 2
    assert re.search(r"^billing: 1 contract", out, re.M)


@pytest.mark.parametrize(
    ("name", "status"), [("unregistered", 1), ("outage", 3), ("app", 0)]
)
def test_given_a_check_when_it_ends_then_its_status_tells_no_from_unknown(
    folder, name, status
):
    code, out, _ = refused(folder, f"service:{name}", "--check")

    assert code == status
    assert "shop.OrderPlaced" in out


def test_given_an_app_that_is_not_there_when_run_then_those_that_are_get_named(folder):
    code, _, err = refused(folder, "service:nobody")

    assert (code, err) == (
        2,
        "service:nobody: service has no nobody; its apps: app, other, late, patient,"
        " hanging, unregistered, outage\n",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["service"], "service: expected MODULE:APP, such as shop.orders:app"),
        (["service:"], "service:: expected MODULE:APP"),
        (["nowhere:app"], "there is no module 'nowhere'; see --app-dir"),
        (["service.inner:app"], "there is no module 'service.inner'"),
        (["service:number"], "this is no App but of the type int"),
        (["service:app", "--check", "--no-check"], "say the opposite"),
        (["service:app", "--metrics", "9000"], "expected host:port, found '9000'"),
        (["service:app", "--metrics", "[::1]:70000"], "expected host:port"),
        ([], "Missing argument 'MODULE:APP...'"),
    ],
)
def test_given_what_cannot_be_run_when_run_then_the_message_says_why(
    folder, arguments, message
):
    code, _, err = refused(folder, *arguments)

    assert code == 2
    assert message in err


def test_given_a_module_that_needs_another_when_run_then_the_fault_is_shown(folder):
    code, _, err = refused(folder, "needy:app")

    assert code == 70
    assert "No module named 'nothing_of_the_kind'" in err


def scraped(port, path="/metrics"):
    """Return what Prometheus would read: the samples' values, by name and labels."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain")
        text = answer.read().decode()
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_given_an_address_for_metrics_then_what_apps_do_is_served_there(folder):
    port = free_port()
    names = ("counted:app", "service:other")
    process = started(folder, *names, "--metrics", f"127.0.0.1:{port}")
    try:
        said = [process.stdout.readline() for _ in range(4)]
        found = scraped(port)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()

    # One of the other app, which has begun and finished, and the two of the first.
    assert sorted(said) == ["begun\n", "begun\n", "begun\n", "finished\n"]
    assert process.returncode == 0
    consumed = {
        dict(labels)["group"]: value
        for (name, *labels), value in found.items()
        if name == "wirepact_messages_consumed_total" and ("result", "ok") in labels
    }
    assert consumed["counted"] >= 1
    published = ("wirepact_published_total", ("topic", "orders"))
    totals = [v for k, v in found.items() if k[0] == published[0] and published[1] in k]
    assert sum(totals) == 3
    with pytest.raises(urllib.error.URLError, match="refused"):
        scraped(port)


def test_given_an_address_that_is_taken_then_it_is_told_before_anything_begins(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = "{}:{}".format(*taken.getsockname())

        code, out, err = refused(folder, "service:app", "--metrics", address)

    assert (code, out) == (2, "")
    assert f"--metrics: cannot listen on {address}" in err
