"""moto's own tests of Cognito, fetched as its source distribution and run against a served local pool."""

from __future__ import annotations

import subprocess
import tarfile
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

from ..running import environment, missing, server_command

_HERE = Path(__file__).parent
_MODULES = ("test_cognitoidp", "test_cognitoidp_exceptions", "test_cognitoidp_replay", "test_cognitoidp_utils")
_SECONDS_TO_FETCH = 300
_SECONDS_TO_RUN = 900


def fetch(directory: Path) -> Path:
    """Download the source of the installed moto, because its wheel has no tests, and return its folder."""
    python = server_command("python")
    asked = [python, "-c", "import moto, pytest, pyotp, pycognito; print(moto.__version__)"]
    installed = subprocess.run(asked, capture_output=True, text=True, timeout=_SECONDS_TO_FETCH, check=False)
    if installed.returncode:
        missing("moto, or what its tests need")
    version = installed.stdout.strip()
    command = [python, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", "moto", f"moto=={version}"]
    subprocess.run([*command, "-d", str(directory)], capture_output=True, timeout=_SECONDS_TO_FETCH, check=True)
    with tarfile.open(directory / f"moto-{version}.tar.gz") as source:
        source.extractall(directory, filter="data")
    return directory / f"moto-{version}"


def run(source: Path, endpoint: str, region: str, key_id: str, secret_key: str) -> dict[str, str]:
    """Run the tests, and return for each its failure, or an empty string if it has passed."""
    report = source / "report.xml"
    settings = environment(
        AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=endpoint,
        AWS_DEFAULT_REGION=region,
        AWS_ACCESS_KEY_ID=key_id,
        AWS_SECRET_ACCESS_KEY=secret_key,
        PYTHONPATH=f"{_HERE}:{source}",
        NO_COLOR="1",
    )
    options = ["-q", "-p", "plugin", "-p", "no:cacheprovider", "-W", "ignore", f"--junitxml={report}"]
    files = [f"tests/test_cognitoidp/{name}.py" for name in _MODULES]
    command = [server_command("python"), "-m", "pytest", *options, *files]
    subprocess.run(command, cwd=source, env=settings, capture_output=True, timeout=_SECONDS_TO_RUN, check=False)
    return {str(each.get("name")): _failure(each) for each in ET.parse(report).iter("testcase")}


def expected() -> Mapping[str, str]:
    """Return the tests that must fail, each with the reason."""
    groups = tomllib.loads((_HERE / "expected.toml").read_text("utf-8"))["group"]
    return {name: f"{group['kind']}: {group['reason']}" for group in groups for name in group["tests"]}


def _failure(case: ET.Element) -> str:
    for kind in ("failure", "error", "skipped"):
        found = case.find(kind)
        if found is not None:
            return f"{kind}: {found.get('message')}"
    return ""
