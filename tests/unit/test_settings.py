from pathlib import Path

import pytest

from registry.application.lockout import OF_ACCOUNT, OF_ADDRESS
from registry.domain.levels import Level
from registry.settings import DEFAULTS, Address, SettingsError, load

INJECTED = {
    "WIREPACT_PORT": "tcp://10.0.0.1:8081",
    "WIREPACT_PORT_8081_TCP_ADDR": "10.0.0.1",
    "WIREPACT_SERVICE_HOST": "10.0.0.1",
    "WIREPACT_SERVICE_PORT_HTTP": "8081",
    "WIREPACT_REGISTRY_SERVICE_PORT": "8081",
    "WIREPACT_REGISTRY_PORT_8081_TCP": "tcp://10.0.0.1:8081",
}


def test_given_nothing_when_loaded_then_the_defaults_hold():
    assert load({"PATH": "/bin"}) == DEFAULTS


def test_given_each_variable_when_loaded_then_it_is_read():
    settings = load(
        {
            "WIREPACT_LISTEN": "[::1]:9000",
            "WIREPACT_DATABASE_URL": "postgresql://u:p@h/d",
            "WIREPACT_ALLOW_ANYONE": "yes",
            "WIREPACT_TLS_CERTIFICATE": "/tls/server.pem",
            "WIREPACT_TLS_KEY": "/tls/key.pem",
            "WIREPACT_TLS_CLIENT_CA": "/tls/ca.pem",
            "WIREPACT_TLS_CLIENT_CERTIFICATES": "optional",
            "WIREPACT_TRUSTED_PROXIES": "10.0.0.7, fd00::/8",
            "WIREPACT_READS_PER_SECOND": "500",
            "WIREPACT_WRITES_PER_SECOND": "off",
            "WIREPACT_CHECKS_PER_SECOND": "10",
            "WIREPACT_CHECKS_AT_ONCE": "4",
            "WIREPACT_WORKERS": "3",
            "WIREPACT_DEFAULT_LEVEL": "full_transitive",
            "WIREPACT_CACHE_BYTES": "1 GiB",
            "WIREPACT_PARSE_CACHE_BYTES": "64kib",
            "WIREPACT_MAX_SCHEMA_BYTES": "1000",
            "WIREPACT_COMPILE_SECONDS": "7",
            "WIREPACT_COMPILE_QUEUE_SECONDS": "8",
            "WIREPACT_COMPILE_MEMORY_BYTES": "300 MiB",
            "WIREPACT_DRAIN_SECONDS": "0",
            "WIREPACT_LOG_LEVEL": "debug",
            "WIREPACT_LOG_FORMAT": "JSON",
        }
    )

    assert settings.listen == Address("::1", 9000)
    assert settings.database_url.reveal() == "postgresql://u:p@h/d"
    assert settings.allow_anyone
    assert (settings.tls_certificate, settings.tls_key, settings.tls_client_ca) == (
        Path("/tls/server.pem"),
        Path("/tls/key.pem"),
        Path("/tls/ca.pem"),
    )
    assert settings.tls_client_certificates == "optional"
    assert list(map(str, settings.trusted_proxies)) == ["10.0.0.7/32", "fd00::/8"]
    assert (settings.reads_per_second, settings.writes_per_second) == (500, 0)
    assert (settings.checks_per_second, settings.checks_at_once) == (10, 4)
    assert settings.default_level is Level.FULL_TRANSITIVE
    assert (settings.cache_bytes, settings.parse_cache_bytes) == (2**30, 2**16)
    assert (settings.workers, settings.max_schema_bytes) == (3, 1000)
    assert (settings.compile_seconds, settings.compile_queue_seconds) == (7, 8)
    assert settings.compile_memory_bytes == 300 * 2**20
    assert (settings.drain_seconds, settings.log_level) == (0, "DEBUG")
    assert settings.log_format == "json"


def test_given_limits_of_failed_logins_when_loaded_then_they_are_what_lockout_has():
    given = {
        "WIREPACT_FAILED_LOGINS_PER_ACCOUNT": "7",
        "WIREPACT_FAILED_LOGINS_PER_ADDRESS": "10000",
    }

    usual, settings = load({}), load(given)

    assert usual.failed_logins_per_account == OF_ACCOUNT.most
    assert usual.failed_logins_per_address == OF_ADDRESS.most
    assert settings.failed_logins_per_account == 7
    assert settings.failed_logins_per_address == 10_000
    for wrong in ("0", "10001", "off"):
        with pytest.raises(SettingsError, match="expected 1 to 10000"):
            load({"WIREPACT_FAILED_LOGINS_PER_ACCOUNT": wrong})


