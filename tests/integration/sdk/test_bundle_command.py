"""`wirepact bundle`: what it writes, what it says, and how it ends."""

import json

import pytest
from click.testing import CliRunner

from tests.services.ports import free_port
from tests.services.stub import Said, stub
from tests.suites.registry_client import FIRST, ITEM, SECOND, SUBJECT
from wirepact import Bundle, Reference, RegistryClient, RetryPolicy, Schema
from wirepact.cli.bundle import Exit, bundle


@pytest.fixture
def client(wirepact_registry):
    with RegistryClient(wirepact_registry.url) as client:
        yield client


class Command:
    """The command, with a registry and a file of the test's own."""

    def __init__(self, url, file):
        self.url = url
        self.file = file

    def __call__(self, *arguments, url=None):
        options = ["--url", url or self.url, "-o", str(self.file), *arguments]
        return CliRunner().invoke(bundle, options)


@pytest.fixture
def run(wirepact_registry, tmp_path):
    return Command(wirepact_registry.url, tmp_path / "schemas.bundle")


def test_given_a_subject_when_bundled_then_all_its_versions_and_references_are_there(
    client, run
):
    client.register("item", ITEM)
    client.register(SUBJECT, FIRST)
    second = Schema(SECOND.text, references=(Reference("OrderItem", "item", 1),))
    found = client.register(SUBJECT, second)

    assert run("--subject", SUBJECT).exit_code == Exit.CURRENT

    made = Bundle.read(run.file)
    places = [(each.subject, each.version) for each in made.versions]
    assert places == [("item", 1), (SUBJECT, 1), (SUBJECT, 2)]
    assert made.find_latest(SUBJECT) == found


def test_given_a_bundle_when_the_registry_is_gone_then_a_client_starts_with_it(
    client, run
):
    found = client.register(SUBJECT, FIRST)
    run("--subject", SUBJECT)
    quick = RetryPolicy(first_pause_s=0.001)

    with RegistryClient(
        f"http://127.0.0.1:{free_port()}", bundle=run.file, retries=quick
    ) as started:
        assert started.get_latest(SUBJECT) == found
        assert started.lookup(SUBJECT, FIRST) == found
        assert started.get_schema_by_guid(found.schema.guid) == found.schema


def test_given_the_latest_only_when_bundled_then_earlier_versions_are_left_out(
    client, run
):
    client.register(SUBJECT, FIRST)
    client.register(SUBJECT, SECOND)

    run("--subject", SUBJECT, "--latest-only")

    assert [each.version for each in Bundle.read(run.file).versions] == [2]


def test_given_an_unchanged_registry_when_bundled_again_then_the_bytes_are_the_same(
    client, run
):
    client.register(SUBJECT, FIRST)
    client.register("item", ITEM)

    run("--subject", SUBJECT, "--subject", "item")
    first = run.file.read_bytes()
    run("--subject", "item", "--subject", SUBJECT)

    assert run.file.read_bytes() == first
    json.loads(first)


def test_given_a_new_version_when_checked_then_it_fails_and_writes_nothing(client, run):
    client.register(SUBJECT, FIRST)
    assert run("--subject", SUBJECT, "--check").exit_code == Exit.STALE
    assert not run.file.exists()
    run("--subject", SUBJECT)
    assert run("--subject", SUBJECT, "--check").exit_code == Exit.CURRENT
    before = run.file.read_bytes()

    client.register(SUBJECT, SECOND)
    result = run("--subject", SUBJECT, "--check")

    assert result.exit_code == Exit.STALE
    assert "stale" in result.stderr
    assert run.file.read_bytes() == before


def test_given_no_registry_when_bundled_then_ci_can_tell_it_from_a_stale_bundle(run):
    result = run("--subject", SUBJECT, url=f"http://127.0.0.1:{free_port()}")

    assert result.exit_code == Exit.UNAVAILABLE
    assert "unavailable" in result.stderr


def test_given_an_unknown_subject_or_no_url_when_bundled_then_it_is_a_usage_error(run):
    assert run("--subject", "nobody").exit_code == Exit.USAGE
    assert run("--subject", SUBJECT, url="nowhere").exit_code == Exit.USAGE


def test_given_a_file_when_written_anew_then_others_can_read_it(client, run):
    client.register(SUBJECT, FIRST)

    run("--subject", SUBJECT)

    assert run.file.stat().st_mode & 0o777 == 0o644
    assert [each.name for each in run.file.parent.iterdir() if "~" in each.name] == []


@pytest.mark.parametrize("status", [401, 403])
def test_given_a_registry_that_lets_nobody_in_when_asked_then_that_is_no_verdict(
    run, status
):
    said = Said(status, {"error_code": status, "message": "no"})
    with stub(lambda _: said) as other:
        result = run("--subject", SUBJECT, url=other.url)

    assert result.exit_code == Exit.UNAVAILABLE
    assert result.stderr.startswith("not allowed: ")
