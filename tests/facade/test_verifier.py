"""`pool.verifier()`: a verifier that takes from the pool what it knows, and `user_from_access_token(verified=…)`."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from cognito_async import AccessClaims, IdClaims, Tokens, UserPool, errors
from cognito_async.local import LocalUserPool, MovableClock, PoolSettings
from tests.support import set_service_time
from tests.verify.signing import ISSUER, NOW, POOL_ID, UPDATED_ISSUER, KeyServer, access_token, clock

pytestmark = pytest.mark.anyio


@pytest.fixture
async def local() -> AsyncIterator[LocalUserPool]:
    async with LocalUserPool() as pool:
        await pool.user_pool().sign_up("alice", "Passw0rd!", attributes={"email": "alice@example.com"})
        await pool.user_pool().confirm_sign_up("alice", pool.outbox[-1].code)
        yield pool


async def tokens_of(local: LocalUserPool) -> Tokens:
    return (await local.user_pool().sign_in("alice", "Passw0rd!")).tokens


def pool_with(server: KeyServer, **options: Any) -> UserPool:
    client = httpx.AsyncClient(transport=server, trust_env=False)
    return UserPool(POOL_ID, "1verified2client", http_client=client, clock=clock, **options)


async def test_verifier_of_a_local_pool_needs_no_socket(local: LocalUserPool) -> None:
    pool, tokens = local.user_pool(), await tokens_of(local)
    assert tokens.id_token is not None
    access = await pool.verifier().verify(tokens.access_token)
    assert isinstance(access, AccessClaims) and access.username == "alice" and access.iss == local.issuer
    identity = await pool.verifier("id").verify(tokens.id_token)
    assert isinstance(identity, IdClaims) and identity.email == "alice@example.com"
    both = pool.verifier(None)
    assert await both.verify(tokens.access_token) == access and await both.verify(tokens.id_token) == identity
    with pytest.raises(errors.WrongTokenUse):
        await pool.verifier().verify(tokens.id_token)


async def test_token_of_a_local_pool_expires(local: LocalUserPool) -> None:
    tokens, verifier = await tokens_of(local), local.user_pool().verifier()
    local.clock.advance(3590)  # the clock runs, and the token has whole seconds
    await verifier.verify(tokens.access_token)
    local.clock.advance(10)
    with pytest.raises(errors.TokenExpired):
        await verifier.verify(tokens.access_token)


async def test_local_pool_has_public_keys_and_an_issuer(local: LocalUserPool) -> None:
    verifier = UserPool(local.settings.id, local.client.id, clock=local.clock).verifier()
    verifier.add_keys(local.jwks)
    tokens = await tokens_of(local)
    assert verifier.verify_nowait(tokens.access_token).iss == local.issuer
    document = await httpx.AsyncClient(transport=httpx.ASGITransport(local.app), base_url="http://local").get(
        f"/{local.settings.id}/.well-known/openid-configuration"
    )
    assert document.json()["issuer"] == local.issuer


def test_keys_of_a_local_pool_are_generated_when_they_are_needed() -> None:
    local = LocalUserPool()
    assert local.jwks == local.jwks and len(local.jwks["keys"]) == 2


async def test_client_of_the_pool_is_the_default(local: LocalUserPool) -> None:
    tokens = await tokens_of(local)
    for client_id in (None, ["another", local.client.id]):
        await local.user_pool().verifier(client_id=client_id).verify(tokens.access_token)
    with pytest.raises(errors.WrongClient):
        await local.user_pool().verifier(client_id="another").verify(tokens.access_token)


async def test_all_verifiers_of_a_pool_share_its_keys() -> None:
    server = KeyServer()
    pool = pool_with(server)
    for each in (pool, pool, pool.with_options(timeout=5)):
        await each.verifier().verify(access_token())
    assert server.urls == [f"{ISSUER}/.well-known/jwks.json"]
    await pool.verifier(jwks_ttl=5).verify(access_token())
    assert len(server.urls) == 2


async def test_region_of_the_pool_may_be_that_of_a_replica() -> None:
    server = KeyServer()
    verifier = pool_with(server, region="us-east-1").verifier()
    replica = ISSUER.replace("eu-central-1.", "us-east-1.")
    for issuer in (ISSUER, UPDATED_ISSUER, replica):
        await verifier.verify(access_token(iss=issuer))
    assert server.urls[-1] == f"{replica}/.well-known/jwks.json"


@pytest.mark.parametrize("endpoint", ["http://localhost:9229", "http://localhost:9229/"])
async def test_keys_of_an_emulator_are_at_its_endpoint(endpoint: str) -> None:
    server = KeyServer()
    verifier = pool_with(server, endpoint=endpoint).verifier()
    for issuer in (ISSUER, f"http://localhost:9229/{POOL_ID}"):
        await verifier.verify(access_token(iss=issuer))
    assert server.urls == [f"http://localhost:9229/{POOL_ID}/.well-known/jwks.json"]
    with pytest.raises(errors.WrongIssuer):
        await verifier.verify(access_token(iss="http://localhost:9230/x"))


async def test_endpoint_of_the_environment_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:4566")
    server = KeyServer()
    await pool_with(server).verifier().verify(access_token())
    assert server.urls == [f"http://localhost:4566/{POOL_ID}/.well-known/jwks.json"]


async def test_pool_id_of_an_emulator_needs_no_region_of_aws() -> None:
    server = KeyServer()
    client = httpx.AsyncClient(transport=server, trust_env=False)
    pool = UserPool("local_1", "c", region="local", endpoint="http://localhost:1", http_client=client, clock=clock)
    await pool.verifier().verify(access_token(iss="http://localhost:1/local_1", client_id="c"))
    with pytest.raises(errors.ConfigurationError, match="region"):
        UserPool("local_1", "c", region="eu-central-1", clock=clock).verifier()


@pytest.mark.parametrize("options", [{"use_fips_endpoint": True}, {"endpoint": "https://x.cognito-idp.amazonaws.com"}])
async def test_other_hosts_of_aws_do_not_change_the_issuer(options: dict[str, Any]) -> None:
    server = KeyServer()
    await pool_with(server, **options).verifier().verify(access_token())
    assert server.urls == [f"{ISSUER}/.well-known/jwks.json"]


async def test_given_issuer_and_url_come_first() -> None:
    server = KeyServer()
    pool = pool_with(server, endpoint="http://localhost:9229")
    await pool.verifier(issuer="https://a/b").verify(access_token(iss="https://a/b"))
    await pool.verifier(jwks_url="https://keys.example.com/").verify(access_token())
    assert server.urls == [f"http://localhost:9229/{POOL_ID}/.well-known/jwks.json", "https://keys.example.com/"]
    with pytest.raises(errors.WrongIssuer):
        await pool.verifier(issuer="https://a/b").verify(access_token())


async def test_date_of_a_reply_makes_no_expired_token_valid() -> None:
    """A wrong `Date`, such as that of an emulator, changes when tokens are refreshed, but not which are accepted."""
    pool = pool_with(KeyServer())
    token = access_token()  # valid for an hour by the clock of this machine
    for hours in (-24_000, -1, 1, 24_000):
        set_service_time(pool, clock.now() + timedelta(hours=hours))
        assert (await pool.verifier().verify(token)).username == "alice"
        with pytest.raises(errors.TokenExpired):
            await pool.verifier().verify(access_token(exp=NOW))


async def test_new_token_is_accepted_by_a_clock_that_is_an_hour_late() -> None:
    late = MovableClock(clock.now() - timedelta(hours=1))
    assert (await KeyServer().verifier(clock=late).verify(access_token())).iat == NOW


async def test_new_token_has_expired_for_a_clock_that_is_an_hour_early() -> None:
    early, server = MovableClock(clock.now() + timedelta(hours=1)), KeyServer()
    with pytest.raises(errors.TokenExpired):
        await server.verifier(clock=early).verify(access_token())
    assert (await server.verifier(clock=early, leeway=60).verify(access_token())).iat == NOW


def test_unknown_option_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="clock"):
        LocalUserPool().user_pool().verifier(clock=None)  # type: ignore[call-overload]
    with pytest.raises(errors.ConfigurationError, match="token_use"):
        LocalUserPool().user_pool().verifier("refresh")  # type: ignore[call-overload]


async def test_verified_claims_make_a_user_of_the_token(local: LocalUserPool) -> None:
    pool, tokens = local.user_pool(), await tokens_of(local)
    claims = await pool.verifier().verify(tokens.access_token)
    assert isinstance(claims, AccessClaims)
    user = pool.user_from_access_token(tokens.access_token, verified=claims)
    assert (user.username, user.sub) == ("alice", claims.sub)
    assert (await user.attributes())["email"] == "alice@example.com"


async def test_verified_claims_of_another_token_are_refused(local: LocalUserPool) -> None:
    pool, tokens, other = local.user_pool(), await tokens_of(local), await tokens_of(local)
    claims = await pool.verifier(None).verify(other.access_token)
    assert other.id_token is not None
    wrong: list[Any] = [claims, await pool.verifier("id").verify(other.id_token), {"username": "alice"}]
    own = await pool.verifier().verify(tokens.access_token)
    wrong += [dataclasses.replace(own, iss="https://x/y"), dataclasses.replace(own, extra={"x": 1})]
    for verified in wrong:
        with pytest.raises(errors.ConfigurationError, match="verified must be"):
            pool.user_from_access_token(tokens.access_token, verified=verified)


async def test_verified_claims_of_another_pool_are_refused(local: LocalUserPool) -> None:
    token = (await tokens_of(local)).access_token
    claims = await local.user_pool().verifier().verify(token)
    assert isinstance(claims, AccessClaims)
    with pytest.raises(errors.ConfigurationError, match="verified must be"):
        UserPool("us-east-1_Another", local.client.id).user_from_access_token(token, verified=claims)


async def test_another_pool_with_the_same_key_is_another_issuer(local: LocalUserPool) -> None:
    other = LocalUserPool(PoolSettings(id="us-east-1_Another"), clock=local.clock)
    assert other.jwks == local.jwks, "the tests share one pair of keys"
    with pytest.raises(errors.WrongIssuer):
        await other.user_pool().verifier().verify((await tokens_of(local)).access_token)


async def test_verifier_leaves_no_reference_cycle_for_a_refused_token(local: LocalUserPool) -> None:
    verifier = local.user_pool().verifier()
    await verifier.preload()
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            with contextlib.suppress(errors.InvalidToken):
                await verifier.verify(f"{'a' * 500}.b.c")
            with contextlib.suppress(errors.InvalidToken):
                verifier.verify_nowait("a.b.c")
        assert gc.collect() == 0
    finally:
        gc.enable()
