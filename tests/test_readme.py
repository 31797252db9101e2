"""The README: its commands, its program and its links, and that it stays short."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from cognito_async._cli.program import run

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
SITE = "https://cognito-async.github.io/cognito-async/"
FILES = "https://github.com/cognito-async/cognito-async/blob/main/"
RAW_FILES = "https://raw.githubusercontent.com/cognito-async/cognito-async/main/"


def block(marker: str) -> str:
    """Return the text of the fenced block that follows a marker."""
    found = re.search(rf"{re.escape(marker)}.*?^```\w*\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert found, marker
    return found[1]


def test_readme_has_at_most_six_kilobytes() -> None:
    assert len(README.encode()) <= 6000


def test_program_is_an_example_that_runs(tmp_path: Path) -> None:
    program = block("## A whole program")
    assert program == (ROOT / "examples" / "quickstart.py").read_text("utf-8")
    path = tmp_path / "quickstart.py"
    path.write_text(program)
    outcome = subprocess.run(
        [sys.executable, "-W", "error", path], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert re.fullmatch(
        r"alice \{'sub': '.+', 'email': 'alice@example.com', 'email_verified': 'true'\}\n", outcome.stdout
    )


def test_commands_name_existing_programs_and_extras() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert "/cognito-async demo" in block("<!-- ci: demo -->") and "cognito-async" in project["scripts"]
    with pytest.raises(SystemExit, match="0"):
        run(["demo", "--help"])
    [extra] = re.findall(r"'\.\[(\w+)\]'", block("<!-- ci: tests -->"))
    assert extra in project["optional-dependencies"]


def test_links_are_absolute_and_lead_to_pages_and_files() -> None:
    links = [*re.findall(r"\]\(([^)]+)\)", README), *re.findall(r'src="([^"]+)"', README)]
    assert len(links) > 20
    for link in links:
        if link.startswith(SITE):
            page = link.removeprefix(SITE).rstrip("/") or "index"
            assert (ROOT / "docs" / f"{page}.md").exists(), link
        else:
            assert link.startswith((FILES, RAW_FILES)), link
            assert (ROOT / link.removeprefix(FILES).removeprefix(RAW_FILES)).exists(), link


def test_alternative_text_has_the_figures_of_the_chart() -> None:
    chart = (ROOT / "benchmarks" / "chart.svg").read_text("utf-8")
    [alternative] = re.findall(r'alt="([^"]+)"', README)
    figures = re.findall(r"[\d.]+ ms", alternative)
    assert len(figures) == chart.count('height="18"') == 4
    assert all(f": {figure}" in chart for figure in figures)
