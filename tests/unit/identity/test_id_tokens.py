"""What a provider's token has to say, and what the log says of one that does not."""

import base64
import json
import time

import jwt
import pytest

from registry.application.authentication import Shown, UnauthenticatedError
from registry.domain.principals import CredentialKind, Principal
from registry.identity.id_tokens import LEEWAY_S, JsonWebTokens, Terms
from registry.identity.key_set import KeySet
from tests.services.identity_provider import Key

KEY = Key.made("key-1")
OTHER = Key.made("key-1")
"""Of somebody else, under the same id."""

LONG = Key.made("k" * 256)
TOO_LONG = Key.made("k" * 257)
ISSUER = "https://id.example"
YEAR_S = 365 * 24 * 60 * 60
NOW_S = int(time.time())
NOT_VALID = "The credentials are not valid."
NO_KEY_ID = "id token without a key id, or with what is not understood"


def tokens(**more):
    shown = {"keys": [each.published for each in (KEY, LONG, TOO_LONG)]}
    keys = KeySet(json.dumps(shown).encode, lambda: 0.0)
    return JsonWebTokens(Terms(ISSUER, "wirepact", **more), keys)


def claims(**more):
    said = {
        "iss": ISSUER,
        "aud": "wirepact",
        "sub": "ann",
        "exp": NOW_S + YEAR_S,
        **more,
    }
    return {name: value for name, value in said.items() if value is not None}


def encoded(value):
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def with_header(**header):
    """Sign what no library would write, with the provider's own key."""
    full = {"alg": "ES256", "typ": "JWT", "kid": "key-1", **header}
    left = {name: value for name, value in full.items() if value is not None}
    signed = f"{encoded(left)}.{encoded(claims())}"
    algorithm = jwt.get_algorithm_by_name("ES256")
    return f"{signed}.{encoded(algorithm.sign(signed.encode(), KEY.private))}"


def good(**more):
    return KEY.sign(claims(**more))


def test_given_a_good_token_when_shown_then_it_is_good_until_its_end_and_leeway():
    shown = tokens().shown(good())

    principal = Principal("oidc:ann", CredentialKind.OIDC)
    assert shown == Shown(principal, (NOW_S + YEAR_S + LEEWAY_S) * 1_000)


@pytest.mark.parametrize(
    ("given", "groups"),
    [
        (["a", "b"], {"a", "b"}),
        ("a", {"a"}),
        ([], set()),
        (None, set()),
        (["a"] * 1_000, {"a"}),
    ],
)
def test_given_groups_when_shown_then_they_are_the_principals(given, groups):
    assert tokens().shown(good(groups=given)).principal.groups == groups


def test_given_other_claims_when_shown_then_names_and_groups_are_read_from_there():
    terms = tokens(name_claim="email", groups_claim="roles")

    shown = terms.shown(good(email="a@b", roles=["x"], groups=["y"]))

    assert shown.principal.name == "oidc:a@b"
    assert shown.principal.groups == {"x"}


