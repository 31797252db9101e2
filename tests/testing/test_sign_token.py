"""`LocalUserPool.sign_token` and `auth_headers`: tokens that a program has to accept, and those it has to refuse."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from cognito_async import AccessClaims, IdClaims, errors
from cognito_async.local import AppClientSettings, LocalUserPool, PoolSettings

USES: Any = ["access", "id"]


def header(token: str) -> Any:
    part = token.split(".", maxsplit=1)[0]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@pytest.mark.anyio
async def test_token_of_a_user_is_accepted_by_verifiers_and_by_the_pool() -> None:
    local = LocalUserPool()
    user = local.make_user("alice", groups=["editors"])
    pool = local.user_pool()
    access = await pool.verifier().verify(local.sign_token(user))
    identity = await pool.verifier("id").verify(local.sign_token(user, token_use="id"))
    assert isinstance(access, AccessClaims) and isinstance(identity, IdClaims)
    assert access.sub == identity.sub == user.sub
    assert (access.groups, identity.email) == (("editors",), "alice@example.com")
    assert (await pool.user_from_access_token(local.sign_token(user)).attributes())["sub"] == user.sub


@pytest.mark.anyio
@pytest.mark.parametrize("token_use", USES)
async def test_token_without_a_user_is_valid_for_a_verifier(token_use: Any) -> None:
    local = LocalUserPool(client=AppClientSettings(access_token_validity=60, id_token_validity=120))
    pool = local.user_pool()
    token = local.sign_token(token_use=token_use)
    claims = await pool.verifier(token_use).verify(token)
    assert claims.iat is not None and claims.exp - claims.iat == (60 if token_use == "access" else 120)
    with pytest.raises(errors.CognitoError):
        await pool.user_from_access_token(local.sign_token()).attributes()


@pytest.mark.anyio
@pytest.mark.parametrize(("endpoint", "is_known"), [("http://127.0.0.1:9229/", True), ("http://127.0.0.1/a", False)])
async def test_verifier_knows_an_issuer_that_is_the_address_of_a_server(endpoint: str, is_known: bool) -> None:
    local = LocalUserPool(PoolSettings(issuer_endpoint=endpoint))
    verification = local.user_pool().verifier().verify(local.sign_token())
    if is_known:
        assert (await verification).iss == f"{endpoint}us-east-1_LocalPool"
    else:
        with pytest.raises(errors.WrongIssuer):
            await verification


@pytest.mark.anyio
async def test_any_claim_can_be_replaced_or_removed() -> None:
    local = LocalUserPool()
    user = local.make_user("alice")
    verifier = local.user_pool().verifier()
    token = local.sign_token(user, scope="orders/read", tenant=5, **{"cognito:groups": ["x"]})
    claims = await verifier.verify(token)
    assert isinstance(claims, AccessClaims)
    assert (claims.scopes, claims.groups, claims.extra["tenant"]) == (("orders/read",), ("x",), 5)
    with pytest.raises(errors.MalformedToken):
        await verifier.verify(local.sign_token(user, exp=None))


@pytest.mark.anyio
@pytest.mark.parametrize("token_use", USES)
@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("expired", errors.TokenExpired),
        ("foreign_key", errors.WrongSignature),
        ("other_pool", errors.WrongIssuer),
        ("unsigned", errors.WrongAlgorithm),
    ],
)
async def test_bad_token_is_refused_for_its_fault_alone(kind: str, error: type[Exception], token_use: Any) -> None:
    local = LocalUserPool()
    verifier = local.user_pool().verifier(token_use)
    for users in ((), (local.make_user("alice"),)):
        with pytest.raises(error):
            await verifier.verify(getattr(local.sign_token, kind)(*users, token_use=token_use))


def test_forged_token_names_a_key_of_the_pool() -> None:
    local = LocalUserPool()
    kids = {each["kid"] for each in local.jwks["keys"]}
    assert header(local.sign_token.foreign_key())["kid"] in kids
    assert header(local.sign_token.unsigned()) == {"alg": "none", "kid": header(local.sign_token())["kid"]}
    assert header(local.sign_token.other_pool())["kid"] not in kids
    assert local.sign_token.unsigned().endswith(".")


@pytest.mark.anyio
async def test_token_is_signed_at_the_time_of_the_clock() -> None:
    local = LocalUserPool()
    user = local.make_user()
    local.clock.advance(7200)
    assert (await local.user_pool().verifier().verify(local.sign_token(user))).sub == user.sub


def test_headers_have_the_token_of_the_user() -> None:
    local = LocalUserPool()
    user = local.make_user()
    assert local.auth_headers(user) == {"Authorization": f"Bearer {user.access_token}"}
    assert local.auth_headers(local.sign_token.expired(user))["Authorization"].startswith("Bearer ey")
    assert local.auth_headers(user, token_use="id") == {"Authorization": f"Bearer {user.id_token}"}


def test_wrong_arguments_are_refused() -> None:
    local = LocalUserPool()
    wrong: Any = 7
    for call in (local.sign_token, local.sign_token.expired, local.auth_headers):
        with pytest.raises(errors.ConfigurationError, match="user must be a PoolUser, from make_user"):
            call(wrong)
        with pytest.raises(errors.ConfigurationError, match="user must be a user of this pool"):
            call(LocalUserPool().make_user())
    with pytest.raises(errors.ConfigurationError, match="user must be a PoolUser, from make_user, or a token"):
        local.auth_headers("alice")
    with pytest.raises(errors.ConfigurationError, match='token_use must be "access" or "id"'):
        local.auth_headers(local.make_user(), token_use=wrong)


@pytest.mark.anyio
async def test_pools_share_one_pair_of_keys_until_they_rotate_them() -> None:
    local, other = LocalUserPool(), LocalUserPool()
    assert local.jwks == other.jwks
    old = local.make_user("alice").access_token
    local.rotate_keys()
    assert len(local.jwks["keys"]) == 4 and local.jwks["keys"][2:] == other.jwks["keys"]
    new = local.make_user("bob").access_token
    assert header(new)["kid"] == local.jwks["keys"][1]["kid"] != header(old)["kid"]
    pool = local.user_pool()
    for token in (old, new):
        await pool.verifier().verify(token)
        assert await pool.user_from_access_token(token).attributes()
    other.rotate_keys()
    assert other.jwks == local.jwks, "also the second pair is shared"


@pytest.mark.anyio
async def test_forgotten_keys_sign_no_valid_token() -> None:
    local = LocalUserPool()
    old = local.make_user("alice").access_token
    local.rotate_keys(forget=True)
    pool = local.user_pool()
    with pytest.raises(errors.UnknownKey):
        await pool.verifier().verify(old)
    with pytest.raises(errors.NotAuthorizedException):
        await pool.user_from_access_token(old).attributes()
    kids = [each["kid"] for each in local.jwks["keys"]]
    local.rotate_keys(forget=True)
    assert len(kids) == len(local.jwks["keys"]) == 2 and header(local.sign_token())["kid"] not in kids
    assert (await pool.verifier().verify(local.make_user("bob").access_token)).username == "bob"
