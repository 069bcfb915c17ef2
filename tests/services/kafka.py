"""A private Kafka broker: one node, own folder, own ports, stopped by process id.

Nothing of the machine is touched but a cache for the jars, which Maven fetches once. It
is a plain context manager, so that benchmarks and crash runs can use it as well.
"""

import base64
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.services.certificates import Files, certificates
from tests.services.ports import free_port
from tests.services.programs import ServiceMissingError

START_TIMEOUT_S: Final = 60
STOP_TIMEOUT_S: Final = 20
FETCH_TIMEOUT_S: Final = 900
_WITHOUT_MAVEN: Final = 3  # what fetch.sh says

USER: Final = "ann"
PASSWORD: Final = "her own"  # noqa: S105 - it protects nothing

JAVA_OPTIONS: Final = (
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xshare:auto",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)

SETTINGS: Final[Mapping[str, str]] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": (
        "PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT"
    ),
    # The transports make topics themselves; a typo must not.
    "auto.create.topics.enable": "false",
    "num.partitions": "1",
    "offsets.topic.num.partitions": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "500",
    # Open files are what a broker with many topics runs out of first.
    "log.index.size.max.bytes": "65536",
    "log.segment.bytes": "67108864",
    # One that was killed is let in again when its former session has run out.
    "broker.session.timeout.ms": "1000",
    "broker.heartbeat.interval.ms": "200",
    "controlled.shutdown.enable": "false",
    "num.network.threads": "2",
    "num.io.threads": "2",
    "background.threads": "2",
    "log.cleaner.threads": "1",
    "log.cleaner.dedupe.buffer.size": "4194304",
    "authorizer.class.name": (
        "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
    ),
    "allow.everyone.if.no.acl.found": "true",
    "super.users": "User:ANONYMOUS",
    "sasl.enabled.mechanisms": "PLAIN",
    "ssl.keystore.type": "PEM",
    "ssl.truststore.type": "PEM",
    "listener.name.sasl_ssl.ssl.client.auth": "requested",
    "listener.name.sasl_ssl.plain.sasl.jaas.config": (
        "org.apache.kafka.common.security.plain.PlainLoginModule required"
        f' user_{USER}="{PASSWORD}";'
    ),
}


class KafkaFailedError(Exception):
    """The broker did not start; the message ends with its log."""


