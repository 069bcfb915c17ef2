"""The everyday commands against a served registry: what they print, how they end."""

import json

import pytest

from tests.services.foreign import apicurio
from tests.services.stub import Said, stub

_ORDER = {
    "type": "record",
    "name": "Order",
    "fields": [{"name": "id", "type": "string"}],
}
_BREAKING = {**_ORDER, "fields": [*_ORDER["fields"], {"name": "total", "type": "long"}]}
_NOBODY = "http://127.0.0.1:1"


@pytest.fixture
def run(wirepact, registry_url):
    """Run a command against the shared registry."""

    def act(*arguments, **more):
        return wirepact(arguments[0], "--url", registry_url, *arguments[1:], **more)

    return act


@pytest.fixture
def file(tmp_path):
    """Write a schema into a file and return its path."""

    def write(schema, name="order.avsc"):
        text = schema if isinstance(schema, str) else json.dumps(schema)
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def said(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_given_a_file_when_registered_then_version_and_id_are_told(run, file):
    result = run("register", file(_ORDER), "--subject", "registered ü/1")

    assert result.exit_code == 0
    facts = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
    assert (facts["subject"], facts["version"]) == ("registered ü/1", "1")
    again = said(run("register", file(_ORDER), "--subject", "registered ü/1", "--json"))
    assert (again["version"], str(again["id"])) == (1, facts["id"])


@pytest.mark.parametrize(
    ("name", "text", "schema_type"),
    [
        ("a.avsc", '"string"', "AVRO"),
        ("a.JSON", '{"type":"object"}', "JSON"),
        ("a.proto", 'syntax = "proto3";\nmessage M {}\n', "PROTOBUF"),
    ],
)
def test_when_registered_then_the_files_name_tells_the_type(
    run, file, name, text, schema_type
):
    said(run("register", file(text, name), "--subject", f"typed-{name}", "--json"))

    assert said(run("get", f"typed-{name}", "--json"))["schemaType"] == schema_type


def test_given_standard_input_when_registered_then_the_type_has_to_be_told(run):
    without = run("register", "-", "--subject", "piped", input='"string"')
    told = run("register", "-", "--subject", "piped", "--type", "avro", input='"int"')

    assert without.exit_code == 2
    assert "use --type" in without.output
    assert told.exit_code == 0, told.output


def test_given_a_reference_when_registered_then_it_is_resolved(run, file):
    run(
        "register", file('{"type":"fixed","name":"m.M","size":1}'), "--subject", "ref:m"
    )
    order = {**_ORDER, "fields": [{"name": "m", "type": "m.M"}]}

    result = run(
        *("register", file(order), "--subject", "referrer"),
        *("--reference", "m.M=ref:m:1", "--json"),
    )

    assert said(result)["version"] == 1
    shown = run("get", "referrer")
    assert "refers to  m.M = ref:m version 1" in shown.stdout


@pytest.mark.parametrize("text", ["m.M", "m.M=x", "m.M=x:y", "=x:1", "m.M=:1"])
def test_given_no_reference_when_registered_then_its_form_is_told(run, file, text):
    result = run("register", file(_ORDER), "--subject", "x", "--reference", text)

    assert result.exit_code == 2
    assert "expected name=subject:version" in result.output


@pytest.mark.parametrize("more", [[], ["--dry-run"]], ids=["really", "dry"])
def test_given_a_breaking_schema_when_registered_then_1_and_how_to_mend_it(
    run, file, more
):
    subject = f"broken{len(more)}"
    run("register", file(_ORDER), "--subject", subject)

    result = run("register", file(_BREAKING), "--subject", subject, *more)

    assert result.exit_code == 1
    assert "[AVRO_READER_FIELD_MISSING_DEFAULT_VALUE]" in result.stdout
    assert "  breaks: new readers of old data: " in result.stdout
    assert "  fix: " in result.stdout
    assert result.stderr == "incompatible\n"
    assert said(run("subjects", subject, "--versions", "--json")) == {subject: [1]}


def test_given_a_breaking_schema_when_json_is_wanted_then_the_findings_are_json(
    run, file
):
    run("register", file(_ORDER), "--subject", "broken-json")

    result = run("register", file(_BREAKING), "--subject", "broken-json", "--json")

    assert result.exit_code == 1
    (finding,) = json.loads(result.stdout)["findings"]
    assert finding["rule"] == "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE"


def test_given_a_dry_run_when_compatible_then_nothing_is_registered(run, file):
    result = run("register", file(_ORDER), "--subject", "dry", "--dry-run")

    assert (result.exit_code, result.stdout) == (0, "compatible\n")
    assert said(run("subjects", "dry", "--json")) == []


@pytest.mark.parametrize(("is_compatible", "code"), [(True, 0), (False, 1)])
def test_given_another_make_when_tried_then_it_says_yes_or_no(
    wirepact, file, is_compatible, code
):
    def answer(asked):
        if asked.path.startswith("/governance"):
            return Said(404, {"error_code": 404, "message": "HTTP 404 Not Found"})
        return Said(200, {"is_compatible": is_compatible, "messages": ["the reason"]})

    with stub(answer) as other:
        result = wirepact(
            *("register", "--url", other.url, file(_ORDER)),
            *("--subject", "s", "--dry-run"),
        )

    assert result.exit_code == code
    assert ("the reason" in result.output) is not is_compatible


def test_given_no_schema_when_registered_then_1_and_the_place(run, file):
    result = run("register", file('{"type": "nix"}'), "--subject", "invalid")

    assert result.exit_code == 1
    assert result.stderr.startswith("refused: ")


def test_given_no_utf_8_when_registered_then_2_and_the_byte(run, tmp_path):
    path = tmp_path / "latin.avsc"
    path.write_bytes(b'"stri\xe4ng"')

    result = run("register", path, "--subject", "latin")

    assert result.exit_code == 2
    assert "is not UTF-8 at byte 5" in result.output


def test_when_listed_then_names_versions_or_json(run, file):
    for name in ("list-b", "list-a"):
        run("register", file(_ORDER), "--subject", name)

    assert run("subjects", "list-").stdout == "list-a\nlist-b\n"
    table = run("subjects", "list-", "--versions").stdout.splitlines()
    assert table == ["SUBJECT  VERSIONS", "list-a   1", "list-b   1"]


def test_given_a_context_when_used_then_subjects_are_bare(run, file):
    run("register", file(_ORDER), "--subject", "s", "--context", ".shop")

    assert run("subjects", "--context", ".shop").stdout == "s\n"
    assert said(run("get", "s", "--context", "shop", "--json"))["subject"] == ":.shop:s"


def test_when_shown_then_by_subject_id_and_guid(run, file):
    run("register", file(_ORDER), "--subject", "shown")
    found = said(run("get", "shown", "1", "--json"))

    by_id = said(run("get", "--id", found["id"], "--json"))
    by_guid = said(run("get", "--guid", found["guid"], "--json"))

    assert by_id["schema"] == by_guid["schema"] == found["schema"]
    assert run("get", "shown", "--text").stdout == f"{found['schema']}\n"
    lines = run("get", "shown").stdout.splitlines()
    assert lines[:2] == ["subject  shown", "version  1"]
    assert lines[-2:] == ["", found["schema"]]


@pytest.mark.parametrize("arguments", [[], ["s", "--id", "1"]])
def test_given_not_one_of_the_three_when_shown_then_2(run, arguments):
    assert run("get", *arguments).exit_code == 2


def test_given_no_such_subject_when_shown_then_1(run):
    result = run("get", "nobody")

    assert result.exit_code == 1
    assert "Subject 'nobody' not found." in result.stderr


def test_given_a_referrer_when_deleted_then_it_is_named(run, file):
    run("register", file('{"type":"fixed","name":"N","size":1}'), "--subject", "named")
    order = {**_ORDER, "fields": [{"name": "n", "type": "N"}]}
    reference = ("--reference", "N=named:1")
    run("register", file(order), "--subject", "names-it", *reference)

    for arguments in (["named", "1"], ["named"]):
        result = run("delete", *arguments)

        assert result.exit_code == 1
        assert result.stdout == "names-it version 1 refers to named version 1\n"
        assert "refused: " in result.stderr


def test_given_a_deleted_version_when_restored_then_it_is_live_again(run, file):
    run("register", file(_ORDER), "--subject", "back")

    assert run("delete", "back", "1").stdout == "back version 1 deleted\n"
    trash = run("restore").stdout.splitlines()
    assert trash[0].split() == [
        *("SUBJECT", "VERSION", "ID", "DELETED", "GOES", "REFERRERS")
    ]
    assert any(line.startswith("back ") for line in trash[1:])
    assert run("restore", "back", "1").stdout == "back version 1 is live\n"
    assert run("restore", "back").stdout == "back: nothing was deleted\n"
    assert said(run("get", "back", "--json"))["version"] == 1


def test_given_a_deleted_subject_when_removed_then_it_is_gone(run, file):
    run("register", file(_ORDER), "--subject", "gone")

    assert run("delete", "gone", "--permanent").exit_code == 1
    run("delete", "gone")
    result = run("delete", "gone", "--permanent")

    assert result.stdout == "gone version 1 removed for good\n"
    assert run("restore", "gone").exit_code == 1


def test_given_a_promise_when_restored_then_it_is_explained_and_may_be_forced(
    run, file
):
    run("register", file(_ORDER), "--subject", "forced")
    run("delete", "forced", "1")
    run("config", "forced", "--set", "compatibility=NONE")
    run("register", file(_BREAKING), "--subject", "forced")
    run("config", "forced", "--set", "compatibility=BACKWARD")

    result = run("restore", "forced", "1")

    assert result.exit_code == 1
    assert "[AVRO_READER_FIELD_MISSING_DEFAULT_VALUE]" in result.stdout
    assert run("restore", "forced", "1", "--force").exit_code == 0


def test_when_configured_then_set_shown_cleared_and_deleted(run):
    more = ("--set", "compatibility=FULL", "--set", "normalize=true")

    assert run("config", "cfg", *more).exit_code == 0
    shown = said(run("config", "cfg", "--json"))
    assert shown == {"normalize": True, "compatibilityLevel": "FULL"}
    run("config", "cfg", "--unset", "normalize")
    assert run("config", "cfg").stdout == "compatibilityLevel  FULL\n"
    assert run("config", "cfg", "--delete").exit_code == 0
    assert run("config", "cfg").exit_code == 1
    in_scope = said(run("config", "cfg", "--in-scope", "--json"))
    assert in_scope["compatibilityLevel"] == "BACKWARD"


@pytest.mark.parametrize(
    ("change", "ignored"),
    [
        ("compatability=NONE", "compatability"),
        ("compatibilityPolicy=STRICKT", "compatibilityPolicy"),
    ],
)
def test_given_a_setting_that_is_passed_over_when_configured_then_1_and_it_is_named(
    run, change, ignored
):
    found = run("config", "cfg3", "--set", "normalize=false", "--set", change)

    assert found.exit_code == 1
    assert found.stdout == "normalize  no\n"
    assert found.stderr == f"not taken by the registry: {ignored}\n"


@pytest.mark.parametrize(
    "arguments", [["--set", "compatibility"], ["--set", "a=b", "--delete"]]
)
def test_given_half_a_change_when_configured_then_2(run, arguments):
    assert run("config", "cfg2", *arguments).exit_code == 2


def test_when_a_mode_is_set_then_it_holds_until_it_is_deleted(run, file):
    assert run("mode", "frozen", "--set", "readonly").stdout == "READONLY\n"
    assert run("mode", "frozen").stdout == "READONLY\n"

    refused = run("register", file(_ORDER), "--subject", "frozen")

    assert refused.exit_code == 1
    assert "is in read-only mode" in refused.stderr
    assert run("mode", "frozen", "--delete").exit_code == 0
    assert run("mode", "frozen").exit_code == 1
    assert run("mode", "frozen", "--in-scope").stdout == "READWRITE\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("subjects",),
        ("get", "s"),
        ("delete", "s"),
        ("restore", "s"),
        ("config",),
        ("mode",),
    ],
    ids=lambda arguments: arguments[0],
)
def test_given_no_registry_when_asked_then_3_and_no_password(wirepact, arguments):
    command, *rest = arguments

    result = wirepact(command, "--url", _NOBODY, "--user", "ann:secret", *rest)

    assert result.exit_code == 3
    assert "registry unavailable: " in result.stderr
    assert "secret" not in result.output


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (["--token", "t0"], "Bearer t0"),
        (["--user", "ann:pa:ss"], "Basic YW5uOnBhOnNz"),
    ],
)
def test_given_credentials_when_asked_then_they_are_sent_and_a_refusal_is_3(
    wirepact, given, sent
):
    with stub(lambda _: Said(401, {"error_code": 401, "message": "no"})) as other:
        result = wirepact("subjects", "--url", other.url, *given)

    assert other.asked[0].headers["authorization"] == sent
    assert result.exit_code == 3
    assert result.stderr.startswith("not allowed: ")


