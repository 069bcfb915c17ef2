"""Contracts are rendered into files, or printed where they are one."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

ROOT = Path(__file__).parents[3]
HEAVY = ("httpx", "litestar", "sqlmodel", "sqlalchemy", "pydantic")

Wirepact = Callable[..., Result]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "contracts", tmp_path / "contracts")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("form", "file"),
    [
        ("odcs", "orders.payment.odcs.yaml"),
        ("asyncapi", "orders.asyncapi.yaml"),
        ("backstage", "catalog-info.yaml"),
        ("confluent", "orders.payment.confluent.json"),
        ("markdown", "README.md"),
    ],
)
def test_given_a_folder_then_the_files_are_in_it(
    form: str, file: str, here: Path, wirepact: Wirepact
):
    result = wirepact("render", form, "--output", "out/ä")

    assert result.exit_code == 0, result.output
    assert (here / "out/ä" / file).exists()


def test_when_rendered_again_then_files_that_are_right_keep_their_time(
    here: Path, wirepact: Wirepact
):
    wirepact("render", "markdown", "--output", "out")
    before = {file: file.stat().st_mtime_ns for file in (here / "out").iterdir()}

    wirepact("render", "markdown", "--output", "out")

    after = {file: file.stat().st_mtime_ns for file in (here / "out").iterdir()}
    assert after == before


def test_given_one_file_then_it_is_printed(here: Path, wirepact: Wirepact):
    result = wirepact("render", "odcs", "--contract", "orders.payment")

    assert result.exit_code == 0, result.output
    assert "id: orders.payment\n" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("odcs",), "6 files: give --output, or one --contract"),
        (("odcs", "--contract", "x"), "expected the contract x, found none"),
        (("odcs", "nowhere"), "expected a folder with contracts: nowhere"),
    ],
)
def test_given_a_wrong_use_then_it_is_told(
    arguments: tuple[str, ...], said: str, here: Path, wirepact: Wirepact
):
    result = wirepact("render", *arguments)

    assert (result.exit_code, result.stderr.strip()) == (2, said)


NO_TOPIC = """\
id: shop.money
version: 1.0.0
status: active
customProperties:
  - property: registry
    value: {subject: money, format: AVRO, schemaFile: schema.avsc}
"""


def test_given_a_contract_without_a_topic_when_rendered_as_asyncapi_then_it_is_told(
    here: Path, wirepact: Wirepact
):
    folder = here / "contracts/shop/money"
    folder.mkdir(parents=True)
    (folder / "contract.yaml").write_text(NO_TOPIC)
    (folder / "schema.avsc").write_text('"long"')

    some = wirepact("render", "asyncapi", "--output", "out")
    none = wirepact("render", "asyncapi", "--contract", "shop.money")
    other = wirepact("render", "markdown", "--output", "out")

    assert some.exit_code == 0
    assert "left out, without a topic (physicalName of schema): " in some.stderr
    assert "shop.money" in some.stderr
    assert none.exit_code == 1
    assert "nothing is left to render" in none.stderr
    assert other.stderr == ""


def test_given_a_contract_that_cannot_be_read_then_its_place_is_told(
    here: Path, wirepact: Wirepact
):
    (here / "contracts/orders/order-item/schema.avsc").write_text("{")

    result = wirepact("render", "markdown", "--output", "out")

    assert result.exit_code == 1
    assert "contracts/orders/order-item/schema.avsc:1:" in result.stderr
    assert not (here / "out").exists()


@pytest.mark.parametrize(
    "arguments",
    [("render", "backstage"), ("test",), ("init", "."), ("new", "a.b")],
    ids=lambda each: each[0],
)
def test_commands_that_need_no_network_load_nothing_of_it(
    arguments: tuple[str, ...], here: Path
):
    script = (
        "import sys\n"
        "from wirepact.cli.shell import main\n"
        f"sys.argv = ['wirepact', *{arguments!r}]\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        f"print([each for each in {HEAVY!r} if each in sys.modules], file=sys.stderr)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=here,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr.splitlines()[-1] == "[]"
