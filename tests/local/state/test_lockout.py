from __future__ import annotations

from datetime import timedelta

import pytest

from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.state.checks import check_hourly_limit, count_password_attempt
from cognito_async._local.state.descriptions import Description
from cognito_async._local.state.pools import Pool
from cognito_async._local.state.signing_keys import KeyRing
from cognito_async._local.wire.refusals import Refusal

from ..helpers import (
    INCORRECT,
    PASSWORD,
    START,
    Wire,
    answer,
    answer_refused,
    proven,
    refusal,
    respond,
    totp,
)
from ..sign_in.test_second_factors import with_app

pytestmark = [pytest.mark.anyio, pytest.mark.table]
EXCEEDED = refusal("Password attempts exceeded")


async def test_lockout_starts_after_five_wrong_passwords_and_doubles() -> None:
    wire = Wire()
    await wire.signed_up()
    for _ in range(5):
        assert await wire.initiate_refused(USERNAME="alice", PASSWORD="Wr0ngpass!") == INCORRECT
    for seconds in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900):
        assert await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD) == EXCEEDED
        wire.clock.advance(seconds - 0.5)
        assert await wire.initiate_refused(USERNAME="alice", PASSWORD="Wr0ngpass!") == EXCEEDED
        wire.clock.advance(0.5)
        assert await wire.initiate_refused(USERNAME="alice", PASSWORD="Wr0ngpass!") == INCORRECT
    responses = await proven(wire)
    assert await wire.refused("RespondToAuthChallenge", **respond(responses)) == EXCEEDED


async def test_wrong_passwords_of_all_flows_are_counted_together() -> None:
    wire = Wire(PoolSettings(alias_attributes=("email",)))
    await wire.signed_up()
    access = {"AccessToken": (await wire.tokens())["AccessToken"]}
    srp = await proven(wire, password="Wr0ngpass!")
    wrong = {"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": "Wr0ngpass!"}
    asked = await wire.initiate("USER_AUTH", USERNAME="alice", PREFERRED_CHALLENGE="PASSWORD")
    assert await wire.initiate_refused(USERNAME="f@example.com", PASSWORD="Wr0ngpass!") == INCORRECT
    assert await wire.refused("RespondToAuthChallenge", **respond(srp)) == INCORRECT
    assert await wire.initiate_refused("USER_AUTH", USERNAME="ALICE", **wrong) == INCORRECT
    assert await answer_refused(wire, asked, PASSWORD="Wr0ngpass!") == INCORRECT
    change = {"PreviousPassword": "Wr0ngpass!", "ProposedPassword": PASSWORD}
    assert await wire.refused("ChangePassword", **change, **access) == INCORRECT
    assert await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD) == EXCEEDED
    assert await answer_refused(wire, asked, PASSWORD=PASSWORD) == EXCEEDED
    wire.clock.advance(1)
    assert "AuthenticationResult" in await answer(wire, asked, PASSWORD=PASSWORD)


async def test_wrong_mfa_codes_lock_out_despite_right_passwords() -> None:
    wire = Wire(PoolSettings(mfa="OPTIONAL", fixed_code="424242"))
    user = await wire.signed_up("alice", PASSWORD, phone_number="+49123", email="f@example.com")
    secret = await with_app(wire, user)
    user.mfa = ("SMS_MFA",)
    by_sms = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
    user.mfa = ("SOFTWARE_TOKEN_MFA",)
    by_app = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
    for _ in range(3):
        assert (await answer_refused(wire, by_sms, SMS_MFA_CODE="000000"))[0] == "CodeMismatchException"
    for _ in range(2):
        assert (await answer_refused(wire, by_app, SOFTWARE_TOKEN_MFA_CODE="wrong"))[0] == "CodeMismatchException"
    again = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
    right = {"SOFTWARE_TOKEN_MFA_CODE": totp(secret, wire.clock.now())}
    for asked in (by_app, again):
        assert await answer_refused(wire, asked, **right) == EXCEEDED
    assert await answer_refused(wire, by_sms, SMS_MFA_CODE="424242") == EXCEEDED
    wire.clock.advance(1)
    assert (await answer_refused(wire, by_sms, SMS_MFA_CODE="000000"))[0] == "CodeMismatchException"
    wire.clock.advance(1)
    assert await answer_refused(wire, by_sms, SMS_MFA_CODE="424242") == EXCEEDED
    wire.clock.advance(1)
    assert "AuthenticationResult" in await answer(wire, by_sms, SMS_MFA_CODE="424242")
    for _ in range(4):
        assert (await answer_refused(wire, again, SOFTWARE_TOKEN_MFA_CODE="wrong"))[0] == "CodeMismatchException"
    assert "AuthenticationResult" in await answer(wire, again, **right)


