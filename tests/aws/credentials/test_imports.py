"""The imports of the first call with credentials, which run in a worker thread. The test runs a separate process."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

PROGRAM = """
import json, os, sys, threading
import anyio
from cognito_async import credentials, errors

before = sorted({"httpx", "botocore", "configparser", "xml.etree", "pydantic"} & set(sys.modules))
loop_thread, on_loop = threading.get_ident(), []

def audit(event, arguments):
    if event == "import" and threading.get_ident() == loop_thread:
        on_loop.append(arguments[0])

async def main():
    sys.addaudithook(audit)
    for source in (credentials.default_chain(), credentials.from_boto("o"),
                   credentials.from_web_identity(role_arn="a", token_file=os.devnull)):
        try:
            await source()
        except errors.CredentialsError:
            pass

anyio.run(main, backend=sys.argv[1])
ours = ("cognito_async", "httpx", "httpcore", "botocore", "configparser", "xml")
# httpcore chooses and imports its backend at the first connection.
on_loop = [name for name in on_loop if name.startswith(ours) and not name.startswith("httpcore._backends.")]
print(json.dumps([before, on_loop, "httpx" in sys.modules]))
"""


@pytest.mark.table
def test_first_call_imports_the_sources_in_a_thread(anyio_backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = "http://127.0.0.1:9"  # no server
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", endpoint)
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, anyio_backend], capture_output=True, text=True, check=True, timeout=60
    )
    found: Any = json.loads(run.stdout)
    assert found == [[], [], False]
