"""Continuous integration: pinned actions, and commands that are written once, in `scripts/`."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SCRIPTS = sorted((ROOT / "scripts").iterdir())
# An action of this repository, which begins with `./`, needs no pin.
PINNED = re.compile(r"\./\S+|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
TOOLS = re.compile(r"\b(pytest|ruff|mypy|pyright|zensical)\b")


def names(path: Path) -> str:
    return path.name


def unpinned(workflow: str) -> list[str]:
    """Return the actions that are not pinned by a commit with a version comment."""
    used = re.findall(r"\buses: *(.+)", workflow)
    return [action for action in used if not PINNED.fullmatch(action.strip())]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=names)
def test_every_action_is_pinned_by_commit(workflow: Path) -> None:
    text = workflow.read_text("utf-8")
    assert "uses:" in text and unpinned(text) == []


def test_model_is_followed_each_week_and_proposed_by_the_job_that_runs_nothing_else() -> None:
    text = (ROOT / ".github" / "workflows" / "follow-model.yml").read_text("utf-8")
    follow, propose = text.split("\n  propose:\n")
    assert "\n  schedule:\n" in follow and "\npermissions: {}\n" in follow
    assert "scripts/follow-model" in follow and ": write" not in follow
    assert "gh pr create" in propose and not re.search(r"scripts/|pip|python", propose)


@pytest.mark.parametrize(
    "action", ["actions/checkout@v4", "a/b@release/v1 # v1.0.0", f"a/b@{'0' * 40}", f"a/b@{'0' * 39} # v1.0.0", "a/b"]
)
def test_action_without_hash_or_version_is_found(action: str) -> None:
    assert unpinned(f"      - uses: {action}\n") == [action]


@pytest.mark.parametrize("path", [*WORKFLOWS, ROOT / ".ci" / "run"], ids=names)
def test_continuous_integration_calls_scripts_instead_of_tools(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    commands = [line for line in lines if "name:" not in line and not line.lstrip().startswith("#")]
    assert [line for line in commands if TOOLS.search(line)] == []
    called = set(re.findall(r"scripts/([\w-]+)", "\n".join(commands)))
    assert called and called <= {script.name for script in SCRIPTS} | {"docs"}


@pytest.mark.parametrize("script", SCRIPTS, ids=names)
def test_script_says_when_to_use_it_and_stops_at_an_error(script: Path) -> None:
    first, second, *others = script.read_text("utf-8").splitlines()
    assert first == "#!/usr/bin/env bash" and second.startswith("# ")
    assert "set -euo pipefail" in others
    assert os.access(script, os.X_OK)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("check", "takes no arguments"),
        ("docs", "usage: scripts/docs"),
        ("follow-model", "usage: scripts/follow-model"),
    ],
)
def test_unknown_argument_of_a_script_is_wrong_usage(script: str, message: str) -> None:
    run = subprocess.run(
        [ROOT / "scripts" / script, "--unknown"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.returncode, run.stdout) == (2, "") and message in run.stderr
