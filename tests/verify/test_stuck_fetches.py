"""Fetches that do not end, and issuers that do not exist: neither may take the keys away from other callers."""

from __future__ import annotations

import asyncio

import anyio
import httpx
import pytest

from cognito_async import errors
from cognito_async._verify import key_source
from cognito_async.lowlevel import Clock
from tests.verify.signing import UPDATED_ISSUER, KeyServer, access_token, key_set, moving, with_kid


class ClockByHand(Clock):
    """A clock whose `monotonic` only moves by hand. Its scopes end by the time of the machine."""

    at = 0.0

    def monotonic(self) -> float:
        return self.at


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_fetch_on_an_event_loop_that_was_stopped_is_given_up(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_source, "_GRACE_SECONDS", 0.01)
    server, clock, token = KeyServer(before=anyio.sleep_forever), ClockByHand(), access_token(exp=4_000_000_000)
    checker = server.verifier(clock=clock, jwks_timeout=0.001)
    loop = asyncio.new_event_loop()
    try:
        fetching = loop.create_task(checker.verify(token))
        while not server.urls:
            loop.run_until_complete(asyncio.sleep(0))
        server.before = None
        # Nobody knows yet that the loop was stopped, so this caller waits for the fetch, but not for long.
        with pytest.raises(errors.KeysUnavailable):
            anyio.run(checker.verify, token, backend=backend)
        clock.at = 2.0
        assert anyio.run(checker.verify, token, backend=backend).username == "alice"
        assert len(server.urls) == 2
        assert loop.run_until_complete(fetching).username == "alice", "its own fetch has failed, but the keys are there"
    finally:
        loop.close()


@pytest.mark.anyio
async def test_invented_token_of_an_unused_issuer_is_not_an_outage() -> None:
    """A pool may not use the newer form of its issuer. Its keys are not there, and nobody can have signed with them."""
    server, time = KeyServer(), moving()
    used, unused = access_token(), access_token(iss=UPDATED_ISSUER)
    checker = server.verifier(clock=time)
    await checker.verify(used)
    for status, error in ((404, errors.UnknownKey), (403, errors.UnknownKey), (500, errors.KeysUnavailable)):
        server.reply = httpx.Response(status)
        time.advance(10)
        for _ in range(2):
            with pytest.raises(error):
                await checker.verify(unused)
    server.reply = key_set()
    time.advance(10)
    assert (await checker.verify(unused)).iss == UPDATED_ISSUER


@pytest.mark.anyio
async def test_first_token_during_an_outage_is_not_an_invention() -> None:
    server = KeyServer(httpx.Response(404))
    checker = server.verifier()
    for token in (access_token(), access_token(iss=UPDATED_ISSUER), with_kid("x")):
        with pytest.raises(errors.KeysUnavailable, match="404; check user_pool_id"):
            await checker.verify(token)


@pytest.mark.anyio
async def test_failed_fetches_are_logged_once_each(caplog: pytest.LogCaptureFixture) -> None:
    checker = KeyServer(httpx.Response(500)).verifier()
    for _ in range(20):
        with pytest.raises(errors.KeysUnavailable):
            await checker.verify(access_token())
    assert [record.name for record in caplog.records if record.levelname == "WARNING"] == ["cognito_async.keys"] * 3
