"""The floors of the house: who may import whom and what, as one table, held by reading every file.

Imports under `TYPE_CHECKING` and inside functions count as any other.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import cognito_async

PACKAGE = Path(cognito_async.__file__).parent
LONGEST_FILE = 350


@dataclass(frozen=True)
class Layer:
    """A part of the package: it imports itself and what lies on lower floors, and of others' packages `uses`.

    `only`: the few modules of lower floors that it may import, where that is not all of them.
    """

    floor: int
    uses: frozenset[str] = field(default_factory=frozenset)
    only: tuple[str, ...] | None = None


def _layer(floor: int, *uses: str, only: tuple[str, ...] | None = None) -> Layer:
    return Layer(floor, frozenset(uses), only)


LAYERS: dict[str, Layer] = {
    "_ground": _layer(0, "anyio", "pydantic", "pydantic_core"),
    "_crypto": _layer(1, "cryptography", "gmpy2"),
    "_generated": _layer(1, "pydantic"),
    "_credentials": _layer(1),
    "_transport": _layer(2, "anyio", "httpcore", "httptools", "httpx", "tenacity"),
    "_tokens": _layer(2, "anyio", "coredis", "keyring", "pydantic"),
    "_operations": _layer(3),
    # Above the transport, whose certificates and endpoints they share; it is given them as a callable.
    "_credential_sources": _layer(3, "anyio", "botocore", "httpx"),
    "_flows": _layer(4, "anyio"),
    "_facade": _layer(5, "anyio", "pydantic", "pydantic_core"),
    # The annex shares so little with the client that both sides cannot be wrong together.
    "_local": _layer(
        5,
        "anyio",
        "cryptography",
        "httpx",
        only=("_ground", "_crypto.encoding", "_crypto.groups", "_crypto.power"),
    ),
    "challenges": _layer(6),
    "credentials": _layer(6),
    "errors": _layer(6),
    "keyring": _layer(6),
    "local": _layer(6, "httpx"),
    "lowlevel": _layer(6),
    "redis": _layer(6),
    "testing": _layer(6),
    "__init__": _layer(7),
    "_cli": _layer(8, "anyio", "rich", "segno", "trio", "typer", "uvicorn"),
    "__main__": _layer(9),
}

# Packages that only these files know (a folder's other files do without).
ONLY_IN = {
    "botocore": {"_credential_sources/boto.py"},
    "coredis": {"_tokens/redis_calls.py", "_tokens/redis_store.py"},
    "gmpy2": {"_crypto/power.py"},
    "httpcore": {"_transport/httpcore_connection.py"},
    "httptools": {"_transport/httptools_connection.py"},
    "httpx": {"_credential_sources/http.py", "_transport/over_httpx.py", "_local/httpx_adapter.py", "local.py"},
    "keyring": {"_tokens/keyring_key.py"},
    "tenacity": {"_transport/retry.py"},
    "trio": {"_cli/demo.py"},
}
# Names that are not written out are imported here only: what others would load while a loop waits, and the families.
IMPORTS_BY_NAME = {"_ground/doors.py", "_ground/lazy.py", "_transport/http.py"}
# Flows are generators that neither wait nor know who drives them; this is who does.
DRIVER = "_flows/driver.py"


def complaints(package: Path) -> Iterator[str]:
    """A sentence for everything in the package that breaks a rule."""
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).as_posix()
        text = path.read_text("utf-8")
        tree = ast.parse(text)
        unit = name.split("/")[0].removesuffix(".py")
        if unit not in LAYERS:
            yield f"{name}: is on no floor: give it a place in LAYERS"
            continue
        if unit != "_generated" and (lines := text.count("\n")) > LONGEST_FILE:
            yield f"{name}: has {lines} lines, more than {LONGEST_FILE}"
        for module in _imported(package, path, tree):
            yield from _judge(name, unit, module)
        if unit == "_flows" and name != DRIVER:
            yield from _waiting(name, tree)
        for imported in _by_name(tree):
            if imported is not None:
                yield from _judge(name, unit, _inside(imported.split("."), package))
            elif name not in IMPORTS_BY_NAME:
                yield f"{name}: imports by a name that nobody can check"


def _judge(name: str, unit: str, module: str) -> Iterator[str]:
    layer = LAYERS[unit]
    if module.startswith("."):
        target = module[1:]
        other = target.split(".")[0]
        if other == unit:
            return
        if other not in LAYERS or LAYERS[other].floor >= layer.floor:
            yield f"{name}: imports {target}, which is not below it"
        elif layer.only is not None and not any(f"{target}.".startswith(f"{allowed}.") for allowed in layer.only):
            yield f"{name}: imports {target}, which it must do without"
        return
    top = module.split(".", maxsplit=1)[0]
    if top in sys.stdlib_module_names:
        return
    if top not in layer.uses:
        yield f"{name}: imports {top}, which {unit} does without"
    elif name not in ONLY_IN.get(top, {name}) or (top == "anyio" and unit == "_flows" and name != DRIVER):
        yield f"{name}: imports {top}, which another file is for"


def _by_name(tree: ast.Module) -> Iterator[str | None]:
    """What is imported by a call: its name, or `None` where that is not written out."""
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else None
        if isinstance(node, ast.Call) and name in ("__import__", "import_module"):
            first = node.args[0] if node.args else None
            yield first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def _waiting(name: str, tree: ast.Module) -> Iterator[str]:
    kinds = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    if any(isinstance(node, kinds) for node in ast.walk(tree)):
        yield f"{name}: waits, but a flow only yields"


def _imported(package: Path, path: Path, tree: ast.Module) -> Iterator[str]:
    """The modules a file imports: those of the package with a dot before, as `._ground.model`."""
    here = path.relative_to(package).parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield _inside(alias.name.split("."), package)
        elif isinstance(node, ast.ImportFrom):
            base = (node.module or "").split(".") if node.module else []
            if node.level:
                base = [package.name, *here[: len(here) - node.level + 1], *base]
            for alias in node.names:
                yield _inside([*base, alias.name], package)


def _inside(parts: list[str], package: Path) -> str:
    if parts[0] != package.name:
        return ".".join(parts)
    inner = parts[1:]
    # `from .module import name` means the module, `from . import module` the module as well.
    while inner and not (package.joinpath(*inner).is_dir() or package.joinpath(*inner).with_suffix(".py").exists()):
        inner = inner[:-1]
    return "." + (".".join(inner) or "__init__")


def test_every_file_keeps_to_its_floor() -> None:
    assert not list(complaints(PACKAGE))


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        ("_ground/clock.py", "from .._flows import driver", "imports _flows.driver, which is not below it"),
        ("_ground/clock.py", "from cognito_async import errors", "imports errors, which is not below it"),
        (
            "_tokens/store.py",
            "from .._transport.http import HttpTransport",
            "imports _transport.http, which is not below",
        ),
        ("_facade/user.py", "from .. import UserPool", "imports __init__, which is not below it"),
        ("_facade/user.py", "def f():\n    from .._local.clock import LocalClock", "imports _local.clock"),
        ("_local/sign_in.py", "from .._crypto.srp import SrpClient", "imports _crypto.srp, which it must do without"),
        ("_local/sign_in.py", "from .._crypto import srp", "imports _crypto.srp, which it must do without"),
        ("_local/sign_in.py", "import boto3", "imports boto3, which _local does without"),
        ("_local/sign_in.py", "import httpx", "imports httpx, which another file is for"),
        (
            "_transport/retry.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from httpx import Response",
            "imports httpx, which another file is for",
        ),
        ("_transport/over_httpx.py", "import httpx2", "imports httpx2, which _transport does without"),
        ("_transport/http.py", "import httpx", "imports httpx, which another file is for"),
        ("_transport/http.py", "import tenacity", "imports tenacity, which another file is for"),
        ("_operations/invoke.py", "import anyio", "imports anyio, which _operations does without"),
        ("_flows/sign_in.py", "import anyio.lowlevel", "imports anyio, which another file is for"),
        ("_flows/sign_in.py", "async def flow(): ...", "waits, but a flow only yields"),
        ("_facade/auth.py", "import importlib\nimportlib.import_module(*names)", "by a name that nobody can check"),
        (
            "_facade/auth.py",
            "from importlib import import_module\nimport_module(*names)",
            "by a name that nobody can check",
        ),
        ("_facade/auth.py", "__import__('gmpy2')", "imports gmpy2, which _facade does without"),
        ("_facade/auth.py", "x = 1\n" * 351, "has 351 lines, more than 350"),
        ("_annexe/new.py", "", "is on no floor"),
    ],
)
def test_a_breach_is_noticed(tmp_path: Path, name: str, source: str, said: str) -> None:
    package = tmp_path / "cognito_async"
    for unit in ("_crypto", "_flows", "_ground", "_local", "_transport"):
        (package / unit).mkdir(parents=True)
    for module in ("errors", "_crypto/srp", "_flows/driver", "_local/clock", "_transport/http"):
        (package / f"{module}.py").touch()
    file = package / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(source)
    found = list(complaints(package))
    assert len(found) == 1, found
    assert found[0].startswith(f"{name}: ")
    assert said in found[0]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("_flows/driver.py", "import anyio\nfrom .._transport import http\n\n\nasync def drive() -> None: ..."),
        ("_transport/over_httpx.py", "import json\nimport httpx\nfrom .._ground import errors\nfrom . import retry"),
        ("_local/httpx_adapter.py", "import httpx\nfrom .._crypto.power import complete"),
        ("__init__.py", "from . import errors\nfrom ._facade.auth import Auth"),
        ("_generated/everything.py", "x = 1\n" * 1000),
    ],
)
def test_what_is_allowed_is_not_a_breach(tmp_path: Path, name: str, source: str) -> None:
    package = tmp_path / "cognito_async"
    for unit in ("_crypto", "_facade", "_flows", "_generated", "_ground", "_local", "_transport"):
        (package / unit).mkdir(parents=True)
    for module in ("errors", "_crypto/power", "_facade/auth"):
        (package / f"{module}.py").touch()
    (package / name).write_text(source)
    assert not list(complaints(package))
