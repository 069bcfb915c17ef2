import json
import shlex
import socket

import pytest
from click.testing import CliRunner

from registry.cli import workers
from registry.cli.serve import greeting, serve
from registry.settings import Address

LOOPBACK = Address("127.0.0.1", 8081)


def test_given_no_contracts_when_greeting_then_only_the_address_is_told():
    assert greeting(LOOPBACK, {}) == "Wirepact answers at http://127.0.0.1:8081"


def test_given_all_interfaces_when_greeting_then_the_address_can_be_opened():
    assert "http://127.0.0.1:1" in greeting(Address("::", 1), {})


def test_given_contracts_when_greeting_then_three_commands_can_be_pasted():
    text = '{"type":"record","name":"Order","namespace":"n","fields":[]}'

    lines = greeting(LOOPBACK, {"a": '"int"', "orders/it's": text}).splitlines()[1:]

    commands = [shlex.split(line) for line in lines]
    assert [command[0] for command in commands] == ["curl"] * 3
    assert "/subjects/orders%2Fit%27s/versions/latest" in commands[1][1]
    sent = json.loads(commands[2][-1])
    assert sent["subject"] == "orders/it's"
    assert json.loads(sent["schema"])["fields"] == [
        {"name": "currency", "type": "string"}
    ]


def test_given_contracts_of_several_languages_when_greeting_then_a_record_is_shown():
    record = '{"type":"record","name":"Order","fields":[]}'

    told = greeting(LOOPBACK, {"order": record, "payment": 'syntax = "proto3";'})

    assert "with 2 contracts" in told
    assert "/subjects/order/versions/latest" in told


@pytest.mark.parametrize("text", ['"int"', '["null","int"]', 'syntax = "proto3";'])
def test_given_no_record_when_greeting_then_another_type_is_tried(text):
    assert r'''"schema": "\"string\""''' in greeting(LOOPBACK, {"s": text})


@pytest.mark.parametrize(
    "arguments",
    [
        ["--listen", "8081"],
        ["--database-url", "mysql://u:hunter2@h/d"],
        ["--workers", "0"],
        ["--contracts", "/does/not/exist"],
    ],
)
def test_given_a_wrong_option_when_served_then_it_is_a_usage_error(arguments):
    result = CliRunner().invoke(serve, arguments)

    assert result.exit_code == 2
    assert "hunter2" not in result.output


def test_given_an_unknown_variable_when_served_then_it_is_a_usage_error(monkeypatch):
    monkeypatch.setenv("WIREPACT_LISTN", "127.0.0.1:0")

    result = CliRunner().invoke(serve, [])

    assert result.exit_code == 2
    assert "WIREPACT_LISTEN" in result.output


def test_given_port_0_when_asked_for_then_a_free_one_is_chosen():
    assert workers.available(Address("127.0.0.1", 0)).port > 0


def test_given_a_listener_when_its_address_is_asked_for_then_it_is_refused():
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        taken = Address("127.0.0.1", listener.getsockname()[1])

        with pytest.raises(workers.AddressInUseError, match="in use"):
            workers.available(taken)
