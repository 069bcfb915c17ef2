"""Moving a registry: into a file and out of it, and from registries of other makes."""

import json
from urllib.parse import quote

import pytest

from registry.cli.moving import archive
from tests.services.foreign import apicurio, confluent, karapace
from tests.services.server import serve
from tests.services.serving_role import served_database
from tests.services.stub import stub

_MONEY = '{"type":"record","name":"Money","fields":[]}'
_ORDER = '{"type":"record","name":"Order","fields":[{"name":"total","type":"Money"}]}'
_PROTO = 'syntax = "proto3";\npackage shop;\n\nmessage Order {\n  string id = 1;\n}\n'
_REFERS = [{"name": "Money", "subject": "money", "version": 1}]
_RULES = {"domainRules": [{"name": "r", "type": "CEL", "expr": "true"}]}


def post(http, server, path, body):
    answer = http.post(f"{server.url}{path}", json=body)
    answer.raise_for_status()
    return answer.json()


def put(http, server, path, body):
    http.put(f"{server.url}{path}", json=body).raise_for_status()


def delete(http, server, path):
    http.delete(f"{server.url}{path}").raise_for_status()


@pytest.fixture
def furnished(source, http):
    """A registry with something of everything."""
    register = "/subjects/{}/versions"
    post(http, source, register.format("zzz-burnt"), {"schema": '"int"'})
    post(http, source, register.format("money"), {"schema": _MONEY})
    body = {"schema": _ORDER, "references": _REFERS}
    post(http, source, register.format("a%2Forder%20%C3%BC"), body)
    rich = {
        "schema": '"string"',
        "metadata": {"properties": {"owner": "ann"}, "tags": {"a": ["PII"]}},
        "ruleSet": _RULES,
    }
    post(http, source, register.format("rich"), rich)
    proto = {"schema": _PROTO, "schemaType": "PROTOBUF"}
    post(http, source, register.format("proto"), proto)
    far = {"schema": _MONEY.replace("[]", '[{"name":"c","type":"string"}]')}
    post(http, source, register.format(":.far:money"), far)
    across = {
        "schema": _ORDER.replace("Order", "Far"),
        "references": [{"name": "Money", "subject": ":.far:money", "version": 1}],
    }
    post(http, source, register.format("across"), across)
    put(http, source, "/config/money", {"compatibility": "FULL", "normalize": True})
    put(http, source, "/config/:.far:", {"compatibility": "NONE"})
    put(http, source, "/config", {"compatibility": "FORWARD"})
    put(http, source, "/governance/v1/subjects/proto/policies", {"policies": ["WIRE"]})
    more = {"schema": _MONEY.replace("[]", '[{"name":"c","type":"int","default":1}]')}
    post(http, source, register.format("money"), more)
    delete(http, source, "/subjects/money/versions/2")
    delete(http, source, "/subjects/rich")
    delete(http, source, "/subjects/zzz-burnt")
    delete(http, source, "/subjects/zzz-burnt?permanent=true")
    put(http, source, "/config/other-name", {"alias": "proto"})
    topic = {"resourceName": "t", "resourceNamespace": "lkc", "resourceId": "t-1"}
    binding = {"associations": [{"subject": "proto", "associationType": "value"}]}
    post(http, source, "/associations", {**topic, **binding})
    kek = {"name": "k", "kmsType": "aws-kms", "kmsKeyId": "arn", "doc": "Größe"}
    post(http, source, "/dek-registry/v1/keks", kek)
    dek = {"subject": "proto", "encryptedKeyMaterial": "bWF0ZXJpYWw="}
    post(http, source, "/dek-registry/v1/keks/k/deks", dek)
    put(http, source, "/mode/rich", {"mode": "READONLY"})
    put(http, source, "/mode/:.far:", {"mode": "READONLY"})
    return source


