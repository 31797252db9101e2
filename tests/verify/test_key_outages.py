"""Keys that cannot be fetched: never the error of a bad token, and never the end of the keys that are there."""

from __future__ import annotations

import json
from typing import Any

import anyio
import httpx
import pytest

from cognito_async import TokenVerifier, errors
from tests.verify.signing import ISSUER, KeyServer, access_token, key_set, moving, with_kid

pytestmark = pytest.mark.anyio
KEYS_URL = f"{ISSUER}/.well-known/jwks.json"


async def test_old_keys_are_used_while_they_cannot_be_fetched() -> None:
    server, time = KeyServer(), moving()
    checker = server.verifier(clock=time, jwks_ttl=600)
    await checker.verify(access_token())
    server.reply = httpx.Response(503)
    time.advance(600)
    for _ in range(20):
        assert (await checker.verify(access_token())).username == "alice"
    assert len(server.urls) == 1 + 3
    with pytest.raises(errors.KeysUnavailable, match="status 503"):
        await checker.verify(with_kid("unknown"))
    server.reply = key_set()
    time.advance(10)
    await checker.verify(access_token())
    assert len(server.urls) == 1 + 4
    with pytest.raises(errors.UnknownKey):
        await checker.verify(with_kid("unknown"))


UNUSABLE: dict[str, Any] = {
    "an error": httpx.Response(500),
    "not found": httpx.Response(404),
    "a redirect": httpx.Response(302, headers={"location": "https://evil.example/keys"}),
    "no content": httpx.Response(204),
    "a page": b"<html>",
    "an array": b"[]",
    "two documents": b"{}{}",
    "no keys": {"keys": []},
    "no member": {},
    "another type": {"keys": {"a": 1}},
    "other entries": {"keys": [1, None, "x", []]},
    "duplicates": b'{"keys":[],"keys":[]}',
    "a byte order mark": b"\xef\xbb\xbf" + json.dumps(key_set()).encode(),
    "too much": b" " * 65536 + json.dumps(key_set()).encode(),
    "compressed": httpx.Response(200, headers={"content-encoding": "gzip"}, content=b""),
    "no connection": httpx.ConnectError("refused"),
    "a lost reply": httpx.ReadError("lost"),
}


@pytest.mark.table
@pytest.mark.parametrize("name", UNUSABLE)
async def test_unusable_reply_means_that_keys_are_unavailable(name: str) -> None:
    server, time = KeyServer(UNUSABLE[name]), moving()
    checker = server.verifier(clock=time)
    for _ in range(2):
        with pytest.raises(errors.KeysUnavailable) as failed:
            await checker.verify(access_token())
        assert failed.value.retry_after is not None and failed.value.retry_after >= 1
    with pytest.raises(errors.InvalidToken):  # whatever happens to the keys
        await checker.verify("malformed")
    assert set(server.urls) == {KEYS_URL}
    server.reply = key_set()
    time.advance(10)
    assert (await checker.verify(access_token())).username == "alice"


@pytest.mark.table
@pytest.mark.parametrize("name", UNUSABLE)
async def test_unusable_reply_never_removes_keys(name: str) -> None:
    server, time = KeyServer(), moving()
    checker = server.verifier(clock=time, jwks_ttl=600)
    await checker.verify(access_token())
    server.reply = UNUSABLE[name]
    time.advance(600)
    assert (await checker.verify(access_token())).username == "alice"
    assert len(server.urls) == 2


async def test_slow_server_means_that_keys_are_unavailable() -> None:
    server, time = KeyServer(before=anyio.sleep_forever), moving()
    checker = server.verifier(clock=time, jwks_timeout=2)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_expect_no_keys, checker)
        await anyio.wait_all_tasks_blocked()
        time.advance(2)


async def _expect_no_keys(checker: TokenVerifier[Any]) -> None:
    with pytest.raises(errors.KeysUnavailable, match="time limit"):
        await checker.verify(access_token())


async def test_outage_is_not_asked_again_for_each_token() -> None:
    server, time = KeyServer(httpx.Response(503)), moving()
    checker = server.verifier(clock=time)
    for _ in range(50):
        with pytest.raises(errors.KeysUnavailable):
            await checker.verify(access_token())
    assert len(server.urls) == 3
    with pytest.raises(errors.KeysUnavailable) as failed:
        checker.verify_nowait(access_token())
    assert failed.value.retry_after == pytest.approx(10 / 3)
    time.advance(3.4)
    with pytest.raises(errors.KeysUnavailable):
        await checker.verify(access_token())
    assert len(server.urls) == 4


async def test_preload_reports_an_outage() -> None:
    server = KeyServer(httpx.Response(503))
    checker = server.verifier()
    for _ in range(5):
        with pytest.raises(errors.KeysUnavailable, match="status 503"):
            await checker.preload()
    assert len(server.urls) == 2 * 3, "both issuers, three times each"
    checker.add_keys(key_set())
    await checker.preload()
