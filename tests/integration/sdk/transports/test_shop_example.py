"""The example does what its page shows, on all brokers that the page names."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from wirepact import RegistryClient
from wirepact.testing import seed

ROOT = Path(__file__).parents[4]
EXAMPLES = ROOT / "clients/python/examples"
README = (EXAMPLES / "shop/README.md").read_text()
(SHOWN,) = re.findall(r"^\$ python -m shop\n(.*?)^```", README, re.M | re.S)
WIREPACT = Path(sys.executable).with_name("wirepact")


def run(*command, folder=EXAMPLES, **environ):
    known = {
        name: said for name, said in os.environ.items() if not name.startswith("SHOP_")
    }
    return subprocess.run(
        command,
        cwd=folder,
        env={**known, **environ},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def told(**environ):
    ended = run(sys.executable, "-W", "error", "-m", "shop", **environ)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def test_the_shop_prints_what_its_page_shows():
    assert told() == SHOWN


def test_the_shop_keeps_its_contracts_with_a_real_registry(wirepact_registry):
    with RegistryClient(wirepact_registry.url) as client:
        seed(client, ROOT / "contracts")

    assert told(SHOP_REGISTRY=wirepact_registry.url) == SHOWN


@pytest.mark.kafka
def test_the_shop_does_the_same_on_kafka(kafka):
    assert told(SHOP_BROKER=f"kafka://{kafka.address}") == SHOWN


@pytest.mark.rabbitmq
def test_the_shop_does_the_same_on_rabbitmq(rabbitmq):
    assert told(SHOP_BROKER=rabbitmq.url) == SHOWN


def test_given_an_odd_broker_when_the_shop_runs_then_it_says_what_it_takes():
    ended = run(sys.executable, "-m", "shop", SHOP_BROKER="carrier-pigeon://roof")

    assert ended.returncode == 1
    assert "SHOP_BROKER: memory, kafka://... or amqp://..." in ended.stderr


def test_the_tests_of_the_shop_pass():
    ended = run(
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "test_shop.py",
        folder=EXAMPLES / "shop",
        PYTHONPATH=str(EXAMPLES),
    )

    assert ended.returncode == 0, ended.stdout
    assert "3 passed" in ended.stdout


def test_the_events_of_the_shop_are_those_of_the_contracts():
    orders = ROOT / "contracts/orders"
    ended = run(
        WIREPACT,
        "gen",
        *(
            str(orders / name)
            for name in (
                "order-item/schema.avsc",
                "order-created/schema.avsc",
                "order-confirmed/schema.avsc",
                "shipment/schema.json",
            )
        ),
        "-o",
        "shop/events",
        "--check",
    )

    assert (ended.returncode, ended.stdout) == (0, "shop/events: current\n")


def test_the_services_of_the_shop_can_be_run_one_by_one(tmp_path):
    ended = run(
        WIREPACT,
        "run",
        "shop.orders:app",
        "shop.billing:app",
        "shop.shipping:app",
        "--check",
        SHOP_DATABASE=f"sqlite:///{tmp_path}/shop.db",
    )

    assert ended.returncode == 0, ended.stdout
    assert ended.stdout.count(", 0 failed") == 3