@pytest.mark.parametrize("command", [("subjects",), ("plan", "contracts")])
@pytest.mark.parametrize(
    ("name", "content", "sent"),
    [
        ("WIREPACT_TOKEN_FILE", "t0\n", "Bearer t0"),
        ("WIREPACT_USER_FILE", "ann:pa:ss\n", "Basic YW5uOnBhOnNz"),
    ],
)
def test_given_a_file_with_credentials_when_asked_then_they_are_sent(
    wirepact, tmp_path, monkeypatch, command, name, content, sent
):
    secret = tmp_path / "secret"
    secret.write_text(content)
    (tmp_path / "contracts").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, str(secret))
    with stub(lambda _: Said(401, {"error_code": 401, "message": "no"})) as other:
        wirepact(*command, "--url", other.url)

    assert other.asked[0].headers["authorization"] == sent


def test_given_a_file_that_is_not_there_when_asked_then_it_is_said_and_nothing_is_sent(
    wirepact, tmp_path, monkeypatch
):
    monkeypatch.setenv("WIREPACT_TOKEN_FILE", str(tmp_path / "none"))
    with stub(lambda _: Said(401, {"error_code": 401, "message": "no"})) as other:
        result = wirepact("subjects", "--url", other.url)

    assert result.exit_code == 2
    assert f"WIREPACT_TOKEN_FILE: {tmp_path / 'none'}: No such file" in result.stderr
    assert not other.asked


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("mode",), 3, "this registry does not offer that"),
        (("mode", "s"), 3, "the registry tells no mode; it may have none"),
        (("mode", "s", "--set", "readonly"), 3, "this registry does not offer that"),
        (("restore",), 3, "this registry does not offer that"),
        (("restore", "s", "1"), 3, "this registry does not offer that"),
        (("get", "s"), 1, "not found"),
    ],
)
def test_given_what_apicurio_lacks_when_asked_then_it_is_told(
    wirepact, arguments, code, told
):
    other = apicurio([])
    with stub(other) as running:
        url = f"{running.url}{other.base_path}"
        result = wirepact(arguments[0], "--url", url, *arguments[1:])

    assert result.exit_code == code
    assert told in result.stderr


