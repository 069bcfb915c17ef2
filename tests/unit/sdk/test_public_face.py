"""What the package shows, and what importing it costs."""

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import wirepact
from wirepact import (
    async_client,
    async_registry,
    async_serializer,
    client,
    registry,
    serializer,
)

HEAVY = ("asyncio", "click", "fastavro", "httpx", "json", "ssl")


def modules_after(script):
    code = f"import sys\n{script}\nprint(*sorted(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return {*run.stdout.split()}


def test_importing_the_package_imports_nothing_else_of_weight():
    added = modules_after("import wirepact") - modules_after("")

    assert not {*HEAVY} & added
    assert {name for name in added if name.startswith("wirepact")} == {"wirepact"}


def test_httpx_comes_with_the_first_client_and_not_before():
    with_clients = ("RegistryClient", "Registry")
    others = [name for name in wirepact.__all__ if not name.endswith(with_clients)]
    taken = "\n".join(f"wirepact.{name}" for name in others)

    assert "httpx" not in modules_after(
        f"import wirepact\nimport wirepact.wire\n{taken}"
    )
    assert "httpx" in modules_after("from wirepact import RegistryClient")


def test_no_registry_is_imported_with_any_module_of_the_package():
    assert "registry" not in modules_after(
        "from wirepact import *\nimport wirepact.testing, wirepact.cli.bundle"
    )


def test_other_peoples_libraries_come_with_their_drop_in_and_not_before():
    others = {"confluent_kafka", "faststream"}

    assert not others & modules_after("from wirepact import *\nimport wirepact.ext")
    assert others <= modules_after(
        "import wirepact.ext.confluent, wirepact.ext.faststream"
    )


@pytest.mark.parametrize(
    ("name", "library"),
    [("confluent", "confluent_kafka.serialization"), ("faststream", "faststream")],
)
def test_given_a_library_that_is_missing_when_its_drop_in_is_taken_then_it_is_named(
    monkeypatch, name, library
):
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, f"wirepact.ext.{name}", raising=False)

    with pytest.raises(wirepact.MissingExtraError, match=rf"wirepact\[{name}\]"):
        importlib.import_module(f"wirepact.ext.{name}")


def test_the_public_names_are_sorted_and_each_is_there():
    assert wirepact.__all__ == sorted(wirepact.__all__)
    for name in wirepact.__all__:
        assert getattr(wirepact, name).__name__ == name
    assert {*wirepact.__all__} <= {*dir(wirepact)}


def test_given_a_name_that_is_not_public_when_taken_then_it_is_an_error():
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        getattr(wirepact, "Nothing")  # noqa: B009 - mypy knows that it is not there


def test_type_checkers_are_told_the_same_names():
    stub = Path(wirepact.__file__).with_suffix(".pyi")
    tree = ast.parse(stub.read_text())
    told: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            told |= {alias.name: node.module for alias in node.names}

    assert {*told} == {*wirepact.__all__}
    for name, module in told.items():
        assert getattr(importlib.import_module(module), name) is getattr(wirepact, name)


def test_every_error_of_the_package_is_public():
    kinds = vars(importlib.import_module("wirepact.errors")).values()
    raised = {kind.__name__ for kind in kinds if inspect.isclass(kind)}

    assert {name for name in raised if name.endswith("Error")} <= {*wirepact.__all__}


ONE_NAME = {
    "AsyncRegistryClient": "RegistryClient",
    "AsyncSerializer": "Serializer",
    "AsyncDeserializer": "Deserializer",
    "AsyncDriver": "Driver",
    "AsyncBaseTransport": "BaseTransport",
    "AsyncSchemas": "Schemas",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
}


class Awaited(ast.NodeTransformer):
    """Turns the asynchronous client into the other one."""

    def visit_Await(self, node):
        return self.visit(node.value)

    def visit_AsyncFunctionDef(self, node):
        self.generic_visit(node)
        plain = {name: getattr(node, name) for name in node._fields}
        return self.visit_FunctionDef(ast.FunctionDef(**plain))

    def visit_FunctionDef(self, node):
        node.name = ONE_NAME.get(node.name, node.name)
        if node.name == "__init__":
            # How they wait is the one thing that they are told apart by.
            node.args.kwonlyargs, node.args.kw_defaults = [], []
        return self.generic_visit(node)

    def visit_Name(self, node):
        node.id = ONE_NAME.get(node.id, node.id)
        return node


def plain(module, name):
    tree = ast.parse(inspect.getsource(module))
    (found,) = [node for node in tree.body if getattr(node, "name", "") == name]
    found = Awaited().visit(found)
    # The twin refers to the other one's description.
    found.name, found.body = "Client", found.body[1:]
    return ast.dump(found)


def test_the_two_clients_differ_in_await_only():
    blocking = plain(client, "RegistryClient")

    assert plain(async_client, "AsyncRegistryClient") == blocking


@pytest.mark.parametrize("name", ["Serializer", "Deserializer", "Schemas"])
def test_the_serializers_of_both_colours_differ_in_await_only(name):
    blocking = plain(serializer, name)

    assert plain(async_serializer, f"Async{name}") == blocking


def test_the_two_registries_differ_in_await_only():
    blocking = plain(registry, "Registry")

    assert plain(async_registry, "AsyncRegistry") == blocking
