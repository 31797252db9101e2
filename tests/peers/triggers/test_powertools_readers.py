"""The models and data classes of aws-lambda-powertools read events as our models do, except for `differences.toml`."""

from __future__ import annotations

import pytest

from .events import REFERENCE, WITH_SOURCE, Version, fired
from .powertools import READERS, expected, model_differences

pytestmark = pytest.mark.peer
VERSIONS: tuple[Version, ...] = ("V1_0", "V2_0", "V3_0")


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", WITH_SOURCE)
def test_event_of_the_vectors_is_read_as_we_read_it(name: str, reader: str) -> None:
    assert READERS[reader](WITH_SOURCE[name]) == expected(reader).get(name, set())


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("version", VERSIONS)
def test_events_of_the_local_pool_are_read_as_we_read_them(version: Version, reader: str) -> None:
    events = fired(version)
    assert len(events) == 21
    table = expected(reader)
    for name, same in events.items():
        found = set[str]().union(*map(READERS[reader], same))
        assert found == table.get(name, set()), name


@pytest.mark.parametrize("reader", READERS)
def test_table_names_no_event_that_does_not_exist(reader: str) -> None:
    assert expected(reader).keys() <= {*WITH_SOURCE, *(name for each in VERSIONS for name in fired(each))}


def test_models_refuse_eight_of_the_thirteen_reference_shapes() -> None:
    found = map(model_differences, REFERENCE.values())
    refused = [each for each in found if any(difference.startswith("refuses") for difference in each)]
    assert (len(refused), len(REFERENCE)) == (8, 13)
