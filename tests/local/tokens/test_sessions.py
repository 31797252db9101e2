from __future__ import annotations

import base64
import json
import re

import anyio
import anyio.to_thread
import pytest

from cognito_async._local.service import LocalService
from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.state.signing_keys import SigningKeys

from ..helpers import PASSWORD, SECRET, START, Wire, attributes_of, claims, keys, refusal, secret_hash

pytestmark = [pytest.mark.anyio, pytest.mark.table]
NOW = int(START.timestamp())
ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_LocalPool"
REFRESHED = {"AccessToken", "IdToken", "ExpiresIn", "TokenType"}


async def test_client_sees_only_readable_attributes() -> None:
    wire = Wire(client=AppClientSettings(read_attributes=frozenset({"name"})))
    user = await wire.signed_up("alice", PASSWORD, email="f@example.com", name="F")
    tokens = await wire.tokens()
    reply = await wire.call("GetUser", AccessToken=tokens["AccessToken"])
    assert attributes_of(reply["UserAttributes"]) == {"sub": user.sub, "name": "F"}
    assert "email" not in claims(tokens["IdToken"])[1]


async def test_get_user_leaves_out_empty_members() -> None:
    wire = Wire()
    user = await wire.signed_up()
    reply = await wire.call("GetUser", AccessToken=(await wire.tokens())["AccessToken"])
    assert reply.keys() == {"Username", "UserAttributes"} and reply["Username"] == "alice"
    expected = {"sub": user.sub, "email": "f@example.com", "email_verified": "true"}
    assert attributes_of(reply["UserAttributes"]) == expected


async def test_refresh_token_is_opaque_and_has_five_parts() -> None:
    wire = Wire()
    await wire.signed_up()
    parts = (await wire.tokens())["RefreshToken"].split(".")
    head = json.loads(base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    assert head == {"cty": "JWT", "enc": "A256GCM", "alg": "RSA-OAEP"}
    assert len(parts) == 5 and all(re.fullmatch(r"[\w-]+", part) for part in parts)


@pytest.mark.parametrize("flow", ["REFRESH_TOKEN_AUTH", "REFRESH_TOKEN", "GetTokensFromRefreshToken"])
async def test_refresh_preserves_sign_in_claims(flow: str) -> None:
    wire = Wire()
    await wire.signed_up()
    first = await wire.tokens()
    wire.clock.advance(1800)
    if flow == "GetTokensFromRefreshToken":
        reply = await wire.call(flow, RefreshToken=first["RefreshToken"])
    else:
        reply = await wire.initiate(flow, REFRESH_TOKEN=first["RefreshToken"], SECRET_HASH="ignored")
    assert reply["AuthenticationResult"].keys() == REFRESHED
    for name in ("AccessToken", "IdToken"):
        before, after = claims(first[name])[1], claims(reply["AuthenticationResult"][name])[1]
        for kept in ("sub", "origin_jti", "auth_time", "event_id"):
            assert before[kept] == after[kept]
        assert before["jti"] != after["jti"]
        assert (after["iat"], after["exp"]) == (NOW + 1800, NOW + 5400)


async def test_refresh_token_is_reusable_without_rotation() -> None:
    wire = Wire()
    await wire.signed_up()
    token = (await wire.tokens())["RefreshToken"]
    for _ in range(2):
        assert await wire.call("GetTokensFromRefreshToken", RefreshToken=token)
        assert await wire.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=token)


async def test_two_sign_ins_are_two_sessions() -> None:
    wire = Wire()
    await wire.signed_up()
    tokens = [await wire.tokens() for _ in range(2)]
    assert len({claims(each["AccessToken"])[1]["origin_jti"] for each in tokens}) == 2


async def refresh_refusals(wire: Wire, token: str, **more: str) -> set[tuple[str, str]]:
    """Return the errors of both flows of a refresh. The set has one element if they are the same."""
    return {
        await wire.refused("GetTokensFromRefreshToken", RefreshToken=token, **more),
        await wire.refused(
            "InitiateAuth", AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": token}, **more
        ),
    }


