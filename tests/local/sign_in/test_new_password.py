from __future__ import annotations

import json

import anyio
import pytest

from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.schema import StandardAttribute
from cognito_async._local.state.entities import User

from ..helpers import (
    PASSWORD,
    Wire,
    claims,
    listed,
    proven,
    respond,
)

pytestmark = [pytest.mark.anyio, pytest.mark.table]
INVALID = "InvalidParameterException"
INVALID_SESSION = ("NotAuthorizedException", "Invalid session for the user.")


async def invited(wire: Wire, **attributes: str) -> User:
    await wire.admin("AdminCreateUser", Username="alice", TemporaryPassword=PASSWORD, UserAttributes=listed(attributes))
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None
    return user


def new_password(session: str, **responses: str) -> dict[str, object]:
    default = {"USERNAME": "alice", "NEW_PASSWORD": "N3wpassw0rd!"}
    return {
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "Session": session,
        "ChallengeResponses": {**default, **responses},
    }


async def test_temporary_password_requires_a_new_one() -> None:
    wire = Wire(PoolSettings(required_attributes=("email", "given_name")))
    user = await invited(wire, email="f@example.com", email_verified="true")
    reply = await wire.call("RespondToAuthChallenge", **respond(await proven(wire)))
    parameters, session = reply["ChallengeParameters"], reply["Session"]
    assert reply["ChallengeName"] == "NEW_PASSWORD_REQUIRED" and session.startswith("AYABe")
    assert json.loads(parameters["requiredAttributes"]) == ["userAttributes.given_name"]
    assert json.loads(parameters["userAttributes"]) == {"email": "f@example.com", "email_verified": "true"}
    assert parameters["USER_ID_FOR_SRP"] == "alice"
    for given, refused in (
        ({"NEW_PASSWORD": ""}, (INVALID, "Missing required parameter NEW_PASSWORD")),
        (
            {"NEW_PASSWORD": "short"},
            ("InvalidPasswordException", "Password did not conform with policy: Password not long enough"),
        ),
        ({}, (INVALID, "Invalid attributes given, given_name is missing")),
        (
            {"userAttributes.email": "g@example.com"},
            ("NotAuthorizedException", "Cannot modify an already provided email"),
        ),
        (
            {"userAttributes.phone_number_verified": "true"},
            ("InvalidParameterException", "Cannot modify the non-mutable attribute phone_number_verified"),
        ),
        ({"USERNAME": "bob"}, ("NotAuthorizedException", "Invalid session for the user.")),
    ):
        assert await wire.refused("RespondToAuthChallenge", **new_password(session, **given)) == refused
    done = await wire.call("RespondToAuthChallenge", **new_password(session, **{"userAttributes.given_name": "F"}))
    assert claims(done["AuthenticationResult"]["IdToken"])[1]["given_name"] == "F"
    assert user.status == "CONFIRMED"
    assert await wire.refused("RespondToAuthChallenge", **new_password(session)) == (
        "NotAuthorizedException",
        "Invalid session for the user, session can only be used once.",
    )
    assert await wire.tokens(password="N3wpassw0rd!")


async def test_session_expires_and_belongs_to_its_client() -> None:
    wire = Wire(client=AppClientSettings(auth_session_validity=300))
    await invited(wire)
    session = (await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD))["Session"]
    wire.service.add_client(wire.pool.id, AppClientSettings(id="other"))
    foreign = ("NotAuthorizedException", "Invalid session for the user.")
    assert await wire.refused("RespondToAuthChallenge", **new_password(session), ClientId="other") == foreign
    assert await wire.refused("RespondToAuthChallenge", **new_password("AYABe" + "A" * 1500)) == foreign
    assert await wire.refused("RespondToAuthChallenge", **new_password("A" * 1500)) == foreign
    wire.clock.advance(300)
    assert await wire.refused("RespondToAuthChallenge", **new_password(session)) == (
        "NotAuthorizedException",
        "Invalid session for the user, session is expired.",
    )


async def test_temporary_password_expires_after_the_days_of_the_policy() -> None:
    wire = Wire()
    await invited(wire)
    wire.clock.advance(7 * 24 * 3600)
    assert await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD) == (
        "NotAuthorizedException",
        "Temporary password has expired and must be reset by an administrator.",
    )