@pytest.mark.parametrize(
    ("claim", "seconds"),
    [("exp", -LEEWAY_S / 2), ("nbf", LEEWAY_S / 2), ("iat", LEEWAY_S / 2)],
)
def test_given_a_clock_a_little_apart_when_shown_then_the_token_is_good(claim, seconds):
    token = good(**{claim: int(time.time() + seconds)})

    assert tokens().shown(token).principal.name == "oidc:ann"


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(good(aud=["other", "wirepact"]), id="for others, too"),
        pytest.param(good(sub="a"), id="a short name"),
        pytest.param(good(sub="a" * 256), id="a long name"),
        pytest.param(with_header(typ=None), id="of no type"),
        pytest.param(with_header(typ="at+JWT"), id="of a type"),
        pytest.param(with_header(typ="application/at+jwt"), id="of a whole type"),
        pytest.param(LONG.sign(claims()), id="of a long key id"),
        pytest.param(good(x="A" * 8_000), id="long"),
    ],
)
def test_given_a_token_at_the_edge_of_what_is_good_when_shown_then_it_is(token):
    assert tokens().shown(token).principal.kind is CredentialKind.OIDC


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        pytest.param("", "no token", id="empty"),
        pytest.param("a.b.c", "no token", id="no JSON"),
        pytest.param(good() + "é", "no token", id="not ASCII"),
        pytest.param("A" * 16_385, "no token", id="too long"),
        pytest.param(good(x="A" * 20_000), "no token", id="good, but too long"),
        pytest.param(f"{encoded(b'[' * 3_000)}.e30.eA", "no token", id="nested"),
        pytest.param(
            with_header(alg="HS256"), "id token of another algorithm", id="algorithm"
        ),
        pytest.param(
            with_header(alg=None), "id token of another algorithm", id="no algorithm"
        ),
        pytest.param(
            with_header(typ="logout+jwt"), "id token of another type", id="type"
        ),
        pytest.param(with_header(typ=1), "id token of another type", id="no type"),
        pytest.param(with_header(crit=["exp"], exp=1), "no token", id="critical"),
        pytest.param(
            with_header(crit=["b64"], b64=True), NO_KEY_ID, id="critical to a library"
        ),
        pytest.param(with_header(kid=None), NO_KEY_ID, id="no key id"),
        pytest.param(with_header(kid=""), NO_KEY_ID, id="an empty key id"),
        pytest.param(TOO_LONG.sign(claims()), NO_KEY_ID, id="too long a key id"),
        pytest.param(
            OTHER.sign(claims()), "id token: InvalidSignatureError", id="another key"
        ),
        pytest.param(
            with_header(alg="RS256"), "id token: InvalidAlgorithmError", id="algorithms"
        ),
        pytest.param(
            good(exp=None), "id token: MissingRequiredClaimError", id="no end"
        ),
        pytest.param(
            good(iss=None), "id token: MissingRequiredClaimError", id="issuer"
        ),
        pytest.param(
            good(aud=None), "id token: MissingRequiredClaimError", id="for all"
        ),
        pytest.param(good(iss="x"), "id token: InvalidIssuerError", id="another's"),
        pytest.param(good(aud="x"), "id token: InvalidAudienceError", id="for others"),
        pytest.param(
            good(nbf=NOW_S + YEAR_S), "id token: ImmatureSignatureError", id="not yet"
        ),
        pytest.param(
            good(iat=NOW_S + YEAR_S), "id token: ImmatureSignatureError", id="ahead"
        ),
        pytest.param(good(sub=None), "id token names nobody", id="nobody"),
        pytest.param(good(sub=""), "id token names nobody", id="an empty name"),
        pytest.param(good(sub="a" * 257), "id token names nobody", id="a longer name"),
        pytest.param(good(sub="a\nb"), "id token names nobody", id="two lines"),
        *(
            pytest.param(
                good(groups=each),
                "id token's groups are no list of names",
                id=f"groups {number}",
            )
            for number, each in enumerate((1, [1], {"a": 1}, ["a"] * 1_001))
        ),
    ],
)
def test_given_a_token_that_is_not_good_when_shown_then_only_the_log_says_why(
    caplog, token, reason
):
    caplog.set_level("INFO", "registry.application.authentication")

    with pytest.raises(UnauthenticatedError) as caught:
        tokens().shown(token)

    assert str(caught.value) == NOT_VALID
    assert [each.reason for each in caplog.records] == [reason]


def test_given_a_token_when_it_has_ended_then_its_owner_is_told(caplog):
    caplog.set_level("INFO", "registry.application.authentication")

    with pytest.raises(UnauthenticatedError) as caught:
        tokens().shown(good(exp=NOW_S - LEEWAY_S - 1))

    assert str(caught.value) == "The token has expired."
    assert [each.reason for each in caplog.records] == ["id token expired"]


def test_given_a_token_of_somebody_else_when_it_has_ended_then_that_is_not_told():
    with pytest.raises(UnauthenticatedError, match=NOT_VALID):
        tokens().shown(OTHER.sign(claims(exp=1)))
