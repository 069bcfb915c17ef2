"""The check that deletions hide: it sees what it is there to see."""

import pytest

from tests.schema.hiding import Deletion, shown
from tests.services.stub import Said, stub

URL = "http://127.0.0.1:1/subjects/a%2Fb"


@pytest.mark.parametrize(
    ("method", "url", "status", "said", "expected"),
    [
        ("DELETE", URL, 200, [1, 2], Deletion(URL, (1, 2), True, False)),
        (
            "DELETE",
            f"{URL}?permanent=true&x=",
            200,
            [1],
            Deletion(URL, (1,), True, True),
        ),
        ("DELETE", f"{URL}/versions/latest", 200, 2, Deletion(URL, (2,), False, False)),
        ("DELETE", URL, 404, {}, None),
        ("GET", URL, 200, [1], None),
        ("DELETE", "http://127.0.0.1:1/config/a", 200, {}, None),
    ],
)
def test_given_an_answer_when_told_then_it_is_known_what_was_deleted(
    method, url, status, said, expected
):
    assert Deletion.told(method, url, status, said) == expected


@pytest.mark.parametrize(
    ("is_whole", "is_permanent", "faults"),
    [(True, False, 5), (True, True, 7), (False, False, 2), (False, True, 3)],
)
def test_given_a_registry_that_goes_on_showing_when_looked_at_then_each_is_a_fault(
    is_whole, is_permanent, faults
):
    with stub(lambda _asked: Said(body=["a/b"])) as registry:
        it = Deletion(f"{registry.url}/subjects/a%2Fb", (1,), is_whole, is_permanent)

        assert len([*shown(it, "Bearer x")]) == faults
        assert {each.headers["authorization"] for each in registry.asked} == {
            "Bearer x"
        }


def test_given_a_registry_that_hides_from_all_when_looked_at_then_that_is_a_fault():
    def hiding(asked):
        return Said(200, body=[]) if asked.path == "/subjects" else Said(404)

    with stub(hiding) as registry:
        it = Deletion(f"{registry.url}/subjects/a", (1,), True, False)

        assert len([*shown(it, None)]) == 2
