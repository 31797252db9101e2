"""The keys of a verifier: when and how often they are fetched."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import anyio
import httpx
import pytest

from cognito_async import TokenVerifier, errors
from cognito_async._core.secret import Secret
from tests.verify.signing import (
    CLIENT_ID,
    ISSUER,
    POOL_ID,
    UPDATED_ISSUER,
    KeyServer,
    access_claims,
    access_token,
    clock,
    jwk,
    key_set,
    moving,
    other_key_set,
    sign,
    verifier,
    with_kid,
)

pytestmark = pytest.mark.anyio
KEYS_URL = f"{ISSUER}/.well-known/jwks.json"


async def test_keys_are_fetched_once_when_they_are_first_needed() -> None:
    server = KeyServer()
    checker = server.verifier()
    assert server.urls == []
    for _ in range(3):
        assert (await checker.verify(access_token())).username == "alice"
    assert server.urls == [KEYS_URL]


async def test_verification_with_keys_does_not_wait() -> None:
    coroutine = verifier().verify(access_token())
    with pytest.raises(StopIteration) as done:
        coroutine.send(None)
    assert done.value.value.username == "alice"


@pytest.mark.table
async def test_a_thousand_callers_share_one_fetch() -> None:
    release = anyio.Event()
    server = KeyServer(before=release.wait)
    checker, verified = server.verifier(), list[str]()

    async def verify() -> None:
        verified.append((await checker.verify(access_token())).username)

    async with anyio.create_task_group() as tasks:
        for _ in range(1000):
            tasks.start_soon(verify)
        await anyio.wait_all_tasks_blocked()
        release.set()
    assert len(verified) == 1000 and len(server.urls) == 1


async def test_other_callers_succeed_if_the_first_is_cancelled() -> None:
    release = anyio.Event()
    server = KeyServer(before=release.wait)
    checker, verified = server.verifier(), list[str]()

    async def verify() -> None:
        verified.append((await checker.verify(access_token())).username)

    async with anyio.create_task_group() as tasks:
        with anyio.CancelScope() as first:
            async with anyio.create_task_group() as inner:
                inner.start_soon(verify)
                await anyio.wait_all_tasks_blocked()
                for _ in range(5):
                    tasks.start_soon(verify)
                await anyio.wait_all_tasks_blocked()
                first.cancel()
        release.set()
    assert verified == ["alice"] * 5 and len(server.urls) == 2


def test_event_loops_of_all_threads_share_one_fetch() -> None:
    started, go_on = threading.Event(), threading.Event()
    requests: list[str] = []

    def reply(request: httpx.Request) -> httpx.Response:
        requests.append(str(request.url))
        started.set()
        go_on.wait(20)
        return httpx.Response(200, json=key_set())

    class Client:
        """A client for several event loops, whose thread the server may block."""

        def stream(self, method: str, url: str, **options: Any) -> Any:
            client = httpx.AsyncClient(transport=httpx.MockTransport(reply))
            return client.stream(method, url, headers=options["headers"])

    checker: TokenVerifier[Any] = TokenVerifier(
        POOL_ID, client_id=CLIENT_ID, token_use="access", clock=clock, http_client=Client()
    )
    names: list[str] = []

    def run(backend: str) -> None:
        names.append(anyio.run(checker.verify, access_token(), backend=backend).username)

    first = threading.Thread(target=run, args=("asyncio",))
    first.start()
    assert started.wait(20)
    others = [threading.Thread(target=run, args=(backend,)) for backend in ("asyncio", "trio", "trio")]
    for thread in others:
        thread.start()
    go_on.set()
    for thread in (first, *others):
        thread.join(20)
    assert names == ["alice"] * 4 and len(requests) == 1


async def test_fetch_that_another_thread_has_just_made_is_not_repeated() -> None:
    server = KeyServer()
    checker = server.verifier()
    await checker.verify(access_token())
    _, source = checker._examiner.by_issuer[ISSUER]
    await source.fetch(Secret(jwk()["kid"]))  # as if this caller had looked for the key before
    assert len(server.urls) == 1


async def test_key_that_was_just_rotated_in_is_fetched_at_once() -> None:
    server = KeyServer(other_key_set())
    checker = server.verifier()
    await checker.preload()
    count = len(server.urls)
    server.reply = key_set()
    assert (await checker.verify(access_token())).username == "alice"
    assert len(server.urls) == count + 1


async def test_rotation_removes_the_old_key() -> None:
    server = KeyServer()
    checker = server.verifier()
    await checker.verify(access_token())
    server.reply = other_key_set()
    with pytest.raises(errors.UnknownKey):
        await checker.verify(with_kid("new"))
    with pytest.raises(errors.UnknownKey):
        await checker.verify(access_token())


async def test_unknown_key_ids_cause_few_fetches() -> None:
    server, time = KeyServer(), moving()
    checker = server.verifier(clock=time)
    await checker.verify(access_token())
    for number in range(500):
        with pytest.raises(errors.UnknownKey):
            await checker.verify(with_kid(f"unknown {number}"))
    assert len(server.urls) == 1 + 3
    time.advance(11)
    with pytest.raises(errors.UnknownKey):
        await checker.verify(with_kid("another"))
    assert len(server.urls) == 1 + 4
    assert (await checker.verify(access_token())).username == "alice"


@pytest.mark.table
async def test_concurrent_unknown_key_ids_share_a_fetch() -> None:
    release = anyio.Event()
    server = KeyServer(before=release.wait)
    checker, refused = server.verifier(), list[Exception]()

    async def verify(number: int) -> None:
        try:
            await checker.verify(with_kid(str(number)))
        except errors.UnknownKey as error:
            refused.append(error)

    async with anyio.create_task_group() as tasks:
        for number in range(500):
            tasks.start_soon(verify, number)
        await anyio.wait_all_tasks_blocked()
        release.set()
    assert len(refused) == 500 and len(server.urls) == 1


async def test_cancelled_fetches_count_too() -> None:
    server = KeyServer()
    checker = server.verifier()
    await checker.verify(access_token())
    server.before = anyio.sleep_forever
    for number in range(10):
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_without_keys, checker, with_kid(f"unknown {number}"))
                await anyio.wait_all_tasks_blocked()
                scope.cancel()
    assert len(server.urls) == 1 + 3
    assert (await checker.verify(access_token())).username == "alice"


async def _without_keys(checker: TokenVerifier[Any], token: str) -> None:
    """Verify a token of which nothing is known, because no fetch has ended since it was sent."""
    with pytest.raises(errors.KeysUnavailable):
        await checker.verify(token)


async def test_rotated_key_is_accepted_soon_although_others_use_up_the_fetches() -> None:
    server, time = KeyServer(other_key_set()), moving()
    checker = server.verifier(clock=time)
    for number in range(50):
        with pytest.raises(errors.UnknownKey):
            await checker.verify(with_kid(f"unknown {number}"))
    server.reply = key_set()
    time.advance(3.4)
    assert (await checker.verify(access_token())).username == "alice"


async def test_old_keys_are_fetched_again() -> None:
    server, time = KeyServer(), moving()
    checker = server.verifier(clock=time, jwks_ttl=600, leeway=3600)
    token = sign(access_claims())
    for seconds, count in ((0, 1), (599, 1), (1, 2), (599, 2), (1, 3)):
        time.advance(seconds)
        await checker.verify(token)
        assert len(server.urls) == count


async def test_callers_do_not_wait_while_one_renews_old_keys() -> None:
    server, time = KeyServer(), moving()
    checker = server.verifier(clock=time, jwks_ttl=600)
    await checker.verify(access_token())
    time.advance(600)
    release = anyio.Event()
    server.before = release.wait
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(checker.verify, access_token())
        await anyio.wait_all_tasks_blocked()
        assert (await checker.verify(access_token())).username == "alice"
        release.set()
    assert len(server.urls) == 2


async def test_token_of_another_issuer_costs_no_fetch() -> None:
    server = KeyServer()
    with pytest.raises(errors.WrongIssuer):
        await server.verifier().verify(access_token(iss="https://evil.example"))
    assert server.urls == []


async def test_each_issuer_has_its_own_keys() -> None:
    server = KeyServer()
    checker = server.verifier()
    await checker.verify(access_token())
    await checker.verify(access_token(iss=UPDATED_ISSUER))
    assert server.urls == [KEYS_URL, f"{UPDATED_ISSUER}/.well-known/jwks.json"]


async def test_own_url_serves_all_issuers() -> None:
    server = KeyServer()
    checker = server.verifier(jwks_url="http://localhost:9229/keys?x=1")
    await checker.verify(access_token())
    await checker.verify(access_token(iss=UPDATED_ISSUER))
    assert server.urls == ["http://localhost:9229/keys?x=1"]


async def test_preload_needs_the_keys_of_one_issuer_only() -> None:
    class Forbidding(KeyServer):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if "issuer-" in str(request.url):
                return httpx.Response(403)
            return await super().handle_async_request(request)

    checker = Forbidding().verifier()
    await checker.preload()
    assert checker.verify_nowait(access_token()).username == "alice"


async def test_verify_nowait_needs_keys_that_are_there() -> None:
    server, time = KeyServer(other_key_set()), moving()
    checker = server.verifier(clock=time, jwks_ttl=600, leeway=3600)
    with pytest.raises(errors.KeysUnavailable, match="preload"):
        checker.verify_nowait(access_token())
    with pytest.raises(errors.UnknownKey):
        await checker.verify(access_token())
    server.reply = key_set()
    with pytest.raises(errors.KeysUnavailable, match="await verify"):
        checker.verify_nowait(access_token())
    await checker.verify(access_token())
    time.advance(6000)
    assert checker.verify_nowait(access_token()).username == "alice", "keys that are there do not get old"


async def test_verify_nowait_refuses_an_unknown_key_after_some_fetches() -> None:
    server = KeyServer()
    checker = server.verifier()
    for _ in range(3):
        with pytest.raises(errors.UnknownKey):
            await checker.verify(with_kid("unknown"))
    with pytest.raises(errors.UnknownKey):
        checker.verify_nowait(with_kid("unknown"))


async def test_added_keys_need_no_fetch_and_stay() -> None:
    server, time = KeyServer(other_key_set()), moving()
    checker = server.verifier(clock=time, leeway=3600, jwks_ttl=1)
    checker.add_keys(key_set())
    await checker.verify(access_token())
    time.advance(3601)
    await checker.verify(access_token(iss=UPDATED_ISSUER))
    assert server.urls == []
    with pytest.raises(errors.KeysUnavailable):
        checker.verify_nowait(with_kid("unknown"))
    with pytest.raises(errors.UnknownKey):
        await checker.verify(with_kid("unknown"))
    assert checker.verify_nowait(access_token()).username == "alice"


@pytest.mark.parametrize("convert", [dict, json.dumps, lambda keys: json.dumps(keys).encode()])
def test_keys_may_be_json(convert: Callable[[Any], Any]) -> None:
    checker: TokenVerifier[Any] = TokenVerifier(POOL_ID, client_id=None, token_use="access", clock=clock)
    checker.add_keys(convert(key_set()))
    assert checker.verify_nowait(access_token()).username == "alice"


@pytest.mark.parametrize(
    "keys", [{}, {"keys": []}, "", "\ud800", "[]", b"\xff", "{", [], None, {"keys": [{"kty": "RSA"}]}]
)
def test_added_keys_must_be_usable(keys: Any) -> None:
    with pytest.raises(errors.ConfigurationError, match="JSON Web Key Set"):
        verifier().add_keys(keys)