async def test_invalid_refresh_tokens_are_refused() -> None:
    wire = Wire()
    user = await wire.signed_up()
    token = (await wire.tokens())["RefreshToken"]
    other_pool = Wire(PoolSettings(id="us-east-1_Other"), AppClientSettings(id="elsewhere"), service=wire.service)
    altered = token[:-1] + ("A" if token[-1] != "A" else "Q")
    for bad in ("x", "a.b.c.d.e", altered):
        assert await refresh_refusals(wire, bad) == {refusal("Invalid Refresh Token.")}
    assert await refresh_refusals(other_pool, token) == {refusal("Invalid Refresh Token.")}
    wire.service.add_client(wire.pool.id, AppClientSettings(id="other"))
    different = await refresh_refusals(wire, token, ClientId="other")
    assert different == {refusal("Refresh Token has different Client")}
    user.enabled = False
    assert await refresh_refusals(wire, token) == {refusal("User is disabled.")}
    user.enabled = True
    wire.clock.advance(30 * 24 * 3600)
    assert await refresh_refusals(wire, token) == {refusal("Refresh Token has expired")}
    await wire.admin("AdminDeleteUser", Username="alice")
    gone = refusal("The user has been deleted for the associated refresh token")
    assert await refresh_refusals(wire, token) == {gone}


async def test_refresh_needs_a_token() -> None:
    missing = await Wire().initiate_refused("REFRESH_TOKEN_AUTH")
    assert missing == ("InvalidParameterException", "Refresh Token is missing.")


async def test_refresh_hash_is_over_the_username_and_checked_after_the_token() -> None:
    secret_client = AppClientSettings(secret=SECRET)
    wire = Wire(PoolSettings(username_attributes=("email",)), secret_client)
    user = await wire.signed_up("f@example.com")
    token = (await wire.tokens("f@example.com"))["RefreshToken"]
    bad = {"REFRESH_TOKEN": "bad", "SECRET_HASH": "bad="}
    assert await wire.initiate_refused("REFRESH_TOKEN_AUTH", **bad) == refusal("Invalid Refresh Token.")
    typed = secret_hash("f@example.com", secret_client)
    unverified = refusal(f"SecretHash does not match for the client: {secret_client.id}")
    refused = await wire.initiate_refused("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=token, SECRET_HASH=typed)
    assert refused == unverified
    real = secret_hash(user.username, secret_client)
    assert await wire.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=token, SECRET_HASH=real)


async def test_refresh_of_a_secret_client_requires_the_client_secret() -> None:
    wire = Wire(client=AppClientSettings(secret=SECRET))
    await wire.signed_up()
    token, operation = (await wire.tokens())["RefreshToken"], "GetTokensFromRefreshToken"
    assert await wire.refused(operation, RefreshToken=token) == refusal(
        f"Client {wire.client.id} is configured with secret but client secret was not received"
    )
    assert await wire.refused(operation, RefreshToken=token, ClientSecret="x" * 24) == refusal(
        f"Unable to verify client secret for client {wire.client.id}"
    )
    assert await wire.call(operation, RefreshToken=token, ClientSecret=SECRET)


async def test_revocation_ends_one_session_only() -> None:
    wire = Wire()
    await wire.signed_up()
    ended, other = await wire.tokens(), await wire.tokens()
    for _ in range(2):
        assert await wire.call("RevokeToken", Token=ended["RefreshToken"]) == {}
    revoked = refusal("Access Token has been revoked")
    assert await wire.refused("GetUser", AccessToken=ended["AccessToken"]) == revoked
    assert await refresh_refusals(wire, ended["RefreshToken"]) == {refusal("Refresh Token has been revoked")}
    assert await wire.call("GetUser", AccessToken=other["AccessToken"])


async def test_invalid_revocations_are_refused() -> None:
    wire = Wire(client=AppClientSettings(secret=SECRET))
    await wire.signed_up()
    tokens = await wire.tokens()
    token = tokens["RefreshToken"]
    unauthorized = "UnauthorizedException"
    missing = f"Client {wire.client.id} is configured with secret but client secret was not received"
    assert await wire.refused("RevokeToken", Token=token) == (unauthorized, missing)
    wrong = f"Unable to verify client secret for client {wire.client.id}"
    assert await wire.refused("RevokeToken", Token=token, ClientSecret="x" * 24) == (unauthorized, wrong)
    assert (await wire.refused("RevokeToken", Token=token, ClientId="nobody"))[0] == unauthorized
    wire.service.add_client(wire.pool.id, AppClientSettings(id="other"))
    assert (await wire.refused("RevokeToken", Token=token, ClientId="other"))[0] == unauthorized
    for kind in ("AccessToken", "IdToken"):
        refused = await wire.refused("RevokeToken", Token=tokens[kind], ClientSecret=SECRET)
        assert refused[0] == "UnsupportedTokenTypeException"
    assert await wire.call("RevokeToken", Token="unknown", ClientSecret=SECRET) == {}
    await wire.admin("AdminDeleteUser", Username="alice")
    assert await wire.call("RevokeToken", Token=token, ClientSecret=SECRET) == {}


