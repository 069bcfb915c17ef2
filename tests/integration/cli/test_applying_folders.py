"""plan, apply, push and pull of several folders at once, each with its own settings."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

from registry.testing import TestedRegistry
from tests.integration.gate.repositories import ARepository
from tests.unit.gate.builders import a_record
from wirepact import RegistryClient
from wirepact.schemas import Schema

Command = Callable[..., Result]
BOTH = ("shared", "shop")
NOTHING = "nothing to do: the registry is as it is here\n"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ARepository:
    """A folder of shared types, and one that uses them."""
    made = ARepository(tmp_path / "repo")
    made.git("remote", "add", "origin", "https://example.com/shop.git")
    monkeypatch.chdir(made.root)
    monkeypatch.delenv("WIREPACT_OWNER", raising=False)
    made.contract("item", "sku", folder="shared")
    order = a_record("Order", "id", item="shop.Item")
    made.contract("order", folder="shop", schema=order)
    return made


@pytest.fixture
def run(wirepact: Command, source: TestedRegistry) -> Command:
    def asked(name: str, *arguments: object) -> Result:
        url = source.url
        return wirepact(name, "--url", url, *arguments, catch_exceptions=False)

    return asked


@pytest.fixture
def client(source: TestedRegistry) -> Iterator[RegistryClient]:
    with RegistryClient([source.url]) as found:
        yield found


def settle(repo: ARepository, folder: str, text: str) -> None:
    (repo.root / folder / "registry.yaml").write_text(text)


def remove(repo: ARepository, folder: str, name: str) -> None:
    for each in (repo.root / folder / name).iterdir():
        each.unlink()


def test_given_two_folders_when_applied_then_all_is_there_and_each_owns_its_own(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    done = run("apply", *BOTH)

    assert done.exit_code == 0, done.output
    (used,) = client.get_latest("order-value").schema.references
    assert (used.subject, used.version) == ("item-value", 1)
    assert "item-value managed by: - -> example.com/shop#shared" in done.output
    assert "order-value managed by: - -> example.com/shop#shop" in done.output


def test_given_two_applied_folders_when_planned_in_any_way_then_nothing_is_left(
    repo: ARepository, run: Command
) -> None:
    run("apply", *BOTH)

    ways = [BOTH, BOTH[::-1], BOTH[:1], BOTH[1:]]
    assert [run("plan", *each).output for each in ways[:3]] == [NOTHING] * 3
    # Alone, its reference leads nowhere in the plan: that is said, as ever.
    assert (
        "which none of the contracts of this plan defines" in run("plan", "shop").output
    )


def test_given_a_break_in_one_folder_when_applied_then_nothing_of_the_other_is_either(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    run("apply", *BOTH)
    repo.contract("item", "sku", "size", folder="shared")
    repo.contract("parcel", "id", folder="shop")

    refused = run("apply", *BOTH)

    assert refused.exit_code == 1
    assert client.list_subjects() == ("item-value", "order-value")


def test_given_folders_with_owners_and_levels_when_applied_then_each_has_its_own(
    repo: ARepository, run: Command
) -> None:
    settle(repo, "shared", "managedBy: platform\n")

    done = run("apply", *BOTH, "--json")
    named = run("plan", *BOTH, "--owner", "me", "--take-over")

    assert '"after": "platform"' in done.output
    assert '"after": "example.com/shop#shop"' in done.output
    assert "item-value managed by: platform -> me" in named.output
    assert "order-value managed by: example.com/shop#shop -> me" in named.output


def test_given_contracts_gone_from_both_when_pruned_then_each_folder_has_to_allow_it(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    for folder in BOTH:
        repo.contract(f"kept-{folder}", "id", folder=folder)
    run("apply", *BOTH)
    remove(repo, "shared", "item")
    remove(repo, "shop", "order")

    settle(repo, "shared", "prune: true\n")
    refused = run("apply", *BOTH, "--prune")
    settle(repo, "shop", "prune: true\n")
    done = run("apply", *BOTH, "--prune")

    assert refused.exit_code == 2
    assert "say `prune: true` in shop/registry.yaml as well" in refused.output
    assert done.exit_code == 0, done.output
    assert client.list_subjects() == ("kept-shared-value", "kept-shop-value")


def test_given_a_folder_without_contracts_when_pruned_with_another_then_it_is_too(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    run("apply", *BOTH)
    remove(repo, "shop", "order")
    for folder in BOTH:
        settle(repo, folder, "prune: true\n")

    done = [run("apply", *BOTH, "--prune") for _ in range(2)]

    assert [each.exit_code for each in done] == [0, 0], done[0].output
    assert done[1].output == NOTHING
    assert client.list_subjects() == ("item-value",)


def test_given_a_contract_moved_to_the_other_folder_when_applied_then_that_owns_it(
    repo: ARepository, run: Command
) -> None:
    run("apply", *BOTH)
    shutil.move(repo.root / "shop" / "order", repo.root / "shared" / "order")

    planned = run("plan", *BOTH)
    apart = run("plan", "shared")

    moved = "order-value managed by: example.com/shop#shop -> example.com/shop#shared"
    assert moved in planned.output
    assert apart.exit_code == 5
    assert "managed by example.com/shop#shop" in apart.output


def test_given_a_folder_in_another_one_when_pruned_then_each_contract_has_one_owner(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    inner = ("shop", "shop/inner")
    repo.contract("leaf", "id", folder="shop/inner")
    repo.contract("top", "id", folder="shop")
    remove(repo, "shop", "order")
    run("apply", *inner)
    remove(repo, "shop", "top")
    for folder in inner:
        settle(repo, folder, "prune: true\n")

    done = run("apply", *inner, "--prune")

    assert done.exit_code == 0, done.output
    assert client.list_subjects() == ("leaf-value",)


def test_given_folders_of_two_repositories_when_planned_then_it_is_said_in_any_order(
    repo: ARepository, run: Command
) -> None:
    inner = ARepository(repo.root / "module")
    inner.contract("leaf", "id")
    both = ("shop", "module/contracts")

    refused = [run("plan", *each) for each in (both, both[::-1])]

    assert [each.exit_code for each in refused] == [2, 2]
    assert "module/contracts is outside" in refused[0].output
    assert "shop is outside" in refused[1].output


def test_given_two_folders_when_one_contract_is_pushed_then_it_is_found_in_either(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    pushed = [run("push", name, *BOTH) for name in ("item-value", "order-value")]

    assert [each.exit_code for each in pushed] == [0, 0], pushed[1].output
    assert client.list_subjects() == ("item-value", "order-value")
    assert run("plan", *BOTH).output == NOTHING


def test_given_two_folders_when_pulled_then_each_has_a_lock_and_the_first_what_is_new(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    run("apply", *BOTH)
    client.register("stranger", Schema(a_record("Stranger", "id")))

    pulled = run("pull", *BOTH[::-1], "--subject", "stranger")

    assert pulled.exit_code == 0, pulled.output
    assert sorted(pulled.output.split()) == [
        "shared/.lock.yaml",
        "shop/.lock.yaml",
        "shop/stranger/stranger/contract.yaml",
        "shop/stranger/stranger/schema.avsc",
    ]


def test_given_a_written_plan_of_two_folders_when_applied_then_it_is_done_alone(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    run("plan", *BOTH, "-o", "plan.json")

    with_another = run("apply", "shop", "plan.json")
    before = client.list_subjects()
    done = run("apply", "plan.json")

    assert with_another.exit_code == 2
    assert "expected a folder with contracts: plan.json" in with_another.output
    assert before == ()
    assert done.exit_code == 0, done.output
    assert client.list_subjects() == ("item-value", "order-value")


def test_given_one_subject_in_two_folders_when_applied_then_both_files_are_named(
    repo: ARepository, run: Command, client: RegistryClient
) -> None:
    repo.contract("item", "sku", folder="shop")

    refused = run("apply", *BOTH)

    assert refused.exit_code == 1
    assert "shared/item/contract.yaml" in refused.output
    assert "shop/item/contract.yaml" in refused.output
    assert client.list_subjects() == ()
