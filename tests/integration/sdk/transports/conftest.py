"""What tests of brokers share: certificates, and topics of their own."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.services.certificates import Files, certificates
from tests.services.programs import private_folder
from wirepact.auth import Tls


@pytest.fixture(scope="session")
def authority() -> Iterator[Files]:
    """Certificates that servers can read whose user is not ours."""
    with private_folder("authority", None) as folder:
        folder.chmod(0o755)
        yield certificates(folder)


@pytest.fixture
def tls(authority: Files) -> Tls:
    return Tls(ca_file=authority.ca)


@pytest.fixture
def topic() -> str:
    return f"t-{uuid4().hex}"
