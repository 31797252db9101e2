"""The checks of the package's architecture. They read every file of the package and compare it with the tables.

1. `LAYERS` orders the files and folders of each folder. A file imports only from lower layers, never from its own layer
   or a higher one. Therefore the package has no import cycle. A private `__init__.py` is exempt, because it only
   exports names.
2. These rules also apply to an import inside a function. `FOR_START_UP` lists the exceptions, with reasons.
   An import under `TYPE_CHECKING` is exempt from the order, but not from the rules for packages of others.
3. A name is imported from the file that defines it, never from the `__init__.py` of a private folder.
4. A folder has at most 20 files, and a file at most 350 lines. Generated code is exempt.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .architecture import FOR_START_UP, GENERATED, IMPORTS_BY_NAME, LAYERS, LOCAL_SHARES, ONLY_IN, USES

LONGEST_FILE = 350
MOST_FILES = 20
_WAITING = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)


@dataclass(frozen=True)
class Import:
    """One imported module.

    Args:
        module: the full name; for a module of the package, the name inside the package, such as `._core.model`.
        type_only: the import is under `TYPE_CHECKING`.
        in_function: the import is inside a function.
    """

    module: str
    type_only: bool = False
    in_function: bool = False


def breaches(package: Path, layers: dict[str, list[str]] | None = None) -> Iterator[str]:
    """Yield a sentence for each breach of a rule in the package.

    Args:
        layers: replaces `LAYERS`, for tests with another package.
    """
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
        yield f"{name}: imports {top}, which only {' and '.join(sorted(ONLY_IN[top]))} may import"


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
    """Return the full names that one node imports, each as a list of its parts."""
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
