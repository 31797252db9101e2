"""`pool.admin`: the calls of an administrator."""

from __future__ import annotations

import gc
import json
import traceback
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

import pytest

from cognito_async import UserContext, UserPool, UserPoolAdmin, challenges, errors
from cognito_async._facade.admin.filter import filter_text
from cognito_async._flows.sign_in import SignInFlow
from cognito_async.credentials import Credentials
from cognito_async.local import AppClientSettings, LocalUserPool, PoolSettings
from cognito_async.lowlevel import totp_code
from tests.administration import FIRST, OTHER, PASSWORD, run_admin_scenario
from tests.support import POOL_ID, Answer, Recorder, recording, scripted

pytestmark = pytest.mark.anyio

KEYS = Credentials("AKIDEXAMPLE", "secret-access-key")
TOKENS = {"AccessToken": "h.e.s", "RefreshToken": "refresh"}


def admin_of(*answers: Answer, **options: Any) -> tuple[UserPoolAdmin, Recorder]:
    pool, recorder = scripted(*answers, credentials=KEYS, **options)
    return pool.admin, recorder


@pytest.mark.parametrize("flow", ["USER_SRP_AUTH", "USER_PASSWORD_AUTH"])
@pytest.mark.parametrize("secret", [True, False])
@pytest.mark.table
async def test_typical_administration_tasks_succeed(flow: SignInFlow, secret: bool) -> None:
    settings = AppClientSettings(
        secret="a1client2secret3of4the5local6pool" if secret else None,
        explicit_auth_flows=frozenset({"ALLOW_USER_SRP_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"}),
    )
    async with LocalUserPool(client=settings) as local:
        await run_admin_scenario(local.user_pool(), "alice", flow)


async def test_all_steps_of_a_sign_in_use_admin_operations() -> None:
    with recording(LocalUserPool()) as (pool, recorder):
        await pool.admin.create_user("alice", temporary_password=FIRST)
        result = await pool.admin.sign_in("alice", FIRST)
        assert isinstance(result.challenge, challenges.NewPasswordRequired)
        state = result.challenge.to_state()
        again = pool.admin.resume(state)
        assert isinstance(again, challenges.NewPasswordRequired)
        assert (await again.answer(PASSWORD)).signed_in
    assert recorder.operations[1:] == ["AdminInitiateAuth", *["AdminRespondToAuthChallenge"] * 2]
    assert recorder.calls[1][1]["AuthFlow"] == "USER_SRP_AUTH" and recorder.calls[1][1]["UserPoolId"]


async def test_password_flow_is_sent_as_admin_user_password_auth() -> None:
    admin, recorder = admin_of({"AuthenticationResult": TOKENS, "ChallengeParameters": {}})
    await admin.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH", client_metadata={"a": "b"})
    operation, body = recorder.calls[0]
    assert operation == "AdminInitiateAuth" and body["AuthFlow"] == "ADMIN_USER_PASSWORD_AUTH"
    assert body["AuthParameters"] == {"USERNAME": "alice", "PASSWORD": PASSWORD} and body["ClientMetadata"] == {
        "a": "b"
    }


async def test_unsupported_admin_sign_in_arguments_are_refused() -> None:
    admin, recorder = admin_of()
    with pytest.raises(errors.ConfigurationError, match="preferred_challenge"):
        await admin.sign_in("alice", PASSWORD, preferred_challenge="PASSWORD")
    with pytest.raises(errors.ConfigurationError, match="password must be given"):
        await admin.sign_in("alice")
    pool, recorder = scripted(credentials=KEYS)
    of_a_request = pool.with_options(user_context=UserContext(ip_address="192.0.2.1"))
    with pytest.raises(errors.ConfigurationError, match="user_context"):
        await of_a_request.admin.sign_in("alice", PASSWORD, flow="USER_PASSWORD_AUTH")
    assert not recorder.calls


async def test_invitation_can_be_sent_again() -> None:
    user = {"User": {"Username": "alice", "Enabled": True, "UserStatus": "FORCE_CHANGE_PASSWORD"}}
    admin, recorder = admin_of(user, user, user)
    shown = await admin.invite_user("alice", attributes={"email": "alice@example.com"}, client_metadata={"from": "bob"})
    await admin.invite_user("alice", again=True, by=["EMAIL", "SMS"])
    await admin.create_user("alice")
    assert shown.username == "alice" and shown.mfa is None
    first, second, third = (body for _, body in recorder.calls)
    assert first["DesiredDeliveryMediums"] == ["EMAIL"] and "MessageAction" not in first
    assert first["UserAttributes"] == [{"Name": "email", "Value": "alice@example.com"}]
    assert first["ClientMetadata"] == {"from": "bob"}
    assert second["MessageAction"] == "RESEND" and second["DesiredDeliveryMediums"] == ["EMAIL", "SMS"]
    assert third == {"UserPoolId": POOL_ID, "Username": "alice", "MessageAction": "SUPPRESS"}


