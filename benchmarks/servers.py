"""The servers that the workloads call. Each runs in a separate process, from its first use to the end of the run."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from .worker import PASSWORD, USERNAME

ROOT = Path(__file__).parents[1]
CODE = "123456"  # the confirmation code: the local pool is given it, and ministack always uses it
_SECONDS_TO_START = 60
_SECONDS_TO_END = 10


def interpreter() -> str:
    """Return the Python of `benchmarks/.venv`, where the peers are installed, or else the current Python."""
    made = ROOT / "benchmarks" / ".venv" / "bin" / "python"
    return str(made) if made.exists() else sys.executable


class Missing(Exception):
    """A peer is not installed."""


class Servers:
    """Starts each server once, on first use, and stops all of them on exit."""

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._running = contextlib.ExitStack()
        self._options: dict[str, dict[str, str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def options(self, name: str) -> dict[str, str]:
        """Start the server unless it runs. Return its `endpoint` and `pid`; of a user pool, also the ids.

        The ids are `pool_id` and `client_id`.
        """
        with self._starting:
            if name not in self._options:
                self._options[name] = self._running.enter_context(getattr(self, f"_{name}")())
            return self._options[name]

    @contextlib.contextmanager
    def _canned(self) -> Iterator[dict[str, str]]:
        with _process([interpreter(), "-m", "benchmarks.canned"]) as process:
            yield {**_first_line(process), "pid": str(process.pid)}

    @contextlib.contextmanager
    def _local(self) -> Iterator[dict[str, str]]:
        with _process([interpreter(), "-m", "cognito_async", "local", "--code", CODE]) as process:
            line = _first_line(process)
            made = {"endpoint": line["endpoint"], "pool_id": line["user_pool_id"], "client_id": line["client_id"]}
            _sign_up(made)
            yield {**made, "pid": str(process.pid)}

    @contextlib.contextmanager
    def _ministack(self) -> Iterator[dict[str, str]]:
        program = ROOT / "tests" / "peers" / ".venv" / "bin" / "ministack"
        if not program.exists():
            raise Missing("ministack")
        with tempfile.TemporaryDirectory() as directory, socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
            free.close()
            settings = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": port, "AUTH": "true", "LOG_LEVEL": "WARNING"}
            settings |= {"STATE_DIR": directory, "HOME": directory, "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0"}
            with _process([str(program)], settings) as process:
                endpoint = f"http://127.0.0.1:{port}"
                made = {"endpoint": endpoint, **_wait(process, lambda: _make_pool(endpoint))}
                _sign_up(made)
                yield {**made, "pid": str(process.pid)}


def cpu_of_session(leader: int) -> float:
    """Return the CPU seconds of a server and of the processes that it started, in steps of 0.01. Linux only.

    Args:
        leader: the process id of the server.
    """
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text("ascii", "replace").rpartition(")")[2].split()
            if int(fields[3]) == leader:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def _process(command: list[str], settings: Mapping[str, str] = {}) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**clean_environment(), **settings},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            for number in (signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
                    os.killpg(process.pid, number)
                    process.wait(_SECONDS_TO_END)
                    break


def clean_environment() -> dict[str, str]:
    """Return the environment for a child process, without the variables for AWS, Cognito, Python and proxies."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "COGNITO_", "PYTHON")) and not name.lower().endswith("_proxy")
    } | {"PYTHONUNBUFFERED": "1"}


def _first_line(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("the server did not start")
    settings: dict[str, str] = json.loads(line)
    return settings


def _wait(process: subprocess.Popen[str], ready: Any) -> dict[str, str]:
    ends = time.monotonic() + _SECONDS_TO_START
    while process.poll() is None and time.monotonic() < ends:
        with contextlib.suppress(OSError):
            made: dict[str, str] = ready()
            return made
        time.sleep(0.1)  # poll, because the server does not report when it is ready
    raise RuntimeError(f"the server did not start, exit status {process.poll()}")


def _sign_up(made: Mapping[str, str]) -> None:
    """Create the user that all workloads sign in."""
    user = {"ClientId": made["client_id"], "Username": USERNAME}
    email = [{"Name": "email", "Value": "alice@example.com"}]
    _post(made["endpoint"], "SignUp", {**user, "Password": PASSWORD, "UserAttributes": email})
    _post(made["endpoint"], "ConfirmSignUp", {**user, "ConfirmationCode": CODE})


def _make_pool(endpoint: str) -> dict[str, str]:
    pool = _post(endpoint, "CreateUserPool", {"PoolName": "benchmarks", "AutoVerifiedAttributes": ["email"]})
    pool_id = pool["UserPool"]["Id"]
    flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    made = _post(
        endpoint,
        "CreateUserPoolClient",
        {"UserPoolId": pool_id, "ClientName": "benchmarks", "ExplicitAuthFlows": flows},
    )
    return {"pool_id": pool_id, "client_id": made["UserPoolClient"]["ClientId"]}


def _post(endpoint: str, operation: str, body: Mapping[str, Any]) -> Any:
    request = urllib.request.Request(
        endpoint,
        json.dumps(body).encode(),
        {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
            # ministack reads only the service's name in this header, and does not check the signature.
            "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cognito-idp/aws4_request, "
            "SignedHeaders=host, Signature=0",
        },
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as reply:
        return json.loads(reply.read() or b"{}")
