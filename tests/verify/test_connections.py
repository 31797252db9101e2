"""Verifiers that open connections themselves, to a real server."""

from __future__ import annotations

import json
from typing import Any

import anyio
import pytest

from cognito_async import TokenVerifier, errors
from tests.serving import Connection, Serve
from tests.verify.signing import CLIENT_ID, POOL_ID, access_token, clock, key_set

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("connection")]


def verifier_at(url: str, **options: Any) -> TokenVerifier[Any]:
    return TokenVerifier(
        POOL_ID, client_id=CLIENT_ID, token_use="access", clock=clock, jwks_url=f"{url}/keys", **options
    )


async def test_keys_are_fetched_over_own_connections(serve: Serve) -> None:
    heads: list[str] = []

    async def handler(connection: Connection) -> None:
        heads.append((await connection.request())[0])
        await connection.reply(json.dumps(key_set()).encode())

    async with serve(handler) as url:
        checker = verifier_at(url)
        for _ in range(3):
            assert (await checker.verify(access_token())).username == "alice"
    assert len(heads) == 1 and heads[0].startswith("get /keys http/1.1") and "authorization" not in heads[0]


async def test_key_set_that_is_too_long_is_not_read(serve: Serve) -> None:
    async def handler(connection: Connection) -> None:
        await connection.request()
        await connection.reply(b" " * 70_000 + json.dumps(key_set()).encode())

    async with serve(handler) as url:
        with pytest.raises(errors.KeysUnavailable, match="64 KiB"):
            await verifier_at(url).verify(access_token())


async def test_server_that_does_not_answer_ends_in_time(serve: Serve) -> None:
    async def handler(connection: Connection) -> None:
        await connection.request()
        await anyio.sleep_forever()

    async with serve(handler) as url:
        checker = TokenVerifier[Any](
            POOL_ID, client_id=CLIENT_ID, token_use="access", jwks_url=f"{url}/keys", jwks_timeout=0.05
        )
        with pytest.raises(errors.KeysUnavailable, match="time limit"):
            await checker.verify(access_token(exp=4_000_000_000))


def test_successive_event_loops_share_the_keys() -> None:
    checker = verifier_at("http://127.0.0.1:9")
    checker.add_keys(key_set())
    for backend in ("asyncio", "trio", "asyncio"):
        assert anyio.run(checker.verify, access_token(), backend=backend).username == "alice"
