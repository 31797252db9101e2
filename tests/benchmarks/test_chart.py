"""The chart shows the recorded times of SRP handshakes, large enough for a phone."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from benchmarks.chart import CHART, chart
from benchmarks.measures import MEASURES
from benchmarks.report import README, surroundings, table
from benchmarks.results import Row

MEASURE = next(measure for measure in MEASURES if measure.name == "srp")


def elements(svg: str, tag: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(svg).iter(f"{{http://www.w3.org/2000/svg}}{tag}"))


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in elements(svg, "text")]


def bars(svg: str) -> list[ElementTree.Element]:
    return [element for element in elements(svg, "rect") if element.get("class") != "background"]


def test_chart_matches_the_table_in_the_readme() -> None:
    assert CHART.read_text("utf-8") == chart(README.read_text("utf-8"))


def test_chart_has_one_bar_per_library() -> None:
    shown = texts(CHART.read_text("utf-8"))
    assert len(bars(CHART.read_text("utf-8"))) == 4
    assert {"amazon-cognito-identity-js (Node.js)", "pycognito", "cognito_async", "cognito_async[fast]"} <= set(shown)


def test_times_that_are_missing_have_no_bar() -> None:
    assert len(bars(chart(table([Row(MEASURE, [0.3], ours=0.02)], "full")))) == 1
    assert bars(chart("")) == []


def test_bar_length_is_proportional_to_the_time() -> None:
    theirs, ours = bars(chart(table([Row(MEASURE, [0.5], ours=0.03, theirs=0.06)], "full")))
    assert (theirs.get("class"), ours.get("class")) == ("theirs", "ours")
    assert float(theirs.get("width", 0)) == 2 * float(ours.get("width", 0))


def test_caption_names_date_processor_and_python() -> None:
    facts = {"date": "2026-01-02", "processor": "A <chip>, 2 cores", "memory": "8 GiB", "Python": "3.11.7"}
    caption = " ".join(texts(chart(surroundings(facts, {"httpx": "1"})))[2:])
    assert caption == "Medians. Measured on 2026-01-02: A <chip>, 2 cores, Python 3.11.7."


def test_text_is_readable_on_a_phone() -> None:
    svg = CHART.read_text("utf-8")
    sizes = [int(size) for size in re.findall(r"(\d+)px", svg)]
    width = float(ElementTree.fromstring(svg).get("viewBox", "").split()[2])
    assert min(sizes) * 343 / width >= 11, "a phone of 375 pixels, less the margins of the page"
