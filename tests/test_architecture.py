"""The package follows the rules of its architecture, and the checks report a breach of each rule."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

import cognito_async

from .architecture_checks import LONGEST_FILE, MOST_FILES, breaches

PACKAGE = Path(cognito_async.__file__).parent
TESTS = Path(__file__).parent
MOST_TEST_FILES = 40


def test_package_has_no_breach() -> None:
    assert not list(breaches(PACKAGE))


def our_tests() -> list[Path]:
    """Return the Python files of `tests`, without the packages that the tests in `tests/peers` install."""
    return [path for path in TESTS.rglob("*.py") if not {".venv", "node_modules"} & set(path.relative_to(TESTS).parts)]


def test_test_files_stay_short() -> None:
    lengths = {path: path.read_text("utf-8").count("\n") for path in our_tests()}
    assert lengths and not {path for path, length in lengths.items() if length > LONGEST_FILE}


def test_test_folders_stay_small() -> None:
    sizes = Counter(path.parent for path in our_tests())
    assert sizes and not [folder for folder, size in sizes.items() if size > MOST_TEST_FILES]


def test_private_attributes_belong_to_their_class() -> None:
    """The linter's rule SLF001 is on for the whole package, without exceptions."""
    with (TESTS.parent / "pyproject.toml").open("rb") as file:
        lint = tomllib.load(file)["tool"]["ruff"]["lint"]
    assert "SLF" in lint["select"] and not any(code.startswith("SLF") for code in lint["ignore"])
    ignored = lint["per-file-ignores"]
    assert not [
        pattern for pattern, codes in ignored.items() if pattern.startswith("cognito_async") and "SLF001" in codes
    ]
    assert not [path for path in PACKAGE.rglob("*.py") if re.search(r"noqa:[^#]*SLF", path.read_text("utf-8"))]