def test_given_too_little_memory_to_compile_when_loaded_then_the_least_is_told():
    assert load({"WIREPACT_COMPILE_MEMORY_BYTES": "64 MiB"}).compile_memory_bytes

    with pytest.raises(SettingsError, match="at least 64 MiB"):
        load({"WIREPACT_COMPILE_MEMORY_BYTES": "63 MiB"})


@pytest.mark.parametrize("name", INJECTED)
def test_given_what_kubernetes_injects_when_loaded_then_it_is_ignored(name):
    assert load({name: INJECTED[name]}) == DEFAULTS


@pytest.mark.parametrize("name", ["WIREPACT_URL", "WIREPACT_TOKEN"])
def test_given_a_variable_of_the_client_when_loaded_then_it_is_ignored(name):
    assert load({name: "something"}) == DEFAULTS


def test_given_an_unknown_variable_when_loaded_then_the_nearest_name_is_told():
    with pytest.raises(SettingsError, match="WIREPACT_DATABASE_URL") as caught:
        load({"WIREPACT_DATABSE_URL": "postgresql://u:secret@h/d"})

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("LISTEN", "8081"),
        ("LISTEN", "::1:8081"),
        ("LISTEN", "host:99999"),
        ("DATABASE_URL", "mysql://u:hunter2@h/d"),
        ("ALLOW_ANYONE", "perhaps"),
        ("TLS_CERTIFICATE", ""),
        ("TLS_CLIENT_CERTIFICATES", "never"),
        ("TRUSTED_PROXIES", "10.0.0.7/8"),
        ("TRUSTED_PROXIES", "proxy"),
        ("TRUSTED_PROXIES", "10.0.0.7,"),
        ("READS_PER_SECOND", "0"),
        ("CHECKS_AT_ONCE", "-1"),
        ("WORKERS", "0"),
        ("WORKERS", "many"),
        ("DEFAULT_LEVEL", "mostly"),
        ("MODE_MUTABILITY", "perhaps"),
        ("CACHE_BYTES", "-1"),
        ("CACHE_BYTES", "1 parsec"),
        ("DRAIN_SECONDS", "601"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_given_an_unusable_value_when_loaded_then_the_variable_is_named(name, text):
    with pytest.raises(SettingsError, match=f"WIREPACT_{name}: expected ") as caught:
        load({f"WIREPACT_{name}": text})

    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(("text", "value"), [("False", False), ("true", True)])
def test_given_a_word_for_yes_or_no_when_loaded_then_any_letter_case_will_do(
    text, value
):
    assert load({"WIREPACT_MODE_MUTABILITY": text}).mode_mutability is value


def test_when_settings_are_printed_then_the_database_url_is_not():
    assert "secret" not in repr(
        load({"WIREPACT_DATABASE_URL": "postgresql://u:secret@h/d"})
    )


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:80", Address("127.0.0.1", 80)),
        (":80", Address("0.0.0.0", 80)),  # noqa: S104 - compared only
        ("[::]:0", Address("::", 0)),
    ],
)
def test_when_an_address_is_parsed_then_host_and_port_are_apart(text, address):
    assert Address.parse(text) == address


@pytest.mark.parametrize(
    ("text", "days"), [("30", 30), ("off", None), ("OFF", None), ("36500", 36_500)]
)
def test_when_a_trash_retention_is_given_then_it_is_in_days_or_off(text, days):
    found = load({"WIREPACT_TRASH_RETENTION_DAYS": text})

    assert found.trash_retention_days == days


@pytest.mark.parametrize("text", ["0", "-1", "never", "36501", "1.5"])
def test_given_a_trash_retention_of_another_form_when_loaded_then_refused(text):
    with pytest.raises(SettingsError, match="1 to 36500 days, or off"):
        load({"WIREPACT_TRASH_RETENTION_DAYS": text})


def test_given_a_file_of_a_secret_when_loaded_then_what_stands_in_it_counts(tmp_path):
    file = tmp_path / "url"
    file.write_text("  postgresql://u:p@h/d\n")

    for more in ({}, {"WIREPACT_DATABASE_URL": ""}):
        settings = load({"WIREPACT_DATABASE_URL_FILE": str(file), **more})

        assert settings.database_url.reveal() == "postgresql://u:p@h/d"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(None, "cannot be read: No such file", id="missing"),
        pytest.param(b"mysql://u:hunter2@h/d", "expected sqlite", id="no such driver"),
        pytest.param(b"", "expected sqlite", id="empty"),
        pytest.param(b"\xff\xfe", "is not UTF-8", id="bytes"),
        pytest.param(b"hunter2" * 100_000, "expected sqlite", id="huge"),
    ],
)
def test_given_a_bad_file_of_a_secret_when_loaded_then_it_is_named_not_quoted(
    tmp_path, content, why
):
    file = tmp_path / "url"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(SettingsError, match="WIREPACT_DATABASE_URL_FILE") as caught:
        load({"WIREPACT_DATABASE_URL_FILE": str(file)})

    assert why in str(caught.value)
    assert str(file) in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_given_a_secret_and_a_file_of_it_when_loaded_then_neither_is_preferred(
    tmp_path,
):
    file = tmp_path / "url"
    file.write_text("sqlite:///a.db")

    with pytest.raises(SettingsError, match="set one of them"):
        load(
            {
                "WIREPACT_DATABASE_URL_FILE": str(file),
                "WIREPACT_DATABASE_URL": "sqlite:///b.db",
            }
        )


