"""CONTRIBUTING.md: the paths, folders and scripts that it names are those of the checkout."""

from __future__ import annotations

import re
from pathlib import Path

import cognito_async

ROOT = Path(__file__).parents[1]
PACKAGE = Path(cognito_async.__file__).parent
GUIDE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def named_paths(text: str) -> set[str]:
    """Return the paths in backticks. A placeholder such as `<package>` ends the path before it."""
    found = re.findall(r"`([\w./-]+/[\w./*<>-]*)`", text)
    return {re.sub(r"[^/]*[<*].*", "", path).removesuffix("/") for path in found} - {""}


def missing_paths(text: str) -> set[str]:
    """Return the paths that are neither in the checkout nor in the installed package."""
    places = (ROOT, PACKAGE, PACKAGE.parent)
    return {path for path in named_paths(text) if not any((place / path).exists() for place in places)}


def rows(heading: str) -> set[str]:
    """Return the names in the first column of the table under a heading."""
    section = GUIDE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE))


def test_every_path_exists() -> None:
    assert len(named_paths(GUIDE)) > 40
    assert missing_paths(GUIDE) == set()


def test_path_that_does_not_exist_is_found() -> None:
    text = "`tests/nowhere.py`, `nowhere/`, `_flows/<name>.py`, `tests/*.py` and `_flows/context.py`"
    assert missing_paths(text) == {"tests/nowhere.py", "nowhere"}


def words_of(folder: Path) -> set[str]:
    """Return the words in a folder's code and settings, without those of installed packages."""
    paths = [path for path in folder.rglob("*") if path.suffix in {".py", ".toml", ".yml"}]
    ours = [path for path in paths if not {".venv", "node_modules"} & set(path.relative_to(folder).parts)]
    return set(re.findall(r"\w+", " ".join(path.read_text("utf-8") for path in ours)))


def test_every_identifier_is_in_the_code() -> None:
    folders = [PACKAGE, *(ROOT / name for name in ("tests", "tools", ".github"))]
    words = set().union(*map(words_of, folders)) | set(re.findall(r"\w+", (ROOT / "pyproject.toml").read_text("utf-8")))
    prose = re.sub(r"^```.*?^```", "", GUIDE, flags=re.MULTILINE | re.DOTALL)
    named = {name.rpartition(".")[2] for name in re.findall(r"`([A-Za-z_][\w.]+)`", prose)}
    assert len(named) > 40
    assert named - words == set()


def test_every_folder_of_the_package_has_a_row() -> None:
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders - rows("The layers") == set()


def test_every_script_has_a_row() -> None:
    scripts = {f"scripts/{path.name}" for path in (ROOT / "scripts").iterdir()}
    assert scripts - rows("The inner loop") == set()
