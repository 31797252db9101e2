"""Write each page of the site as Markdown beside its HTML, and `llms.txt`, which lists the pages.

    python tools/docs/markdown.py site

Examples and reference entries are written out, so that each file can be read by itself.
"""

from __future__ import annotations

import importlib
import inspect
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
EXAMPLES = DOCS / "examples"
_SNIPPET = re.compile(r'^( *)--8<-- "([\w./-]+)(?::([\w-]+))?"$', re.MULTILINE)
_MARKER = re.compile(r"^ *# --8<-- \[(start|end):([\w-]+)\]\n", re.MULTILINE)
_ENTRY = re.compile(r"^::: ([\w.]+)\n(?:^(?: .*)?\n)*", re.MULTILINE)


def snippet(name: str, section: str | None = None) -> str:
    """Return an example, or one section of it, without markers and indentation.

    Raises:
        KeyError: if the example has no such section.
    """
    text = (EXAMPLES / name).read_text("utf-8")
    if section is not None:
        found = re.search(rf"# --8<-- \[start:{section}\]\n(.*?)^ *# --8<-- \[end:{section}\]", text, re.M | re.S)
        if found is None:
            raise KeyError(f"{name} has no section {section}")
        text = found[1]
    return inspect.cleandoc("\n" + _MARKER.sub("", text))


def entry(path: str) -> str:
    """Return the reference of a name: its signature and docstring, and those of the public members of a class."""
    module, name = path.rsplit(".", 1)
    value = getattr(importlib.import_module(module), name)
    if inspect.ismodule(value):
        return f"{inspect.getdoc(value)}\n"
    return "\n".join(_described(path.removeprefix("cognito_async."), value, level=2)) + "\n"


def _described(name: str, value: Any, level: int) -> Iterator[str]:
    yield f"{'#' * level} `{name}{_signature(value)}`\n"
    if not isinstance(value, str | int | tuple | dict):
        yield f"{inspect.getdoc(value) or ''}\n"
    if inspect.isclass(value) and level == 2:
        for member, inner in sorted(inspect.getmembers(value)):
            documented = inspect.isroutine(inner) or isinstance(inner, property)
            if not member.startswith(("_", "model_")) and documented and inspect.getdoc(inner):
                yield from _described(member, inner, level + 1)


def _signature(value: Any) -> str:
    if not (inspect.isclass(value) or inspect.isroutine(value)) or not callable(value):  # such as a cached property
        return ""
    try:
        return re.sub(r"(?<=: |> )'([^']*)'", r"\1", str(inspect.signature(value)))
    except ValueError:
        return ""


def expand(page: str) -> str:
    """Return a page's Markdown with its examples and reference entries written out."""
    page = _SNIPPET.sub(lambda found: _indented(found[1], snippet(found[2], found[3])), page)
    return _ENTRY.sub(lambda found: entry(found[1]) + "\n", page)


def _indented(spaces: str, text: str) -> str:
    return "\n".join(spaces + line if line else line for line in text.splitlines())


def pages(navigation: list[Any]) -> Iterator[tuple[int, str, str | None]]:
    """Yield the depth, title and file of each entry of a navigation, in order. The file of a group is `None`."""
    for each in navigation:
        for title, target in each.items():
            yield (0, title, target) if isinstance(target, str) else (0, title, None)
            if not isinstance(target, str):
                yield from ((depth + 1, *rest) for depth, *rest in pages(target))  # type: ignore[misc]


def first_sentence(page: str) -> str:
    """Return the first sentence below a page's title, without links."""
    below = page.split("\n\n", 2)[1]
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(below.split()))
    return re.split(r"(?<=[.!?]) ", text)[0].removesuffix(":")


def main(site: Path) -> None:
    """Write the Markdown of all pages into a built site."""
    project = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]
    lines = [f"# {project['site_name']}\n", f"> {project['site_description']}\n"]
    for depth, title, name in pages(project["nav"]):
        if name is None:
            lines.append(f"\n{'#' * (depth + 2)} {title}\n")
            continue
        source = (DOCS / name).read_text("utf-8")
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(expand(source), "utf-8")
        lines.append(f"- [{title}]({project['site_url']}{name}): {first_sentence(source)}")
    (site / "llms.txt").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
