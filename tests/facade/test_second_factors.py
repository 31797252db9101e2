"""The second factors of a signed-in user: setting up an authenticator app, and enabling factors."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from cognito_async import MfaPreference, challenges, errors
from cognito_async.local import LocalUserPool, PoolSettings
from cognito_async.lowlevel import totp_code
from tests.support import ACCESS_TOKEN, make_user, refusal, user_of

pytestmark = pytest.mark.anyio

PASSWORD = "Passw0rd!"
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
SUCCESS = {"Status": "SUCCESS"}


async def test_mfa_preference_uses_the_services_names() -> None:
    user, recorder = user_of(
        {"Username": "alice", "UserMFASettingList": ["SMS_MFA", "NEW_ONE"], "PreferredMfaSetting": "SMS_MFA"},
        {"Username": "alice", "UserAttributes": []},
    )
    assert await user.mfa_preference() == MfaPreference(preferred="SMS_MFA", enabled=("SMS_MFA", "NEW_ONE"))
    assert await user.mfa_preference() == MfaPreference(preferred=None, enabled=())
    assert recorder.operations == ["GetUser", "GetUser"]


@pytest.mark.parametrize(
    ("choice", "settings"),
    [
        ("PREFERRED", {"Enabled": True, "PreferredMfa": True}),
        ("NOT_PREFERRED", {"Enabled": True, "PreferredMfa": False}),
        ("ENABLED", {"Enabled": True}),
        ("DISABLED", {"Enabled": False}),
    ],
)
@pytest.mark.parametrize(
    ("factor", "member"),
    [("sms", "SMSMfaSettings"), ("totp", "SoftwareTokenMfaSettings"), ("email", "EmailMfaSettings")],
)
@pytest.mark.table
async def test_only_the_given_factor_is_sent(factor: str, member: str, choice: str, settings: dict[str, bool]) -> None:
    user, recorder = user_of({})
    named: Any = {factor: choice}
    await user.set_mfa_preference(**named)
    assert recorder.calls == [("SetUserMFAPreference", {"AccessToken": ACCESS_TOKEN, member: settings})]


async def test_all_factors_are_set_in_one_request() -> None:
    user, recorder = user_of({})
    await user.set_mfa_preference(sms="ENABLED", totp="PREFERRED", email="DISABLED")
    [(_, body)] = recorder.calls
    assert body.keys() == {"AccessToken", "SMSMfaSettings", "SoftwareTokenMfaSettings", "EmailMfaSettings"}


INVALID: list[tuple[dict[str, Any], str]] = [
    ({}, "at least one"),
    ({"sms": "ON"}, "one of"),
    ({"totp": True}, "one of"),
    ({"email": ""}, "one of"),
    ({"sms": ["ENABLED"]}, "one of"),
    ({"sms": "PREFERRED", "totp": "PREFERRED"}, "only one"),
]


@pytest.mark.parametrize(("preference", "words"), INVALID)
@pytest.mark.table
async def test_invalid_preference_is_refused_before_sending(preference: dict[str, Any], words: str) -> None:
    user, recorder = user_of()
    with pytest.raises(errors.ConfigurationError, match=words):
        await user.set_mfa_preference(**preference)
    assert not recorder.calls


async def test_app_setup_shows_the_secret_and_verifies_a_code() -> None:
    user, recorder = user_of({"SecretCode": SECRET}, SUCCESS)
    setup = await user.setup_totp()
    assert setup.secret == SECRET
    assert setup.uri("An Example") == f"otpauth://totp/An%20Example:alice?secret={SECRET}&issuer=An%20Example"
    assert setup.uri("Ä & B", "alice@example.com").startswith("otpauth://totp/%C3%84%20%26%20B:alice%40example.com?")
    await setup.verify("123456", "my phone")
    token = {"AccessToken": ACCESS_TOKEN}
    assert recorder.calls == [
        ("AssociateSoftwareToken", token),
        ("VerifySoftwareToken", {"UserCode": "123456", "FriendlyDeviceName": "my phone", **token}),
    ]


@pytest.mark.parametrize("reply", [{"Status": "ERROR"}, {}, {"Status": "success"}])
async def test_only_the_status_success_verifies_the_app(reply: dict[str, Any]) -> None:
    user, _ = user_of({"SecretCode": SECRET}, reply, SUCCESS)
    setup = await user.setup_totp()
    with pytest.raises(errors.EnableSoftwareTokenMFAException) as caught:
        await setup.verify("123456")
    assert (caught.value.code, caught.value.operation) == ("EnableSoftwareTokenMFAException", "VerifySoftwareToken")
    await setup.verify("123456")


@pytest.mark.parametrize("reply", [{}, {"SecretCode": ""}, {"SecretCode": None}])
async def test_association_without_a_secret_is_an_invalid_reply(reply: dict[str, Any]) -> None:
    user, _ = user_of(reply)
    with pytest.raises(errors.InvalidReply, match="SecretCode"):
        await user.setup_totp()


async def test_pool_without_authenticator_apps_raises() -> None:
    user, _ = user_of(refusal("SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled"))
    with pytest.raises(errors.SoftwareTokenMFANotFoundException):
        await user.setup_totp()


Call = Callable[[Any], Awaitable[Any]]
INVALID_CODES: list[tuple[Call, str]] = [
    (lambda setup: setup.verify(""), "code must not be empty"),
    (lambda setup: setup.verify(123456), "code must be a str, not int"),
    (lambda setup: setup.verify("12345"), "user_code"),
    (lambda setup: setup.verify("\udc80"), "surrogate"),
    (lambda setup: setup.verify("123456", ""), "device_name"),
    (lambda setup: setup.verify("123456", 7), "device_name"),
]


@pytest.mark.parametrize(("call", "words"), INVALID_CODES)
@pytest.mark.table
async def test_invalid_code_is_not_sent_and_setup_stays_usable(call: Call, words: str) -> None:
    user, recorder = user_of({"SecretCode": SECRET}, SUCCESS)
    setup = await user.setup_totp()
    with pytest.raises(errors.ConfigurationError, match=words):
        await call(setup)
    assert len(recorder.calls) == 1
    await setup.verify("123456")


async def test_pending_setup_hides_its_secret_and_cannot_be_pickled() -> None:
    user, _ = user_of({"SecretCode": SECRET})
    setup = await user.setup_totp()
    assert SECRET not in f"{setup!r} {setup}"
    for copy_or_pickle in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot be pickled"):
            copy_or_pickle(setup)


async def test_enabled_factor_is_requested_at_the_next_sign_in() -> None:
    local = LocalUserPool(PoolSettings(mfa="OPTIONAL"))
    await make_user(local)
    pool = local.user_pool()
    user = (await pool.sign_in("alice", PASSWORD)).user
    with pytest.raises(errors.InvalidParameterException):
        await user.set_mfa_preference(totp="PREFERRED")
    setup = await user.setup_totp()
    right = totp_code(setup.secret, local.clock.now())
    with pytest.raises(errors.EnableSoftwareTokenMFAException):
        await setup.verify(f"{(int(right) + 1) % 1_000_000:06}")
    await setup.verify(right, "my phone")
    assert await user.mfa_preference() == MfaPreference()
    await user.set_mfa_preference(totp="PREFERRED", email="ENABLED")
    assert await user.mfa_preference() == MfaPreference(
        preferred="SOFTWARE_TOKEN_MFA", enabled=("SOFTWARE_TOKEN_MFA", "EMAIL_OTP")
    )
    local.clock.advance(30)
    asked = (await pool.sign_in("alice", PASSWORD)).challenge
    assert isinstance(asked, challenges.SoftwareTokenMfa) and asked.device_name == "my phone"
    assert (await asked.answer_from_secret(setup.secret)).signed_in
    await user.set_mfa_preference(totp="DISABLED", email="DISABLED")
    assert (await pool.sign_in("alice", PASSWORD)).signed_in
