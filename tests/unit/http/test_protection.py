import pytest

from registry.http.errors import RefusedError
from registry.http.protection import check_origin

HOST = {b"host": b"registry:8081"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "LOCK"])
@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({b"sec-fetch-site": b"cross-site"}, id="another site"),
        pytest.param({b"sec-fetch-site": b"same-site"}, id="a sibling"),
        pytest.param({b"sec-fetch-site": b"same-origin, none"}, id="repeated"),
        pytest.param({b"sec-fetch-site": b""}, id="empty"),
        pytest.param({b"origin": b"https://elsewhere.example"}, id="foreign"),
        pytest.param({b"origin": b"http://registry:8082"}, id="another port"),
        pytest.param({b"origin": b"http://registry:8081.example"}, id="a suffix"),
        pytest.param({b"origin": b"x://evil://registry:8081"}, id="two schemes"),
        pytest.param({b"origin": b"null"}, id="none of its own"),
        pytest.param({b"origin": b""}, id="empty origin"),
        pytest.param({b"origin": b"http://registry:8081", b"host": b""}, id="no host"),
    ],
)
def test_given_a_page_of_another_site_when_it_changes_something_then_refused(
    method, fields
):
    with pytest.raises(RefusedError) as caught:
        check_origin(method, {**HOST, **fields})

    assert caught.value.status == 403
    assert str(caught.value) == (
        "Changes on behalf of pages of other sites are refused"
    )


def test_given_a_page_when_no_host_is_named_then_what_it_changes_is_refused():
    with pytest.raises(RefusedError):
        check_origin("POST", {b"origin": b"http://registry:8081"})


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="no browser"),
        pytest.param({b"sec-fetch-site": b"same-origin"}, id="a page of ours"),
        pytest.param({b"sec-fetch-site": b"none"}, id="typed by a person"),
        pytest.param({b"origin": b"http://registry:8081"}, id="our origin"),
        pytest.param({b"origin": b"https://REGISTRY:8081"}, id="in capitals"),
    ],
)
def test_given_no_page_of_another_site_when_it_changes_something_then_allowed(fields):
    check_origin("POST", {**HOST, **fields})


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_given_another_site_when_it_only_reads_then_the_browser_keeps_it_away(method):
    check_origin(method, {**HOST, b"sec-fetch-site": b"cross-site"})
