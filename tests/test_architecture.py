"""The layers of the package, and the order of the rooms inside each folder, as one table.

Rules, held by reading every file:
1. Each folder has its rooms (files and folders) in an order. An import goes down in it, never up or sideways.
   So there is no import cycle, wherever the two files are.
2. An import inside a function counts like any other. `FOR_START_UP` lists the exceptions, with reasons.
   An import under `TYPE_CHECKING` is exempt from the order, and still counts for packages of others.
3. A name is imported from the file that defines it, never from the `__init__.py` of a private folder.
4. A folder has at most 20 files, and a file at most 350 lines. Generated code is exempt.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cognito_async

PACKAGE = Path(cognito_async.__file__).parent
TESTS = Path(__file__).parent
LONGEST_FILE = 350
MOST_FILES = 20
MOST_TEST_FILES = 40
GENERATED = "_aws/_generated"

# The rooms of each folder from the bottom to the top. Rooms in one string are peers: none imports another.
ROOMS: dict[str, list[str]] = {
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
        "challenges credentials errors keyring redis testing",
        "__init__",
        "local lowlevel",
        "_cli",
        "__main__",
    ],
}

# What a folder or file may import of other people's packages.
USES: dict[str, set[str]] = {
    "_core": {"anyio", "pydantic", "pydantic_core"},
    "_crypto": {"cryptography", "gmpy2"},
    "_http": {"anyio", "httpcore", "httptools", "httpx"},
    "_aws": {"anyio", "botocore", "pydantic", "tenacity"},
    "_tokens": {"pydantic"},
    "_stores": {"anyio", "coredis", "keyring", "pydantic"},
    "_flows": set(),
    "_client": {"anyio"},
    "_session": {"anyio", "pydantic"},
    "_facade": {"anyio", "pydantic", "pydantic_core"},
    "_local": {"anyio", "cryptography", "httpx"},
    "local": {"httpx"},
    "_cli": {"anyio", "rich", "segno", "trio", "typer", "uvicorn"},
}
# Packages that only these files know.
ONLY_IN: dict[str, set[str]] = {
    "botocore": {"_aws/credentials/boto.py"},
    "coredis": {"_stores/redis_calls.py", "_stores/redis_store.py"},
    "gmpy2": {"_crypto/power.py"},
    "httpcore": {"_http/httpcore_connection.py"},
    "httptools": {"_http/httptools_connection.py"},
    "keyring": {"_stores/keyring_key.py"},
    "tenacity": {"_aws/retry.py"},
    "trio": {"_cli/demo.py"},
}
# The local pool shares so little with the client that both cannot be wrong together.
LOCAL_SHARES = ("_core", "_crypto.encoding", "_crypto.groups", "_crypto.power")
# Imports that go up inside a function, with the reason.
FOR_START_UP: dict[tuple[str, str], str] = {}
# Files that import a module by a computed name: lazy modules, and what would block an event loop.
IMPORTS_BY_NAME = {"_core/doors.py", "_core/lazy.py", "_http/connections.py"}


@dataclass(frozen=True)
class Import:
    """One imported module: of the package with a dot before, such as `._core.model`, else by its full name."""

    module: str
    type_only: bool = False
    in_function: bool = False


def complaints(package: Path, rooms: dict[str, list[str]] | None = None) -> Iterator[str]:
    """Return a sentence for everything in the package that breaks a rule."""
    order = {folder: _ranks(listed) for folder, listed in (ROOMS if rooms is None else rooms).items()}
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
        yield from _judge_file(package, name, ast.parse(text), order)


def _judge_file(package: Path, name: str, tree: ast.Module, order: dict[str, dict[str, int]]) -> Iterator[str]:
    parts = _parts(name)
    if "" in order and parts[0] not in order[""]:
        yield f"{name}: is on no layer: give it a place in ROOMS"
        return
    for found in _imports(package, name, tree):
        if not found.module.startswith("."):
            yield from _judge_other(name, found.module)
        elif not found.type_only:
            yield from _judge_own(name, parts, found, order)
    if parts[0] == "_flows" and any(isinstance(node, _WAITING) for node in ast.walk(tree)):
        yield f"{name}: waits, but a flow only yields"
    if name not in IMPORTS_BY_NAME and any(called is None for called in _by_name(tree)):
        yield f"{name}: imports by a name that nobody can check"


_WAITING = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)


def _judge_own(name: str, parts: list[str], found: Import, order: dict[str, dict[str, int]]) -> Iterator[str]:
    target = found.module[1:]
    if parts[0] == "_local" and not target.startswith("_local"):
        if not any(f"{target}.".startswith(f"{shared}.") for shared in LOCAL_SHARES):
            yield f"{name}: imports {target}, which the local pool must do without"
        return
    if found.in_function and (name, target) in FOR_START_UP:
        return
    other = target.split(".")
    if other[-1] == "__init__" and len(other) > 1:
        yield f"{name}: imports from {target}, not from the file that defines the name"
        return
    depth = next((at for at, (mine, its) in enumerate(zip(parts, other, strict=False)) if mine != its), None)
    if depth is None:
        # A folder's own `__init__.py` may name the modules in it, lazily.
        if parts[-1] != "__init__" and parts != other:
            yield f"{name}: imports {target}, the folder that it is in"
        return
    folder = "/".join(parts[:depth])
    ranks = order.get(folder)
    if ranks is None:
        if folder != GENERATED:
            yield f"{name}: is in a folder whose rooms have no order: {folder}"
    elif parts[depth] == "__init__" and folder:
        yield f"{name}: imports {target}, but the file that opens a private folder holds lazy modules alone"
    elif missing := [each for each in (parts[depth], other[depth]) if each not in ranks]:
        yield f"{name}: {missing[0]} has no place among the rooms of {folder or 'the package'}"
    elif ranks[other[depth]] >= ranks[parts[depth]]:
        yield f"{name}: imports {target}, which is not below it"


def _judge_other(name: str, module: str) -> Iterator[str]:
    top, unit = module.split(".", maxsplit=1)[0], _parts(name)[0]
    if top in sys.stdlib_module_names:
        return
    if top not in USES.get(unit, set()):
        yield f"{name}: imports {top}, which {unit} does without"
    elif name not in ONLY_IN.get(top, {name}):
        yield f"{name}: imports {top}, which another file is for"


def _parts(name: str) -> list[str]:
    return name.removesuffix(".py").split("/")


def _ranks(listed: list[str]) -> dict[str, int]:
    return {room: rank for rank, peers in enumerate(listed) for room in peers.split()}


def _imports(package: Path, name: str, tree: ast.Module) -> Iterator[Import]:
    here = name.split("/")[:-1]

    def walk(node: ast.AST, type_only: bool, in_function: bool) -> Iterator[Import]:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for child in node.body:
                yield from walk(child, True, in_function)
            for child in node.orelse:
                yield from walk(child, type_only, in_function)
            return
        modules: list[list[str]] = []
        if isinstance(node, ast.Import):
            modules = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module.split(".") if node.module else []
            if node.level:
                base = [package.name, *here[: len(here) - node.level + 1], *base]
            modules = [[*base, alias.name] for alias in node.names]
        elif isinstance(node, ast.Call):
            modules = [called.split(".") for called in _called(node) if called is not None]
        for module in modules:
            yield Import(_inside(module, package), type_only, in_function)
        in_function = in_function or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        for child in ast.iter_child_nodes(node):
            yield from walk(child, type_only, in_function)

    return walk(tree, False, False)


def _inside(parts: list[str], package: Path) -> str:
    if parts[0] != package.name:
        return ".".join(parts)
    inner = parts[1:]
    # `from .module import name` means the module, `from . import module` the module as well.
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
    """Return what a call imports: its name, or `None` where that is not written out."""
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else None
    if name in ("__import__", "import_module"):
        first = node.args[0] if node.args else None
        yield first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def test_every_import_goes_down() -> None:
    assert not list(complaints(PACKAGE))


def test_test_folders_stay_small() -> None:
    folders = {path.parent for path in TESTS.rglob("*.py")}
    assert not [folder for folder in folders if len(list(folder.glob("*.py"))) > MOST_TEST_FILES]