@pytest.mark.parametrize("name", ["compatibility", "compatibilityLevel"])
@pytest.mark.parametrize("answered", ["compatibility", "compatibilityLevel"])
def test_given_either_name_of_the_level_when_configured_then_it_counts_as_taken(
    wirepact, name, answered
):
    with stub(lambda _: Said(200, {answered: "FULL"})) as other:
        result = wirepact("config", "--url", other.url, "s", "--set", f"{name}=FULL")

    assert (result.exit_code, result.stdout) == (0, f"{answered}  FULL\n")


def test_given_no_url_when_asked_then_the_environment_says_it(
    wirepact, registry_url, monkeypatch
):
    assert wirepact("mode").exit_code == 2

    monkeypatch.setenv("WIREPACT_URL", registry_url)

    assert wirepact("mode").stdout == "READWRITE\n"


def test_given_names_that_a_terminal_obeys_when_shown_then_they_are_written_out(
    run, file
):
    name = "turned\u202e\u2066"
    run("register", file(_ORDER), "--subject", name)

    listed, missing = run("subjects", "turned"), run("get", "none\u202e")
    as_json = run("subjects", "turned", "--json")

    assert listed.stdout == "turned\\u202e\\u2066\n"
    assert "none\\u202e" in missing.stderr
    assert "\\u202e" in as_json.stdout
    assert json.loads(as_json.stdout) == [name]
    assert "\u202e" not in listed.stdout + missing.stderr + as_json.stdout
