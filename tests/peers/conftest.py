"""Fixtures for the peers. Each server starts once, when the first test uses it."""

from __future__ import annotations

import contextlib
import gc
import json
import sys
import uuid
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cognito_async.local import LocalUserPool
from tests.declared import check_parsed_reply

from .redis_server import RedisServer
from .running import HERE, WRITTEN, AppClient, free_port, listens, module, node, running, server_command

CODE = "123456"
KEYS = LocalUserPool().credentials


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """If a test fails, add the output of its servers to the report."""
    report = yield
    if report.failed:
        for name in getattr(item, "fixturenames", ()):
            if name in WRITTEN:
                report.sections.append((f"output of {name}", WRITTEN[name]()))
    return report


@pytest.fixture
def name() -> str:
    """Return a user name that no other test uses."""
    return f"user-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def boto3() -> ModuleType:
    return module("boto3")


@pytest.fixture(scope="session")
def connect(boto3: ModuleType) -> Iterator[Callable[..., Any]]:
    """Yield a function that creates boto3 clients. The clients are closed after the tests."""
    made = []
    # One attempt, because a retry could hide a wrong reply.
    config = module("botocore.config").Config(retries={"total_max_attempts": 1}, proxies={})

    def connect(endpoint: str, region: str = "us-east-1", key_id: str = "test", secret_key: str = "test") -> Any:
        client = boto3.client(
            "cognito-idp",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=key_id,
            aws_secret_access_key=secret_key,
            config=config,
        )
        made.append(client)
        return client

    yield connect
    for client in made:
        client.close()


@pytest.fixture
def administrator(connect: Callable[..., Any]) -> Callable[[AppClient], Any]:
    """Return a function that creates boto3 clients with AWS keys for our served pools.

    The clients check that each reply fits the service's model.
    """

    def administrator(client: AppClient) -> Any:
        made = connect(client.endpoint, client.region, KEYS.access_key_id, KEYS.secret_access_key)
        made.meta.events.register("before-parse.cognito-identity-provider", check_parsed_reply)
        return made

    return administrator


@pytest.fixture
def pycognito_user() -> Iterator[Callable[[AppClient, str], Any]]:
    """Yield a function that creates a pycognito object for a user of one of our served pools.

    A second object for the same user is like a second program of this user.
    """
    made = []

    def make(client: AppClient, name: str) -> Any:
        user = module("pycognito").Cognito(
            client.user_pool_id,
            client.client_id,
            client_secret=client.client_secret,
            username=name,
            access_key=KEYS.access_key_id,
            secret_key=KEYS.secret_access_key,
            botocore_config=module("botocore.config").Config(retries={"total_max_attempts": 1}, proxies={}),
            boto3_client_kwargs={"endpoint_url": client.endpoint},
        )
        made.append(user)
        return user

    yield make
    for user in made:
        user.client.close()


@pytest.fixture
def refused() -> type[Exception]:
    """Return the class of the error that boto3, and therefore pycognito, raises for a refused call."""
    error: type[Exception] = module("botocore.exceptions").ClientError
    return error


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, directory = free_port(), tmp_path_factory.mktemp("ministack")
    settings = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "AUTH": "true",
        "LOG_LEVEL": "WARNING",
        "STATE_DIR": str(directory / "state"),
        # These services would listen on further ports.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }
    with running("ministack", [server_command("ministack")], settings, directory, lambda _: listens(port)):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, directory = free_port(), tmp_path_factory.mktemp("moto")
    command = [server_command("moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with running("moto", command, {}, directory, lambda _: listens(port)):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def cognito_local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, directory = free_port(), tmp_path_factory.mktemp("cognito-local")
    command = node(HERE / "node_modules/cognito-local/lib/bin/start.js", package="cognito-local")
    settings = {"HOST": "127.0.0.1", "PORT": str(port), "CODE": CODE}
    with running("cognito_local", command, settings, directory, lambda _: listens(port)):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppClient]:
    """Our local pool, served by the command line."""
    with _local_pool("served", tmp_path_factory.mktemp("served")) as client:
        yield client


@pytest.fixture(scope="session")
def served_with_secret(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppClient]:
    """A pool in another region whose app client has a secret."""
    directory, secret = tmp_path_factory.mktemp("secret"), "peers0client0secret0123456789"
    with _local_pool("served_with_secret", directory, secret, "--user-pool-id", "eu-central-1_Secret") as client:
        yield client


@pytest.fixture(scope="session")
def served_with_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppClient]:
    """A pool with second factors, one-time passwords and triggers."""
    options = "--settings", str(HERE / "pool.toml")
    with _local_pool("served_with_all", tmp_path_factory.mktemp("all"), "", *options) as client:
        yield client


