"""Defects of other Python packages that verify tokens of Cognito, each a test of our verifier, on asyncio and trio."""

from __future__ import annotations

import base64
import hashlib

import httpx
import pytest

from cognito_async import AccessClaims, TokenVerifier, errors

from .signing import (
    CLIENT_ID,
    GONE,
    ISSUER,
    NOW,
    POOL_ID,
    UPDATED_ISSUER,
    KeyServer,
    access_token,
    clock,
    id_token,
    jwk,
    key_set,
    moving,
    other_key_set,
    verifier,
    with_kid,
)

pytestmark = pytest.mark.anyio


async def test_one_bad_reply_is_not_remembered() -> None:
    """fastapi-cognito: after one reply with status 503, every token is refused until the program is restarted."""
    server = KeyServer(httpx.Response(503, json={"message": "Service Unavailable"}))
    made = server.verifier()
    with pytest.raises(errors.KeysUnavailable) as caught:
        await made.verify(access_token())
    assert not isinstance(caught.value, errors.InvalidToken)  # an outage is 503, and not 401
    server.reply = key_set()
    assert (await made.verify(access_token())).username == "alice"


async def test_new_keys_of_the_pool_are_found() -> None:
    """fastapi-cognito, cognitojwt: the keys are fetched once for the life of the program."""
    server = KeyServer(other_key_set())
    made = server.verifier(clock=moving())
    await made.preload()
    server.reply = key_set()
    assert (await made.verify(access_token())).username == "alice"
    assert len(server.urls) == 3  # one for each issuer at the start, and one for the new key


@pytest.mark.parametrize("issuer", ["https://attacker.example/pool", f"{ISSUER}x", ISSUER.replace("central", "west")])
async def test_issuer_must_be_that_of_the_pool(issuer: str) -> None:
    """fastapi-cognito, cognitojwt: `iss` is not checked, so a key that signs for two issuers is enough."""
    server = KeyServer()
    with pytest.raises(errors.WrongIssuer):
        await server.verifier().verify(access_token(iss=issuer))
    assert server.urls == []


async def test_id_token_is_an_invalid_token_where_an_access_token_is_wanted() -> None:
    """fastapi-cognito: the error is a ValidationError of pydantic, which is no 401. cognitojwt does not look."""
    made = KeyServer().verifier()
    for token in (id_token(), id_token(client_id=CLIENT_ID, scope="orders/read", username="alice")):
        with pytest.raises(errors.InvalidToken) as caught:
            await made.verify(token)
        assert type(caught.value) is errors.WrongTokenUse


async def test_hash_of_the_access_token_is_no_problem() -> None:
    """pycognito: every ID token of managed login is a TypeError, because it has `at_hash`."""
    access = access_token()
    digest = hashlib.sha256(access.encode()).digest()[:16]
    identity = id_token(at_hash=base64.urlsafe_b64encode(digest).decode().rstrip("="))
    made = KeyServer().verifier(token_use="id")
    assert (await made.verify(identity)).username == "alice"
    assert (await made.verify(identity, access_token=access)).username == "alice"
    with pytest.raises(errors.WrongAccessToken):
        await made.verify(identity, access_token=access_token(jti="another"))


async def test_unknown_key_is_an_invalid_token() -> None:
    """pycognito: it is an IndexError, from the first item of an empty list."""
    for kid in ("unknown", "0", jwk()["kid"][:-1]):
        with pytest.raises(errors.UnknownKey):
            await KeyServer().verifier().verify(with_kid(kid))


async def test_expected_values_do_not_come_from_the_token() -> None:
    """warrant, mandate: the `aud` and `iss` of the token itself are the expected ones, so the check cannot fail."""
    server = KeyServer()
    for token, error in (
        (access_token(client_id="another"), errors.WrongClient),
        (access_token(iss="https://attacker.example/pool"), errors.WrongIssuer),
    ):
        with pytest.raises(error):
            await server.verifier().verify(token)
    with pytest.raises(errors.WrongClient):
        await server.verifier(token_use="id").verify(id_token(aud="another"))
    assert not any("attacker" in url for url in server.urls)


async def test_client_and_use_cannot_be_forgotten() -> None:
    """In many packages they are optional, and then not checked."""
    for options in ({"client_id": CLIENT_ID}, {"token_use": "access"}, {}):
        with pytest.raises(TypeError):
            TokenVerifier(POOL_ID, **options)  # type: ignore[call-overload]
    for use in ("refresh", GONE):
        with pytest.raises(errors.WrongTokenUse):
            await KeyServer().verifier(client_id=None, token_use=None).verify(access_token(token_use=use))


@pytest.mark.parametrize("iat", [NOW + 1, NOW + 30, NOW + 86_400, GONE])
async def test_clock_that_is_late_refuses_no_new_token(iat: int) -> None:
    """pycognito: "The token is not yet valid (iat)" on a machine whose clock is a little late (its issue 225)."""
    assert (await KeyServer().verifier().verify(access_token(iat=iat))).username == "alice"


async def test_newer_issuers_are_known() -> None:
    """Most packages know the original form of the issuer only."""
    replica = ISSUER.replace("eu-central-1.", "eu-west-1.")
    made = KeyServer().verifier(regions=["eu-west-1"])
    for issuer in (ISSUER, UPDATED_ISSUER, replica):
        claims = await made.verify(access_token(iss=issuer))
        assert isinstance(claims, AccessClaims) and claims.iss == issuer


def test_code_without_an_event_loop_can_verify() -> None:
    """On trio, fastapi-cognito fails. Our verifier needs no event loop at all once it has keys."""
    assert verifier(clock=clock).verify_nowait(access_token()).username == "alice"
