"""Attributes of a signed-in user: changed, deleted and verified."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.schema import CustomAttribute
from cognito_async._local.state.entities import User

from ..helpers import PASSWORD, Wire, attributes_of, hours, listed, refusal

pytestmark = [pytest.mark.anyio, pytest.mark.table]
INVALID = "InvalidParameterException"
NO_CLIENT_MAY = refusal("A client attempted to write unauthorized attribute")
MISMATCH = ("CodeMismatchException", "Invalid verification code provided, please try again.")
EXPIRED = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
LIMIT = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")
ALIAS = ("AliasExistsException", "An account with the email already exists.")
NEW = {"email": "grace@example.org"}
WAITING = PoolSettings(verify_before_update=("email",))


class SignedInUser:
    """Calls of a signed-in user. `user` is the same user as the pool stores it."""

    def __init__(self, wire: Wire, user: User, token: str) -> None:
        self.wire = wire
        self.user = user
        self.access = {"AccessToken": token}

    async def update(self, **attributes: str) -> list[dict[str, str]]:
        reply = await self.wire.call("UpdateUserAttributes", UserAttributes=listed(attributes), **self.access)
        assert reply.keys() == {"CodeDeliveryDetailsList"}
        deliveries: list[dict[str, str]] = reply["CodeDeliveryDetailsList"]
        return deliveries

    async def update_refused(self, **attributes: str) -> tuple[str, str]:
        return await self.wire.refused("UpdateUserAttributes", UserAttributes=listed(attributes), **self.access)

    async def verify(self, code: str, attribute: str = "email") -> Any:
        return await self.wire.call("VerifyUserAttribute", AttributeName=attribute, Code=code, **self.access)

    async def verify_refused(self, code: str, attribute: str = "email") -> tuple[str, str]:
        return await self.wire.refused("VerifyUserAttribute", AttributeName=attribute, Code=code, **self.access)

    async def shown(self) -> dict[str, str]:
        attributes = attributes_of((await self.wire.call("GetUser", **self.access))["UserAttributes"])
        del attributes["sub"]
        return attributes


async def make_user(
    pool: PoolSettings | None = None, client: AppClientSettings | None = None, **attributes: str
) -> SignedInUser:
    wire = Wire(pool, client)
    user = await wire.signed_up(**attributes)
    return SignedInUser(wire, user, (await wire.tokens())["AccessToken"])


async def test_attributes_without_a_code_change_immediately() -> None:
    alice = await make_user(PoolSettings(custom_attributes=(CustomAttribute("size", "Number"),)))
    assert await alice.update(name="Alice", **{"custom:size": "4"}) == []
    email = {"email": "f@example.com", "email_verified": "true"}
    assert await alice.shown() == {**email, "name": "Alice", "custom:size": "4"}
    assert await alice.update(name="", email="f@example.com") == []
    assert await alice.shown() == {**email, "custom:size": "4"}


async def test_new_address_is_unverified_until_its_code_confirms_it() -> None:
    alice = await make_user()
    assert await alice.update(**NEW) == [
        {"Destination": "g***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    ]
    sent = alice.wire.service.outbox[-1]
    assert (sent.kind, sent.destination, sent.attribute) == ("verify_attribute", "grace@example.org", "email")
    assert await alice.shown() == {**NEW, "email_verified": "false"}
    assert await alice.verify(sent.code) == {}
    assert await alice.shown() == {**NEW, "email_verified": "true"}
    assert await alice.verify_refused(sent.code) == EXPIRED


async def test_contact_without_auto_verification_gets_no_code() -> None:
    alice = await make_user()
    assert await alice.update(phone_number="+15550009934") == []
    assert (await alice.shown())["phone_number_verified"] == "false"


async def test_each_contact_has_its_own_delivery_and_code() -> None:
    alice = await make_user(PoolSettings(auto_verified=("email", "phone_number")))
    deliveries = await alice.update(**NEW, phone_number="+15550009934")
    assert [each["AttributeName"] for each in deliveries] == ["email", "phone_number"]
    by_mail, by_sms = alice.wire.service.outbox[-2:]
    await alice.verify(by_sms.code, "phone_number")
    await alice.verify(by_mail.code)
    shown = await alice.shown()
    assert (shown["email_verified"], shown["phone_number_verified"]) == ("true", "true")


async def test_old_address_can_stay_until_the_new_one_is_verified() -> None:
    alice = await make_user(WAITING)
    old = {"email": "f@example.com", "email_verified": "true"}
    [delivery] = await alice.update(**NEW)
    assert delivery["Destination"] == "g***@e***"
    assert await alice.shown() == old
    resent = await alice.wire.call("GetUserAttributeVerificationCode", AttributeName="email", **alice.access)
    assert resent["CodeDeliveryDetails"]["Destination"] == "g***@e***"
    await alice.verify(alice.wire.service.outbox[-1].code)
    assert await alice.shown() == {**NEW, "email_verified": "true"}
    assert not alice.user.pending


async def test_restoring_the_old_address_cancels_the_new_one() -> None:
    alice = await make_user(WAITING)
    await alice.update(**NEW)
    assert await alice.update(email="f@example.com") == []
    refused = await alice.wire.refused("GetUserAttributeVerificationCode", AttributeName="email", **alice.access)
    assert refused[0] == INVALID
    assert not alice.user.pending


async def test_code_for_one_address_does_not_verify_the_next() -> None:
    alice = await make_user(PoolSettings(fixed_code=None, auto_verified=("email",)))
    await alice.update(**NEW)
    old = alice.wire.service.outbox[-1].code
    await alice.update(email="h@example.com")
    while alice.wire.service.outbox[-1].code == old:  # pragma: no cover - one time in a million
        await alice.wire.call("GetUserAttributeVerificationCode", AttributeName="email", **alice.access)
    assert await alice.verify_refused(old) == MISMATCH


async def test_code_for_a_cancelled_address_does_not_verify_the_old_one() -> None:
    alice = await make_user(PoolSettings(verify_before_update=("email",)))
    alice.user.attributes["email_verified"] = "false"
    await alice.update(**NEW)
    sent = alice.wire.service.outbox[-1]
    assert sent.destination == "grace@example.org"
    await alice.update(email="f@example.com")
    assert await alice.verify_refused(sent.code) == EXPIRED
    assert await alice.shown() == {"email": "f@example.com", "email_verified": "false"}


async def test_sign_up_code_is_invalid_after_the_address_changes() -> None:
    wire = Wire()
    await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=listed({"email": "f@example.com"}))
    code = wire.service.outbox[-1].code
    await wire.admin("AdminUpdateUserAttributes", Username="alice", UserAttributes=listed(NEW))
    assert await wire.refused("ConfirmSignUp", Username="alice", ConfirmationCode=code) == EXPIRED


async def test_code_can_be_requested_while_a_contact_is_unverified() -> None:
    alice = await make_user(phone_number="+15550009934", email="f@example.com")
    reply = await alice.wire.call("GetUserAttributeVerificationCode", AttributeName="phone_number", **alice.access)
    assert reply["CodeDeliveryDetails"] == {
        "Destination": "+*******9934",
        "DeliveryMedium": "SMS",
        "AttributeName": "phone_number",
    }
    assert await alice.verify(alice.wire.service.outbox[-1].code, "phone_number") == {}
    for attribute in ("phone_number", "name"):
        ask = {"AttributeName": attribute, **alice.access}
        assert (await alice.wire.refused("GetUserAttributeVerificationCode", **ask))[0] == INVALID
    await alice.wire.call("DeleteUserAttributes", UserAttributeNames=["phone_number"], **alice.access)
    ask = {"AttributeName": "phone_number", **alice.access}
    assert (await alice.wire.refused("GetUserAttributeVerificationCode", **ask))[0] == INVALID
    assert (await alice.verify_refused("1", "name"))[0] == INVALID


async def test_codes_and_attempts_per_hour_are_limited() -> None:
    alice = await make_user(PoolSettings(fixed_code="424242"))
    await alice.update(**NEW)
    ask = {"AttributeName": "email", **alice.access}
    for _ in range(5):
        await alice.wire.call("GetUserAttributeVerificationCode", **ask)
    assert await alice.wire.refused("GetUserAttributeVerificationCode", **ask) == LIMIT
    for _ in range(15):
        assert await alice.verify_refused("000000") == MISMATCH
    assert await alice.verify_refused("424242") == LIMIT


async def test_attribute_code_expires_after_a_day() -> None:
    alice = await make_user()
    await alice.update(**NEW)
    code = alice.wire.service.outbox[-1].code
    alice.wire.clock.advance(hours(24))
    alice.access = {"AccessToken": (await alice.wire.tokens())["AccessToken"]}
    assert await alice.verify_refused(code) == EXPIRED


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"email": "f"}, (INVALID, "Invalid email address format.")),
        ({"phone_number": "5550100"}, (INVALID, "Invalid phone number format.")),
        ({"sub": "x"}, (INVALID, "Cannot modify the non-mutable attribute sub")),
        ({"sub": ""}, (INVALID, "Cannot modify the non-mutable attribute sub")),
        ({"custom:x": "1"}, (INVALID, "user.custom:x: Attribute does not exist in the schema.\n")),
        ({"custom:x": ""}, (INVALID, "user.custom:x: Attribute does not exist in the schema.\n")),
        ({"email": ""}, (INVALID, "Invalid user attributes: email: Required attribute cannot be deleted.\n")),
        ({"email_verified": "true"}, NO_CLIENT_MAY),
    ],
)
async def test_refused_changes_have_no_effect(attributes: dict[str, str], expected: tuple[str, str]) -> None:
    alice = await make_user(PoolSettings(required_attributes=("email",)))
    assert await alice.update_refused(name="Alice", **attributes) == expected
    assert await alice.shown() == {"email": "f@example.com", "email_verified": "true"}


async def test_client_may_change_writable_attributes_only() -> None:
    alice = await make_user(client=AppClientSettings(write_attributes=frozenset({"email", "name"})))
    assert await alice.update_refused(name="Alice", nickname="al") == NO_CLIENT_MAY
    assert await alice.shown() == {"email": "f@example.com", "email_verified": "true"}


async def test_deleting_a_contact_also_deletes_its_verified_flag() -> None:
    alice = await make_user(name="Alice", email="f@example.com")
    delete = {"UserAttributeNames": ["name", "email", "nickname"], **alice.access}
    assert await alice.wire.call("DeleteUserAttributes", **delete) == {}
    assert await alice.shown() == {}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sub", (INVALID, "Cannot modify the non-mutable attribute sub")),
        ("shoe", (INVALID, "user.shoe: Attribute does not exist in the schema.\n")),
        ("email", (INVALID, "Invalid user attributes: email: Required attribute cannot be deleted.\n")),
        ("email_verified", NO_CLIENT_MAY),
    ],
)
async def test_invalid_deletions_of_attributes_are_refused(name: str, expected: tuple[str, str]) -> None:
    alice = await make_user(PoolSettings(required_attributes=("email",)))
    delete = {"UserAttributeNames": ["name", name], **alice.access}
    assert await alice.wire.refused("DeleteUserAttributes", **delete) == expected


async def test_alias_of_another_user_cannot_be_taken() -> None:
    alice = await make_user(PoolSettings(alias_attributes=("email",)))
    wire = alice.wire
    await wire.call("SignUp", Username="bob", Password=PASSWORD, UserAttributes=listed(NEW))
    # Any user may take an unverified address.
    [delivery] = await alice.update(**NEW)
    assert delivery["Destination"] == "g***@e***"
    alices, bobs = wire.service.outbox[-1].code, wire.service.outbox[-2].code
    await wire.call("ConfirmSignUp", Username="bob", ConfirmationCode=bobs)
    assert await alice.verify_refused(alices) == ALIAS
    assert await alice.update_refused(email="GRACE@example.org") == ALIAS
    # The code is valid again as soon as the address is free.
    await wire.admin("AdminDeleteUser", Username="bob")
    assert await alice.verify(alices) == {}


async def test_address_that_is_another_users_name_cannot_be_taken() -> None:
    wire = Wire(PoolSettings(username_attributes=("email",), verify_before_update=("email",)))
    await wire.signed_up("f@example.com", PASSWORD, email="f@example.com")
    access = {"AccessToken": (await wire.tokens("f@example.com"))["AccessToken"]}
    update = {"UserAttributes": listed(NEW), **access}
    await wire.call("UpdateUserAttributes", **update)
    code = wire.service.outbox[-1].code
    await wire.signed_up("grace@example.org", PASSWORD, **NEW)
    assert await wire.refused("UpdateUserAttributes", **update) == ALIAS
    verify = {"AttributeName": "email", "Code": code, **access}
    assert await wire.refused("VerifyUserAttribute", **verify) == ALIAS