@pytest.fixture(scope="session")
def served_with_all_and_secret(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppClient]:
    """A pool like `served_with_all` whose app client has a secret."""
    directory, secret = tmp_path_factory.mktemp("all-secret"), "peers0client0secret0123456789"
    options = "--settings", str(HERE / "pool.toml")
    with _local_pool("served_with_all_and_secret", directory, secret, *options) as client:
        yield client


@pytest.fixture(scope="session")
def served_with_devices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppClient]:
    """A pool like `served_with_all` that also remembers devices, which then replace the second factor."""
    options = "--settings", str(HERE / "pool.toml"), "--device-tracking", "ALWAYS"
    with _local_pool("served_with_devices", tmp_path_factory.mktemp("devices"), "", *options) as client:
        yield client


@pytest.fixture(scope="session")
def served_with_devices_on_request(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppClient]:
    """A pool that remembers a device only if the client requests it."""
    options = "--mfa", "OPTIONAL", "--device-tracking", "OPT_IN"
    with _local_pool("served_with_devices_on_request", tmp_path_factory.mktemp("opt-in"), "", *options) as client:
        yield client


@pytest.fixture(scope="session")
def served_with_mfa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppClient]:
    """A pool that requires a second factor from every user. An email address is one, a phone number is not."""
    options = "--settings", str(HERE / "required_mfa.toml")
    with _local_pool("served_with_mfa", tmp_path_factory.mktemp("mfa"), "", *options) as client:
        yield client


@pytest.fixture(scope="session")
def served_with_senders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[AppClient, Path]]:
    """A pool whose messages a function keeps, and its directory with the file of their events."""
    directory, options = tmp_path_factory.mktemp("senders"), ("--settings", str(HERE / "senders" / "pool.toml"))
    with _local_pool("served_with_senders", directory, "", *options) as client:
        yield client, directory


@pytest.fixture
def served_to_moto(tmp_path: Path) -> Iterator[AppClient]:
    """A pool for moto's own tests, which delete it."""
    with _local_pool("served_to_moto", tmp_path) as client:
        yield client


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[AppClient]:
    """A pool with refresh token rotation and a movable clock. Each test has a separate one."""
    with _moving_pool("moving", tmp_path, "rotation.toml") as client:
        yield client


@pytest.fixture
def moving_with_devices(tmp_path: Path) -> Iterator[AppClient]:
    """A pool like `moving` that also remembers devices."""
    with _moving_pool("moving_with_devices", tmp_path, "rotation_devices.toml") as client:
        yield client


@contextlib.contextmanager
def _moving_pool(name: str, directory: Path, settings: str) -> Iterator[AppClient]:
    module("uvicorn")
    command = [sys.executable, str(HERE / "moving_pool.py"), str(HERE / settings)]
    with running(name, command, {}, directory, _first_line) as line:
        told = json.loads(line)
        yield AppClient(told["endpoint"], told["user_pool_id"], told["client_id"])


@contextlib.contextmanager
def _local_pool(name: str, directory: Path, client_secret: str = "", *options: str) -> Iterator[AppClient]:
    module("uvicorn")
    command = [sys.executable, "-m", "cognito_async", "local", "--port", "0", "--code", CODE, *options]
    with running(name, command, {"COGNITO_CLIENT_SECRET": client_secret}, directory, _first_line) as line:
        told = json.loads(line)
        yield AppClient(told["endpoint"], told["user_pool_id"], told["client_id"], client_secret or None)


def _first_line(stdout: str) -> str | None:
    line, end, _ = stdout.partition("\n")
    return line if end else None


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis that tests share and must not stop."""
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def private_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis for one test, which may stop it."""
    with RedisServer(tmp_path) as server:
        yield server


@pytest.fixture
def prefix() -> str:
    """A prefix for the keys of one test."""
    return f"{uuid.uuid4().hex}:"


@pytest.fixture
def collect_garbage() -> Iterator[None]:
    """Collect garbage after the test, while its filters for resource warnings still apply."""
    yield
    gc.collect()
