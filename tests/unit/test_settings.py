import pytest

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
    assert settings.database_url == "postgresql://u:p@h/d"
    assert settings.default_level is Level.FULL_TRANSITIVE
    assert (settings.cache_bytes, settings.parse_cache_bytes) == (2**30, 2**16)
    assert (settings.workers, settings.max_schema_bytes) == (3, 1000)
    assert (settings.compile_seconds, settings.compile_queue_seconds) == (7, 8)
    assert settings.compile_memory_bytes == 300 * 2**20
    assert (settings.drain_seconds, settings.log_level) == (0, "DEBUG")
    assert settings.log_format == "json"


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
