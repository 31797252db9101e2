"""The page that compares the plugin with moto: its table is that of the tests of both."""

from __future__ import annotations

import ast
import tomllib

import pytest

from benchmarks.testing.__main__ import CATCHES, PAGE, replaced
from benchmarks.testing.suites import HERE, SUITES


def test_each_test_of_a_mistake_has_its_row() -> None:
    module = ast.parse((CATCHES / "test_catches.py").read_text("utf-8"))
    tests = [each for each in module.body if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")]
    missed = tomllib.loads((CATCHES / "not_caught.toml").read_text("utf-8"))
    rows = []
    for each in tests:
        sides = [missed[side].get(each.name.removeprefix("test_")) for side in ("cognito_async", "moto")]
        answers = ["yes" if reason is None else f"no: {reason}" for reason in sides]
        rows.append(f"| {' | '.join([str(ast.get_docstring(each)), *answers])} |")
    shown = PAGE.read_text("utf-8").partition("<!-- catches: begin -->")[2].partition("<!-- catches: end -->")[0]
    assert shown.strip().splitlines()[2:] == rows
    named = {name for side in missed.values() for name in side}
    assert named <= {each.name.removeprefix("test_") for each in tests}


def test_page_shows_the_lines_of_all_suites() -> None:
    text = PAGE.read_text("utf-8")
    for suite in SUITES:
        assert f"| `{suite.project}` | {suite.side} |" in text and f"| {suite.lines} |" in text
    assert {suite.folder for suite in SUITES if suite.side == "moto"} == {HERE / "moto_orders", HERE / "moto_triggers"}


def test_marked_text_is_replaced() -> None:
    text = "a\n<!-- x: begin -->\nold\n<!-- x: end -->\nb\n"
    assert replaced(text, "x", "new") == text.replace("old", "new")
    assert replaced(text.replace("old\n", ""), "x", "new") == text.replace("old", "new")
    with pytest.raises(ValueError, match="y: end"):
        replaced(text, "y", "new")