async def test_wrong_codes_by_mail_cause_no_lockout() -> None:
    wire = Wire(PoolSettings(mfa="OPTIONAL"))
    user = await wire.signed_up()
    user.mfa = ("EMAIL_OTP",)
    asked = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
    for _ in range(6):
        assert (await answer_refused(wire, asked, EMAIL_OTP_CODE="wrong"))[0] == "CodeMismatchException"
    assert "AuthenticationResult" in await answer(wire, asked, EMAIL_OTP_CODE=wire.service.outbox[-1].code)


async def test_hourly_attempts_by_all_names_of_a_user_are_counted_together() -> None:
    wire = Wire(PoolSettings(alias_attributes=("email",)))
    await wire.signed_up()
    for name in ("alice", "ALICE", "f@example.com", "F@example.com", "alice"):
        await wire.call("ForgotPassword", Username=name)
    for name in ("alice", "f@example.com"):
        assert (await wire.refused("ForgotPassword", Username=name))[0] == "LimitExceededException"


async def test_right_password_or_15_minutes_without_attempts_reset_the_count() -> None:
    wire = Wire()
    await wire.signed_up()
    for pause in (0, 900):
        for _ in range(4):
            assert await wire.initiate_refused(USERNAME="alice", PASSWORD="Wr0ngpass!") == INCORRECT
        if pause:
            wire.clock.advance(pause)
        else:
            await wire.tokens()
    assert await wire.initiate_refused(USERNAME="alice", PASSWORD="Wr0ngpass!") == INCORRECT
    assert await wire.tokens()


async def test_expired_limits_are_deleted_as_the_tables_grow() -> None:
    pool, now = Pool(PoolSettings(), KeyRing(None), Description.new(START)), START
    for number in range(3000):
        with pytest.raises(Refusal, match="Incorrect username or password"):
            count_password_attempt(pool, f"nobody-{number}", None, now)
        check_hourly_limit(pool, "ForgotPassword", f"nobody-{number}", 5, now)
        now += timedelta(seconds=2)
    # The last 15 minutes have 450 lockouts, and the last hour 1,800 calls. Older ones are deleted from time to time.
    assert 450 <= len(pool.limits.lockouts) < 1500
    assert 1800 <= len(pool.limits.hourly) < 3000
    # Recent entries are not deleted.
    for _ in range(4):
        check_hourly_limit(pool, "ForgotPassword", "nobody-2999", 5, now)
    with pytest.raises(Refusal, match="Attempt limit exceeded"):
        check_hourly_limit(pool, "ForgotPassword", "nobody-2999", 5, now)


async def test_new_user_with_the_name_of_a_deleted_one_has_all_calls() -> None:
    wire = Wire()
    await wire.signed_up()
    for _ in range(5):
        await wire.call("ForgotPassword", Username="alice")
    assert (await wire.refused("ForgotPassword", Username="alice"))[0] == "LimitExceededException"
    await wire.refused("ForgotPassword", Username="bob")
    await wire.admin("AdminDeleteUser", Username="alice")
    await wire.signed_up()
    assert await wire.call("ForgotPassword", Username="alice")
