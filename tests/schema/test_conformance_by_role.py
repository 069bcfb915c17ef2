"""Generated requests against a registry that asks who its clients are, by each role."""

import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from registry import bootstrap
from registry.application import access, accounts, tokens
from registry.application.stored import Origin
from registry.domain.access import EVERYTHING, Grant, Grantee, GranteeKind, Role
from registry.domain.accounts import Account
from registry.domain.secrets import Secret
from registry.settings import Settings
from tests.schema.seeding import seed
from tests.schema.test_conformance import COMMAND, HERE, LOOKED_AT, MOST_S, ROOT
from tests.services.server import Server, serve, upgrade

pytestmark = pytest.mark.e2e

EXAMPLES = 4
"""Few: what the document says is tried without authentication, here who may ask."""

MORE = {"anonymous": ("--generation-with-security-parameters", "false")}
"""Options of a role. Who says nothing of who they are makes up no passwords either, as
each would be hashed; they are tried elsewhere."""

BY_TEST = Origin("a test", "r-1")
ASKING = {
    "WIREPACT_AUTHENTICATION": "on",
    # Made-up passwords are part of what is tried.
    "WIREPACT_FAILED_LOGINS_PER_ACCOUNT": "10000",
    "WIREPACT_FAILED_LOGINS_PER_ADDRESS": "10000",
    "WIREPACT_READS_PER_SECOND": "off",
    "WIREPACT_WRITES_PER_SECOND": "off",
    "WIREPACT_CHECKS_PER_SECOND": "off",
    "WIREPACT_CHECKS_AT_ONCE": "off",
}


@pytest.fixture
def url(tmp_path: Path) -> str:
    found = f"sqlite:///{tmp_path}/registry.db"
    upgrade(found)
    return found


@pytest.fixture
def authorizations(url: str) -> dict[str, str]:
    """A credential for each role that is tried; they may do it everywhere."""
    found = {}
    with bootstrap.opened(Settings(database_url=Secret(url))) as ports:
        for role in (Role.READER, Role.ADMIN):
            accounts.add(ports, Account(role, ports.clock()), BY_TEST)
            given = Grant(Grantee(GranteeKind.USER, role), role, EVERYTHING)
            access.grant(ports, [given], BY_TEST)
            wanted = tokens.Grantee(role)
            made, _ = tokens.create(ports, wanted, secrets.token_bytes, BY_TEST)
            found[role.value] = f"Bearer {made.written}"
    return found


@pytest.fixture
def registry(url: str, authorizations: dict[str, str]) -> Iterator[Server]:
    with serve(url, **ASKING) as server:
        yield server


@pytest.mark.parametrize("role", ["anonymous", "reader", "admin"])
def test_given_a_role_when_generated_requests_are_sent_then_the_document_is_kept_to(
    registry: Server, authorizations: dict[str, str], role: str, tmp_path: Path
):
    seed(registry.url, authorizations["admin"])
    by_admin = {"authorization": authorizations["admin"]}
    told = httpx.get(f"{registry.url}/openapi", headers=by_admin).json()
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(told))
    report = tmp_path / "report.json"
    own = authorizations.get(role)
    credential = () if own is None else ("--header", f"Authorization: {own}")

    run = subprocess.run(
        [
            *(COMMAND, "--no-color"),
            *("--config-file", HERE / "schemathesis-guarded.toml"),
            *("run", document, "--url", registry.url, *credential),
            *("--max-examples", str(EXAMPLES), *MORE.get(role, ())),
            *("--report-json-path", report),
        ],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,  # it leaves a folder there
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "tests.schema.hooks",
        },
        timeout=MOST_S,
    )

    assert run.returncode == 0, run.stdout[-6000:]
    operations = json.loads(report.read_text())["operations"]
    assert operations["tested"] == operations["total"]
    # Of the three, one may delete.
    assert (tmp_path / LOOKED_AT).exists() == (role == "admin")
    assert sorted(told["components"]["securitySchemes"]) == ["basic", "bearer"]
    assert "Traceback" not in registry.log
