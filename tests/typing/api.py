"""What every public call returns, for mypy and pyright: checked by both, never run."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, assert_type

import httpx
import httpx2

from cognito_async import (
    Auth,
    CodeDelivery,
    CognitoUser,
    ConfirmSignUpResult,
    FileStore,
    MemoryStore,
    RetryPolicy,
    SignInResult,
    SignOutResult,
    SignUpResult,
    Tokens,
    UserContext,
    UserPool,
    challenges,
    errors,
)
from cognito_async.local import LocalUserPool, Message
from cognito_async.lowlevel import Credentials, PasswordClaim, SrpClient


async def user_pool() -> None:
    pool = UserPool("eu-central-1_X", "client", client_secret="s", retry=RetryPolicy(max_attempts=2), timeout=None)
    UserPool("eu-central-1_X", "client", http_client=httpx.AsyncClient())
    UserPool("eu-central-1_X", "client", http_client=httpx2.AsyncClient())

    async def credentials() -> Credentials:
        return Credentials("id", "secret")

    UserPool("eu-central-1_X", "client", credentials=credentials)
    assert_type(await pool.sign_up("u", "p", attributes={"email": "e"}, validation_data={"a": "b"}), SignUpResult)
    assert_type(await pool.confirm_sign_up("u", "c"), ConfirmSignUpResult)
    assert_type(await pool.resend_sign_up("u"), CodeDelivery)
    result = await pool.sign_in("u", "p", flow="USER_PASSWORD_AUTH", client_metadata={"a": "b"}, timeout=3)
    assert_type(result, SignInResult)
    assert_type(pool.user("u"), CognitoUser)
    assert_type(pool.user_from_tokens(Tokens("a")), CognitoUser)
    assert_type(pool.user_from_access_token("a"), CognitoUser)
    assert_type(pool.user_from_state("s", "key"), CognitoUser)
    assert_type(pool.resume("s", b"key"), challenges.UnknownChallenge)
    assert_type(pool.with_options(timeout=None, user_context=UserContext(ip_address="192.0.2.1")), UserPool)
    assert_type(pool.auth(store=MemoryStore()), Auth)
    async with pool as entered:
        assert_type(entered, UserPool)


async def auth() -> None:
    async with Auth("eu-central-1_X", "client", store=FileStore("path")) as auth:
        assert_type(auth, Auth)
        assert_type(await auth.sign_up("u", "p"), SignUpResult)
        assert_type(await auth.confirm_sign_up("u", "c"), ConfirmSignUpResult)
        assert_type(await auth.resend_sign_up("u"), CodeDelivery)
        assert_type(await auth.sign_in("u", "p"), SignInResult)
        assert_type(await auth.current_user(), CognitoUser)
        assert_type(await auth.sign_out(global_=True), SignOutResult)
        assert_type(auth.resume("state"), challenges.UnknownChallenge)


async def results(
    signed_up: SignUpResult, signed_in: SignInResult, signed_out: SignOutResult, delivery: CodeDelivery
) -> None:
    assert_type(signed_up.user, CognitoUser)
    assert_type(signed_up.user_confirmed, bool)
    assert_type(signed_up.user_sub, str)
    assert_type(signed_up.code_delivery, CodeDelivery | None)
    assert_type(delivery.destination, str | None)
    assert_type(signed_in.tokens, Tokens)
    assert_type(signed_in.signed_in, bool)
    match signed_in.challenge:
        case None:
            pass
        case challenges.UnknownChallenge(name=name) as challenge:
            assert_type(name, str)
            assert_type(await challenge.answer({"A": "b"}), SignInResult)
            assert_type(challenge.to_state("key"), str)
    assert_type(signed_out.error, errors.CognitoError | None)


async def user(user: CognitoUser) -> None:
    assert_type(user.username, str)
    assert_type(user.sub, str | None)
    assert_type(user.signed_in, bool)
    assert_type(user.tokens, Tokens)
    assert_type(await user.refresh(), Tokens)
    assert_type(await user.attributes(), dict[str, str])
    assert_type(await user.sign_out(global_=True), SignOutResult)
    assert_type(user.to_state(b"key"), str)
    assert_type(user.tokens.access_token, str)
    assert_type(user.tokens.id_token, str | None)
    assert_type(user.tokens.expires_at, datetime | None)
    assert_type(user.tokens.unverified_id_claims, dict[str, Any])
    assert_type(user.tokens.reveal(), dict[str, Any])


def error(error: errors.NotAuthorizedException) -> None:
    assert_type(error.retry_after, float | None)
    parent: errors.ServiceError = error
    root: errors.CognitoError = parent
    assert_type(root.message, str)
    assert_type(root.code, str | None)


def lowlevel() -> None:
    srp = SrpClient("context", a=5)
    assert_type(srp.srp_a, str)
    claim = srp.prove("u", "p", srp_b="2", salt="0a", secret_block="AA==", at=datetime.now(timezone.utc))
    assert_type(claim, PasswordClaim)
    assert_type(claim.signature, str)


async def local() -> None:
    async with LocalUserPool() as local:
        assert_type(local, LocalUserPool)
        assert_type(local.user_pool(), UserPool)
        assert_type(local.auth(), Auth)
        assert_type(local.outbox[-1], Message)
        assert_type(local.outbox[-1].code, str)
