import pytest

from registry.http.media import CONFLUENT_API, GOVERNANCE_API, Offer

V1 = b"application/vnd.schemaregistry.v1+json"
UNVERSIONED = b"application/vnd.schemaregistry+json"
JSON = b"application/json"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        pytest.param(None, V1, id="absent"),
        pytest.param(b"", V1, id="empty"),
        pytest.param(b"*/*", V1, id="anything"),
        pytest.param(b"application/*", V1, id="any application"),
        pytest.param(b"*", V1, id="java's star"),
        pytest.param(JSON, JSON, id="plain"),
        pytest.param(b"Application/JSON; charset=utf-8", JSON, id="parameters, case"),
        pytest.param(b"application/json;q=0.1, " + UNVERSIONED, UNVERSIONED, id="q"),
        pytest.param(b"application/json, */*;q=0.5", JSON, id="specific wins"),
        pytest.param(V1 + b";q=0, */*", UNVERSIONED, id="the best is forbidden"),
        pytest.param(b"text/html, */*;q=0.8", V1, id="browser"),
        pytest.param(b"application/json;q=nonsense", JSON, id="broken quality"),
        pytest.param(b"text/html", None, id="nothing fits"),
        pytest.param(b"application/json;q=0", None, id="refused"),
    ],
)
def test_when_a_client_accepts_something_then_the_best_fitting_is_chosen(
    accept, chosen
):
    assert CONFLUENT_API.choose(accept) == chosen


def test_when_the_governance_api_is_asked_then_plain_json_comes_first():
    assert GOVERNANCE_API.choose(b"*/*") == JSON


def test_given_many_different_values_when_chosen_then_the_memory_stays_bounded():
    offer = Offer(JSON)

    for number in range(5_000):
        offer.choose(b"application/json;x=%d" % number)
    offer.choose(b"application/json;x=" + b"y" * 10_000)

    assert len(offer._verdicts) <= 512
