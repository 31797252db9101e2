"""The servers that the workloads call: each in a process of its own, started when first wanted, ended at the end."""

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
CODE = "123456"  # of the local pool because we say so, of ministack always
_SECONDS_TO_START = 60
_SECONDS_TO_END = 10


def interpreter() -> str:
    """The one with the peers where it has been made, else this one."""
    made = ROOT / "benchmarks" / ".venv" / "bin" / "python"
    return str(made) if made.exists() else sys.executable


class Missing(Exception):
    """A peer that is not installed."""


class Servers:
    """Starts what is asked for, once, and ends all of it."""

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._running = contextlib.ExitStack()
        self._options: dict[str, dict[str, str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def options(self, name: str) -> dict[str, str]:
        """What a workload must know of a server: `endpoint`, `pid`, and of a user pool `pool_id` and `client_id`."""
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
            said = _first_line(process)
            made = {"endpoint": said["endpoint"], "pool_id": said["user_pool_id"], "client_id": said["client_id"]}
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
    """CPU seconds so far of a server and of the processes that it started. Linux tells, in hundredths."""
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
    """What a process gets to know: nothing of AWS, proxies or Cognito of whoever runs this."""
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
    said: dict[str, str] = json.loads(line)
    return said


def _wait(process: subprocess.Popen[str], ready: Any) -> dict[str, str]:
    ends = time.monotonic() + _SECONDS_TO_START
    while process.poll() is None and time.monotonic() < ends:
        with contextlib.suppress(OSError):
            made: dict[str, str] = ready()
            return made
        time.sleep(0.1)  # another process: there is nothing to wait for
    raise RuntimeError(f"the server did not start, exit status {process.poll()}")


def _sign_up(made: Mapping[str, str]) -> None:
    """The one user who signs in all the time."""
    who = {"ClientId": made["client_id"], "Username": USERNAME}
    email = [{"Name": "email", "Value": "alice@example.com"}]
    _post(made["endpoint"], "SignUp", {**who, "Password": PASSWORD, "UserAttributes": email})
    _post(made["endpoint"], "ConfirmSignUp", {**who, "ConfirmationCode": CODE})


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
            # ministack reads the service's name in it and does not check more.
            "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cognito-idp/aws4_request, "
            "SignedHeaders=host, Signature=0",
        },
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as reply:
        return json.loads(reply.read() or b"{}")
