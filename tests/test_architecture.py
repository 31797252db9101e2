"""The layers of the package, and the order of the files and folders inside each folder, as one table.

The tests read every file, and check these rules:
1. `LAYERS` orders the files and folders of each folder. An import goes down in this order, never up or sideways.
   Therefore the package has no import cycle.
2. An import inside a function counts like any other. `FOR_START_UP` lists the exceptions, with reasons.
   An import under `TYPE_CHECKING` is exempt from the order, but not from the rules for other packages.
3. A name is imported from the file that defines it, never from the `__init__.py` of a private folder.
4. A folder has at most 20 files, and a file at most 350 lines. Generated code is exempt.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import cognito_async

PACKAGE = Path(cognito_async.__file__).parent
TESTS = Path(__file__).parent
LONGEST_FILE = 350
MOST_FILES = 20
MOST_TEST_FILES = 40
GENERATED = "_aws/_generated"

# The files and folders of each folder, from the bottom to the top. Those in one string must not import each other.
LAYERS: dict[str, list[str]] = {
    "": [
        "_core",
        "_crypto",
        "_http",
        "_aws",
        "_tokens",
        "_stores",
        "_flows",
        "_client",
        "_session",
        "_facade",
        "_local",
        "challenges credentials errors testing",
        "__init__",
        "local lowlevel",
        "integrations",
        "_cli",
        "__main__",
    ],
    "_core": [
        "clock errors listeners operation per_loop public_modules secret semaphore shield value_class values",
        "arithmetic checks hooks model options redact single_flight",
        "lazy",
    ],
    "_crypto": [
        "encoding groups sealing secret_hash sigv4 totp",
        "power",
        "device srp",
    ],
    "_http": [
        "attempt_hooks certificates http_client origin",
        "message options",
        "backend failures",
        "stream",
        "httpcore_connection httptools_connection",
        "pool",
        "httpx_backend pooled_transport",
        "opening",
        "connections",
    ],
    "_aws": [
        "_generated",
        "categories codes endpoint identity pages quota rpc service_time token_bucket",
        "effects faults rate_limits transport",
        "invoke retry signing",
        "pipeline",
        "credentials",
    ],
    "_aws/credentials": [
        "files issuer source",
        "boto cached environment instance",
        "web_identity",
        "container profile",
        "chain",
    ],
    "_tokens": [
        "bearer freshness",
        "claims",
        "tokens",
        "states",
        "device",
    ],
    "_stores": [
        "file_lock key_source redis_calls store",
        "contract file_format redis_store store_file",
        "file_store lock_contract",
    ],
    "_flows": [
        "context",
        "protocol",
        "devices mfa profile recovery requests sign_out sign_up",
        "respond",
        "password_proof",
        "device_srp",
        "challenges",
        "answers refresh sign_in",
    ],
    "_client": [
        "call_options config driver",
        "service_client",
        "pool_client",
    ],
    "_session": [
        "outcomes rotated_tokens signed_in_users store_view",
        "device_registry refreshes",
        "user_session",
        "pool_sessions",
        "registry",
        "refresh",
        "sign_out valid_tokens",
    ],
    "_facade": [
        "results events",
        "user",
        "users",
        "calls",
        "current_user known_users sign_in",
        "accounts",
        "api",
        "services admin",
        "pool",
    ],
    "_facade/user": [
        "signed_in totp",
        "devices mfa profile",
        "user",
    ],
    "_facade/sign_in": [
        "challenge starting",
        "mfa_setup password_challenges",
        "kinds",
        "results",
        "context",
        "running",
        "calls step_up",
    ],
    "_facade/admin": [
        "bulk filter results",
        "calls",
        "access groups",
        "admin",
    ],
    "_local": [
        "clock wire",
        "state",
        "tokens",
        "accounts",
        "sign_in",
        "admin",
        "operations",
        "rpc",
        "router",
        "service",
        "asgi httpx_adapter",
    ],
    "_local/wire": [
        "refusals",
        "replies requests timestamps",
        "sigv4 validation",
        "shape_parts",
        "signed_shapes",
        "shapes",
    ],
    "_local/state": [
        "expiring opaque_tokens signing_keys trigger_events triggers",
        "limits settings",
        "entities settings_file",
        "attributes pools",
        "callers checks",
        "pending_sign_ins",
        "service_state",
        "pages sign_in_sessions trigger_calls",
    ],
    "_local/tokens": [
        "documents grants group_claims identities",
        "access_tokens rotation",
        "issuing",
        "refresh",
        "revocation",
    ],
    "_local/accounts": [
        "contacts factors messages passwords srp_server totp",
        "codes mfa_settings password_verifiers",
        "confirmation migration new_users profile",
        "recovery sign_up",
    ],
    "_local/sign_in": [
        "completion devices mfa_challenges password_challenge srp_proof",
        "custom_auth device_proof",
        "next_step",
        "choice new_password second_factors",
        "challenges initiate",
    ],
    "_local/admin": [
        "known_users providers sign_in",
        "create_user devices list_users users",
        "groups",
    ],
    "integrations": ["keyring redis"],
    "_cli": [
        "failure options",
        "demo serve terminal",
        "session",
        "accounts challenges factors profile recovery",
        "sign_in",
        "commands",
        "program",
    ],
}

# The other packages that a folder or file may import.
USES: dict[str, set[str]] = {
    "_core": {"anyio", "pydantic", "pydantic_core"},
    "_crypto": {"cryptography", "gmpy2"},
    "_http": {"anyio", "httpcore", "httptools", "httpx"},
    "_aws": {"anyio", "botocore", "pydantic", "tenacity"},
    "_tokens": {"pydantic"},
    "_stores": {"anyio", "coredis", "pydantic"},
    "_flows": set(),
    "_client": {"anyio"},
    "_session": {"anyio", "pydantic"},
    "_facade": {"anyio", "pydantic", "pydantic_core"},
    "_local": {"anyio", "cryptography", "httpx"},
    "local": {"httpx"},
    "integrations": {"keyring"},
    "_cli": {"anyio", "rich", "segno", "trio", "typer", "uvicorn"},
}
# Packages that only the listed files may import.
ONLY_IN: dict[str, set[str]] = {
    "botocore": {"_aws/credentials/boto.py"},
    "coredis": {"_stores/redis_calls.py", "_stores/redis_store.py"},
    "gmpy2": {"_crypto/power.py"},
    "httpcore": {"_http/httpcore_connection.py"},
    "httptools": {"_http/httptools_connection.py"},
    "keyring": {"integrations/keyring.py"},
    "tenacity": {"_aws/retry.py"},
    "trio": {"_cli/demo.py"},
}
# The only modules that the local pool shares with the client. A mistake in any other module cannot affect both.
LOCAL_SHARES = ("_core", "_crypto.encoding", "_crypto.groups", "_crypto.power")
# Imports that go up inside a function, with the reason.
FOR_START_UP: dict[tuple[str, str], str] = {}
# Files that import a module by a computed name: lazy modules, and modules whose import would block an event loop.
IMPORTS_BY_NAME = {"_core/public_modules.py", "_core/lazy.py", "_http/connections.py"}


@dataclass(frozen=True)
class Import:
    """One imported module: `._core.model` for a module of the package, otherwise its full name."""

    module: str
    type_only: bool = False
    in_function: bool = False


def breaches(package: Path, layers: dict[str, list[str]] | None = None) -> Iterator[str]:
    """Yield a sentence for each breach of a rule in the package."""
    order = {folder: _ranks(listed) for folder, listed in (LAYERS if layers is None else layers).items()}
    files = sorted(package.rglob("*.py"))
    for folder in sorted({path.parent for path in files}):
        name = folder.relative_to(package).as_posix().removeprefix(".")
        count = sum(path.parent == folder and path.name != "__init__.py" for path in files)
        if count > MOST_FILES and name != GENERATED:
            yield f"{name or 'the package'}: has {count} files, more than {MOST_FILES}"
    for path in files:
        name = path.relative_to(package).as_posix()
        text = path.read_text("utf-8")
        lines = text.count("\n")
        if lines > LONGEST_FILE and not name.startswith(f"{GENERATED}/"):
            yield f"{name}: has {lines} lines, more than {LONGEST_FILE}"
        yield from _check_file(package, name, ast.parse(text), order)


def _check_file(package: Path, name: str, tree: ast.Module, order: dict[str, dict[str, int]]) -> Iterator[str]:
    parts = _parts(name)
    if parts[0] not in order[""]:
        yield f"{name}: has no layer: add it to LAYERS"
        return
    for found in _imports(package, name, tree):
        if not found.module.startswith("."):
            yield from _check_other(name, found.module)
        elif not found.type_only:
            yield from _check_own(name, parts, found, order)
    if parts[0] == "_flows" and any(isinstance(node, _WAITING) for node in ast.walk(tree)):
        yield f"{name}: is async, but a flow must only yield"
    if name not in IMPORTS_BY_NAME and any(called is None for called in _by_name(tree)):
        yield f"{name}: imports a module by a computed name, which cannot be checked"


_WAITING = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)


def _check_own(name: str, parts: list[str], found: Import, order: dict[str, dict[str, int]]) -> Iterator[str]:
    target = found.module[1:]
    other = target.split(".")
    if found.in_function and (name, target) in FOR_START_UP:
        return
    if parts[0] == "_local" != other[0]:
        if not any(f"{target}.".startswith(f"{shared}.") for shared in LOCAL_SHARES):
            yield f"{name}: imports {target}, which the local pool must not share with the client"
    elif other[-1] == "__init__" and len(other) > 1:
        yield f"{name}: imports from {target}, not from the file that defines the name"
    elif parts != other and not (parts[-1] == "__init__" and len(parts) > 1):
        yield from _check_order(name, parts, other, order)


def _check_order(name: str, parts: list[str], other: list[str], order: dict[str, dict[str, int]]) -> Iterator[str]:
    depth = next(at for at, (mine, its) in enumerate(zip(parts, other, strict=False)) if mine != its)
    folder = "/".join(parts[:depth])
    ranks = order.get(folder)
    if folder == GENERATED:
        return
    if ranks is None:
        yield f"{name}: is in a folder that is missing in LAYERS: {folder}"
    elif missing := [each for each in (parts[depth], other[depth]) if each not in ranks]:
        yield f"{name}: {missing[0]} is missing in LAYERS for {folder or 'the package'}"
    elif ranks[other[depth]] >= ranks[parts[depth]]:
        yield f"{name}: imports {'.'.join(other)}, which is not below it"


def _check_other(name: str, module: str) -> Iterator[str]:
    top, unit = module.split(".", maxsplit=1)[0], _parts(name)[0]
    if top in sys.stdlib_module_names:
        return
    if top not in USES.get(unit, set()):
        yield f"{name}: imports {top}, which {unit} must not import"
    elif name not in ONLY_IN.get(top, {name}):
        yield f"{name}: imports {top}, which only another file may import"


def _parts(name: str) -> list[str]:
    return name.removesuffix(".py").split("/")


def _ranks(listed: list[str]) -> dict[str, int]:
    return {each: rank for rank, peers in enumerate(listed) for each in peers.split()}


def _imports(package: Path, name: str, tree: ast.Module) -> Iterator[Import]:
    here = [package.name, *name.split("/")[:-1]]

    def walk(node: ast.AST, type_only: bool, in_function: bool) -> Iterator[Import]:
        for module in _named(node, here):
            yield Import(_inside(module, package), type_only, in_function)
        in_function = in_function or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for child in ast.iter_child_nodes(node):
            yield from walk(child, type_only or _is_type_only(node, child), in_function)

    return walk(tree, False, False)


def _is_type_only(node: ast.AST, child: ast.AST) -> bool:
    checking = isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return checking and isinstance(node, ast.If) and child in node.body


def _named(node: ast.AST, here: list[str]) -> list[list[str]]:
    """Return the full names that one node imports."""
    if isinstance(node, ast.Import):
        return [alias.name.split(".") for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = node.module.split(".") if node.module else []
        if node.level:
            base = [*here[: len(here) - node.level + 1], *base]
        return [[*base, alias.name] for alias in node.names]
    if isinstance(node, ast.Call):
        return [called.split(".") for called in _called(node) if called is not None]
    return []


def _inside(parts: list[str], package: Path) -> str:
    if parts[0] != package.name:
        return ".".join(parts)
    inner = parts[1:]
    # Drop the name after the module: `from .module import name` and `from . import module` both import the module.
    while inner and not (package.joinpath(*inner).is_dir() or package.joinpath(*inner).with_suffix(".py").exists()):
        inner = inner[:-1]
    if not inner or package.joinpath(*inner).is_dir():
        inner = [*inner, "__init__"]
    return "." + ".".join(inner)


def _by_name(tree: ast.Module) -> Iterator[str | None]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _called(node)


def _called(node: ast.Call) -> Iterator[str | None]:
    """Yield the name of the module that a call imports, or `None` if it is computed."""
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else None
    if name in ("__import__", "import_module"):
        first = node.args[0] if node.args else None
        yield first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def test_package_has_no_breach() -> None:
    assert not list(breaches(PACKAGE))


def test_test_folders_stay_small() -> None:
    # The tests in `tests/peers` install packages in these folders; their files do not count.
    ours = [path for path in TESTS.rglob("*.py") if not {".venv", "node_modules"} & set(path.parts)]
    sizes = Counter(path.parent for path in ours)
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
    """Lazy loading only makes the start fast. The package must work without it."""
    copy = shutil.copytree(PACKAGE, tmp_path / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
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


# Breaches are tested with a small package and its own layers.
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
        ("_aws/rpc.py", "import tenacity", "imports tenacity, which only another file may"),
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
