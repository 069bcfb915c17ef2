"""Who the client says it is; and that nobody else gets to read it."""

import base64
import pickle

import pytest

from tests.unit.sdk.by_hand import LOST, World, answer, error, scripted
from wirepact import BasicAuth, BearerAuth, OAuthClientCredentials, Tls, errors

TOKEN_URL = "https://login/token"  # noqa: S105 - an address
OAUTH = OAuthClientCredentials(TOKEN_URL, "me:1", "s3cret", scope="schemas")


def types(core):
    return core.exchange.perform(core.requests.schema_types())


def authorizations(world):
    return [send.headers.get("authorization") for send in world.sent]


class Login:
    """A registry that wants a token, and the server that grants them."""

    def __init__(self, lifetime=100):
        self.granted = 0
        self.lifetime = lifetime
        self.withdrawn = set()
        self.is_down = False

    def __call__(self, send):
        if send.url == TOKEN_URL:
            if self.is_down:
                return LOST
            self.granted += 1
            return answer(
                {"access_token": f"t{self.granted}", "expires_in": self.lifetime}
            )
        token = send.headers["authorization"]
        return error(401) if token in self.withdrawn else answer([])


def test_given_a_name_and_a_password_when_asked_then_they_go_along():
    world = World(scripted(answer([])))

    world.run(types(world.core(auth=BasicAuth("ann", "pä:ss"))))

    scheme, _, pair = authorizations(world)[0].partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(pair).decode() == "ann:pä:ss"


def test_given_credentials_in_a_url_when_asked_then_they_go_to_that_server_alone():
    world = World(lambda send: LOST if "//a" in send.url else answer([]))
    core = world.core("http://ann:p%40ss@a,http://b")

    world.run(types(core))

    assert authorizations(world) == [BasicAuth("ann", "p@ss").header, None]
    assert [send.url for send in world.sent] == [
        "http://a/schemas/types",
        "http://b/schemas/types",
    ]
    assert "p@ss" not in core.url


def test_given_a_token_or_a_function_when_asked_then_the_token_of_now_goes_along():
    tokens = iter(["one", "two"])
    world = World(scripted(answer([])))
    called = world.core(auth=BearerAuth(lambda: next(tokens)))

    world.run(types(called))
    world.run(types(called))
    world.run(types(world.core(auth=BearerAuth("fixed"))))

    assert authorizations(world) == ["Bearer one", "Bearer two", "Bearer fixed"]


def test_given_a_function_that_fails_when_asked_then_its_error_is_the_callers():
    def broken():
        raise LookupError("no token file")

    world = World(scripted(answer([])))

    with pytest.raises(LookupError, match="no token file"):
        world.run(types(world.core(auth=BearerAuth(broken))))


@pytest.mark.parametrize("token", ["s3cret\r\nX-Evil: 1", "s3cr\u00e9t", "s3cret\n"])
def test_given_a_token_that_no_header_carries_then_it_is_refused_unseen(token):
    world = World(scripted(answer({"access_token": token})))
    called = world.core(auth=BearerAuth(lambda: token))

    with pytest.raises(ValueError, match="characters") as fixed:
        world.core(auth=BearerAuth(token))
    with pytest.raises(ValueError, match="characters"):
        world.run(types(called))
    with pytest.raises(errors.UnexpectedAnswerError, match="characters"):
        world.run(types(world.core(auth=OAUTH)))

    assert token not in str(fixed.value)


def test_given_client_credentials_when_asked_twice_then_one_token_is_fetched():
    login = Login()
    world = World(login)
    core = world.core(auth=OAUTH)

    world.run(types(core))
    world.run(types(core))

    assert login.granted == 1
    first, *others = world.sent
    assert first.content == b"grant_type=client_credentials&scope=schemas"
    assert first.headers["authorization"] == BasicAuth("me%3A1", "s3cret").header
    assert {send.headers["authorization"] for send in others} == {"Bearer t1"}


def test_given_a_login_that_fails_twice_when_asked_then_the_call_goes_on():
    login = Login()
    failures = [LOST, answer({}, 502)]

    def shaky(send):
        if send.url == TOKEN_URL and failures:
            return failures.pop()
        return login(send)

    world = World(shaky)

    world.run(types(world.core(auth=OAUTH)))

    assert authorizations(world)[-1] == "Bearer t1"


def test_a_token_is_renewed_before_it_expires():
    login = Login(lifetime=100)
    world = World(login)
    core = world.core(auth=OAUTH)
    world.run(types(core))

    world.now += 79
    world.run(types(core))
    world.now += 2
    world.run(types(core))

    assert authorizations(world)[-1] == "Bearer t2"
    assert login.granted == 2


def test_given_a_token_that_is_withdrawn_when_refused_then_a_new_one_is_used_once():
    login = Login()
    login.withdrawn = {"Bearer t1"}
    world = World(login)

    world.run(types(world.core(auth=OAUTH)))

    assert authorizations(world)[1::2] == ["Bearer t1", "Bearer t2"]


def test_given_tokens_that_are_never_accepted_when_refused_then_it_ends():
    login = Login()
    login.withdrawn = {"Bearer t1", "Bearer t2"}
    world = World(login)

    with pytest.raises(errors.AuthenticationError):
        world.run(types(world.core(auth=OAUTH)))

    assert login.granted == 2


def test_given_no_new_token_when_the_old_one_is_good_then_that_one_is_used():
    login = Login(lifetime=100)
    world = World(login)
    core = world.core(auth=OAUTH)
    world.run(types(core))
    login.is_down = True

    world.now += 90
    world.run(types(core))
    assert authorizations(world)[-1] == "Bearer t1"

    world.now += 11
    with pytest.raises(errors.RegistryUnavailableError, match="login/token"):
        world.run(types(core))


@pytest.mark.parametrize(
    ("granted", "kind"),
    [
        (answer({"error": "invalid_client"}, 401), errors.AuthenticationError),
        (answer({}, 503), errors.RegistryUnavailableError),
        (answer({}), errors.UnexpectedAnswerError),
        (answer([]), errors.UnexpectedAnswerError),
        (answer(b"<html>"), errors.UnexpectedAnswerError),
    ],
)
def test_given_no_token_when_asked_then_the_error_says_where(granted, kind):
    world = World(scripted(granted))

    with pytest.raises(kind, match="login/token") as raised:
        world.run(types(world.core(auth=OAUTH)))

    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    "secret",
    [
        BasicAuth("ann", "s3cret"),
        BearerAuth("s3cret"),
        OAUTH,
        Tls(key_file="key.pem", key_password="s3cret"),  # noqa: S106 - an example
    ],
    ids=lambda each: type(each).__name__,
)
def test_secrets_are_printed_as_stars(secret):
    assert "s3cret" not in f"{secret!r} {secret!s}"
    assert "***" in repr(secret)


@pytest.mark.parametrize(
    "raised",
    [
        errors.RegistryUnavailableError("m", 3.0),
        errors.SubjectNotFoundError(404, 40401, "m", "GET /x"),
        errors.IncompatibleSchemaError(
            409, 40901, "m", "POST /x", [errors.Finding("R", "error", "p", "m")]
        ),
        errors.ForeignRegistryError("id 1", "a", "b"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_errors_survive_being_pickled(raised):
    again = pickle.loads(pickle.dumps(raised))  # noqa: S301 - our own

    assert vars(again) == vars(raised)
    assert str(again) == str(raised)
