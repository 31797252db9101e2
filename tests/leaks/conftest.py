"""The fixtures of the tests in this folder: a `Watch`, and loopback servers."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.leaks.watch import Watch
from tests.serving import connection, serve

__all__ = ["connection", "serve", "watch"]


@pytest.fixture
def watch(caplog: pytest.LogCaptureFixture) -> Iterator[Watch]:
    """Yield a `Watch`, and check it and the log at the end of the test."""
    caplog.set_level(logging.DEBUG)
    watch = Watch()
    yield watch
    assert len(watch.shown) > 3
    assert "the hook on_" not in caplog.text, "no hook raised an error"
    watch.shown.append(("the log", caplog.text + "".join(repr(vars(record)) for record in caplog.records)))
    watch.check()