def everything(http, server):
    """Return the bytes of all answers that say what a registry holds."""

    def get(path):
        answer = http.get(f"{server.url}{path}")
        return answer.status_code, answer.content

    paths = ["/subjects", "/subjects?deleted=true", "/subjects?deletedOnly=true"]
    paths += ["/schemas?subjectPrefix=:*:", "/schemas?subjectPrefix=:*:&deleted=true"]
    paths += ["/schemas?subjectPrefix=:*:&latestOnly=true", "/contexts", "/config"]
    paths += ["/mode", "/schemas/types", "/governance/v1/trash"]
    paths += [f"/{place}/:.far:" for place in ("config", "mode")]
    paths += ["/associations/resources/-/t", "/associations/resources/t-1"]
    paths += ["/associations/subjects/proto", "/subjects/other-name/versions/latest"]
    paths += ["/dek-registry/v1/keks", "/dek-registry/v1/keks/k"]
    paths += ["/dek-registry/v1/keks/k/deks", "/dek-registry/v1/keks/k/deks/proto"]
    paths += ["/config/other-name", "/schemas?aliases=true"]
    listed = json.loads(get("/schemas?subjectPrefix=:*:&deleted=true")[1])
    for each in listed:
        subject, guid = quote(each["subject"], safe=""), each["guid"]
        context = each["subject"][1:].partition(":")[0] if ":." in subject else "."
        of = f"subject={quote(f':{context}:')}"
        version = f"/subjects/{subject}/versions/{each['version']}"
        paths += [f"/subjects/{subject}/versions", f"{version}?deleted=true", version]
        paths += [f"/subjects/{subject}/versions/latest"]
        paths += [f"/subjects/{subject}/versions?deletedAsNegative=true&deleted=true"]
        paths += [f"{version}/schema?deleted=true", f"{version}/referencedby"]
        paths += [f"{version}?deleted=true&format=serialized&referenceFormat=qualified"]
        paths += [f"{version}/referencedby?deleted=true"]
        paths += [f"/config/{subject}", f"/config/{subject}?defaultToGlobal=true"]
        paths += [f"/mode/{subject}", f"/mode/{subject}?defaultToGlobal=true"]
        paths += [f"/governance/v1/subjects/{subject}/policies"]
        paths += [f"/subjects/{subject}/metadata?deleted=true&key=owner&value=ann"]
        by_id = f"/schemas/ids/{each['id']}"
        paths += [f"{by_id}?{of}&fetchMaxId=true", f"{by_id}/schema?{of}"]
        paths += [
            f"{by_id}/{more}?{of}&deleted=true" for more in ("subjects", "versions")
        ]
        paths += [f"/schemas/guids/{guid}", f"/schemas/guids/{guid}/ids"]
    return {path: get(path) for path in dict.fromkeys(paths)}


def test_given_an_export_when_imported_then_every_answer_is_the_same(
    wirepact, furnished, target, http, tmp_path
):
    file = tmp_path / "all.jsonl"

    out = wirepact("export", "--url", furnished.url, file)
    moved = wirepact("import", "--url", target.url, file)

    assert (out.exit_code, moved.exit_code) == (0, 0), out.output + moved.output
    before, after = everything(http, furnished), everything(http, target)
    assert len(before) > 100
    assert after == before


def test_given_an_import_when_repeated_then_nothing_is_changed(
    wirepact, furnished, target, http, tmp_path
):
    file = tmp_path / "all.jsonl"
    wirepact("export", "--url", furnished.url, file)
    wirepact("import", "--url", target.url, file)
    again = tmp_path / "again.jsonl"

    moved = wirepact("import", "--url", target.url, file)

    assert moved.exit_code == 0
    assert "written: 0\n" in moved.output
    wirepact("export", "--url", target.url, again)
    assert again.read_bytes() == file.read_bytes()


@pytest.mark.postgres
def test_given_another_database_when_imported_then_every_answer_is_the_same(
    wirepact, furnished, postgres, http, tmp_path
):
    file, again = tmp_path / "all.jsonl", tmp_path / "again.jsonl"
    url = served_database(postgres)
    wirepact("export", "--url", furnished.url, file)

    with serve(url) as on_postgresql:
        moved = wirepact("import", "--url", on_postgresql.url, file)
        wirepact("export", "--url", on_postgresql.url, again)

        assert moved.exit_code == 0, moved.output
        assert everything(http, on_postgresql) == everything(http, furnished)
    assert again.read_bytes() == file.read_bytes()


def test_given_a_registry_of_ours_when_imported_from_then_all_is_the_same(
    wirepact, furnished, target, http
):
    moved = wirepact("import", "--url", target.url, "--from", furnished.url)

    assert moved.exit_code == 0, moved.output
    assert everything(http, target) == everything(http, furnished)


def test_given_a_dry_run_when_imported_then_nothing_is_written(
    wirepact, furnished, target, http
):
    moved = wirepact(
        "import", "--url", target.url, "--from", furnished.url, "--dry-run"
    )

    assert moved.exit_code == 0, moved.output
    assert "would be written: " in moved.output
    assert "would be refused: 0" in moved.output
    assert http.get(f"{target.url}/subjects?deleted=true").json() == []
    assert http.get(f"{target.url}/mode").json() == {"mode": "READWRITE"}


