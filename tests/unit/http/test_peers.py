"""Whose word about somebody else is believed."""

from ipaddress import ip_network

import pytest

from registry.http.peers import Peers

PEERS = Peers((ip_network("10.0.0.0/8"), ip_network("fd00::/8")))


def scope(client, *forwarded):
    headers = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    return {"client": None if client is None else (client, 1), "headers": headers}


@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        pytest.param("192.0.2.1", [], "192.0.2.1", id="no proxy"),
        pytest.param("192.0.2.1", ["1.1.1.1"], "192.0.2.1", id="a stranger's word"),
        pytest.param("10.0.0.1", [], "10.0.0.1", id="the proxy itself"),
        pytest.param("10.0.0.1", ["1.1.1.1"], "1.1.1.1", id="by a proxy"),
        pytest.param("fd00::1", ["2001:db8::1"], "2001:db8::1", id="version 6"),
        pytest.param("10.0.0.1", ["9.9.9.9, 1.1.1.1"], "1.1.1.1", id="made up before"),
        pytest.param("10.0.0.1", ["9.9.9.9", "1.1.1.1"], "1.1.1.1", id="two fields"),
        pytest.param("10.0.0.1", ["1.1.1.1, 10.0.0.2"], "1.1.1.1", id="two proxies"),
        pytest.param("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3", id="all proxies"),
        pytest.param("10.0.0.1", ["x\x00y"], "x\x00y", id="no address"),
        pytest.param("10.0.0.1", [""], "", id="empty"),
        pytest.param("10.0.0.1", ["1.1.1.1:50123"], "1.1.1.1", id="with a port"),
        pytest.param(
            "10.0.0.1", ["[2001:db8::1]:50123"], "2001:db8::1", id="version 6, a port"
        ),
        pytest.param("10.0.0.1", ["[2001:db8::1]"], "2001:db8::1", id="in brackets"),
        pytest.param(
            "10.0.0.1", ["1.1.1.1, 10.0.0.2:80"], "1.1.1.1", id="a proxy with a port"
        ),
        pytest.param("10.0.0.1", ["::ffff:1.1.1.1"], "1.1.1.1", id="4 within 6"),
        pytest.param("::ffff:10.0.0.1", ["1.1.1.1"], "1.1.1.1", id="a proxy by 6"),
        pytest.param("10.0.0.1", ["1.1.1.1:x"], "1.1.1.1:x", id="no port"),
        pytest.param(None, ["1.1.1.1"], "unknown", id="a socket without addresses"),
    ],
)
def test_given_hops_when_the_client_is_wanted_then_it_is_the_nearest_stranger(
    client, forwarded, address
):
    assert PEERS.address(scope(client, *forwarded)) == address


def test_given_no_proxies_when_asked_then_nobody_is_one():
    assert not Peers().is_proxy(scope("127.0.0.1"))


def test_given_an_address_of_a_network_when_asked_then_it_is_a_proxy():
    assert PEERS.is_proxy(scope("10.255.0.1"))
    assert not PEERS.is_proxy(scope("11.0.0.1"))


@pytest.mark.parametrize("client", [None, "x\x00y", ""])
def test_given_what_is_no_address_when_asked_then_it_is_no_proxy(client):
    assert not PEERS.is_proxy(scope(client))
