"""Report what a newer botocore adds to the services' models, changes and removes. `scripts/follow-model` calls it.

`python tools/codegen/follow.py OLD NEW` compares two folders into which pip has installed botocore. It exits with 1 if
a difference breaks programs (changes.py says which do), and with 3 if the models are the same.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from changes import Change, compare
from error_texts import ERROR_TEXTS
from families import FAMILIES
from layout import structures
from meanings import meaning
from source import ServiceModel, read

BROKEN, SAME = 1, 3


def main(arguments: list[str] | None = None) -> int:
    """Print the report, and return the exit code."""
    parser = argparse.ArgumentParser(description="Compare the services' models in two versions of botocore.")
    parser.add_argument("old", type=Path, help="a folder with botocore")
    parser.add_argument("new", type=Path, help="another one")
    folders = parser.parse_args(arguments)
    pairs = [(read(service, folders.old), read(service, folders.new)) for service in FAMILIES]
    print(f"# The models of botocore {pairs[0][0].botocore} and {pairs[0][1].botocore}\n")
    pairs = [(old, new) for old, new in pairs if old.sha256 != new.sha256]
    if not pairs:
        print("They are the same.")
        return SAME
    broken = False
    for old, new in pairs:
        changes = compare(old, new)
        broken = broken or any(change.breaks for change in changes)
        _show(f"## {new.service}", report(changes))
        _show('To do by hand (CONTRIBUTING.md, "An operation of the service"):', to_do(new))
    if broken:
        print("A change breaks programs.")
    return BROKEN if broken else 0


def _show(title: str, lines: Iterable[str]) -> None:
    if shown := list(lines):
        print("\n".join([title, "", *shown, ""]))


def report(changes: list[Change]) -> Iterator[str]:
    """Yield the lines about one service: what breaks programs comes first."""
    if not changes:
        yield "- only the documentation changed"
    for kind in ("went", "changed", "came"):
        for change in sorted(changes, key=lambda change: not change.breaks):
            if change.kind == kind:
                yield f"- {'BREAKS: ' if change.breaks else ''}{kind}: {change.what}"


def to_do(model: ServiceModel) -> Iterator[str]:
    """Yield what tables lack of a model."""
    placed = {name for names in FAMILIES[model.service].values() for name in names}
    yield from (f"- families.py: {name}" for name in sorted(model.operations.keys() - placed))
    errors = {name for name, shape in model.shapes.items() if shape.get("exception")}
    yield from (f"- error_texts.py: {name}" for name in sorted(errors - ERROR_TEXTS.keys()))
    tops = {row[side]["shape"] for row in model.operations.values() for side in {"input", "output"} & row.keys()}
    for name in sorted({inner for top in tops for inner in structures(model.shapes, top)}):
        members = model.shapes[name]["members"]
        yield from (f"- meanings: {name}.{key}" for key in members if meaning(name, key) is None)


if __name__ == "__main__":
    sys.exit(main())