async def test_tokens_without_revocation_lack_its_claims() -> None:
    wire = Wire(client=AppClientSettings(enable_token_revocation=False))
    await wire.signed_up()
    tokens = await wire.tokens()
    assert not {"jti", "origin_jti"} & claims(tokens["AccessToken"])[1].keys()
    refused = await wire.refused("RevokeToken", Token=tokens["RefreshToken"])
    assert refused[0] == "UnsupportedOperationException"
    assert await wire.call("GlobalSignOut", AccessToken=tokens["AccessToken"]) == {}
    assert await wire.refused("GetUser", AccessToken=tokens["AccessToken"]) == refusal("Access Token has been revoked")


async def test_global_sign_out_ends_all_sessions_of_one_user() -> None:
    wire = Wire()
    await wire.signed_up("alice")
    await wire.signed_up("bob")
    tokens, others = [await wire.tokens(), await wire.tokens()], await wire.tokens("bob")
    assert await wire.call("GlobalSignOut", AccessToken=tokens[0]["AccessToken"]) == {}
    revoked = refusal("Access Token has been revoked")
    for each in tokens:
        assert await wire.refused("GlobalSignOut", AccessToken=each["AccessToken"]) == revoked
        assert await refresh_refusals(wire, each["RefreshToken"]) == {refusal("Refresh Token has been revoked")}
    assert await wire.call("GetUser", AccessToken=others["AccessToken"])
    assert await wire.call("GetUser", AccessToken=(await wire.tokens())["AccessToken"])


async def test_access_token_of_a_deleted_user_is_refused() -> None:
    wire = Wire()
    await wire.signed_up()
    token = (await wire.tokens())["AccessToken"]
    assert await wire.call("DeleteUser", AccessToken=token) == {}
    assert wire.service.find_user(wire.pool.id, "alice") is None
    await wire.signed_up()
    gone = ("UserNotFoundException", "User does not exist.")
    assert await wire.refused("GetUser", AccessToken=token) == gone


async def test_discovery_names_the_issuer_and_its_keys() -> None:
    wire = Wire()
    document = (await wire.http.get(f"/{wire.pool.id}/.well-known/openid-configuration")).json()
    assert (document["issuer"], document["jwks_uri"]) == (ISSUER, f"{ISSUER}/.well-known/jwks.json")


async def test_issuer_can_be_the_local_address() -> None:
    wire = Wire(PoolSettings(issuer_endpoint="http://127.0.0.1:9229/"))
    await wire.signed_up()
    token = (await wire.tokens())["AccessToken"]
    assert claims(token)[1]["iss"] == "http://127.0.0.1:9229/us-east-1_LocalPool"
    assert await wire.call("GetUser", AccessToken=token)


async def test_concurrent_calls_share_one_key_generation(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[SigningKeys] = []

    def generate() -> SigningKeys:
        made.append(keys())
        return made[0]

    monkeypatch.setattr(SigningKeys, "generate", generate)
    service = LocalService()
    pool = service.add_pool()
    wire = Wire(PoolSettings(id="us-east-1_Other"), service=service)
    replies: list[bytes] = []

    async def ask() -> None:
        replies.append((await wire.http.get(f"/{pool.id}/.well-known/jwks.json")).content)

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(ask)
    assert len(made) == 1 and len(set(replies)) == 1


async def test_generated_keys_are_two_of_2048_bits() -> None:
    pair = await anyio.to_thread.run_sync(SigningKeys.generate)
    assert pair.id.kid != pair.access.kid and pair.id.private.key_size == pair.access.private.key_size == 2048
