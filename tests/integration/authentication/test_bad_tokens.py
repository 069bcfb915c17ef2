"""What is no token, or not a good one, whoever made it up: none is accepted.

Each is a variation of one that is accepted, so that it is refused for its own fault.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.integration.authentication.conftest import guarding
from tests.services.identity_provider import IdentityProvider, Key, identity_provider
from tests.services.in_process import settings_of

# Collected long before they are used.
DAY_S = 24 * 60 * 60

OTHER = Key.made("key-1")
"""A key of somebody else, under the provider's id."""

HUGE = b'{"exp":1' + b"0" * 5_000 + b"}"


def encoded(value: Any) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def unsigned(provider: IdentityProvider, algorithm: Any, signature: str = "") -> str:
    header = {"alg": algorithm, "typ": "JWT", "kid": provider.key.id}
    return f"{encoded(header)}.{encoded(provider.claims())}.{signature}"


def signed_by_public_key(provider: IdentityProvider) -> str:
    """Sign with what everybody knows, as if it were a shared secret."""
    public = provider.key.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    header = {"alg": "HS256", "typ": "JWT", "kid": provider.key.id}
    signed = f"{encoded(header)}.{encoded(provider.claims())}"
    digest = hmac.new(public, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{encoded(digest)}"


def resigned(provider: IdentityProvider, header: dict[str, Any], payload: Any) -> str:
    """Sign what no library would write, with the provider's own key."""
    signed = f"{encoded(header)}.{encoded(payload)}"
    algorithm = jwt.get_algorithm_by_name(provider.key.algorithm)
    return f"{signed}.{encoded(algorithm.sign(signed.encode(), provider.key.private))}"


def with_header(**header: Any) -> Callable[[IdentityProvider], str]:
    def make(provider: IdentityProvider) -> str:
        good = {"alg": "ES256", "typ": "JWT", "kid": provider.key.id}
        full = {k: v for k, v in {**good, **header}.items() if v is not None}
        return resigned(provider, full, provider.claims())

    return make


def with_claims(**claims: Any) -> Callable[[IdentityProvider], str]:
    return lambda provider: resigned(
        provider,
        {"alg": "ES256", "typ": "JWT", "kid": provider.key.id},
        provider.claims(**claims),
    )


def with_payload(payload: Any) -> Callable[[IdentityProvider], str]:
    return lambda provider: resigned(
        provider, {"alg": "ES256", "typ": "JWT", "kid": provider.key.id}, payload
    )


def changed(**claims: Any) -> Callable[[IdentityProvider], str]:
    """Change what a good token says, and leave its signature."""

    def make(provider: IdentityProvider) -> str:
        head, _, signature = provider.token().split(".")
        return f"{head}.{encoded(provider.claims(**claims))}.{signature}"

    return make


def jwk(key: Key) -> dict[str, Any]:
    return {**key.published, "alg": "ES256"}


JSON_WEB_TOKENS: dict[str, Callable[[IdentityProvider], str]] = {
    "algorithm none": lambda p: unsigned(p, "none"),
    "algorithm None": lambda p: unsigned(p, "None"),
    "algorithm NONE": lambda p: unsigned(p, "NONE", "x"),
    "algorithm empty": lambda p: unsigned(p, ""),
    "algorithm null": lambda p: unsigned(p, None),
    "algorithm a list": lambda p: unsigned(p, ["ES256"]),
    "algorithm missing": with_header(alg=None),
    "HMAC with the public key": signed_by_public_key,
    "HMAC with an empty key": lambda p: unsigned(p, "HS256", encoded(b"x" * 32)),
    "RS256 by name only": with_header(alg="RS256"),
    "ES384 by name only": with_header(alg="ES384"),
    "PS256 by name only": with_header(alg="PS256"),
    "lower case": with_header(alg="es256"),
    "another key under its id": lambda p: OTHER.sign(p.claims()),
    "another key in the header": lambda p: OTHER.sign(p.claims(), jwk=jwk(OTHER)),
    "another key by jku": lambda p: OTHER.sign(p.claims(), jku=f"{p.issuer}/evil"),
    "another key by x5u": lambda p: OTHER.sign(p.claims(), x5u=f"{p.issuer}/evil"),
    "another key by x5c": lambda p: OTHER.sign(p.claims(), x5c=["MIIB"]),
    "no key id": with_header(kid=None),
    "empty key id": with_header(kid=""),
    "unknown key id": with_header(kid="key-2"),
    "key id a path": with_header(kid="../../../../dev/null"),
    "key id a statement": with_header(kid="x' UNION SELECT 'key"),
    "key id an address": with_header(kid="https://127.0.0.1/key"),
    "key id a number": with_header(kid=1),
    "key id a list": with_header(kid=["key-1"]),
    "key id an object": with_header(kid={"key-1": 1}),
    "key id with NUL": with_header(kid="key-1\x00"),
    "key id huge": with_header(kid="k" * 5_000),
    "critical extension": with_header(crit=["exp"], exp=1),
    "critical nothing": with_header(crit=[]),
    "payload beside it": with_header(b64=False, crit=["b64"]),
    "type of a logout": with_header(typ="logout+jwt"),
    "type of a proof": with_header(typ="dpop+jwt"),
    "type a number": with_header(typ=1),
    "expired": with_claims(exp=int(time.time()) - 31),
    "expired long ago": with_claims(exp=1),
    "expires never": with_claims(exp=None),
    "expires in words": with_claims(exp="tomorrow"),
    "expires at null": with_payload({"iss": "x", "aud": "wirepact", "exp": None}),
    "expires at infinity": with_claims(exp=float("inf")),
    "expires at no number": with_claims(exp=float("nan")),
    "expires in a list": with_claims(exp=[2**31]),
    "not yet": with_claims(nbf=int(time.time()) + DAY_S),
    "not yet in words": with_claims(nbf="yesterday"),
    "issued in the future": with_claims(iat=int(time.time()) + DAY_S),
    "other audience": with_claims(aud="billing"),
    "no audience": with_claims(aud=None),
    "empty audience": with_claims(aud=[]),
    "audience an object": with_claims(aud={"wirepact": 1}),
    "audience a part": with_claims(aud="wirepac"),
    "audience longer": with_claims(aud="wirepact2"),
    "other issuer": with_claims(iss="https://evil.example"),
    "no issuer": with_claims(iss=None),
    "issuer a list": lambda p: with_claims(iss=[p.issuer])(p),
    "issuer with a slash": lambda p: with_claims(iss=p.issuer + "/")(p),
    "no subject": with_claims(sub=None),
    "empty subject": with_claims(sub=""),
    "subject a number": with_claims(sub=1),
    "subject with a line break": with_claims(sub="ann\nadmin"),
    "subject huge": with_claims(sub="a" * 300),
    "groups a number": with_claims(groups=1),
    "groups of numbers": with_claims(groups=[1]),
    "groups an object": with_claims(groups={"admin": True}),
    "claims changed": changed(sub="admin"),
    "groups changed": changed(groups=["admins"]),
    "claims a list": with_payload([1]),
    "claims a text": with_payload("ann"),
    "claims no JSON": with_payload(b"{"),
    "claims nested deeply": with_payload(b"[" * 3_000),
    "claims not UTF-8": with_payload(b"\xff\xfe"),
    "header no JSON": lambda p: f"{encoded(b'{')}.{p.token().partition('.')[2]}",
    "header a list": lambda p: f"{encoded([])}.{p.token().partition('.')[2]}",
    "header nested deeply": lambda p: f"{encoded(b'[' * 3_000)}.e30.eA",
    "header twice": lambda p: f"{p.token().partition('.')[0]}.{p.token()}",
    "no signature": lambda p: p.token().rpartition(".")[0] + ".",
    "two parts": lambda p: p.token().rpartition(".")[0],
    "four parts": lambda p: p.token() + ".eA",
    "five parts": lambda p: "a.b.c.d.e",
    "signature cut": lambda p: p.token()[:-4],
    "signature of zeros": lambda p: unsigned(p, "ES256", encoded(bytes(64))),
    "signature negated": lambda p: unsigned(p, "ES256", encoded(b"\xff" * 64)),
    "first character lost": lambda p: p.token()[1:],
    "spaces within": lambda p: p.token().replace(".", " . "),
    "only dots": lambda _p: "..",
    "huge": lambda p: p.token() + "A" * 20_000,
    "huge claims": with_claims(x="A" * 20_000),
    "huge number": with_payload(HUGE),
}


@pytest.fixture(scope="module")
def trusted(wirepact_database, files, tmp_path_factory):
    settings = settings_of(wirepact_database, tmp_path_factory.mktemp("registry"))
    with (
        identity_provider(files) as provider,
        guarding(settings, provider, files) as guarded,
    ):
        yield guarded


def test_given_a_good_token_of_the_provider_when_presented_then_it_is_let_in(trusted):
    provider = trusted.provider

    for good in (
        provider.token(),
        provider.token(aud=["other", "wirepact"]),
        provider.token(groups="payments"),
        provider.token(groups=None),
        provider.token(exp=int(time.time()) - 20),
        provider.token(nbf=int(time.time()) + 20),
        provider.key.sign(provider.claims(), typ="at+jwt"),
        provider.key.sign(provider.claims(), jku="https://127.0.0.1:1/keys"),
        with_header(typ=None)(provider),
    ):
        assert trusted.status(f"Bearer {good}") == 200


@pytest.mark.parametrize("name", JSON_WEB_TOKENS)
def test_given_a_bad_token_when_presented_then_it_is_refused(trusted, name):
    token = JSON_WEB_TOKENS[name](trusted.provider)

    answer = trusted.client.get(
        "/subjects", headers={"authorization": f"Bearer {token}"}
    )

    assert answer.status_code == 401
    assert answer.json()["error_code"] == 40101


def test_given_all_bad_tokens_when_presented_then_no_address_of_theirs_is_asked(
    trusted,
):
    asked = {each.path for each in trusted.provider.server.asked}

    assert asked == {"/.well-known/openid-configuration", "/keys"}


def api_tokens(token: Any) -> dict[str, bytes]:
    """Return what is nearly a token of the registry's own."""
    written = token.written
    basic = {
        "secret of another form": f"{token.id}:{token.secret}x",
        "secret empty": f"{token.id}:",
        "secret is the id": f"{token.id}:{token.id}",
        "secret is the token": f"{token.id}:{written}",
        "id of another": f"wpt_{'0' * 16}:{token.secret}",
        "id without its beginning": f"{token.id[4:]}:{token.secret}",
        "id in capitals": f"{token.id.upper()}:{token.secret}",
        "account and secret": f"orders:{token.secret}",
        "secret with NUL": f"{token.id}:{token.secret}\x00",
        "id with NUL": f"{token.id}\x00:{token.secret}",
        "name with NUL": "alice\x00:x",
        "name not ASCII": "älice:x",
        "name a statement": "alice' OR '1'='1:x",
        "name empty": ":x",
        "no colon": token.id,
        "password huge": f"alice:{'x' * 10_000}",
    }
    bearer: dict[str, bytes] = {
        "cut": written[:-1].encode(),
        "longer": f"{written}A".encode(),
        "other secret": f"{token.id}_{'A' * 43}".encode(),
        "secret in capitals": f"{token.id}_{token.secret.swapcase()}".encode(),
        "no secret": f"{token.id}_".encode(),
        "id alone": token.id.encode(),
        "other prefix": written.replace("wpt_", "crt_").encode(),
        "no prefix": written.removeprefix("wpt_").encode(),
        "hash of the secret": f"{token.id}_{token.secret_sha256.hex()}".encode(),
        "not ASCII": f"{written}é".encode(),
        "full width": "".join(map(_in_full_width, written)).encode(),
        "bytes": b"\xff\xfe\x00",
        "quoted": f'"{written}"'.encode(),
        "twice": f"{written} {written}".encode(),
        "joined": f"{written}, {written}".encode(),
        "empty": b"",
        "huge": b"A" * 100_000,
        "id a wildcard": f"wpt_%{'_' * 15}_{token.secret}".encode(),
    }
    return {
        **{
            f"Basic: {name}": b"Basic " + base64.b64encode(text.encode())
            for name, text in basic.items()
        },
        **{f"Bearer: {name}": b"Bearer " + text for name, text in bearer.items()},
        "scheme alone": b"Bearer",
        "no scheme": written.encode(),
        "scheme Token": b"Token " + written.encode(),
        "scheme Digest": b"Digest " + written.encode(),
        "scheme with a tab": b"Bearer\t" + written.encode(),
        # Each would be remembered anew, and push out what others have shown.
        "two spaces": b"Bearer  " + written.encode(),
        "a tab more": b"Bearer \t" + written.encode(),
        "a space after": b"Bearer " + written.encode() + b" ",
        "Basic not Base64": b"Basic !!!!",
        "Basic not UTF-8": b"Basic " + base64.b64encode(b"\xff:\xff"),
        "Basic with a break": b"Basic YWxp\nY2U6eA==",
        "Basic padded wrongly": b"Basic YWxpY2U6e",
        "Basic of Bearer": b"Basic " + written.encode(),
    }


def _in_full_width(letter: str) -> str:
    """Return the letter that some normalise to a given one: U+FF21 for A."""
    return chr(ord(letter) + 0xFEE0)


def test_given_what_is_nearly_a_token_when_presented_then_it_is_refused(trusted):
    token = trusted.token()
    assert trusted.status(f"Bearer {token.written}") == 200

    accepted = {
        name
        for name, text in api_tokens(token).items()
        if trusted.status(text) not in {401, 429}
    }

    assert accepted == set()


def test_given_two_fields_when_presented_then_the_good_one_does_not_help(trusted):
    token = f"Bearer {trusted.token('alice').written}"

    for fields in ([token, "Bearer x"], ["Bearer x", token], [token, token]):
        headers = [("authorization", each) for each in fields]
        answer = trusted.client.get("/subjects", headers=headers)
        assert answer.status_code == 401


def test_given_a_weak_key_of_the_provider_when_it_signs_then_it_is_refused(
    settings, provider, files
):
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - that is the point
    shown = jwt.algorithms.RSAAlgorithm.to_jwk(weak.public_key(), as_dict=True)
    provider.shown.append({**shown, "kid": "weak", "use": "sig", "alg": "RS256"})
    with guarding(settings, provider, files) as guarded:
        signed = (
            f"{encoded({'alg': 'RS256', 'kid': 'weak'})}.{encoded(provider.claims())}"
        )
        algorithm = jwt.get_algorithm_by_name("RS256")
        signature = encoded(algorithm.sign(signed.encode(), weak))

        assert guarded.status(f"Bearer {signed}.{signature}") == 401


@pytest.mark.parametrize(
    "published",
    [
        pytest.param({"use": "enc"}, id="to encrypt"),
        pytest.param({"alg": "ES384"}, id="another algorithm"),
        pytest.param({"kid": None}, id="no id"),
        pytest.param({"kty": "oct", "k": "c2VjcmV0"}, id="a shared secret"),
        pytest.param({"x": "AA"}, id="no point of the curve"),
    ],
)
def test_given_a_key_that_is_not_to_verify_with_when_it_signs_then_it_is_refused(
    settings, provider, files, published
):
    other = Key.made("other")
    provider.shown.append({**other.published, **published})
    with guarding(settings, provider, files) as guarded:
        assert guarded.status(f"Bearer {other.sign(provider.claims())}") == 401
        assert guarded.status(f"Bearer {provider.token()}") == 200


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_given_a_key_of_each_kind_when_it_signs_then_it_is_let_in(
    settings, provider, files, algorithm
):
    other = Key.made("other", algorithm)
    provider.shown.append(other.published)
    with guarding(settings, provider, files) as guarded:
        assert guarded.status(f"Bearer {other.sign(provider.claims())}") == 200
