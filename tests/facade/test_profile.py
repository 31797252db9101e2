"""The attributes, password and account of a signed-in user: the requests and results of each call."""

from __future__ import annotations

import pickle
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from cognito_async import (
    AuthFactors,
    CodeDelivery,
    CognitoUser,
    MfaPreference,
    Tokens,
    VerifiedContacts,
    errors,
)
from cognito_async.local import AppClientSettings, LocalUserPool, PoolSettings
from tests.support import (
    ACCESS_TOKEN,
    make_user,
    recording,
    serving,
    user_of,
)

pytestmark = pytest.mark.anyio

PASSWORD = "Passw0rd!"


async def local_user(settings: PoolSettings | None = None, client: Any = None) -> tuple[LocalUserPool, CognitoUser]:
    local = LocalUserPool(settings, client)
    await make_user(local)
    return local, (await local.user_pool().sign_in("alice", PASSWORD)).user


def user_reply(attributes: dict[str, str]) -> dict[str, Any]:
    return {"Username": "alice", "UserAttributes": [{"Name": n, "Value": v} for n, v in attributes.items()]}


async def test_attributes_are_a_dictionary_of_strings() -> None:
    user, recorder = user_of(
        {"Username": "alice", "UserAttributes": [{"Name": "sub", "Value": "1"}, {"Name": "nickname"}]}
    )
    assert await user.attributes() == {"sub": "1", "nickname": ""}
    assert recorder.calls == [("GetUser", {"AccessToken": ACCESS_TOKEN})]


