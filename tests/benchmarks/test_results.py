"""Results of benchmarks: medians and spreads of ratios, verdicts, and reasons for missing figures."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.__main__ import chosen, exit_status
from benchmarks.measures import MEASURES, SIZES, Figure, Job, Measure
from benchmarks.report import BEGIN, END, README, as_json, quantity, summary, table, write_into_readme
from benchmarks.results import row
from benchmarks.running import Outcome

OURS, PEER = Job("calls", "default"), Job("calls", "peer")
CPU, PEERS_CPU = Figure(OURS, "cpu", "s"), Figure(PEER, "cpu", "s")
MEASURE = Measure("call", "unsigned call <CPU>", CPU, 0.5, "a peer & friend", PEERS_CPU, guard=0.6)
FASTER = Measure("rate", "throughput", CPU, 2, "a peer", PEERS_CPU, more=True)
ALONE = Measure("late", "lateness", CPU, 0.015)
OPEN = Measure("other", "verification", CPU, None, "a peer", PEERS_CPU)


def outcomes(ours: Sequence[float], peers: Sequence[float] = ()) -> dict[Job, Outcome]:
    return {
        OURS: Outcome([{"cpu": seconds} for seconds in ours]),
        PEER: Outcome([{"cpu": seconds} for seconds in peers]),
    }


def cells(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]


def test_samples_of_one_round_are_compared() -> None:
    made = row(MEASURE, outcomes([1, 20, 3], [2, 50, 10]))
    assert (made.values, made.value) == ([0.5, 0.4, 0.3], 0.4)
    assert (made.ours, made.theirs, made.reasons) == (3, 10, ())


def test_single_sample_is_compared_with_the_peers_median() -> None:
    assert row(MEASURE, outcomes([6], [2, 30, 3])).values == [2]


def test_target_is_an_upper_or_lower_bound() -> None:
    assert row(MEASURE, outcomes([1], [2])).verdict("full") == "met"
    assert row(MEASURE, outcomes([1.1], [2])).verdict("full") == "missed"
    assert row(MEASURE, outcomes([1.1], [2])).verdict("guard") == "met"
    assert row(FASTER, outcomes([4], [2])).verdict("full") == "met"
    assert row(FASTER, outcomes([3], [2])).verdict("full") == "missed"
    assert row(ALONE, outcomes([0.02])).verdict("full") == "missed"


def test_table_shows_median_spread_and_verdict() -> None:
    text = table([row(MEASURE, outcomes([1e-3, 2e-3, 3e-3], [1e-2] * 3)), row(ALONE, outcomes([0.0123]))], "full")
    heading, rule, first, second = cells(text)
    assert heading[:4] == ["measure", "against", "target", "result"] and set("".join(rule)) == {"-"}
    assert first[1:] == ["a peer & friend", "≤ 0.5 ×", "0.2 ×", "0.1 × … 0.3 ×", "2 ms", "10 ms", "met"]
    assert second == ["lateness", "–", "≤ 15 ms", "12.3 ms", "–", "12.3 ms", "–", "met"]
    assert len({len(line) for line in text.splitlines()}) == 1


def test_table_shows_the_guard_bound_in_guard_mode() -> None:
    assert cells(table([row(MEASURE, outcomes([1], [2]))], "guard"))[2][2] == "≤ 0.6 ×"


def test_measure_without_a_target_only_reports_its_result() -> None:
    made = row(OPEN, outcomes([3], [2]))
    assert cells(table([made], "full"))[2][2:] == ["–", "1.5 ×", "–", "3 s", "2 s", "no target"]
    assert summary([made, row(MEASURE, outcomes([1], [2]))], "full") == "2 measures: 1 met, 1 no target"
    assert exit_status([made], [Outcome()], "full", peers_required=True) == 0


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "s", "–"),
        (1.5, "s", "1.5 s"),
        (0.000_25, "s", "250 µs"),
        (12_345.6, "/s", "12,346 /s"),
        (5.26, "/s", "5.26 /s"),
        (1_700, "B", "1.66 KiB"),
        (3 * 2**20, "B", "3.0 MiB"),
        (0.0405, None, "0.0405 ×"),
    ],
)
def test_quantities_have_three_digits_and_a_unit(value: float | None, unit: str | None, text: str) -> None:
    assert quantity(value, unit) == text  # type: ignore[arg-type]


def test_table_names_missing_peers_and_crashes() -> None:
    found = outcomes([1])
    found[PEER] = Outcome(missing="pycognito")
    missing = row(MEASURE, found)
    assert missing.verdict("full") == "not measured"
    assert cells(table([missing], "full"))[2][3:] == ["–", "–", "1 s", "–", "missing: pycognito"]
    found[PEER] = Outcome([{"cpu": 1}], crashed="OSError: too many open files")
    assert cells(table([row(MEASURE, found)], "full"))[2][-1] == "crashed: OSError: too many open files"


def test_exit_status_reports_crashes_and_required_peers() -> None:
    met, lost = row(MEASURE, outcomes([1], [2])), row(MEASURE, outcomes([2], [2]))
    assert exit_status([met], [Outcome()], "full", peers_required=True) == 0
    assert exit_status([lost], [Outcome()], "full", peers_required=True) == 0, "a report, not a test"
    assert exit_status([lost], [Outcome()], "guard", peers_required=False) == 1
    assert exit_status([met], [Outcome(crashed="x")], "smoke", peers_required=False) == 1
    assert exit_status([met], [Outcome(missing="x")], "smoke", peers_required=False) == 0
    assert exit_status([met], [Outcome(missing="x")], "smoke", peers_required=True) == 1


def test_json_holds_every_sample_or_the_reason() -> None:
    found = outcomes([1.5], [3])
    made = json.loads(
        as_json([row(MEASURE, found)], {**found, PEER: Outcome(missing="x")}, "full", {"load": "0.1"}, {"httpx": "1"})
    )
    assert made["samples"] == {"calls default": [{"cpu": 1.5}], "calls peer": "missing: x"}
    assert made["rows"][0]["value"] == 0.5 and made["versions"] == {"httpx": "1"}
    assert made["machine"] == {"load": "0.1"}


def test_only_the_table_of_the_readme_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", "utf-8")
    write_into_readme(page, "new")
    assert page.read_text("utf-8") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    page.write_text("no markers", "utf-8")
    with pytest.raises(ValueError, match="has no"):
        write_into_readme(page, "new")


def test_readme_describes_every_workload() -> None:
    described = set(re.findall(r"^\| `(\w+)` \|", README.read_text("utf-8"), re.MULTILINE))
    assert described == set(SIZES)


def test_measures_have_unique_names_and_a_size_in_each_mode() -> None:
    assert len({measure.name for measure in MEASURES}) == len(MEASURES)
    assert chosen(MEASURES, [], "full") == chosen(MEASURES, [], "smoke") == list(MEASURES)
    assert all(measure.guard is not None for measure in chosen(MEASURES, [], "guard"))
    assert {measure.name for measure in chosen(MEASURES, ["srp-first", "leftovers"], "full")} == {
        "srp-first",
        "leftovers",
    }
    assert chosen(MEASURES, ["nothing"], "full") == []