async def test_one_of_two_concurrent_new_passwords_is_set() -> None:
    wire = Wire()
    await invited(wire)
    session = (await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD))["Session"]
    statuses: list[int] = []

    async def answer() -> None:
        body = {"ClientId": wire.client.id, **new_password(session)}
        statuses.append((await wire.post("RespondToAuthChallenge", body)).status_code)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(answer)
        tasks.start_soon(answer)
    assert sorted(statuses) == [200, 400]


async def test_temporary_password_is_replaced_by_one_sign_in_only() -> None:
    wire = Wire()
    await invited(wire)
    first, second = [(await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD))["Session"] for _ in range(2)]
    assert "AuthenticationResult" in await wire.call("RespondToAuthChallenge", **new_password(first))
    other = new_password(second, NEW_PASSWORD="Th1rd-passw0rd")
    assert await wire.refused("RespondToAuthChallenge", **other) == INVALID_SESSION
    assert await wire.tokens(password="N3wpassw0rd!")


async def test_new_password_answer_may_set_writable_attributes_only() -> None:
    wire = Wire(client=AppClientSettings(write_attributes=frozenset({"name"})))
    user = await invited(wire)
    session = (await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD))["Session"]
    for name in ("nickname", "sub"):
        refused = await wire.refused(
            "RespondToAuthChallenge", **new_password(session, **{f"userAttributes.{name}": "x"})
        )
        assert refused[0] in ("NotAuthorizedException", INVALID)
    assert user.status == "FORCE_CHANGE_PASSWORD" and user.attributes == {}
    await wire.call("RespondToAuthChallenge", **new_password(session, **{"userAttributes.name": "Alice"}))
    assert user.attributes == {"name": "Alice"}


@pytest.mark.parametrize(
    "settings", [PoolSettings(username_attributes=("email", "phone_number")), PoolSettings(alias_attributes=("email",))]
)
async def test_new_password_answer_cannot_take_another_users_address(settings: PoolSettings) -> None:
    wire = Wire(settings)
    by_contact = bool(settings.username_attributes)
    await wire.signed_up("f@example.com" if by_contact else "bob", PASSWORD, email="f@example.com")
    name = "+15550100" if by_contact else "alice"
    await wire.admin("AdminCreateUser", Username=name, TemporaryPassword=PASSWORD)
    asked = await wire.initiate(USERNAME=name, PASSWORD=PASSWORD)
    answer = new_password(asked["Session"], USERNAME=name, **{"userAttributes.email": "f@example.com"})
    taken = ("AliasExistsException", "An account with the email already exists.")
    assert await wire.refused("RespondToAuthChallenge", **answer) == taken
    own = new_password(asked["Session"], USERNAME=name, **{"userAttributes.email": "g@example.com"})
    assert "AuthenticationResult" in await wire.call("RespondToAuthChallenge", **own)
    user = wire.service.find_user(wire.pool.id, name)
    assert user is not None and user.attributes["email_verified"] == "false"


async def test_immutable_attribute_without_a_value_can_be_set() -> None:
    """Otherwise, a user whom an administrator created without a required immutable attribute could never sign in."""
    wire = Wire(PoolSettings(standard_attributes=(StandardAttribute("nickname", required=True, mutable=False),)))
    user = await invited(wire)
    asked = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
    assert json.loads(asked["ChallengeParameters"]["requiredAttributes"]) == ["userAttributes.nickname"]
    await wire.call("RespondToAuthChallenge", **new_password(asked["Session"], **{"userAttributes.nickname": "al"}))
    assert user.attributes["nickname"] == "al"


async def test_preferred_username_of_another_user_is_refused() -> None:
    wire = Wire(PoolSettings(alias_attributes=("preferred_username",)))
    user = await invited(wire)
    asked = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
    await wire.signed_up("bob", PASSWORD, email="f@example.com")
    responses = new_password(asked["Session"], **{"userAttributes.preferred_username": "bob"})
    assert (await wire.refused("RespondToAuthChallenge", **responses))[0] == "AliasExistsException"
    assert "preferred_username" not in user.attributes