async def test_update_returns_the_code_delivery_of_each_attribute() -> None:
    delivery = {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    other = {"Destination": "+*******9934", "DeliveryMedium": "SMS", "AttributeName": "phone_number"}
    user, recorder = user_of({"CodeDeliveryDetailsList": [other, delivery]}, {})
    changes = {"email": "a@example.com", "nickname": "", "phone_number": "+15550109934"}
    result = await user.update_attributes(changes, client_metadata={"k": "v"})
    assert result == {
        "email": CodeDelivery(destination="a***@e***", medium="EMAIL", attribute="email"),
        "nickname": None,
        "phone_number": CodeDelivery(destination="+*******9934", medium="SMS", attribute="phone_number"),
    }
    assert list(result) == list(changes)
    assert await user.update_attributes({"custom:shoe": "43"}) == {"custom:shoe": None}
    named = [{"Name": name, "Value": value} for name, value in changes.items()]
    assert recorder.calls == [
        ("UpdateUserAttributes", {"UserAttributes": named, "AccessToken": ACCESS_TOKEN, "ClientMetadata": {"k": "v"}}),
        (
            "UpdateUserAttributes",
            {"UserAttributes": [{"Name": "custom:shoe", "Value": "43"}], "AccessToken": ACCESS_TOKEN},
        ),
    ]


async def test_view_metadata_is_sent_only_with_calls_that_take_it() -> None:
    pool, recorder = serving(lambda operation, body: {})
    user = pool.with_options(client_metadata={"of": "view"}).user_from_tokens(Tokens(ACCESS_TOKEN))
    await user.update_attributes({"nickname": "Al"})
    await user.send_attribute_code("email")
    await user.send_attribute_code("email", client_metadata={"of": "call"})
    await user.confirm_attribute("email", "123456")
    await user.delete_attributes(["nickname"])
    await user.change_password("old", "new")
    sent = [body.get("ClientMetadata") for _, body in recorder.calls]
    assert sent == [{"of": "view"}, {"of": "view"}, {"of": "call"}, None, None, None]


async def test_update_makes_no_further_requests() -> None:
    local, user = await local_user()
    with recording(local) as (pool, recorder):
        same = pool.user_from_tokens(user.tokens)
        await same.update_attributes({"email": "new@example.com"})
        await same.confirm_attribute("email", local.outbox[-1].code)
        await same.delete_attributes(["email"])
        await same.change_password(PASSWORD, "0ther-Passw0rd!")
        assert recorder.operations == [
            "UpdateUserAttributes",
            "VerifyUserAttribute",
            "DeleteUserAttributes",
            "ChangePassword",
        ]


async def test_simple_calls_send_their_arguments() -> None:
    user, recorder = user_of({}, {}, {}, {}, {})
    await user.delete_attributes(("nickname", "custom:shoe"))
    assert await user.send_attribute_code("phone_number") == CodeDelivery()  # the server sends no delivery details
    await user.confirm_attribute("phone_number", "123456")
    await user.change_password("old password", "new password")
    await user.change_password(None, "first password")
    token = {"AccessToken": ACCESS_TOKEN}
    assert recorder.calls == [
        ("DeleteUserAttributes", {"UserAttributeNames": ["nickname", "custom:shoe"], **token}),
        ("GetUserAttributeVerificationCode", {"AttributeName": "phone_number", **token}),
        ("VerifyUserAttribute", {"AttributeName": "phone_number", "Code": "123456", **token}),
        ("ChangePassword", {"PreviousPassword": "old password", "ProposedPassword": "new password", **token}),
        ("ChangePassword", {"ProposedPassword": "first password", **token}),
    ]


@pytest.mark.parametrize(
    ("attributes", "verified", "unverified"),
    [
        ({}, {}, {}),
        ({"email": "a@b", "email_verified": "true"}, {"email": "a@b"}, {}),
        ({"email": "a@b", "email_verified": "True", "phone_number": "+1"}, {"email": "a@b"}, {"phone_number": "+1"}),
        ({"email": "a@b", "email_verified": "false", "phone_number_verified": "true"}, {}, {"email": "a@b"}),
        ({"email": "", "email_verified": "true"}, {}, {}),
    ],
)
@pytest.mark.table
async def test_contacts_are_split_by_verification(
    attributes: dict[str, str], verified: dict[str, str], unverified: dict[str, str]
) -> None:
    user, _ = user_of(user_reply({"sub": "1", **attributes}))
    contacts = await user.verified_contacts()
    assert contacts == VerifiedContacts(verified=verified, unverified=unverified)
    assert VerifiedContacts.model_validate_json(contacts.model_dump_json()) == contacts


async def test_auth_factors_have_the_service_names() -> None:
    user, recorder = user_of(
        {
            "Username": "alice",
            "ConfiguredUserAuthFactors": ["PASSWORD", "NEW_ONE"],
            "PreferredMfaSetting": "EMAIL_OTP",
            "UserMFASettingList": ["SMS_MFA", "EMAIL_OTP"],
        },
        {"Username": "alice"},
    )
    factors = await user.auth_factors()
    mfa = MfaPreference(preferred="EMAIL_OTP", enabled=("SMS_MFA", "EMAIL_OTP"))
    assert factors == AuthFactors(first=("PASSWORD", "NEW_ONE"), mfa=mfa)
    assert pickle.loads(pickle.dumps(factors)) == factors
    assert await user.auth_factors() == AuthFactors()
    assert recorder.calls[0] == ("GetUserAuthFactors", {"AccessToken": ACCESS_TOKEN})


Call = Callable[[Any], Awaitable[Any]]

INVALID: list[tuple[Call, str]] = [
    (lambda user: user.update_attributes({}), "at least one"),
    (lambda user: user.update_attributes(None), "at least one"),
    (lambda user: user.update_attributes("email"), "changes"),
    (lambda user: user.update_attributes({"email_verified": True}), "must be a str, not bool"),
    (lambda user: user.update_attributes({"": "a"}), "a name in changes"),
    (lambda user: user.update_attributes({"nickname": "\udc80"}), "lone surrogate"),
    (lambda user: user.update_attributes({"a": "b"}, client_metadata={"k": 1}), "client_metadata"),
    (lambda user: user.delete_attributes([]), "names"),
    (lambda user: user.delete_attributes("email"), "names"),
    (lambda user: user.delete_attributes({"email"}), "names"),
    (lambda user: user.delete_attributes([None]), "a name in names"),
    (lambda user: user.send_attribute_code(""), "name"),
    (lambda user: user.send_attribute_code("email", client_metadata="k"), "client_metadata"),
    (lambda user: user.confirm_attribute(None, "123456"), "name"),
    (lambda user: user.confirm_attribute("email", ""), "code must not be empty"),
    (lambda user: user.confirm_attribute("email", 123456), "code must be a str, not int"),
    (lambda user: user.change_password("", "new"), "previous"),
    (lambda user: user.change_password("old", ""), "proposed"),
    (lambda user: user.change_password(b"old", "new"), "previous must be a str, not bytes"),
    (lambda user: user.attributes(timeout=0), "timeout"),
    (lambda user: user.delete(timeout="1"), "timeout"),
]


@pytest.mark.parametrize(("call", "words"), INVALID)
@pytest.mark.table
async def test_invalid_arguments_are_refused_before_sending(call: Call, words: str) -> None:
    user, recorder = user_of()
    with pytest.raises(errors.ConfigurationError, match=words):
        await call(user)
    assert not recorder.calls and user.signed_in


async def test_address_is_changed_and_verified() -> None:
    local, user = await local_user()
    result = await user.update_attributes({"email": "new@example.com", "nickname": "Al"})
    delivery = result.pop("email")
    assert delivery == CodeDelivery(destination="n***@e***", medium="EMAIL", attribute="email")
    assert result == {"nickname": None}
    assert await user.verified_contacts() == VerifiedContacts(verified={}, unverified={"email": "new@example.com"})
    assert await user.send_attribute_code("email") == delivery
    with pytest.raises(errors.CodeMismatchException):
        await user.confirm_attribute("email", f"{(int(local.outbox[-1].code) + 1) % 1_000_000:06}")
    await user.confirm_attribute("email", local.outbox[-1].code)
    assert await user.verified_contacts() == VerifiedContacts(verified={"email": "new@example.com"}, unverified={})
    await user.update_attributes({"nickname": ""})
    assert "nickname" not in await user.attributes()
    await user.delete_attributes(["email"])
    assert (await user.attributes()).keys() == {"sub"}


async def test_unverified_address_does_not_replace_the_old_one() -> None:
    local, user = await local_user(PoolSettings(verify_before_update=("email",)))
    await user.update_attributes({"email": "new@example.com"})
    assert (await user.attributes())["email"] == "alice@example.com"
    await user.confirm_attribute("email", local.outbox[-1].code)
    assert await user.verified_contacts() == VerifiedContacts(verified={"email": "new@example.com"}, unverified={})


async def test_attributes_without_write_permission_are_refused() -> None:
    _, user = await local_user(client=AppClientSettings(write_attributes=frozenset({"email"})))
    for changes in ({"nickname": "Al"}, {"email_verified": "true"}):
        with pytest.raises(errors.NotAuthorizedException, match="unauthorized attribute"):
            await user.update_attributes(changes)


async def test_session_survives_a_password_change() -> None:
    local, user = await local_user()
    with pytest.raises(errors.NotAuthorizedException):
        await user.change_password("not-the-password", "0ther-Passw0rd!")
    with pytest.raises(errors.InvalidPasswordException):
        await user.change_password(PASSWORD, "short")
    await user.change_password(PASSWORD, "0ther-Passw0rd!")
    assert (await user.attributes())["email"] == "alice@example.com" and await user.refresh()
    pool = local.user_pool()
    with pytest.raises(errors.NotAuthorizedException):
        await pool.sign_in("alice", PASSWORD)
    assert (await pool.sign_in("alice", "0ther-Passw0rd!")).signed_in


async def test_user_without_a_password_can_set_one() -> None:
    local = LocalUserPool(PoolSettings(first_factors=("PASSWORD", "EMAIL_OTP")))
    pool = local.user_pool()
    signed_up = await pool.sign_up("alice", attributes={"email": "alice@example.com"})
    confirmed = await pool.confirm_sign_up("alice", local.outbox[-1].code, sign_up=signed_up)
    user = (await pool.auto_sign_in(confirmed)).user
    assert (await user.auth_factors()).first == ("EMAIL_OTP",)
    await user.change_password(None, PASSWORD)
    assert "PASSWORD" in (await user.auth_factors()).first
    assert (await pool.sign_in("alice", PASSWORD)).signed_in
