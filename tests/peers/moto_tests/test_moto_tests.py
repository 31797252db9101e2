"""moto's own tests against our served local pool: all pass, except for those that we list with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..conftest import KEYS
from ..running import AppClient
from .suite import expected, fetch, run

pytestmark = pytest.mark.peer
# The tests that moto has at least, so that an empty run does not pass.
FEWEST = 200


def test_only_listed_tests_of_moto_fail(served_to_moto: AppClient, tmp_path: Path) -> None:
    source = fetch(tmp_path)
    keys = KEYS.access_key_id, KEYS.secret_access_key
    outcomes = run(source, served_to_moto.endpoint, served_to_moto.region, *keys)
    listed = expected()
    assert len(outcomes) > FEWEST
    new = {name: failure for name, failure in outcomes.items() if failure and name not in listed}
    assert not new, "these tests of moto fail now"
    assert not [name for name in listed if not outcomes.get(name)], "these tests pass now, or are gone"
