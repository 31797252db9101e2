"""Flows that succeed, with DEBUG logs and hooks: no secret may show in their results, logs and events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cognito_async import (
    FileStore,
    UserContext,
    challenges,
    errors,
)
from cognito_async._aws._generated.admin_users import ADMIN_CREATE_USER, AdminCreateUserRequest
from cognito_async.local import AppClientSettings, LocalUserPool, PoolSettings
from cognito_async.lowlevel import invoke, totp_code
from tests.leaks.markers import (
    ENCODED_DATA,
    KEY,
    METADATA,
    PASSWORD,
    SECRET,
    WEAK,
    tokens_of,
)
from tests.leaks.watch import Watch
from tests.support import recording

pytestmark = pytest.mark.anyio


async def test_successful_flows_show_no_secret(watch: Watch, tmp_path: Path) -> None:
    local = LocalUserPool(client=AppClientSettings(secret=SECRET))
    store = FileStore(tmp_path / "tokens.json")
    with recording(local) as (plain, recorder):
        pool = plain.with_options(client_metadata={"k": METADATA}, hooks=watch.hooks)
        auth = pool.auth(store=store)
        watch.see("sign_up", await auth.sign_up("alice", PASSWORD, attributes={"email": "alice@example.com"}))
        watch.see("resend", await auth.resend_sign_up("alice", user_context=UserContext(encoded_data=ENCODED_DATA)))
        code = local.outbox[-1].code
        watch.see("confirm", await auth.confirm_sign_up("alice", code))
        for flow in ("USER_SRP_AUTH", "USER_PASSWORD_AUTH"):
            result = await auth.sign_in("alice", PASSWORD, flow=flow)
            watch.secrets |= tokens_of(result.tokens)
            watch.see("sign_in", result)
            watch.see("user", result.user)
            watch.see("tokens", result.tokens)
        watch.see("refreshed", await result.user.refresh())
        watch.secrets |= tokens_of(result.tokens)
        watch.see("attributes", await result.user.attributes())
        watch.see("state", result.user.to_state(KEY))
        watch.see("user from a state", pool.user_from_state(result.user.to_state(KEY), KEY))
        for item in (pool, auth, store, pool._client, pool._client.app_client, pool._client.config, auth._registry):
            watch.shown.append((f"repr of {type(item).__name__}", repr(item)))
        watch.see("sign_out", await auth.sign_out(global_=True))
        watch.see("outbox", list(map(repr, local.outbox)))
        assert watch.hooked == recorder.operations
        assert any(PASSWORD in json.dumps(body) for _, body in recorder.calls), "a request contained the password"
    watch.secrets.add(code)


NOT_SECRET = {"USERNAME", "DEVICE_KEY", "TIMESTAMP", "Salt"}
SECRET_MEMBERS = {
    *("AccessToken", "RefreshToken", "Token", "Session", "SecretHash", "ClientSecret"),
    *("Password", "PreviousPassword", "ProposedPassword"),
}


def sent_in_secret(body: Any) -> set[str]:
    """Return the strings of a request that only the service may see. Codes are left out: six digits occur by chance."""
    found = {value for name, value in body.items() if name in SECRET_MEMBERS}
    for group in ("AuthParameters", "ChallengeResponses", "DeviceSecretVerifierConfig"):
        items = body.get(group, {}).items()
        found |= {value for name, value in items if name not in NOT_SECRET and len(value) > 6}
    return found


async def test_hooks_receive_no_secret(watch: Watch) -> None:
    settings = PoolSettings(mfa="OPTIONAL", device_tracking="ALWAYS", fixed_code="864209")
    local = LocalUserPool(settings, AppClientSettings(secret=SECRET))
    with recording(local, hooks=watch.hooks) as (pool, recorder):
        auth = pool.auth()
        await auth.sign_up("alice", PASSWORD, attributes={"email": "mark3r@example.com"})
        await auth.confirm_sign_up("alice", "864209")
        await auth.sign_in("alice", PASSWORD)
        user = (await auth.sign_in("alice", PASSWORD)).user
        device, setup = user.device_secret, await user.setup_totp()
        assert device is not None
        await setup.verify(totp_code(setup.secret, local.clock.now()))
        await user.set_mfa_preference(totp="PREFERRED")
        local.clock.advance(30)
        asked = (await pool.sign_in("alice", PASSWORD)).challenge
        assert isinstance(asked, challenges.SoftwareTokenMfa)
        await asked.answer_from_secret(setup.secret)
        await user.update_attributes({"email": "mark3r@example.org"})
        await user.confirm_attribute("email", "864209")
        await user.change_password(PASSWORD, f"{PASSWORD}-2")
        await user.refresh()
        await pool.forgot_password("alice")
        await pool.confirm_forgot_password("alice", "864209", PASSWORD)
        watch.secrets |= tokens_of(user.tokens)
        await user.sign_out()
    assert watch.hooked == recorder.operations
    answered = {body.get("ChallengeName") for _, body in recorder.calls}
    assert answered >= {"PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER", "SOFTWARE_TOKEN_MFA"}
    watch.secrets |= {device.password, setup.secret, "mark3r@example"}
    watch.secrets |= set().union(*(sent_in_secret(body) for _, body in recorder.calls))
    assert len(watch.secrets) > 30


async def test_challenge_and_its_states_show_no_secret(watch: Watch) -> None:
    local = LocalUserPool(client=AppClientSettings(secret=SECRET))
    pool = local.user_pool(hooks=watch.hooks)
    await invoke(
        pool,
        ADMIN_CREATE_USER,
        AdminCreateUserRequest(
            user_pool_id=pool.user_pool_id, username="alice", temporary_password=PASSWORD, message_action="SUPPRESS"
        ),
    )
    result = await pool.sign_in("alice", PASSWORD)
    challenge = result.challenge
    assert challenge is not None and challenge.session is not None
    watch.secrets.add(challenge.session)
    watch.see("result", result)
    watch.see("challenge", challenge)
    watch.see("encrypted state", challenge.to_state(KEY))
    resumed = pool.resume(challenge.to_state(KEY), KEY)
    watch.see("resumed", resumed)
    assert isinstance(resumed, challenges.NewPasswordRequired)
    with pytest.raises(errors.CognitoError) as caught:
        await resumed.answer(WEAK)
    watch.secrets.add(WEAK)
    watch.see_error("a weak new password", caught.value)
