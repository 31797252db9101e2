from __future__ import annotations

import pytest

from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings

from ..helpers import Wire, claims, keys, refusal

pytestmark = [pytest.mark.anyio, pytest.mark.table]
UNVERIFIED = refusal("Could not verify signature for Access Token")


def forged(name: str, token: str) -> str:
    head, body, signature = token.split(".")
    return {
        "nonsense": "x",
        "not json": f"{head}.{body[:-9]}.{signature}",
        "not an object": f"{head}.W10.{signature}",
        "no base64": f"A.{body}.{signature}",
        "wrong signature": f"{head}.{body}.{signature[::-1]}",
        "no signature": f"{head}.{body}.",
    }[name]


@pytest.mark.parametrize("name", ["nonsense", "not json", "not an object", "no base64"])
async def test_malformed_access_token_is_refused(name: str) -> None:
    wire = Wire()
    await wire.signed_up()
    token = forged(name, (await wire.tokens())["AccessToken"])
    assert await wire.refused("GetUser", AccessToken=token) == refusal("Invalid Access Token")


@pytest.mark.parametrize("name", ["wrong signature", "no signature"])
async def test_foreign_signature_is_refused(name: str) -> None:
    wire = Wire()
    await wire.signed_up()
    token = forged(name, (await wire.tokens())["AccessToken"])
    unverified = refusal("Could not verify signature for Access Token")
    assert await wire.refused("GetUser", AccessToken=token) == unverified
    foreign = keys().access.sign({"token_use": "access", "iss": "https://example.com"})
    assert await wire.refused("GetUser", AccessToken=foreign) == unverified


async def test_id_token_is_refused_as_an_access_token() -> None:
    wire = Wire()
    await wire.signed_up()
    tokens = await wire.tokens()
    assert await wire.refused("GetUser", AccessToken=tokens["IdToken"]) == refusal("Invalid Access Token")


async def test_expired_token_and_disabled_user_are_refused() -> None:
    wire = Wire(client=AppClientSettings(access_token_validity=300))
    user = await wire.signed_up()
    tokens = await wire.tokens()
    assert tokens["ExpiresIn"] == 300
    user.enabled = False
    assert await wire.refused("GetUser", AccessToken=tokens["AccessToken"]) == refusal("User is disabled.")
    wire.clock.advance(300)
    assert await wire.refused("GetUser", AccessToken=tokens["AccessToken"]) == refusal("Access Token has expired")


async def test_access_token_without_the_scope_is_refused() -> None:
    wire = Wire()
    await wire.signed_up()
    body = claims((await wire.tokens())["AccessToken"])[1]
    token = keys().access.sign({**body, "scope": "openid"})
    missing = refusal("Access Token does not have required scopes")
    assert await wire.refused("GetUser", AccessToken=token) == missing


@pytest.mark.parametrize("operation", ["GlobalSignOut", "AssociateSoftwareToken"])
async def test_token_of_a_deleted_user_is_revoked_where_missing_users_are_undeclared(operation: str) -> None:
    wire = Wire(PoolSettings(mfa="OPTIONAL"))
    user = await wire.signed_up()
    access = {"AccessToken": (await wire.tokens())["AccessToken"]}
    user.enabled = False
    assert await wire.refused(operation, **access) == refusal("User is disabled.")
    await wire.admin("AdminDeleteUser", Username="alice")
    assert await wire.refused(operation, **access) == refusal("Access Token has been revoked")


async def test_token_waits_until_the_user_has_set_a_new_password() -> None:
    wire = Wire(PoolSettings(mfa="OPTIONAL"))
    await wire.signed_up()
    access = {"AccessToken": (await wire.tokens())["AccessToken"]}
    await wire.admin("AdminResetUserPassword", Username="alice")
    required = ("PasswordResetRequiredException", "Password reset required for the user")
    assert await wire.refused("GetUser", **access) == required
    assert await wire.refused("GlobalSignOut", **access) == required
    # AssociateSoftwareToken does not declare that error.
    assert await wire.refused("AssociateSoftwareToken", **access) == refusal("Access Token has been revoked")
    code = wire.service.outbox[-1].code
    await wire.call("ConfirmForgotPassword", Username="alice", ConfirmationCode=code, Password="N3w-Passw0rd!")
    assert (await wire.call("GetUser", **access))["Username"] == "alice"


async def test_problems_are_reported_in_the_services_order() -> None:
    wire = Wire()
    user = await wire.signed_up()
    token = (await wire.tokens())["AccessToken"]
    body = claims(token)[1]
    await wire.call("GlobalSignOut", AccessToken=token)
    await wire.admin("AdminDeleteUser", Username="alice")
    wire.clock.advance(3600)
    of_no_scope = {**body, "scope": "openid"}
    wrong_use = keys().id.sign({**of_no_scope, "token_use": "id"})
    assert await wire.refused("GetUser", AccessToken=wrong_use) == refusal("Invalid Access Token")
    assert await wire.refused("GetUser", AccessToken=keys().id.sign(of_no_scope)) == UNVERIFIED
    bad = keys().access.sign(of_no_scope)
    assert await wire.refused("GetUser", AccessToken=bad) == refusal("Access Token has expired")
    fresh = keys().access.sign({**of_no_scope, "exp": body["exp"] + 3600})
    gone = ("UserNotFoundException", "User does not exist.")
    assert await wire.refused("GetUser", AccessToken=fresh) == gone

    user = await wire.signed_up()
    token = (await wire.tokens())["AccessToken"]
    bad = keys().access.sign({**claims(token)[1], "scope": "openid"})
    await wire.call("GlobalSignOut", AccessToken=token)
    user.enabled = False
    assert await wire.refused("GetUser", AccessToken=bad) == refusal("User is disabled.")
    user.enabled = True
    assert await wire.refused("GetUser", AccessToken=bad) == refusal("Access Token has been revoked")
    # The signature is still valid, so an offline verifier accepts the revoked token.
    assert claims(token, keys().access.private.public_key())[1]["username"] == "alice"
