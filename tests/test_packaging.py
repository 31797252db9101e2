"""The package itself: its dependencies, its version, and the contents of its wheel."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import cognito_async

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]
# The extras of which the lowest versions are tested.
TESTED = ("cli", "fastapi", "keyring", "local", "senders", "starlette")


def _name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9-]", requirement, maxsplit=1)[0]


def test_package_has_five_runtime_dependencies() -> None:
    assert [_name(line) for line in PROJECT["dependencies"]] == [
        "anyio",
        "cryptography",
        "httpx",
        "pydantic",
        "tenacity",
    ]


def test_lowest_allowed_versions_are_tested() -> None:
    extras = PROJECT["optional-dependencies"]
    allowed = {
        _name(line): found[1]
        for line in sum((extras[name] for name in TESTED), PROJECT["dependencies"])
        if (found := re.search(r">=([\d.]+)", line))
    }
    lines = (ROOT / ".ci" / "lowest.txt").read_text("utf-8").splitlines()
    tested = dict(line.split("==") for line in lines if "==" in line)
    assert allowed == {name: tested.get(name) for name in allowed}


def test_botocore_of_the_tests_is_the_pinned_version() -> None:
    pinned = json.loads((ROOT / "tools" / "codegen" / "PINNED.json").read_text("utf-8"))
    assert f"botocore=={pinned['botocore']}" in PROJECT["optional-dependencies"]["test"]


def test_changelog_begins_with_this_version() -> None:
    headings = re.findall(r"^## \[?([^\]\s]+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    versions = [heading for heading in headings if heading != "Unreleased"]
    assert versions[0] == cognito_async.__version__


def test_readme_has_both_marked_commands() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for marker in ("demo", "tests"):
        block = re.search(rf"^<!-- ci: {marker} -->\n+```\w*\n(.+)\n```$", readme, re.MULTILINE)
        assert block, f"README.md has no one-line block under <!-- ci: {marker} -->"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("dist")
    script = f"import hatchling.build as b; print(b.build_wheel({str(folder)!r}))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
    return zipfile.ZipFile(folder / done.stdout.split()[-1])


def test_wheel_has_type_marker_and_license(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    assert "cognito_async/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_wheel_has_the_pytest_plugin_and_its_entry_point(wheel: zipfile.ZipFile) -> None:
    (entry_points,) = (name for name in wheel.namelist() if name.endswith("/entry_points.txt"))
    assert "pytest_cognito_async.py" in wheel.namelist()
    assert "[pytest11]\npytest_cognito_async = pytest_cognito_async" in wheel.read(entry_points).decode()


def test_wheel_contains_only_the_package(wheel: zipfile.ZipFile) -> None:
    folders = {name.split("/")[0] for name in wheel.namelist()}
    assert folders == {
        "cognito_async",
        "pytest_cognito_async.py",
        f"cognito_async-{cognito_async.__version__}.dist-info",
    }
    source = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "cognito_async").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert source == {name for name in wheel.namelist() if name.startswith("cognito_async/")}


def test_wheel_without_extras_needs_five_packages(wheel: zipfile.ZipFile) -> None:
    metadata = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    lines = re.findall(r"^Requires-Dist: (.+)$", wheel.read(metadata).decode(), re.MULTILINE)
    assert sorted(_name(line) for line in lines if "extra ==" not in line) == [
        "anyio",
        "cryptography",
        "httpx",
        "pydantic",
        "tenacity",
    ]