class KafkaBroker:
    """A running broker.

    Attributes:
        port: For plain text, on loopback; the same after every `start`.
        secure_port: For TLS with a user's name and password.
        files: The certificates of the secure port.
        folder: Holds data and the log; removed in the end.

    """

    def __init__(self, jars: Path, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self.files: Files = certificates(folder)
        self._jars = jars
        self._settings = settings
        self._server: subprocess.Popen[bytes] | None = None
        self.choose_ports()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def secure_address(self) -> str:
        return f"127.0.0.1:{self.secure_port}"

    @property
    def pid(self) -> int:
        """Process id of the broker.

        Raises:
            RuntimeError: It is not running.

        """
        if self._server is None:
            raise RuntimeError("Kafka is not running")
        return self._server.pid

    def choose_ports(self) -> None:
        """Take free ports, for a broker that has not started yet."""
        self.port, self.secure_port, controller = (free_port() for _ in range(3))
        listeners = (
            f"PLAINTEXT://127.0.0.1:{self.port},SASL_SSL://127.0.0.1:{self.secure_port}"
        )
        settings = {
            **self._settings,
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": f"{listeners},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": listeners,
            "log.dirs": str(self.folder / "data"),
            "ssl.keystore.location": str(self.files.server),
            "ssl.truststore.location": str(self.files.ca),
        }
        text = "".join(f"{name}={value}\n" for name, value in settings.items())
        self._file.write_text(text)

    def format(self) -> None:
        """Prepare the folder for data, once.

        Raises:
            KafkaFailedError: The broker's own tool says no.

        """
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        tool = self._java(
            *("kafka.tools.StorageTool", "format"),
            # In one word: an id may begin as an option does.
            *(f"--cluster-id={cluster}", "--config", str(self._file)),
        )
        if tool.wait(START_TIMEOUT_S) != 0:
            raise KafkaFailedError(f"no storage was made\n{self._log_end()}")

    def start(self) -> None:
        """Start the broker and wait until it answers; data and ports stay the same.

        Raises:
            KafkaFailedError: It ended, or gave no answer in time.

        """
        if self._server is not None:
            raise RuntimeError("Kafka is running already")
        self._server = self._java("kafka.Kafka", str(self._file))
        try:
            self._wait_until_ready()
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Stop the broker in order; on the second call there is nothing to do."""
        if self._server is None:
            return
        self._server.terminate()
        try:
            self._server.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        self._server = None

    def kill(self) -> None:
        """Kill the broker at once, as the kernel would."""
        if self._server is None:
            return
        self._server.kill()
        self._server.wait()
        self._server = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let the broker keep its connections, and do nothing."""
        os.kill(self.pid, signal.SIGSTOP)
        # The signal is for one thread, which has the others stop once it runs.
        os.waitid(os.P_PID, self.pid, os.WSTOPPED)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    @property
    def _file(self) -> Path:
        return self.folder / "server.properties"

    def _java(self, *command: str) -> subprocess.Popen[bytes]:
        # Of the environment only the path: options for Java in it have no say.
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                ["java", *JAVA_OPTIONS, "-cp", f"{self._jars}/*", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
                start_new_session=True,  # Ctrl-C is for the tests, which then stop it
            )

    def _wait_until_ready(self) -> None:
        give_up = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < give_up:
            if self._server is None or self._server.poll() is not None:
                raise KafkaFailedError(f"Kafka ended\n{self._log_end()}")
            # It listens to clients when all else of it is ready.
            try:
                socket.create_connection(("127.0.0.1", self.port), 2).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise KafkaFailedError(f"Kafka gives no answer\n{self._log_end()}")

    def _log_end(self) -> str:
        return (self.folder / "log").read_text(errors="replace")[-4000:]


@contextmanager
def kafka(**settings: str) -> Iterator[KafkaBroker]:
    """Start a private broker, and remove it with its data in the end.

    Args:
        settings: Settings that differ from `SETTINGS`, with `_` for their dots.

    Raises:
        ServiceMissingError: Java or Maven is not installed.
        KafkaFailedError: The broker did not start, or its jars were not to be had.

    """
    jars = fetched_jars()
    more = {name.replace("_", "."): value for name, value in settings.items()}
    folder = Path(tempfile.mkdtemp(prefix="wirepact-kafka-"))
    try:
        broker = KafkaBroker(jars, folder, {**SETTINGS, **more})
        broker.format()
        _start_on_free_ports(broker)
        try:
            yield broker
        finally:
            # What it has is removed: an order in which to end is of no use.
            broker.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fetched_jars() -> Path:
    """Return the folder of the jars, which are fetched when they are not there.

    Raises:
        ServiceMissingError: Java or Maven is not installed.
        KafkaFailedError: Maven could not fetch them.

    """
    if shutil.which("java") is None:
        raise ServiceMissingError(
            "Java is not installed: `make services` installs it on Debian"
        )
    script = Path(__file__).parent / "kafka_jars" / "fetch.sh"
    fetching = subprocess.run(
        [script],
        capture_output=True,
        text=True,
        timeout=FETCH_TIMEOUT_S,
        check=False,
    )
    if fetching.returncode == _WITHOUT_MAVEN:
        raise ServiceMissingError(fetching.stderr.strip())
    if fetching.returncode != 0:
        raise KafkaFailedError(f"no jars of Kafka\n{fetching.stderr[-4000:]}")
    return Path(fetching.stdout.strip())


def _start_on_free_ports(broker: KafkaBroker) -> None:
    # Somebody else may take a port between the question and the start.
    for _ in range(4):
        try:
            return broker.start()
        except KafkaFailedError as error:
            if "Address already in use" not in str(error):
                raise
            broker.choose_ports()
    return broker.start()
