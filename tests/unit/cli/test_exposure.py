from dataclasses import replace

import pytest

from registry.cli import exposure
from registry.settings import DEFAULTS, Address

ANYWHERE = ["0.0.0.0:8081", "[::]:8081", ":8081", "10.0.0.7:8081"]


@pytest.mark.parametrize("address", ANYWHERE)
def test_given_no_authentication_when_others_could_reach_it_then_refused(address):
    settings = replace(DEFAULTS, listen=Address.parse(address))

    with pytest.raises(exposure.ExposedError, match="WIREPACT_ALLOW_ANYONE=yes"):
        exposure.check(settings)


@pytest.mark.parametrize("address", ANYWHERE)
def test_given_anyone_may_when_others_could_reach_it_then_it_listens(address):
    settings = replace(DEFAULTS, listen=Address.parse(address), allow_anyone=True)

    exposure.check(settings)


@pytest.mark.parametrize(
    "address", ["127.0.0.1:1", "127.8.9.1:1", "[::1]:1", "localhost:1", "LOCALHOST:1"]
)
def test_given_this_machine_alone_when_checked_then_it_may_listen(address):
    exposure.check(replace(DEFAULTS, listen=Address.parse(address)))


@pytest.mark.parametrize("address", ["registry:8081", "local:1", "10.0.0:1"])
def test_given_a_name_when_read_then_it_is_no_address_to_listen_at(address):
    with pytest.raises(ValueError, match="address"):
        Address.parse(address)


def test_given_localhost_when_read_then_it_is_this_machine():
    assert Address.parse("localhost:8081") == Address("127.0.0.1", 8081)


def test_given_authentication_when_others_could_reach_it_then_it_listens():
    settings = replace(DEFAULTS, listen=Address.parse(":1"), authentication=True)

    exposure.check(settings)
