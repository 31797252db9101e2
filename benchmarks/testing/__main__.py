"""`python -m benchmarks.testing`: compare tests written with the pytest plugin and with moto.

It makes two environments, and runs in them the tests of the projects in `examples/`, and the same tests written with
moto. Then it runs `catches/`: each of its tests shows whether a mistake is caught. It prints two tables. With `--page`,
it writes them into docs/explanation/testing-compared.md.
"""

from __future__ import annotations

import argparse
import ast
import shutil
import subprocess
import sys
import tempfile
import venv
from collections import defaultdict
from pathlib import Path

from ..report import machine
from .suites import HEADING, HERE, ROOT, SUITES, row, run, run_tests

PAGE = ROOT / "docs" / "explanation" / "testing-compared.md"
CATCHES = HERE / "catches"
SHOWN = ("cognito-async", "moto", "boto3", "pytest", "fastapi", "starlette", "anyio", "trio")
REQUIREMENTS = {
    "cognito_async": [f"examples/{name}/requirements-test.txt" for name in ("orders_service", "lambda_triggers")],
    "moto": ["benchmarks/testing/requirements.txt"],
}


def main() -> None:
    """Run everything, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.testing", description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="runs of each suite after the first; 5")
    parser.add_argument("--page", action="store_true", help=f"write the tables into {PAGE.relative_to(ROOT)}")
    options = parser.parse_args()
    ran_on = machine()  # before the run, which itself raises the load
    with tempfile.TemporaryDirectory() as folder:
        pythons = {side: environment(Path(folder) / side, files) for side, files in REQUIREMENTS.items()}
        caught = catches(pythons["moto"])
        runs = defaultdict(list)
        for number in range(options.repeats + 1):
            for suite in SUITES:
                if number == 0:
                    forget_bytecode(Path(folder))
                runs[suite].append(run(pythons[suite.side], suite))
                print(f"{suite.project}, {suite.side}: {runs[suite][-1].wall:.1f} s", file=sys.stderr)
        table = "\n".join([HEADING, *(row(suite, runs[suite]) for suite in SUITES)])
        surroundings = "; ".join(f"{name}: {value}" for name, value in ran_on.items())
        facts = f"{surroundings}.\n{versions(pythons['moto'])}."
    print(f"{table}\n\n{facts}\n\n{caught}")
    if options.page:
        text = PAGE.read_text("utf-8")
        text = replaced(replaced(text, "figures", f"{table}\n\n{facts}"), "catches", caught)
        PAGE.write_text(text, "utf-8")


def environment(folder: Path, requirements: list[str]) -> Path:
    """Make an environment with this package and these requirements, and return its interpreter."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    options = [option for each in requirements for option in ("-r", str(ROOT / each))]
    subprocess.run([python, "-m", "pip", "install", "-q", str(ROOT), *options], check=True)
    return python


def forget_bytecode(folder: Path) -> None:
    """Remove what Python has compiled, as in a fresh container."""
    for cache in folder.rglob("__pycache__"):
        shutil.rmtree(cache)


def versions(python: Path) -> str:
    """Return the versions of the packages."""
    code = f"from importlib.metadata import version; print(*(f'{{n}} {{version(n)}}' for n in {SHOWN!r}), sep=', ')"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def catches(python: Path) -> str:
    """Run the tests of mistakes on both sides, and return the table."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for case in run_tests(python, CATCHES, CATCHES):
        name, _, side = str(case.get("name")).partition("[")
        missed = case.find("skipped")
        found[name][side.rstrip("]")] = "yes" if missed is None else f"no: {missed.get('message')}"
    module = ast.parse((CATCHES / "test_catches.py").read_text("utf-8"))
    titles = {each.name: ast.get_docstring(each) for each in module.body if isinstance(each, ast.FunctionDef)}
    rows = [
        f"| {titles[name]} | {sides['cognito_async']} | {sides['moto']} |"
        for name, sides in found.items()
        if name in titles
    ]
    return "\n".join(["| mistake, or need of a test | cognito_async | moto |", "|---|---|---|", *rows])


def replaced(text: str, name: str, new: str) -> str:
    """Return the text of the page with the new content between two marks."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    head, _, rest = text.partition(begin)
    _, marked, tail = rest.partition(end)
    if not marked:
        raise ValueError(f"the page has no {begin}{end}")
    return f"{head}{begin}{new}\n{end}{tail}"


if __name__ == "__main__":
    main()