CALLS: list[tuple[Callable[[UserPoolAdmin], Awaitable[Any]], str, dict[str, Any]]] = [
    (
        lambda a: a.confirm_sign_up("bob", client_metadata={"k": "v"}),
        "AdminConfirmSignUp",
        {"ClientMetadata": {"k": "v"}},
    ),
    (lambda a: a.reset_password("bob"), "AdminResetUserPassword", {}),
    (
        lambda a: a.set_password("bob", "N3w-password!", permanent=False),
        "AdminSetUserPassword",
        {"Password": "N3w-password!", "Permanent": False},
    ),
    (lambda a: a.forget_device("bob", "key"), "AdminForgetDevice", {"DeviceKey": "key"}),
    (
        lambda a: a.remember_device("bob", "key", remembered=False),
        "AdminUpdateDeviceStatus",
        {"DeviceKey": "key", "DeviceRememberedStatus": "not_remembered"},
    ),
    (
        lambda a: a.remember_device("bob", "key"),
        "AdminUpdateDeviceStatus",
        {"DeviceKey": "key", "DeviceRememberedStatus": "remembered"},
    ),
    (
        lambda a: a.set_mfa_preference("bob", sms="DISABLED", totp="PREFERRED", email="ENABLED"),
        "AdminSetUserMFAPreference",
        {
            "SMSMfaSettings": {"Enabled": False},
            "SoftwareTokenMfaSettings": {"Enabled": True, "PreferredMfa": True},
            "EmailMfaSettings": {"Enabled": True},
        },
    ),
]


@pytest.mark.parametrize(("call", "operation", "body"), CALLS)
@pytest.mark.table
async def test_each_call_sends_its_operation_and_arguments(
    call: Callable[[UserPoolAdmin], Awaitable[Any]], operation: str, body: dict[str, Any]
) -> None:
    admin, recorder = admin_of({})
    assert await call(admin) is None
    assert recorder.calls == [(operation, {"UserPoolId": POOL_ID, "Username": "bob", **body})]


async def test_provider_is_linked_and_unlinked() -> None:
    admin, recorder = admin_of({}, {})
    await admin.link_provider("bob", "Google", "1234")
    await admin.unlink_provider("Google", "1234", attribute="email")
    source = {"ProviderName": "Google", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "1234"}
    assert recorder.calls == [
        (
            "AdminLinkProviderForUser",
            {
                "UserPoolId": POOL_ID,
                "DestinationUser": {"ProviderName": "Cognito", "ProviderAttributeValue": "bob"},
                "SourceUser": source,
            },
        ),
        (
            "AdminDisableProviderForUser",
            {"UserPoolId": POOL_ID, "User": {**source, "ProviderAttributeName": "email"}},
        ),
    ]


async def test_devices_are_listed_over_all_pages() -> None:
    device = {"DeviceKey": "key", "DeviceAttributes": [{"Name": "device_name", "Value": "phone"}]}
    admin, recorder = admin_of({"Devices": [device], "PaginationToken": "2"}, {"Devices": [device]}, {"Device": device})
    assert [each.name for each in await admin.devices("bob")] == ["phone", "phone"]
    assert (await admin.device("bob", "key")).key == "key"
    assert recorder.operations == ["AdminListDevices", "AdminListDevices", "AdminGetDevice"]


async def test_users_are_listed_lazily_page_by_page() -> None:
    admin, recorder = admin_of({"Users": [{"Username": "a"}], "PaginationToken": "2"}, {"Users": [{"Username": "b"}]})
    found = admin.users("email", starts_with='a"\\', only=["email"], page_size=1, timeout=5)
    assert not recorder.calls
    assert [user.username async for user in found] == ["a", "b"]
    assert recorder.calls[0][1] == {
        "UserPoolId": POOL_ID,
        "Filter": 'email ^= "a\\"\\\\"',
        "AttributesToGet": ["email"],
        "Limit": 1,
    }


@pytest.mark.parametrize(
    "given",
    [(None, "a", None), ("email", None, None), ("email", "a", "b"), ('email = "x" or', "a", None), ("e", 3, None)],
)
def test_invalid_filter_is_refused(given: Any) -> None:
    with pytest.raises(errors.ConfigurationError):
        filter_text(*given)


async def test_metadata_of_a_call_overrides_the_views_metadata() -> None:
    pool, recorder = scripted({}, {}, credentials=KEYS)
    admin = pool.with_options(client_metadata={"of": "the options"}).admin
    await admin.reset_password("bob")
    await admin.reset_password("bob", client_metadata={"of": "the call"})
    assert [body["ClientMetadata"]["of"] for _, body in recorder.calls] == ["the options", "the call"]


