"""`scripts/follow-model`: it reports what a botocore brings, and generates from it unless that would break programs."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import changes
import follow
import generate
import pytest
from families import FAMILIES
from source import read

ROOT = Path(__file__).parents[2]
PINNED = read().botocore


def _bring(models: dict[str, Any]) -> None:
    shapes = models["cognito-idp"]["shapes"]
    shapes["GetGroupRequest"]["members"]["BrandNew"] = {"shape": "StringType"}
    shapes["BrandNewException"] = {"type": "structure", "members": {}, "exception": True}
    models["cognito-idp"]["operations"]["CountUsers"] = {
        "name": "CountUsers",
        "input": {"shape": "GetGroupRequest"},
        "errors": [],
    }


def _break(models: dict[str, Any]) -> None:
    del models["cognito-idp"]["operations"]["GetGroup"]


# The newest comes last.
EDITS: dict[str, Callable[[dict[str, Any]], None]] = {
    PINNED: lambda models: None,
    "99.0.0": lambda models: None,
    "99.1.0": _bring,
    "99.2.0": _break,
}


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wheels of several versions of botocore that contain the services' models only."""
    spec = find_spec("botocore")
    assert spec is not None and spec.origin is not None
    data = Path(spec.origin).parent / "data"
    paths = {service: sorted((data / service).glob("*/service-2.json.gz"))[-1] for service in FAMILIES}
    folder = tmp_path_factory.mktemp("wheels")
    for version, edit in EDITS.items():
        raw = {service: gzip.decompress(path.read_bytes()) for service, path in paths.items()}
        models = {service: json.loads(text) for service, text in raw.items()}
        edit(models)
        with zipfile.ZipFile(folder / f"botocore-{version}-py3-none-any.whl", "w") as wheel:
            wheel.writestr("botocore/__init__.py", "")
            for service, path in paths.items():
                same = models[service] == json.loads(raw[service])
                text = raw[service] if same else json.dumps(models[service]).encode()
                wheel.writestr(f"botocore/data/{path.relative_to(data)}", gzip.compress(text, 1))
            about = f"botocore-{version}.dist-info"
            wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: botocore\nVersion: {version}\n")
            wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{about}/RECORD", "")
    return folder


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files of this checkout that the script reads and writes."""
    for name in ("tools/codegen", "cognito_async/_aws/_generated"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("scripts/follow-model", "docs/reference/operations.md", "pyproject.toml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def _follow(checkout: Path, wheels: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    quiet = {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PYTHON": sys.executable,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [str(checkout / "scripts" / "follow-model"), *arguments]
    return subprocess.run(
        command, env={**os.environ, **quiet}, capture_output=True, text=True, check=False, timeout=120
    )


def _files(checkout: Path) -> dict[str, bytes]:
    return {str(path.relative_to(checkout)): path.read_bytes() for path in checkout.rglob("*") if path.is_file()}


def test_what_came_is_reported_generated_and_pinned(checkout: Path, wheels: Path) -> None:
    run = _follow(checkout, wheels, "--botocore", "99.1.0")
    assert run.returncode == 0, run.stderr
    for line in (
        f"# The models of botocore {PINNED} and 99.1.0",
        "- came: operation CountUsers",
        "- came: member GetGroupRequest.BrandNew",
        "- families.py: CountUsers",
        "- error_texts.py: BrandNewException",
        "- meanings: GetGroupRequest.BrandNew",
    ):
        assert line in run.stdout.splitlines()
    groups = (checkout / "cognito_async/_aws/_generated/groups.py").read_text("utf-8")
    assert "brand_new: str | None" in groups and "in botocore 99.1.0" in groups
    assert json.loads((checkout / "tools/codegen/PINNED.json").read_text("utf-8"))["botocore"] == "99.1.0"
    project = (checkout / "pyproject.toml").read_text("utf-8")
    assert '"botocore==99.1.0"' in project and '"boto3==99.1.0"' in project and PINNED not in project


def test_newest_version_that_breaks_programs_fails_and_changes_nothing(checkout: Path, wheels: Path) -> None:
    before = _files(checkout)
    run = _follow(checkout, wheels)
    assert run.returncode == 1
    assert "- BREAKS: went: operation GetGroup" in run.stdout and "99.2.0" in run.stdout
    assert _files(checkout) == before


def test_newer_version_with_the_same_models_changes_nothing(checkout: Path, wheels: Path) -> None:
    before = _files(checkout)
    run = _follow(checkout, wheels, "--botocore", "99.0.0")
    assert (run.returncode, run.stdout.splitlines()[-1]) == (0, "They are the same.")
    assert _files(checkout) == before


def test_report_names_what_breaks_first() -> None:
    found = [changes.Change("came", "a"), changes.Change("changed", "b"), changes.Change("changed", "c", breaks=True)]
    assert list(follow.report(found)) == ["- BREAKS: changed: c", "- changed: b", "- came: a"]
    assert list(follow.report([])) == ["- only the documentation changed"]


def test_nothing_is_left_to_do_by_hand() -> None:
    assert [line for service in FAMILIES for line in follow.to_do(read(service))] == []
    assert json.loads(generate.PINNED.read_text("utf-8"))["botocore"] == PINNED
