"""`LocalUserPool.make_user`: a user for a test, who obeys the settings of the pool."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import pytest

from cognito_async import errors
from cognito_async.challenges import NewPasswordRequired
from cognito_async.local import (
    AppClientSettings,
    CustomAttribute,
    LocalUserPool,
    PasswordPolicy,
    PoolSettings,
    StandardAttribute,
    Triggers,
)


def refusal(local: LocalUserPool, *arguments: Any, **options: Any) -> str:
    with pytest.raises(errors.ConfigurationError) as caught:
        local.make_user(*arguments, **options)
    return caught.value.message


@pytest.mark.anyio
async def test_made_user_can_sign_in_at_once() -> None:
    local = LocalUserPool()
    user = local.make_user("alice", password="Passw0rd!")
    result = await local.user_pool().sign_in("alice", "Passw0rd!")
    assert (result.signed_in, result.user.sub) == (True, user.sub)
    assert (user.username, user.password) == ("alice", "Passw0rd!")
    assert user.attributes == {"email": "alice@example.com", "email_verified": "true"}


@pytest.mark.anyio
async def test_user_without_a_name_gets_a_new_one_and_a_password() -> None:
    local = LocalUserPool()
    local.make_user("user-2")
    users = [local.make_user() for _ in range(3)]
    assert [each.username for each in users] == ["user-3", "user-4", "user-5"]
    assert len({each.password for each in users}) == 3
    assert (await local.user_pool().sign_in(users[0].username, users[0].password)).signed_in


async def _never(event: Any) -> Any:
    raise AssertionError(event["triggerSource"])


def test_no_trigger_runs_and_no_message_is_sent() -> None:
    triggers = Triggers(pre_sign_up=_never, post_confirmation=_never, custom_message=_never)
    local = LocalUserPool(PoolSettings(triggers=triggers))
    local.make_user(status="FORCE_CHANGE_PASSWORD")
    assert local.outbox == []


def test_missing_groups_are_created_and_are_in_the_tokens() -> None:
    local = LocalUserPool()
    user = local.make_user(groups=["editors", "admins"])
    assert user.groups == ("admins", "editors")
    assert user.tokens.unverified_access_claims["cognito:groups"] == ["admins", "editors"]
    assert local.make_user(groups=("editors",)).groups == ("editors",)


def test_attributes_that_the_pool_requires_are_made_up() -> None:
    settings = PoolSettings(
        required_attributes=("birthdate", "phone_number", "updated_at", "name"),
        standard_attributes=(StandardAttribute("nickname", required=True, minimum_length=12),),
    )
    attributes = LocalUserPool(settings).make_user("bob", attributes={"name": "Bob"}).attributes
    assert attributes == {
        "email": "bob@example.com",
        "email_verified": "true",
        "name": "Bob",
        "nickname": "nicknamexxxx",
        "birthdate": "2000-01-01",
        "updated_at": "0",
        "phone_number": "+15550000001",
        "phone_number_verified": "true",
    }


@pytest.mark.parametrize(
    ("contacts", "name", "phone"),
    [
        (("email",), "user-1@example.com", None),
        (("phone_number",), "+15550000001", "+15550000001"),
        (("phone_number", "email"), "user-1@example.com", None),
    ],
)
def test_contact_is_the_name_where_users_sign_up_with_it(contacts: Any, name: str, phone: str | None) -> None:
    local = LocalUserPool(PoolSettings(username_attributes=contacts))
    user = local.make_user()
    assert user.username == user.sub
    assert user.attributes["email"] == "user-1@example.com" and user.attributes.get("phone_number") == phone
    found = local.service.find_user(local.settings.id, name)
    assert found is not None and found.sub == user.sub


def test_given_contact_is_the_name_and_the_attribute() -> None:
    local = LocalUserPool(PoolSettings(username_attributes=("email", "phone_number")))
    assert local.make_user("a@b.example").attributes["email"] == "a@b.example"
    assert local.make_user("+4930123").attributes["phone_number"] == "+4930123"
    assert refusal(local, "alice") == ("the user cannot be made: Username should be either an email or a phone number.")


def test_blank_attribute_is_left_out_and_a_flag_can_be_given() -> None:
    local = LocalUserPool()
    assert local.make_user(attributes={"email": ""}).attributes == {}
    unverified = {"email": "a@b.example", "email_verified": "false"}
    assert local.make_user(attributes=unverified).attributes == unverified


def test_contacts_of_an_unconfirmed_user_are_unverified() -> None:
    assert LocalUserPool().make_user(status="UNCONFIRMED").attributes["email_verified"] == "false"


@pytest.mark.anyio
async def test_status_decides_the_answer_to_a_sign_in() -> None:
    local = LocalUserPool()
    invited = local.make_user(status="FORCE_CHANGE_PASSWORD")
    pool = local.user_pool()
    assert isinstance((await pool.sign_in(invited.username, invited.password)).challenge, NewPasswordRequired)
    for options, error in (
        ({"status": "UNCONFIRMED"}, errors.UserNotConfirmedException),
        ({"status": "RESET_REQUIRED"}, errors.PasswordResetRequiredException),
        ({"enabled": False}, errors.NotAuthorizedException),
    ):
        user = local.make_user(**options)
        with pytest.raises(error):
            await pool.sign_in(user.username, user.password)
    local.clock.advance(8 * 24 * 3600)
    with pytest.raises(errors.NotAuthorizedException, match="Temporary password has expired"):
        await pool.sign_in(invited.username, invited.password)


def test_settings_of_the_pool_are_obeyed() -> None:
    local = LocalUserPool(
        PoolSettings(
            password_policy=PasswordPolicy(minimum_length=12),
            custom_attributes=(CustomAttribute("level", "Number", maximum_value=9),),
            alias_attributes=("email",),
        )
    )
    local.make_user("alice", attributes={"email": "a@b.example", "custom:level": "9"})
    refusals = {
        "User already exists": refusal(local, "alice"),
        "An account with the email already exists.": refusal(local, attributes={"email": "a@b.example"}),
        "Username cannot be of email format": refusal(local, "c@d.example"),
        "Password not long enough": refusal(local, password="Passw0rd!"),
        "custom:level: Number must be no greater than 9": refusal(local, attributes={"custom:level": "10"}),
        "custom:other": refusal(local, attributes={"custom:other": "1"}),
        "Invalid email address format.": refusal(local, attributes={"email": "a"}),
        "must satisfy": refusal(local, "two words") + refusal(local, groups=["two words"]),
        "do not allow SOFTWARE_TOKEN_MFA": refusal(local, mfa="totp"),
    }
    for text, message in refusals.items():
        assert text.lower() in message.lower(), message
    assert all(message.startswith("the user cannot be made: ") for message in refusals.values())


def test_required_attribute_that_is_left_out_is_refused() -> None:
    local = LocalUserPool(PoolSettings(required_attributes=("email",)))
    assert "email: The attribute is required" in refusal(local, attributes={"email": ""})


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"username": ""}, "username must not be empty"),
        ({"username": 5}, "username must be a str, not int"),
        ({"password": b"x"}, "password must be a str, not bytes"),
        ({"groups": "editors"}, "groups must be a list of names"),
        ({"groups": 5}, "groups must be a list of names"),
        ({"groups": [5]}, "each of groups must be a str, not int"),
        ({"mfa": "SMS_MFA"}, "mfa must be None or one of totp, sms, email"),
        ({"attributes": [("a", "b")]}, "attributes must be a mapping of str to str, not list"),
        ({"attributes": {"custom:n": 5}}, "attributes['custom:n'] must be a str, not int"),
        ({"status": "NEW"}, "status must be one of UNCONFIRMED, CONFIRMED, RESET_REQUIRED, FORCE_CHANGE_PASSWORD"),
        ({"enabled": "no"}, "enabled must be True or False"),
        ({"client": "id"}, "client must be the AppClientSettings of one of the pool's app clients"),
        ({"client_id": "id"}, "make_user has no option client_id"),
    ],
)
def test_wrong_option_is_refused(options: dict[str, Any], text: str) -> None:
    assert refusal(LocalUserPool(), **options).startswith(text)


def test_tokens_are_issued_by_the_given_client() -> None:
    local = LocalUserPool()
    other = local.add_client(AppClientSettings(id="other", access_token_validity=60))
    claims = local.make_user(client=other).tokens.unverified_access_claims
    assert (claims["client_id"], claims["exp"] - claims["iat"]) == ("other", 60)
    stranger = local.make_user(client=AppClientSettings(id="stranger"))
    with pytest.raises(errors.ConfigurationError, match="the pool has no app client stranger"):
        _ = stranger.tokens


@pytest.mark.timed
def test_user_with_groups_and_tokens_takes_at_most_five_milliseconds() -> None:
    local = LocalUserPool()
    local.make_user(groups=["a", "b"]).tokens  # noqa: B018 - generates the keys
    taken: list[float] = []
    for _ in range(50):
        started = time.perf_counter()
        assert local.make_user(groups=["a", "b"]).access_token
        taken.append(time.perf_counter() - started)
    assert median(taken) < 0.005