def test_given_a_relative_path_when_loaded_then_it_is_held_to_where_it_was_said():
    settings = load({"WIREPACT_TLS_CERTIFICATE": "server.pem"})

    assert settings.tls_certificate == Path.cwd() / "server.pem"


def test_given_the_variables_of_authentication_when_loaded_then_they_are_read():
    settings = load(
        {
            "WIREPACT_AUTHENTICATION": "on",
            "WIREPACT_ANONYMOUS_READ": "on",
            "WIREPACT_OIDC_ISSUER": "https://id.example/realm",
            "WIREPACT_OIDC_AUDIENCE": "wirepact",
            "WIREPACT_OIDC_KEYS_URL": "https://id.example/keys",
            "WIREPACT_OIDC_CA_FILE": "/tls/ca.pem",
            "WIREPACT_OIDC_NAME_CLAIM": "email",
            "WIREPACT_OIDC_GROUPS_CLAIM": "roles",
            "WIREPACT_CLIENT_CERTIFICATE_HEADER": "X-Client-Subject",
            "WIREPACT_TRUSTED_PROXIES": "10.0.0.7",
        }
    )

    assert settings.authentication
    assert settings.anonymous_read
    assert settings.oidc_issuer == "https://id.example/realm"
    assert settings.oidc_audience == "wirepact"
    assert settings.oidc_keys_url == "https://id.example/keys"
    assert settings.oidc_ca_file == Path("/tls/ca.pem")
    assert (settings.oidc_name_claim, settings.oidc_groups_claim) == ("email", "roles")
    assert settings.client_certificate_header == "x-client-subject"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("WIREPACT_AUTHENTICATION", "maybe"),
        ("WIREPACT_AUTHENTICATION", ""),
        ("WIREPACT_OIDC_ISSUER", "http://id.example"),
        ("WIREPACT_OIDC_ISSUER", "https://user:secret@id.example"),
        ("WIREPACT_OIDC_ISSUER", "https:///realm"),
        ("WIREPACT_OIDC_KEYS_URL", "file:///etc/passwd"),
        ("WIREPACT_OIDC_AUDIENCE", ""),
        ("WIREPACT_CLIENT_CERTIFICATE_HEADER", "Authorization"),
        ("WIREPACT_CLIENT_CERTIFICATE_HEADER", "no name"),
        ("WIREPACT_CLIENT_CERTIFICATE_HEADER", "x" * 65),
    ],
)
def test_given_what_authentication_cannot_use_when_loaded_then_the_variable_is_named(
    name, text
):
    with pytest.raises(SettingsError, match=f"^{name}: expected") as caught:
        load({name: text})

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "needed"),
    [
        ({"ANONYMOUS_READ": "on"}, "AUTHENTICATION=on"),
        (
            {"OIDC_ISSUER": "https://x", "OIDC_AUDIENCE": "w"},
            "AUTHENTICATION=on",
        ),
        ({"AUTHENTICATION": "on", "OIDC_ISSUER": "https://x"}, "OIDC_AUDIENCE"),
        ({"AUTHENTICATION": "on", "OIDC_AUDIENCE": "w"}, "OIDC_ISSUER"),
        ({"AUTHENTICATION": "on", "OIDC_KEYS_URL": "https://x"}, "OIDC_ISSUER"),
        ({"CLIENT_CERTIFICATE_HEADER": "x-subject"}, "AUTHENTICATION=on"),
        (
            {"AUTHENTICATION": "on", "CLIENT_CERTIFICATE_HEADER": "x-subject"},
            "TRUSTED_PROXIES",
        ),
    ],
)
def test_given_what_means_nothing_alone_when_loaded_then_it_says_what_it_needs(
    given, needed
):
    environ = {f"WIREPACT_{name}": text for name, text in given.items()}

    with pytest.raises(SettingsError, match=f"needs WIREPACT_{needed}"):
        load(environ)
