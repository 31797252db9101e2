"""Accounts of other identity providers that are linked to a user."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ..helpers import INCORRECT, PASSWORD, START, Wire, attributes_of, claims, listed

pytestmark = [pytest.mark.anyio, pytest.mark.table]
NO_USER = ("UserNotFoundException", "User does not exist.")
INVALID = "InvalidParameterException"
ALICE = {"ProviderName": "Cognito", "ProviderAttributeValue": "alice"}
MERGING = "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link"
NATIVE = (
    "Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, "
    "only as a DestinationUser"
)


def account(provider: str = "Google", subject: str = "1") -> dict[str, str]:
    return {"ProviderName": provider, "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": subject}


async def link(wire: Wire, source: dict[str, str], user: dict[str, str] = ALICE) -> Any:
    return await wire.admin("AdminLinkProviderForUser", DestinationUser=user, SourceUser=source)


async def link_refused(wire: Wire, source: dict[str, str], user: dict[str, str] = ALICE) -> tuple[str, str]:
    return await wire.admin_refused("AdminLinkProviderForUser", DestinationUser=user, SourceUser=source)


async def identities(wire: Wire) -> Any:
    attributes = attributes_of((await wire.admin("AdminGetUser", Username="alice"))["UserAttributes"])
    return json.loads(attributes["identities"]) if "identities" in attributes else None


async def test_accounts_are_linked_and_shown() -> None:
    wire = Wire()
    await wire.signed_up()
    assert await link(wire, account()) == {}
    assert await link(wire, account("Okta", "00u1")) == {}
    [google, okta] = await identities(wire)
    assert google == {
        "userId": "1",
        "providerName": "Google",
        "providerType": "Google",
        "issuer": None,
        "primary": False,
        "dateCreated": START.timestamp() * 1000,
    }
    assert (okta["userId"], okta["providerName"], okta["providerType"]) == ("00u1", "Okta", "OIDC")
    told = claims((await wire.tokens())["IdToken"])[1]["identities"]
    assert told[0] == {**google, "primary": "false", "dateCreated": str(google["dateCreated"])}


async def test_account_is_linked_once_and_to_one_user() -> None:
    wire = Wire()
    await wire.signed_up()
    await wire.signed_up("bob")
    await link(wire, account())
    bob = {**ALICE, "ProviderAttributeValue": "bob"}
    assert await link_refused(wire, account()) == (INVALID, "SourceUser is already linked to DestinationUser")
    assert await link_refused(wire, account(), bob) == (INVALID, MERGING)
    for number in range(2, 6):
        await link(wire, account(subject=str(number)))
    assert (await link_refused(wire, account(subject="6")))[0] == "LimitExceededException"
    assert await link(wire, account(subject="6"), bob) == {}


async def test_provider_user_is_found_by_the_prefixed_name_and_not_merged() -> None:
    wire = Wire()
    await wire.signed_up()
    await wire.admin("AdminCreateUser", Username="Google_7", MessageAction="SUPPRESS")
    assert await link_refused(wire, account(subject="7")) == (INVALID, MERGING)
    assert await link(wire, account("Okta", "1"), account(subject="7")) == {}
    [shown] = (await wire.admin("ListUsers", Filter='username = "Google_7"'))["Users"]
    assert "identities" in attributes_of(shown["Attributes"])


@pytest.mark.parametrize(
    ("source", "user", "message"),
    [
        (
            ALICE,
            ALICE,
            NATIVE,
        ),
        ({"ProviderName": "Google"}, ALICE, "SourceUser.ProviderAttributeValue is required."),
        (account(), {"ProviderAttributeValue": "alice"}, "DestinationUser.ProviderName is required."),
        (
            {**account(), "ProviderAttributeName": "email"},
            ALICE,
            "SourceUser.ProviderAttributeName must be Cognito_Subject for Google.",
        ),
    ],
)
async def test_invalid_links_are_refused(source: dict[str, str], user: dict[str, str], message: str) -> None:
    wire = Wire()
    await wire.signed_up()
    assert await link_refused(wire, source, user) == (INVALID, message)
    assert await link_refused(wire, account(), {**ALICE, "ProviderAttributeValue": "nobody"}) == NO_USER


async def test_link_is_removed() -> None:
    wire = Wire()
    await wire.signed_up()
    await link(wire, account())
    await link(wire, account("Okta"))
    assert await wire.admin("AdminDisableProviderForUser", User=account()) == {}
    assert [each["providerName"] for each in await identities(wire)] == ["Okta"]
    assert await wire.admin_refused("AdminDisableProviderForUser", User=account()) == NO_USER
    await wire.admin("AdminDisableProviderForUser", User=account("Okta"))
    assert await identities(wire) is None
    assert await link(wire, account()) == {}


async def test_account_can_be_linked_by_another_attribute_of_other_providers() -> None:
    wire = Wire()
    await wire.signed_up()
    by_email = {**account("Okta", "al@example.com"), "ProviderAttributeName": "email"}
    assert await link(wire, by_email) == {}
    assert await wire.admin("AdminDisableProviderForUser", User=by_email) == {}


@pytest.mark.parametrize("user", [account(), account("Cognito", "alice")])
async def test_disabling_a_provider_needs_the_subject(user: dict[str, str]) -> None:
    wire = Wire()
    await wire.signed_up()
    named = {**user, "ProviderAttributeName": "email"}
    message = f"User.ProviderAttributeName must be Cognito_Subject for {user['ProviderName']}."
    assert await wire.admin_refused("AdminDisableProviderForUser", User=named) == (INVALID, message)
    assert await wire.tokens()


async def test_disabling_the_provider_cognito_removes_the_password() -> None:
    wire = Wire()
    await wire.signed_up()
    assert await wire.admin("AdminDisableProviderForUser", User=account("Cognito", "alice")) == {}
    assert await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD) == INCORRECT
    assert (await wire.admin("AdminGetUser", Username="alice"))["Enabled"] is True
    assert await wire.admin_refused("AdminDisableProviderForUser", User=account("Cognito", "nobody")) == NO_USER


async def test_users_and_other_operations_cannot_write_links() -> None:
    wire = Wire()
    await wire.signed_up()
    changed = listed({"identities": "[]"})
    update = {"Username": "alice", "UserAttributes": changed}
    assert (await wire.admin_refused("AdminUpdateUserAttributes", **update))[0] == INVALID
    access = {"AccessToken": (await wire.tokens())["AccessToken"]}
    assert (await wire.refused("UpdateUserAttributes", UserAttributes=changed, **access))[0] == INVALID
