"""A store that fails for a time: no tokens are lost, and the session continues."""

from __future__ import annotations

import pytest

from cognito_async import errors
from tests.session.processes import HOUR, Failing, World

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("written", [True, False])
async def test_short_outage_of_the_store_loses_no_tokens(written: bool) -> None:
    store = Failing()
    store.written = written
    world = World(store)
    _, local = await world.signed_in()
    store.failures = {"save": 3}
    assert (await local.refresh()).refresh_token == "refresh-1"
    assert await world.stored_token() == "refresh-1" and world.service.count == 1


async def test_next_call_saves_unsaved_tokens() -> None:
    store = Failing()
    store.written = False
    world = World(store)
    _, local = await world.signed_in()
    world.clock.advance(HOUR)
    store.failures = {"save": 100}
    with pytest.raises(errors.StoreError):
        await local.session()
    assert local.tokens.refresh_token == "refresh-1" and await world.stored_token() == "refresh-0"
    world.clock.advance(16)
    assert (await local.session()).refresh_token == "refresh-1", "a failing store must not withhold a valid token"
    store.failures = {}
    world.clock.advance(16)
    assert (await local.session()).refresh_token == "refresh-1"
    assert await world.stored_token() == "refresh-1" and world.service.count == 1
    store.failures = {"save": 100}
    await local.session()
    assert store.failures == {"save": 100}, "no unsaved tokens must be left"


async def test_newer_stored_session_replaces_unsaved_tokens() -> None:
    store = Failing()
    store.written = False
    world = World(store)
    _, local = await world.signed_in()
    world.clock.advance(HOUR)
    store.failures = {"save": 100}
    with pytest.raises(errors.StoreError):
        await local.session()
    store.failures = {}
    await world.signed_in()
    world.clock.advance(16)
    assert (await local.session()).refresh_token == "refresh-0"


@pytest.mark.parametrize("method", ["load", "lock"])
async def test_failing_store_does_not_end_the_session(method: str) -> None:
    store = Failing()
    world = World(store)
    _, local = await world.signed_in()
    before = local.tokens
    world.clock.advance(HOUR - 30)
    store.failures = {method: 2}
    assert await local.session() is before
    world.clock.advance(31)
    with pytest.raises(errors.StoreError):
        await local.session()
    assert local.signed_in and world.service.count == 0
    assert (await local.session()).refresh_token == "refresh-1"