def test_given_an_id_of_another_schema_when_imported_then_it_says_so_and_ends_with_1(
    wirepact, furnished, target, http
):
    other = {"schema": '"bytes"'}
    for number in range(4):
        post(http, target, f"/subjects/here-{number}/versions", other)
        other = {"schema": f'{{"type":"fixed","name":"f{number}","size":1}}'}

    moved = wirepact("import", "--url", target.url, "--from", furnished.url)

    assert moved.exit_code == 1
    assert "Overwrite new schema with id 2 in context  is not permitted" in moved.output
    assert "version money version 1" in moved.output
    assert http.get(f"{target.url}/mode").json() == {"mode": "READWRITE"}


_FOREIGN = [
    {
        "subject": "a-order",
        "version": 3,
        "id": 12,
        "guid": "00000000-0000-0000-0000-000000000012",
        "schemaType": "AVRO",
        "references": _REFERS,
        "schema": _ORDER.replace(":", ": "),
        "ts": 1_700_000_000_001,
        "deleted": False,
    },
    {
        "subject": "money",
        "version": 1,
        "id": 7,
        "guid": "00000000-0000-0000-0000-000000000007",
        "schema": _MONEY,
        "ts": 1_700_000_000_000,
        "deleted": True,
    },
    {
        "subject": "a-order",
        "version": 5,
        "id": 2_000_000_000,
        "schemaType": "PROTOBUF",
        "schema": _PROTO.replace("\n\n", "\n"),
        "ts": 1_700_000_000_002,
        "deleted": False,
    },
]


@pytest.mark.parametrize("make", [confluent, karapace])
def test_given_another_make_when_imported_from_then_ids_and_deletions_are_kept(
    wirepact, target, http, make
):
    configs = {"a-order": {"compatibilityLevel": "NONE"}}
    foreign = make(_FOREIGN, configs=configs, modes={"money": "READONLY"})

    with stub(foreign) as running:
        url = f"{running.url}{foreign.base_path}"
        moved = wirepact("import", "--url", target.url, "--from", url)

    assert moved.exit_code == 0, moved.output
    assert "read back: 3 versions" in moved.output
    found = http.get(f"{target.url}/schemas?deleted=true").json()
    assert [(e["subject"], e["version"], e["id"], e["deleted"]) for e in found] == [
        ("a-order", 3, 12, False),
        ("a-order", 5, 2_000_000_000, False),
        ("money", 1, 7, True),
    ]
    assert http.get(f"{target.url}/config/a-order").json() == configs["a-order"]
    assert http.get(f"{target.url}/mode/money").json() == {"mode": "READONLY"}
    assert http.get(f"{target.url}/mode").json() == {"mode": "READWRITE"}


def test_given_apicurio_when_imported_from_then_what_it_withholds_is_told(
    wirepact, target, http
):
    hidden = {**_FOREIGN[2], "version": 4, "id": 11, "deleted": True}
    gone = {**_FOREIGN[1], "subject": "gone", "id": 9}
    money = {**_FOREIGN[1], "deleted": False}
    order, proto = _FOREIGN[0], _FOREIGN[2]
    configs = {
        "": {"compatibilityLevel": "FULL"},
        "money": {"compatibilityLevel": "FORWARD"},
    }
    foreign = apicurio([money, order, hidden, proto, gone], configs=configs)

    with stub(foreign) as running:
        url = f"{running.url}{foreign.base_path}"
        moved = wirepact("import", "--url", target.url, "--from", url)

    assert moved.exit_code == 0, moved.output
    assert "does not hand out: 1\n  gone version 1\n" in moved.output
    assert "read back: 4 versions" in moved.output
    assert "GUID" not in moved.output
    found = http.get(f"{target.url}/schemas?deleted=true").json()
    assert [(e["subject"], e["version"], e["id"], e["deleted"]) for e in found] == [
        ("a-order", 3, 12, False),
        ("a-order", 4, 11, True),
        ("a-order", 5, 2_000_000_000, False),
        ("money", 1, 7, False),
    ]


def test_given_apicurio_when_imported_from_then_only_levels_that_were_set_come_in(
    wirepact, target, http
):
    configs = {
        "": {"compatibilityLevel": "FULL"},
        "money": {"compatibilityLevel": "FORWARD"},
    }
    live = [{**each, "deleted": False} for each in _FOREIGN]
    foreign = apicurio(live, configs=configs)

    with stub(foreign) as running:
        url = f"{running.url}{foreign.base_path}"
        wirepact("import", "--url", target.url, "--from", url)

    assert http.get(f"{target.url}/config").json() == configs[""]
    assert http.get(f"{target.url}/config/money").json() == configs["money"]
    assert http.get(f"{target.url}/config/a-order").json()["error_code"] == 40408


