from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.http.errors import RefusedError
from registry.http.paths import routed, segment


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"/subjects/a", "/subjects/a"),
        (b"/subjects/a/", "/subjects/a/"),
        (b"/subjects/common%2Fmoney.proto", "/subjects/common%2Fmoney.proto"),
        (b"/subjects/a%252Fb", "/subjects/a%252Fb"),
        (b"/subjects/%3A.ctx%3As", "/subjects/:.ctx:s"),
        (b"/subjects/%C3%A9", "/subjects/é"),
        ("/subjects/é".encode(), "/subjects/é"),
        (b"/%73ubjects", "/subjects"),
        (b"/subjects/100%25", "/subjects/100%25"),
    ],
)
def test_when_a_raw_path_is_routed_then_only_inner_slashes_stay_escaped(raw, path):
    assert routed(raw) == path


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        pytest.param(b"/subjects//versions", 404, id="empty segment"),
        pytest.param(b"//", 404, id="two slashes"),
        pytest.param(b"/subjects/a%00b", 404, id="NUL"),
        pytest.param(b"/subjects/%ff", 400, id="not UTF-8"),
        pytest.param(b"/subjects/%ED%A0%80", 400, id="half a surrogate pair"),
        pytest.param(b"/subjects/100%", 400, id="a lone percent sign"),
        pytest.param(b"/subjects/%zz", 400, id="no hex digits"),
        pytest.param(b"/" + b"a" * 9_000, 414, id="too long"),
    ],
)
def test_given_no_proper_path_when_routed_then_it_is_refused(raw, status):
    with pytest.raises(RefusedError) as caught:
        routed(raw)

    assert caught.value.status == status


@given(
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1
    )
)
def test_whatever_a_client_encodes_as_a_segment_comes_back(text):
    path = routed(f"/subjects/{quote(text, safe='')}/versions".encode())

    _, _, escaped, tail = path.split("/")

    assert (segment(escaped), tail) == (text, "versions")