async def test_invalid_arguments_are_refused_by_name_and_not_sent() -> None:
    admin, recorder = admin_of()
    calls: list[tuple[Callable[[Any], Awaitable[Any]], str]] = [
        (lambda a: a.user(""), "username"),
        (lambda a: a.create_user("bob", attributes={"n": 1}), "attributes"),
        (lambda a: a.remember_device("bob", "key", remembered=1), "remembered"),
        (lambda a: a.set_mfa_preference("bob", sms="ON"), "sms, totp and email"),
        (lambda a: a.set_mfa_preference("bob", sms="PREFERRED", totp="PREFERRED"), "only one"),
        (lambda a: a.disable_user("bob", tiemout=3), "tiemout"),
        (lambda a: a.sign_in("bob", PASSWORD, device="mine"), "DeviceSecret"),
    ]
    for call, named in calls:
        with pytest.raises(errors.ConfigurationError, match=named):
            await call(admin)
    assert not recorder.calls


async def test_tracebacks_show_no_password() -> None:
    admin, _ = admin_of({"__type": "x"}, timeout=1)
    broken: Any = admin
    calls: list[Callable[[], Awaitable[Any]]] = [
        lambda: broken.set_password("", "a-Secret-passw0rd"),
        lambda: broken.create_user("", temporary_password="a-Secret-passw0rd"),
        lambda: broken.invite_user("", temporary_password="a-Secret-passw0rd"),
        lambda: broken.sign_in("", "a-Secret-passw0rd"),
    ]
    for call in calls:
        with pytest.raises(errors.ConfigurationError) as caught:
            await call()
        shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
        assert not any("a-Secret-passw0rd" in line for line in shown if "test_admin.py" not in line)


def test_repr_shows_only_the_pool() -> None:
    pool = UserPool(POOL_ID, "client", client_secret="a-client-secret", credentials=KEYS)
    assert repr(pool.admin) == f"UserPoolAdmin('{POOL_ID}')"


async def test_admin_calls_work_at_the_local_pool() -> None:
    async with LocalUserPool(PoolSettings(device_tracking="OPT_IN", mfa="OPTIONAL")) as local:
        pool = local.user_pool()
        admin = pool.admin
        await admin.invite_user("bob", attributes={"email": "bob@example.com"})
        first = local.outbox[-1].code
        assert (await pool.sign_in("bob", first)).challenge is not None
        await admin.invite_user("bob", again=True)
        assert local.outbox[-1].username == "bob" and local.outbox[-1].code != first

        await pool.sign_up("alice", PASSWORD, attributes={"email": "alice@example.com"})
        await admin.confirm_sign_up("alice")
        user = (await pool.sign_in("alice", PASSWORD)).user
        [device] = await admin.devices("alice")
        await admin.remember_device("alice", device.key)
        shown = await admin.device("alice", device.key)
        assert shown.key == device.key and shown.attributes["dev:device_remembered_status"] == "remembered"
        await admin.forget_device("alice", device.key)
        assert await admin.devices("alice") == []

        setup = await user.setup_totp()
        await setup.verify(totp_code(setup.secret, local.clock.now()))
        await admin.set_mfa_preference("alice", totp="PREFERRED")
        mfa = (await admin.user("alice")).mfa
        assert mfa is not None and mfa.preferred == "SOFTWARE_TOKEN_MFA"

        await admin.link_provider("alice", "Google", "1234")
        [linked] = json.loads((await admin.user("alice")).attributes["identities"])
        assert (linked["providerName"], linked["userId"]) == ("Google", "1234")
        await admin.unlink_provider("Google", "1234")
        assert "identities" not in (await admin.user("alice")).attributes

        await admin.update_attributes("alice", {"email_verified": "true"})
        await admin.reset_password("alice")
        await pool.confirm_forgot_password("alice", local.outbox[-1].code, OTHER)
        local.clock.advance(30)
        asked = (await admin.sign_in("alice", OTHER)).challenge
        assert isinstance(asked, challenges.SoftwareTokenMfa)
        assert (await asked.answer(totp_code(setup.secret, local.clock.now()))).signed_in


@pytest.mark.usefixtures("little_to_search")
@pytest.mark.parametrize(
    "listing",
    [
        lambda admin: admin.users(),
        lambda admin: admin.groups(),
        lambda admin: admin.groups_of("alice"),
        lambda admin: admin.members("editors"),
    ],
)
async def test_closed_listing_closes_its_generators(listing: Any) -> None:
    """Otherwise, trio would warn that an async generator was not closed."""
    page = {"Users": [{"Username": "a"}, {"Username": "b"}], "Groups": [{"GroupName": "a"}, {"GroupName": "b"}]}
    admin, _ = admin_of(page)
    async with aclosing(listing(admin)) as items:
        async for _item in items:
            break
    gc.collect()