def test_given_another_canonical_form_when_imported_then_the_sources_guid_leads_to_it(
    wirepact, target, http
):
    with stub(confluent(_FOREIGN)) as running:
        moved = wirepact("import", "--url", target.url, "--from", running.url)

    assert "in canonical form: 2 of them" in moved.output
    assert "the source's GUIDs lead to 1 of these" in moved.output
    guid = _FOREIGN[0]["guid"]
    by_guid = http.get(f"{target.url}/schemas/guids/{guid}").json()
    here = http.get(f"{target.url}/subjects/a-order/versions/3").json()
    assert by_guid["schema"] == here["schema"] == _ORDER
    assert by_guid["guid"] == guid != here["guid"]


def test_given_two_ids_of_one_meaning_when_imported_then_both_are_readable(
    wirepact, target, http
):
    twin = {**_FOREIGN[1], "subject": "twin", "id": 8, "schema": f" {_MONEY}"}

    with stub(confluent([_FOREIGN[1], twin])) as running:
        moved = wirepact("import", "--url", target.url, "--from", running.url)

    assert moved.exit_code == 0, moved.output
    texts = [http.get(f"{target.url}/schemas/ids/{n}/schema").text for n in (7, 8)]
    assert texts == [_MONEY, f" {_MONEY}"]


def test_given_a_text_that_is_no_schema_when_imported_then_the_rest_comes_in(
    wirepact, target, http
):
    broken = {**_FOREIGN[1], "subject": "broken", "id": 99, "schema": '{"type":"nix"}'}
    refers = {
        **_FOREIGN[0],
        "subject": "refers",
        "id": 100,
        "references": [{"name": "nix", "subject": "broken", "version": 1}],
    }

    with stub(confluent([*_FOREIGN, broken, refers])) as running:
        moved = wirepact("import", "--url", target.url, "--from", running.url)

    assert moved.exit_code == 1
    assert "refused: 2" in moved.output
    assert "version broken version 1: " in moved.output
    assert "version refers version 3: " in moved.output
    assert "broken version 1: is missing" in moved.output
    assert "read back: 3 versions" in moved.output


@pytest.mark.parametrize(
    ("damage", "line", "reason"),
    [
        (lambda lines: lines[:-1], 13, "ends without a trailer"),
        (lambda lines: [*lines[:3], *lines[4:]], 12, "does not fit the 10 records"),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], 13, "does not fit"),
        (lambda lines: [*lines[:4], lines[4][:-9] + b"\n"], 5, "no line of an export"),
        (lambda lines: [*lines[:4], lines[4][:-9]], 5, "in the middle of a line"),
        (
            lambda lines: [*lines[:2], lines[2].replace(b"far", b"fur"), *lines[3:]],
            3,
            "damaged",
        ),
        (lambda _lines: [b"subject,version\n"], 1, "no export of Wirepact"),
        (lambda _lines: [], 1, "no export of Wirepact"),
        (lambda lines: [*lines, lines[1]], 14, "follows the trailer"),
        (lambda lines: lines[1:], 1, "no export of Wirepact"),
    ],
    ids=[
        "truncated",
        "missing",
        "swapped",
        "cut-line",
        "cut-end",
        "changed",
        "foreign",
        "empty",
        "more",
        "headless",
    ],
)
def test_given_a_file_that_is_not_whole_when_imported_then_line_and_reason_are_told(
    wirepact, tmp_path, damage, line, reason
):
    records = [{"kind": "context", "name": f".far{n}", "lastId": n} for n in range(11)]
    file = tmp_path / "all.jsonl"
    with file.open("wb") as stream:
        archive.write(stream, archive.Origin(is_wirepact=True), records)
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(damage(lines)))

    # No registry listens there: none is asked.
    moved = wirepact("import", "--url", "http://127.0.0.1:1", file)

    assert moved.exit_code == 2
    assert f"line {line}: " in moved.output
    assert reason in moved.output
    assert "Nothing was imported." in moved.output


def test_given_no_registry_when_exported_then_3_and_the_former_file_stays(
    wirepact, tmp_path
):
    file = tmp_path / "all.jsonl"
    file.write_text("former")

    out = wirepact("export", "--url", "http://127.0.0.1:1", file)

    assert out.exit_code == 3
    assert file.read_text() == "former"
    assert [*tmp_path.iterdir()] == [file]


def test_given_neither_file_nor_source_when_imported_then_it_asks_for_one(wirepact):
    moved = wirepact("import", "--url", "http://127.0.0.1:1")

    assert moved.exit_code == 2
    assert "give a FILE, or --from URL" in moved.output
