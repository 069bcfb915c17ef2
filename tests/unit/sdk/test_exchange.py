"""How calls are tried: which server, how often, how soon, and what an answer means."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.unit.sdk.by_hand import (
    AVRO_TEXT,
    LOST,
    REFUSED,
    World,
    answer,
    by_id,
    error,
    scripted,
)
from wirepact import errors
from wirepact._steps import Answer
from wirepact.retry import RetryPolicy
from wirepact.schemas import Schema

SCHEMA = Schema(AVRO_TEXT)
HTML = Answer(200, {"content-type": "text/html"}, b"<html>Sign in</html>")


def types(core):
    return core.exchange.perform(core.requests.schema_types())


def deletion(core):
    return core.exchange.perform(core.requests.delete_subject("a", permanent=False))


def registration(core):
    call = core.requests.register("a", SCHEMA, normalize=False)
    return core.exchange.perform(call)


def asked(world):
    return [urlsplit(send.url).netloc for send in world.sent]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("call", [types, registration])
def test_given_a_passing_fault_when_asked_again_then_there_is_the_answer(status, call):
    good = answer({"id": 1}) if call is registration else answer(["AVRO"])
    world = World(scripted(answer({}, status), good))

    world.run(call(world.core()))

    assert len(world.sent) == 2


@pytest.mark.parametrize(
    "code", [400, 401, 40301, 404, 40403, 405, 409, 40901, 42201, 501]
)
def test_given_a_refusal_when_read_then_it_is_not_asked_again(code):
    world = World(scripted(error(code)))

    with pytest.raises(errors.RegistryResponseError) as refused:
        world.run(types(world.core()))

    assert (refused.value.code, len(world.sent)) == (code, 1)


def test_given_no_answer_when_the_attempts_are_used_up_then_it_is_unavailable():
    world = World(scripted(LOST))

    with pytest.raises(
        errors.RegistryUnavailableError, match=r"ReadTimeout.* \(4 times\)$"
    ):
        world.run(types(world.core()))

    assert len(world.sent) == RetryPolicy().attempts == 4


@pytest.mark.parametrize("reply", [LOST, answer({}, 503), answer({}, 500)])
def test_given_a_deletion_that_may_have_been_done_then_it_is_not_sent_again(reply):
    world = World(scripted(reply))

    with pytest.raises(errors.RegistryUnavailableError):
        world.run(deletion(world.core()))

    assert len(world.sent) == 1


@pytest.mark.parametrize("reply", [REFUSED, answer({}, 429)])
def test_given_a_deletion_that_was_surely_not_done_then_it_is_sent_again(reply):
    world = World(scripted(reply, answer([1])))

    assert world.run(deletion(world.core())) == (1,)


def test_pauses_are_drawn_from_nothing_to_a_most_that_doubles():
    world = World(scripted(LOST), draws=lambda: 1.0)

    with pytest.raises(errors.RegistryUnavailableError):
        world.run(types(world.core()))

    assert world.pauses == [0.1, 0.2, 0.4]


def test_given_retry_after_when_it_is_short_then_it_is_waited_for():
    world = World(scripted(answer({}, 429, retry_after="3"), answer([])))

    world.run(types(world.core()))

    assert world.pauses == [3.0]


@pytest.mark.parametrize("asked_for", ["11", "3600", "9" * 400])
def test_given_retry_after_when_it_is_long_then_nobody_waits(asked_for):
    world = World(scripted(answer({}, 503, retry_after=asked_for)))

    with pytest.raises(errors.RegistryUnavailableError) as unavailable:
        world.run(types(world.core()))

    assert (world.pauses, len(world.sent)) == ([], 1)
    assert unavailable.value.retry_after_s >= 11


def test_given_retry_after_as_a_date_when_read_then_it_is_counted_from_now():
    when = "Thu, 01 Jan 1970 00:16:45 GMT"  # the clock stands at 1000
    world = World(scripted(answer({}, 503, retry_after=when), answer([])))

    world.run(types(world.core()))

    assert world.pauses == [5.0]


@pytest.mark.parametrize("said", ["soon", "-1", "Thu, 99 Jan", "1.5", ""])
def test_given_retry_after_that_is_none_then_it_is_as_if_it_were_not_there(said):
    world = World(scripted(answer({}, 503, retry_after=said), answer([])))

    world.run(types(world.core()))

    assert world.pauses[0] <= 0.1


def test_no_call_goes_on_beyond_its_time():
    def slow(send):
        world.now += min(5.0, send.timeout_s)
        return LOST

    world = World(slow)
    began = world.now

    with pytest.raises(errors.RegistryUnavailableError):
        world.run(types(world.core()))

    assert world.now - began <= 15.0
    assert all(0 < send.timeout_s <= 15.0 for send in world.sent)


def test_given_an_outage_when_many_ask_then_a_tenth_of_their_traffic_is_retries():
    world = World(scripted(answer({}, 500)))
    core = world.core()

    for _ in range(1000):
        with pytest.raises(errors.RegistryUnavailableError):
            world.run(types(core))

    assert len(world.sent) <= 1000 + 100 + 10


def test_given_two_servers_when_the_first_is_down_then_the_second_is_asked_at_once():
    def registry(send):
        return REFUSED if "//a/" in send.url else answer([])

    world = World(registry)
    core = world.core("http://a, http://b")

    world.run(types(core))
    world.run(types(core))

    assert asked(world) == ["a", "b", "b"]
    assert world.pauses == []


def test_given_two_servers_that_are_down_when_one_is_back_then_it_is_found():
    world = World(scripted(REFUSED, REFUSED, REFUSED, answer([])))

    world.run(types(world.core(["http://a", "http://b"])))

    assert asked(world) == ["a", "b", "a", "b"]
    assert len(world.pauses) == 1


def test_given_a_base_path_and_a_context_when_asked_then_both_are_in_the_url():
    world = World(scripted(answer([1])))
    core = world.core("https://host/apis/ccompat/v7/", context="eu")

    world.run(core.exchange.perform(core.requests.versions("a/b", deleted=False)))

    assert world.sent[0].url == (
        "https://host/apis/ccompat/v7/subjects/%3A.eu%3Aa%2Fb/versions"
    )


def test_given_a_server_that_keeps_failing_then_it_is_left_alone_for_a_while():
    world = World(scripted(REFUSED))
    core = world.core()
    for _ in range(20):
        with pytest.raises(errors.RegistryUnavailableError):
            world.run(types(core))

    assert len(world.sent) == 5
    with pytest.raises(errors.RegistryUnavailableError, match="keeps failing"):
        world.run(types(core))


def test_given_an_open_circuit_when_the_server_is_back_then_one_request_finds_out():
    replies = [REFUSED] * 5 + [answer([])]
    world = World(scripted(*replies))
    core = world.core()
    for _ in range(3):
        with pytest.raises(errors.RegistryUnavailableError):
            world.run(types(core))
    world.now += 1.0

    first = types(core)
    first.send(None)
    with pytest.raises(errors.RegistryUnavailableError):
        world.run(types(core))
    with pytest.raises(StopIteration):
        first.send(answer([]))

    assert world.run(types(core)) == ()


def test_given_refusals_when_there_are_many_then_the_circuit_stays_closed():
    world = World(scripted(error(40401)))
    core = world.core()

    for _ in range(20):
        with pytest.raises(errors.SubjectNotFoundError):
            world.run(types(core))

    assert len(world.sent) == 20


def test_given_a_refusal_between_failures_then_the_server_counts_as_well():
    replies = [LOST] * 4 + [error(40401)] + [LOST] * 4 + [answer([1])]
    world = World(scripted(*replies))
    core = world.core()

    for _ in replies[:-1]:
        with pytest.raises(errors.WirepactError):
            world.run(deletion(core))

    assert world.run(deletion(core)) == (1,)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (401, errors.AuthenticationError),
        (40301, errors.AccessDeniedError),
        (404, errors.NotFoundError),
        (40401, errors.SubjectNotFoundError),
        (40402, errors.VersionNotFoundError),
        (40403, errors.SchemaNotFoundError),
        (40408, errors.NotFoundError),
        (409, errors.IncompatibleSchemaError),
        (40901, errors.IncompatibleSchemaError),
        (42201, errors.InvalidSchemaError),
        (42205, errors.OperationNotPermittedError),
        (42206, errors.ReferenceExistsError),
        (42299, errors.RegistryResponseError),
    ],
)
def test_given_a_code_when_raised_then_it_is_the_error_of_that_reason(code, kind):
    world = World(scripted(error(code, "because")))

    with pytest.raises(
        errors.RegistryResponseError, match=r"GET .*: because"
    ) as raised:
        world.run(types(world.core()))

    assert type(raised.value) is kind


def test_given_findings_when_incompatible_then_the_error_carries_them():
    finding = {
        "rule": "AVRO_X",
        "severity": "error",
        "path": "A.y",
        "message": "m",
        "why": "w",
        "fixes": [{"title": "Give it a default"}, "?"],
    }
    world = World(scripted(error(40901, findings=[finding, 3])))

    with pytest.raises(errors.IncompatibleSchemaError) as raised:
        world.run(registration(world.core()))

    (found,) = raised.value.findings
    assert (found.rule, found.path, found.why) == ("AVRO_X", "A.y", "w")
    assert found.fixes == ("Give it a default",)


@pytest.mark.parametrize(
    "strange",
    [
        HTML,
        Answer(404, {"content-type": "text/html"}, b"default backend - 404"),
        answer(b'{"schema": "tru'),
        answer(b"[" * 200_000),
        answer(b"\xff\xfe"),
        answer({"schemas": 1}),
        answer(None),
        Answer(200, {"content-encoding": "gzip"}, b"[]"),
        answer({}, 302, location="https://elsewhere/schemas/types"),
        answer({}, 302, location="https://registry/schemas/types"),
        answer({}, 302, location="//elsewhere/"),
        answer({}, 302),
    ],
    ids=repr,
)
def test_given_what_is_no_registrys_answer_then_it_is_refused_loudly(strange):
    world = World(scripted(strange))

    with pytest.raises(errors.UnexpectedAnswerError):
        world.run(types(world.core()))


def test_given_a_strange_answer_when_another_server_is_well_then_that_one_is_asked():
    world = World(lambda send: HTML if "//a/" in send.url else answer(["AVRO"]))

    assert world.run(types(world.core("http://a,http://b"))) == ("AVRO",)


@pytest.mark.parametrize("status", [401, 403])
def test_given_a_proxys_page_when_it_asks_for_credentials_then_that_is_said(status):
    world = World(scripted(Answer(status, {}, b"<html>")))

    with pytest.raises(errors.RegistryResponseError) as raised:
        world.run(types(world.core()))

    assert type(raised.value) in (errors.AuthenticationError, errors.AccessDeniedError)


@pytest.mark.parametrize("status", [405, 413, 414, 499])
def test_given_a_proxys_page_when_it_refuses_then_it_is_not_asked_again(status):
    world = World(scripted(Answer(status, {}, b"<html>")))

    with pytest.raises(errors.RegistryResponseError) as raised:
        world.run(types(world.core()))

    assert (raised.value.code, len(world.sent)) == (status, 1)


@pytest.mark.parametrize("subject", [".", ".."])
def test_given_a_subject_of_dots_when_asked_then_it_is_not_taken_for_a_folder(subject):
    world = World(scripted(answer([1])))
    core = world.core()

    world.run(core.exchange.perform(core.requests.versions(subject, deleted=False)))

    escaped = subject.replace(".", "%2E")
    assert world.sent[0].url == f"http://registry/subjects/{escaped}/versions"


@pytest.mark.parametrize("text", ["true", "0", "-1", "2147483648", '"1"', "1.0"])
def test_given_an_id_that_is_none_when_registered_then_it_is_refused(text):
    world = World(scripted(answer(f'{{"id": {text}}}'.encode())))

    with pytest.raises(errors.UnexpectedAnswerError, match="no id"):
        world.run(registration(world.core()))


def test_given_a_redirection_on_the_same_server_when_asked_then_it_is_followed():
    world = World(scripted(answer({}, 307, location="/v2/types"), answer(["AVRO"])))

    assert world.run(types(world.core())) == ("AVRO",)
    assert world.sent[1].url == "http://registry/v2/types"


@pytest.mark.parametrize(
    "target",
    [
        "https://registry/a",
        "http://elsewhere/a",
        "http://registry:81/a",
        "//elsewhere/a",
        "http://registry@elsewhere/a",
    ],
)
def test_given_a_redirection_elsewhere_when_asked_then_nothing_is_sent_there(target):
    world = World(scripted(answer({}, 307, location=target)))

    with pytest.raises(errors.UnexpectedAnswerError, match="not followed"):
        world.run(types(world.core()))

    assert {send.url for send in world.sent} == {"http://registry/schemas/types"}


def test_given_a_redirection_in_a_circle_when_asked_then_it_ends():
    world = World(scripted(answer({}, 307, location="/schemas/types")))

    with pytest.raises(errors.UnexpectedAnswerError, match="circle"):
        world.run(types(world.core()))


def test_every_attempt_of_a_call_carries_the_same_request_id_and_calls_their_own():
    world = World(scripted(LOST, answer([])))
    core = world.core()

    world.run(types(core))
    world.run(types(core))

    first, again, other = (send.headers["x-request-id"] for send in world.sent)
    assert first == again != other


def test_metadata_is_encoded_once():
    world = World(scripted(error(40403)))
    core = world.core()
    call = core.requests.latest_with_metadata("s", {"a b": "c/d"}, deleted=True)

    with pytest.raises(errors.SchemaNotFoundError):
        world.run(core.exchange.perform(call))

    query = parse_qsl(urlsplit(world.sent[0].url).query)
    assert query == [("key", "a b"), ("value", "c/d"), ("deleted", "true")]


def test_ids_are_asked_for_with_the_context_and_never_with_a_subject():
    world = World(scripted(by_id()))

    world.run(world.core().catalogue.schema(1, "", 0))
    world.run(world.core(context=".eu").catalogue.schema(1, "", 0))

    assert [urlsplit(send.url).query for send in world.sent] == [
        "",
        "subject=%3A.eu%3A",
    ]


@pytest.mark.parametrize(
    "url", ["", "registry:8081", "ftp://x", "http://", "http://u:secret@h/?q", "a,,b"]
)
def test_given_what_is_no_url_then_it_is_refused_without_showing_it(url):
    with pytest.raises(ValueError, match="URL") as refused:
        World(scripted(HTML)).core(url)

    assert "secret" not in str(refused.value)