def test_package_works_with_empty_private_init_files(tmp_path: Path) -> None:
    """The private `__init__.py` files load names lazily, for a fast start. The package must also work without that."""
    copy = shutil.copytree(PACKAGE, tmp_path / PACKAGE.name)
    for path in copy.rglob("__init__.py"):
        if path.parent != copy:
            path.write_text("")
    code = """
import anyio, cognito_async
from cognito_async import lowlevel
from cognito_async.local import LocalUserPool

async def main():
    local = LocalUserPool()
    auth = local.auth()
    await auth.sign_up("alice", "Passw0rd!", attributes={"email": "alice@example.com"})
    await auth.confirm_sign_up("alice", local.outbox[-1].code)
    result = await auth.sign_in("alice", "Passw0rd!")
    assert result.signed_in and (await auth.current_user()) is result.user
    assert (await auth.pool.admin.user("alice")).status == "CONFIRMED"
    print(cognito_async.__file__, (await auth.sign_out()).remote)

anyio.run(main)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
    )
    assert done.stdout.decode().split() == [str(copy / "__init__.py"), "done"], done.stderr.decode()


# The layers of a small package of empty files. Each test below writes one of these files, and checks it.
SMALL = {
    "": ["_core", "_crypto", "_http", "_aws", "_flows", "_facade", "_local", "errors", "__init__"],
    "_core": ["errors clock", "hooks"],
    "_http": ["pool stream", "connections"],
    "_facade": ["results", "user", "pool"],
    "_facade/user": ["signed_in", "profile"],
    "_flows": ["protocol", "sign_in"],
    "_aws": ["_generated", "rpc", "retry"],
}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    package = tmp_path / "cognito_async"
    for folder, layers in SMALL.items():
        for name in " ".join(layers).split():
            path = package / folder / name
            if f"{folder}/{name}".strip("/") in SMALL or name in ("_crypto", "_local", "_generated"):
                path.mkdir(parents=True, exist_ok=True)
                (path / "__init__.py").touch()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.with_suffix(".py").touch()
    (package / "_crypto" / "srp.py").touch()
    (package / "_crypto" / "power.py").touch()
    return package


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("_core/clock.py", "from .._flows import sign_in", "imports _flows.sign_in, which is not below it"),
        ("_core/clock.py", "from cognito_async import errors", "imports errors, which is not below it"),
        ("_core/clock.py", "from . import errors", "imports _core.errors, which is not below it"),
        ("_core/clock.py", "from .hooks import Hooks", "imports _core.hooks, which is not below it"),
        ("_core/new.py", "from . import errors", "new is missing in LAYERS for _core"),
        ("_http/pool.py", "from .stream import open", "imports _http.stream, which is not below it"),
        ("_http/pool.py", "def f():\n    from .connections import x", "imports _http.connections, which is not below"),
        ("_http/pool.py", "x = lambda: __import__('cognito_async._aws.rpc')", "imports _aws.rpc, which is not below"),
        ("_facade/user/profile.py", "from ..pool import Pool", "imports _facade.pool, which is not below it"),
        ("_facade/user/signed_in.py", "from .profile import P", "imports _facade.user.profile, which is not below it"),
        ("_facade/pool.py", "from .user import CognitoUser", "imports from _facade.user.__init__, not from the file"),
        ("_facade/pool.py", "from .. import UserPool", "imports __init__, which is not below it"),
        ("_facade/pool.py", "def f():\n    from .._local.clock import C", "imports from _local.__init__"),
        ("_local/sign_in.py", "from .._crypto.srp import SrpClient", "imports _crypto.srp, which the local pool must"),
        ("_local/sign_in.py", "import boto3", "imports boto3, which _local must not import"),
        ("_aws/rpc.py", "import httpx", "imports httpx, which _aws must not import"),
        ("_aws/rpc.py", "import tenacity", "imports tenacity, which only _aws/retry.py may import"),
        (
            "_aws/rpc.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from httpx import Response",
            "imports httpx, which _aws must not import",
        ),
        ("_flows/sign_in.py", "import anyio.lowlevel", "imports anyio, which _flows must not import"),
        ("_flows/sign_in.py", "async def flow(): ...", "is async, but a flow must only yield"),
        ("_facade/pool.py", "import importlib\nimportlib.import_module(*names)", "by a computed name"),
        (
            "_facade/pool.py",
            "from importlib import import_module\nimport_module(*n)",
            "by a computed name",
        ),
        ("_facade/pool.py", "x = 1\n" * 351, "has 351 lines, more than 350"),
        ("_annexe/new.py", "", "has no layer"),
        ("_crypto/srp.py", "from . import power", "is in a folder that is missing in LAYERS: _crypto"),
    ],
)
def test_breach_is_reported(small: Path, name: str, source: str, expected: str) -> None:
    file = small / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(source)
    found = list(breaches(small, SMALL))
    assert len(found) == 1, found
    assert found[0].startswith(f"{name}: ")
    assert expected in found[0]


def test_folder_with_too_many_files_is_reported(small: Path) -> None:
    for number in range(MOST_FILES + 1):
        (small / "_local" / f"file{number}.py").touch()
    assert list(breaches(small, SMALL)) == [f"_local: has {MOST_FILES + 1} files, more than {MOST_FILES}"]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("_http/connections.py", "import importlib\nfrom .._core import clock\nimportlib.import_module(name)"),
        ("_http/pool.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .._aws.rpc import Reply"),
        ("_http/connections.py", "import json\nimport httpx\nfrom .pool import Pool\nfrom . import stream"),
        ("_facade/__init__.py", "from . import results"),
        ("_facade/user/profile.py", "from ..results import R\nfrom . import signed_in"),
        ("_local/sign_in.py", "from .._crypto.power import complete\nfrom .._core.clock import Clock"),
        ("__init__.py", "from . import errors\nfrom ._facade.pool import UserPool"),
        ("_aws/_generated/everything.py", "x = 1\n" * 1000),
    ],
)
def test_allowed_imports_are_not_reported(small: Path, name: str, source: str) -> None:
    (small / name).write_text(source)
    assert not list(breaches(small, SMALL))
