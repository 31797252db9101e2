"""The types of every public call. mypy and pyright check this file; it never runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, assert_type

import httpx
import httpx2
from starlette.requests import Request
from starlette.websockets import WebSocket

from cognito_async import (
    AccessClaims,
    AdminUser,
    Auth,
    Bulk,
    BulkProgress,
    ClientClaims,
    CodeDelivery,
    CognitoIdentity,
    CognitoIdentityProvider,
    CognitoUser,
    ConfirmSignUpResult,
    DeviceSecret,
    FileStore,
    Group,
    Hooks,
    IdClaims,
    MemoryStore,
    RateLimits,
    ReplyEvent,
    RequestEvent,
    RetryEvent,
    RetryPolicy,
    SignInResult,
    SignOutResult,
    SignUpResult,
    Tokens,
    TokenVerifier,
    UserContext,
    UserPool,
    UserPoolAdmin,
    challenges,
    errors,
)
from cognito_async.credentials import from_profile
from cognito_async.integrations import fastapi, starlette
from cognito_async.integrations.httpx import BearerAuth
from cognito_async.local import LocalUserPool, Message
from cognito_async.lowlevel import Credentials, PasswordClaim, SrpClient, admin_users, groups, user_pools


async def user_pool() -> None:
    pool = UserPool("eu-central-1_X", "client", client_secret="s", retry=RetryPolicy(max_attempts=2), timeout=None)
    UserPool("eu-central-1_X", "client", http_client=httpx.AsyncClient())
    UserPool("eu-central-1_X", "client", http_client=httpx2.AsyncClient())
    UserPool("eu-central-1_X", "client", use_dualstack_endpoint=True, max_connections=20)

    async def credentials() -> Credentials:
        return Credentials("id", "secret")

    UserPool("eu-central-1_X", "client", credentials=credentials)
    UserPool("eu-central-1_X", "client", credentials=from_profile("admin"))
    assert_type(await from_profile()(), Credentials)
    assert_type(await pool.sign_up("u", "p", attributes={"email": "e"}, validation_data={"a": "b"}), SignUpResult)
    assert_type(await pool.confirm_sign_up("u", "c"), ConfirmSignUpResult)
    assert_type(await pool.resend_sign_up("u"), CodeDelivery)
    result = await pool.sign_in("u", "p", flow="USER_PASSWORD_AUTH", client_metadata={"a": "b"}, timeout=3)
    assert_type(result, SignInResult)

    async def on_challenge(challenge: challenges.AnyChallenge) -> SignInResult | None:
        return await challenge.answer_from_secret("S") if isinstance(challenge, challenges.SoftwareTokenMfa) else None

    secret = pool.device_from_state("s")
    assert_type(secret, DeviceSecret)
    await pool.sign_in("u", "p", device=secret, on_challenge=on_challenge)
    await pool.sign_in("u", flow="USER_AUTH", preferred_challenge="EMAIL_OTP", target_acr_values=["a"], max_age=60)
    signed_up = await pool.sign_up("u")
    assert_type(pool.sign_up_from_state(signed_up.to_state("key"), "key"), SignUpResult)
    assert_type(await pool.auto_sign_in(await pool.confirm_sign_up("u", "c", sign_up=signed_up)), SignInResult)
    assert_type(await pool.forgot_password("u"), CodeDelivery)
    await pool.confirm_forgot_password("u", "c", "p")
    assert_type(result.user.device_secret, DeviceSecret | None)
    assert_type(await result.user.step_up(["a"], max_age=60, on_challenge=on_challenge), SignInResult)
    assert_type(await result.user.step_up(["a"], device=result.user.device_secret), SignInResult)
    assert_type(pool.user("u"), CognitoUser)
    assert_type(pool.user_from_tokens(Tokens("a")), CognitoUser)
    assert_type(pool.user_from_access_token("a"), CognitoUser)
    assert_type(pool.user_from_state("s", "key"), CognitoUser)
    assert_type(pool.resume("s", b"key"), challenges.AnyChallenge)
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
        assert_type(auth.resume("state"), challenges.AnyChallenge)


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
    assert_type(signed_out.error, errors.CognitoError | None)


async def challenge(challenge: challenges.AnyChallenge | None) -> None:
    match challenge:
        case None:
            pass
        case challenges.SmsMfa() | challenges.SmsOtp() | challenges.EmailOtp() as challenge:
            assert_type(challenge.delivery, CodeDelivery)
            assert_type(await challenge.answer("1", timeout=3, client_metadata={"a": "b"}), SignInResult)
        case challenges.SoftwareTokenMfa() as challenge:
            assert_type(await challenge.answer("1"), SignInResult)
            assert_type(await challenge.answer_from_secret("S"), SignInResult)
        case _:
            await other_challenge(challenge)


async def other_challenge(
    challenge: challenges.SelectMfaType
    | challenges.MfaSetup
    | challenges.NewPasswordRequired
    | challenges.CustomChallenge
    | challenges.SelectChallenge
    | challenges.Password
    | challenges.PasswordSrp
    | challenges.UnknownChallenge,
) -> None:
    match challenge:
        case challenges.SelectMfaType() as challenge:
            assert_type(challenge.options, tuple[str, ...])
            assert_type(await challenge.choose("SMS_MFA"), SignInResult)
        case challenges.MfaSetup() as challenge:
            setup = await challenge.associate()
            assert_type(setup.secret, str)
            assert_type(setup.uri("Example"), str)
            assert_type(await setup.verify("123456", "phone"), SignInResult)
            assert_type(await challenge.set_up_email("a@example.com"), SignInResult)
        case challenges.NewPasswordRequired() as challenge:
            assert_type(challenge.required_attributes, tuple[str, ...])
            assert_type(challenge.attributes, Mapping[str, str])
            assert_type(await challenge.answer("p", {"given_name": "Alice"}), SignInResult)
        case challenges.CustomChallenge() as challenge:
            assert_type(challenge.parameters, Mapping[str, str])
            assert_type(await challenge.answer("a"), SignInResult)
        case challenges.SelectChallenge() as challenge:
            assert_type(await challenge.choose("EMAIL_OTP"), SignInResult)
            assert_type(await challenge.choose_password("p", srp=False), SignInResult)
        case challenges.Password() | challenges.PasswordSrp() as challenge:
            assert_type(await challenge.answer("p"), SignInResult)
        case challenges.UnknownChallenge(name=name) as challenge:
            assert_type(name, str)
            assert_type(await challenge.answer({"A": "b"}), SignInResult)
            assert_type(challenge.to_state("key"), str)


async def user(user: CognitoUser) -> None:
    httpx.AsyncClient(auth=BearerAuth(user))
    httpx2.AsyncClient(auth=BearerAuth(user, token_use="id"))
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


async def api(pool: UserPool) -> None:
    assert_type(await pool.api.list_users(limit=3, timeout=1), admin_users.ListUsersResponse)
    assert_type((await pool.api.get_group(group_name="a")).meta.request_id, str | None)
    async for user in pool.api.items(pool.api.list_users, limit=3):
        assert_type(user, admin_users.UserType)
    async for page in pool.api.pages(pool.api.list_groups, limit=3):
        assert_type(page, groups.ListGroupsResponse)


def error(error: errors.NotAuthorizedException) -> None:
    assert_type(error.retry_after, float | None)
    parent: errors.ServiceError = error
    root: errors.CognitoError = parent
    assert_type(root.message, str)
    assert_type(root.code, str | None)


def hooks() -> None:
    def on_request(event: RequestEvent) -> int:
        assert_type(event.body, dict[str, Any])
        return event.attempt

    def on_reply(event: ReplyEvent) -> None:
        assert_type(event.request, RequestEvent)
        assert_type(event.error, errors.CognitoError | None)

    def on_retry(event: RetryEvent) -> None:
        assert_type(event.seconds, float)

    pool = UserPool("eu-central-1_X", "client", hooks=Hooks(on_request, on_reply, on_retry))
    assert_type(pool.with_options(hooks=None), UserPool)
    Auth("eu-central-1_X", "client", hooks=Hooks(on_reply=on_reply))
    LocalUserPool().user_pool(hooks=Hooks())

    async def waiting(event: RequestEvent) -> None: ...

    Hooks(on_request=waiting)  # the types allow any result, but the constructor refuses an async function


def rate_limits() -> None:
    limits = RateLimits({"UserRead": 60, "UserCreation": 12.5}, share=0.8)
    assert_type(limits.current, dict[str, float])
    UserPool("eu-central-1_X", "client", rate_limits=limits)
    Auth("eu-central-1_X", "client", rate_limits=limits)


async def administrator() -> None:
    admin = UserPool("eu-central-1_X", "client").admin
    assert_type(admin, UserPoolAdmin)
    assert_type(await admin.user("a", timeout=3), AdminUser)
    assert_type(await admin.group("a"), Group)
    assert_type(await admin.sign_in("a", "p"), SignInResult)
    async for user in admin.users("email", starts_with="a"):
        assert_type(user, AdminUser)

    def on_progress(progress: BulkProgress[str]) -> None:
        assert_type(progress.error, errors.CognitoError | None)

    bulk = await admin.bulk(admin.disable_user, at_once=3, on_progress=on_progress).run(["a"])
    assert_type(bulk, Bulk[str])
    assert_type(bulk.done, list[str])
    assert_type(bulk.failed[0].item, str)


async def verifiers() -> None:
    pool = UserPool("eu-central-1_X", "client")
    assert_type(pool.verifier(), TokenVerifier[AccessClaims | ClientClaims])
    assert_type(await pool.verifier("id", leeway=5).verify("t", nonce="n"), IdClaims)
    assert_type(pool.verifier(None, client_id=None).verify_nowait("t"), AccessClaims | IdClaims | ClientClaims)
    access = TokenVerifier("eu-central-1_X", client_id=["a", "b"], token_use="access", jwks_ttl=60)
    other = TokenVerifier("eu-central-1_Y", client_id=None, token_use="access", check=lambda claims: claims.sub != "x")
    claims = await TokenVerifier.any_of(access, other).verify("t", scopes=["a"], groups={"b"}, acr="c")
    assert_type(claims, AccessClaims | ClientClaims)
    assert_type(claims.username, str | None)
    assert_type(claims.scopes, tuple[str, ...])
    assert_type(TokenVerifier("eu-central-1_X", client_id="a", token_use="id"), TokenVerifier[IdClaims])
    await access.preload()
    access.add_keys({"keys": []})
    verified = AccessClaims.from_event({"requestContext": {}})
    assert_type(pool.user_from_access_token("t", verified=verified), CognitoUser)
    assert_type(verified.groups, tuple[str, ...])
    assert_type(verified.expires_at, datetime)


async def services() -> None:
    provider, identity = CognitoIdentityProvider(region="eu-central-1"), CognitoIdentity(region="eu-central-1")
    assert_type(await provider.api.create_user_pool(pool_name="a"), user_pools.CreateUserPoolResponse)
    assert_type((await identity.api.get_id(identity_pool_id="a")).identity_id, str | None)


def lowlevel() -> None:
    srp = SrpClient("context", a=5)
    assert_type(srp.srp_a, str)
    claim = srp.prove("u", "p", srp_b="2", salt="0a", secret_block="AA==", at=datetime.now(timezone.utc))
    assert_type(claim, PasswordClaim)
    assert_type(claim.signature, str)


async def bearers(request: Request, websocket: WebSocket) -> None:
    pool = UserPool("eu-central-1_X", "client")
    access, identity = pool.verifier(), pool.verifier("id")
    bearer = starlette.CognitoBearer(pool, realm="a", websocket_protocol="b")
    assert_type(bearer, starlette.CognitoBearer[AccessClaims | ClientClaims])
    assert_type(await bearer(request), AccessClaims | ClientClaims)
    assert_type(await bearer.optional(websocket), AccessClaims | ClientClaims | None)
    assert_type(await starlette.CognitoBearer(identity)(request), IdClaims)
    assert_type(await starlette.CognitoBearer(pool.verifier(None))(request), AccessClaims | IdClaims | ClientClaims)
    assert_type(await starlette.CognitoBearer(identity, auto_error=False)(request), IdClaims | None)
    assert_type(await bearer.require(groups={"a"}, scopes=["b"], acr="c")(request), AccessClaims | ClientClaims)
    dependency = fastapi.CognitoBearer(access, scheme_name="a", description="b")
    assert_type(dependency, fastapi.CognitoBearer[AccessClaims | ClientClaims])
    assert_type(await dependency(request), AccessClaims | ClientClaims)
    assert_type(dependency.optional, fastapi.CognitoBearer[AccessClaims | ClientClaims | None])
    assert_type(dependency.require(groups={"a"}), fastapi.CognitoBearer[AccessClaims | ClientClaims])
    assert_type(await fastapi.CognitoBearer(pool, auto_error=False)(request), AccessClaims | ClientClaims | None)
    assert_type(fastapi.CognitoBearer(identity), fastapi.CognitoBearer[IdClaims])


async def local() -> None:
    async with LocalUserPool() as local:
        assert_type(local, LocalUserPool)
        assert_type(local.user_pool(), UserPool)
        assert_type(local.auth(), Auth)
        assert_type(local.outbox[-1], Message)
        assert_type(local.outbox[-1].subject, str | None)
        assert_type(local.outbox[-1].code, str)
        assert_type(local.issuer, str)
        assert_type(local.jwks, dict[str, Any])
