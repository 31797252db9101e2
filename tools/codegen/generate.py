"""Write `cognito_async/_aws/_generated` and docs/reference/operations.md from the models in the installed botocore.

`python tools/codegen/generate.py` writes the files, and records the version of botocore and the hashes of its models in
PINNED.json. With `--check` it changes nothing, prints the names of stale files, and exits with 1 if there are any.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

from families import FAMILIES  # noqa: E402
from reference import reference  # noqa: E402
from render import render_all  # noqa: E402
from source import ServiceModel, read  # noqa: E402

Services = Mapping[ServiceModel, Mapping[str, Iterable[str]]]

TARGET = ROOT / "cognito_async" / "_aws" / "_generated"
PINNED = HERE / "PINNED.json"
PAGE = ROOT / "docs" / "reference" / "operations.md"


def main(arguments: list[str] | None = None, *, target: Path = TARGET, pinned: Path = PINNED, page: Path = PAGE) -> int:
    """Generate or check the files, and return the exit code."""
    parser = argparse.ArgumentParser(description="Generate the models, operation rows and error classes.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 if a file is stale")
    services = {read(service): families for service, families in FAMILIES.items()}
    if not parser.parse_args(arguments).check:
        write(services, target, pinned)
        page.write_text(reference(services), encoding="utf-8")
        return 0
    problems = list(check(services, target, pinned))
    if not problems and page.read_text("utf-8") != reference(services):
        problems.append(f"{page} is stale: run python tools/codegen/generate.py")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def write(services: Services, target: Path, pinned: Path) -> None:
    """Replace the generated files, and record in `pinned` from which models they were generated."""
    target.mkdir(exist_ok=True)
    files = render_all(services)
    for stale in set(target.glob("*.py")) - {target / name for name in files}:
        stale.unlink()
    for name, text in files.items():
        (target / name).write_text(text, encoding="utf-8")
    pinned.write_text(json.dumps(_pin(services), indent=2) + "\n", "utf-8")


def check(services: Services, target: Path, pinned: Path) -> Iterator[str]:
    """Yield a message for each difference between the files and the generator's output."""
    pin, installed = json.loads(pinned.read_text("utf-8")), _pin(services)
    if pin["botocore"] != installed["botocore"]:
        # Do not compare the files: their headers name the version, so every file would differ.
        yield f"botocore {pin['botocore']} is pinned, but {installed['botocore']} is installed: install the pinned one"
        return
    if pin["sha256"] != installed["sha256"]:
        yield f"the models of botocore {installed['botocore']} differ from the pinned ones: were they edited?"
    files = render_all(services)
    for name in sorted(files.keys() | {path.name for path in target.glob("*.py")}):
        path = target / name
        if name not in files:
            yield f"{path} is not generated: delete it"
        elif not path.exists() or path.read_text("utf-8") != files[name]:
            yield f"{path} is stale: run python tools/codegen/generate.py"


def _pin(services: Services) -> dict[str, Any]:
    return {
        "botocore": next(iter(services)).botocore,
        "sha256": {model.service: model.sha256 for model in services},
    }


if __name__ == "__main__":
    sys.exit(main())
