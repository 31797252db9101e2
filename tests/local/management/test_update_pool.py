"""UpdateUserPool: most settings that a request does not name get the service's defaults."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers

from ..helpers import PASSWORD, listed
from .helpers import ALL_FLOWS, INVALID, SMS, Manager
from .test_pools import ALL

pytestmark = [pytest.mark.anyio, pytest.mark.table]
# The members that an update without them keeps, and those that are fixed when the pool is made.
KEPT = ("Policies", "MfaConfiguration", "SmsConfiguration")
FIXED = ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration", "Schema")


async def test_update_resets_what_it_does_not_name() -> None:
    wire = Manager()
    pool_id = (await wire.new_pool(**{**ALL, "Schema": [{"Name": "team", "AttributeDataType": "String"}]}))["Id"]
    plain = await wire.new_pool(
        PoolName="everything",
        UsernameAttributes=["email"],
        UsernameConfiguration={"CaseSensitive": False},
        Schema=[{"Name": "team", "AttributeDataType": "String"}],
        **{name: ALL[name] for name in KEPT},
    )
    wire.clock.advance(10)
    assert await wire.manage("UpdateUserPool", UserPoolId=pool_id) == {}
    same = {name: plain[name] for name in ("Id", "Arn", "LastModifiedDate")}
    updated = await wire.described(pool_id)
    assert updated["LastModifiedDate"] == plain["LastModifiedDate"] + 10
    assert {**updated, **same} == plain


async def test_update_keeps_a_policy_that_it_does_not_name() -> None:
    wire = Manager()
    pool_id = (await wire.new_pool(Policies=ALL["Policies"]))["Id"]
    for policies in (
        {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}},
        {"PasswordPolicy": {"MinimumLength": 9}},
    ):
        before = (await wire.described(pool_id))["Policies"]
        await wire.manage("UpdateUserPool", UserPoolId=pool_id, Policies=policies)
        [name] = policies
        [other] = before.keys() - {name}
        after = (await wire.described(pool_id))["Policies"]
        assert after[other] == before[other] and after[name] != before[name]


async def test_description_can_be_sent_back_as_an_update() -> None:
    wire = Manager()
    before = await wire.new_pool(**ALL)
    members = {name: value for name, value in ALL.items() if name not in FIXED}
    await wire.manage("UpdateUserPool", UserPoolId=before["Id"], **members)
    assert await wire.described(before["Id"]) == before


async def test_update_changes_how_the_pool_behaves() -> None:
    wire = Manager()
    pool_id = (await wire.new_pool(AutoVerifiedAttributes=["email"]))["Id"]
    client_id = (await wire.new_client(pool_id, ExplicitAuthFlows=ALL_FLOWS))["ClientId"]
    alice = {"ClientId": client_id, "Username": "alice", "UserAttributes": listed({"email": "f@example.com"})}
    await wire.manage("UpdateUserPool", UserPoolId=pool_id, AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
    assert (await wire.refused("SignUp", **alice, Password=PASSWORD))[0] == "NotAuthorizedException"
    await wire.manage("UpdateUserPool", UserPoolId=pool_id)
    assert "CodeDeliveryDetails" not in await wire.call("SignUp", **alice, Password=PASSWORD)


@pytest.mark.parametrize("text", ["{##" * 6000, "##}{##", "Click"])
async def test_text_without_a_place_for_the_link_is_refused(text: str) -> None:
    template = {"EmailMessageByLink": text}
    refused = await Manager().manage_refused("CreateUserPool", PoolName="shop", VerificationMessageTemplate=template)
    assert refused[0] == INVALID and "verificationMessageTemplate.emailMessageByLink" in refused[1]


async def test_pool_is_renamed() -> None:
    wire = Manager()
    pool_id = (await wire.new_pool())["Id"]
    await wire.manage("UpdateUserPool", UserPoolId=pool_id, PoolName="store")
    await wire.manage("UpdateUserPool", UserPoolId=pool_id)
    assert (await wire.described(pool_id))["Name"] == "store"


async def function(event: dict[str, Any]) -> None:
    """Do nothing: the tests only keep and remove this trigger."""


async def test_update_keeps_only_the_triggers_that_it_names() -> None:
    triggers = Triggers(pre_sign_up=function, post_confirmation=function, pre_token_generation=function)
    wire = Manager(PoolSettings(triggers=triggers))
    lambdas = (await wire.described(wire.pool.id))["LambdaConfig"]
    versioned = {**lambdas["PreTokenGenerationConfig"], "LambdaVersion": "V2_0"}
    kept = {"PreSignUp": lambdas["PreSignUp"], "PreTokenGenerationConfig": versioned}
    await wire.manage("UpdateUserPool", UserPoolId=wire.pool.id, LambdaConfig=kept)
    now = (await wire.described(wire.pool.id))["LambdaConfig"]
    assert now == {**kept, "PreTokenGeneration": lambdas["PreTokenGeneration"]}
    removed = {"PostConfirmation": lambdas["PostConfirmation"]}
    code, message = await wire.manage_refused("UpdateUserPool", UserPoolId=wire.pool.id, LambdaConfig=removed)
    assert (code, "LambdaConfig.PostConfirmation" in message) == (INVALID, True)


async def test_second_factor_needs_a_way_to_send_codes() -> None:
    wire = Manager()
    assert (await wire.manage_refused("CreateUserPool", PoolName="shop", MfaConfiguration="ON"))[0] == INVALID
    pool_id = (await wire.new_pool(MfaConfiguration="ON", SmsConfiguration=SMS))["Id"]
    update = {"UserPoolId": pool_id, "MfaConfiguration": "OPTIONAL"}
    assert (await wire.manage_refused("UpdateUserPool", **update))[0] == INVALID
    app = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
    await wire.manage("SetUserPoolMfaConfig", **update, **app)
    await wire.manage("UpdateUserPool", **update)
    assert (await wire.manage("GetUserPoolMfaConfig", UserPoolId=pool_id)).items() >= app.items()


async def test_verified_phone_numbers_need_a_way_to_send_codes() -> None:
    refused = await Manager().manage_refused("CreateUserPool", PoolName="shop", AutoVerifiedAttributes=["phone_number"])
    message = "SMS configuration is required when phone_number is selected for auto verification"
    assert refused == (INVALID, message)


async def test_unverified_contacts_must_be_verified_ones() -> None:
    settings = {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    refused = await Manager().manage_refused("CreateUserPool", PoolName="shop", UserAttributeUpdateSettings=settings)
    message = "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes"
    assert refused == (INVALID, message)


async def test_refused_update_changes_nothing() -> None:
    wire = Manager()
    before = await wire.new_pool(AutoVerifiedAttributes=["email"])
    wire.clock.advance(10)
    await wire.manage_refused("UpdateUserPool", UserPoolId=before["Id"], UserPoolTier="LITE", PoolName="store")
    assert await wire.described(before["Id"]) == before


async def test_texts_of_a_pool_are_in_its_messages() -> None:
    wire = Manager()
    templates = {
        "VerificationMessageTemplate": {
            "EmailMessage": "Verify {####}",
            "EmailSubject": "Hello",
            "SmsMessage": "V {####}",
        },
        "AdminCreateUserConfig": {"InviteMessageTemplate": {"EmailMessage": "Welcome {username}: {####}"}},
    }
    contacts = {"AutoVerifiedAttributes": ["email", "phone_number"], "SmsConfiguration": SMS}
    pool_id = (await wire.new_pool(**contacts, **templates))["Id"]
    pool = {"UserPoolId": pool_id}
    by_email = {"EmailMfaConfiguration": {"Message": "Enter {####}", "Subject": "Code"}}
    sms = {"SmsMfaConfiguration": {"SmsAuthenticationMessage": "Type {####}", "SmsConfiguration": SMS}}
    client_id = (await wire.new_client(pool_id, ExplicitAuthFlows=ALL_FLOWS))["ClientId"]

    async def text(operation: str, **members: Any) -> tuple[str, str | None]:
        await wire.call(operation, ClientId=client_id, **members)
        sent = wire.service.outbox[-1]
        return sent.body.replace(sent.code, "#"), sent.subject

    alice = {"Username": "alice", "Password": PASSWORD}
    assert await text("SignUp", **alice, UserAttributes=listed({"email": "f@example.com"})) == ("Verify #", "Hello")
    assert await text("SignUp", **{**alice, "Username": "bob"}, UserAttributes=listed({"phone_number": "+1555"})) == (
        "V #",
        None,
    )
    invited = {**pool, "Username": "carol", "UserAttributes": listed({"email": "g@example.com"})}
    await wire.manage("AdminCreateUser", **invited, DesiredDeliveryMediums=["EMAIL"])
    sent = wire.service.outbox[-1]
    assert (sent.body, sent.subject) == (f"Welcome carol: {sent.code}", "Your temporary password")
    await wire.manage("SetUserPoolMfaConfig", **pool, MfaConfiguration="ON", **by_email, **sms)
    for name, expected in (("alice", ("Enter #", "Code")), ("bob", ("Type #", None))):
        await wire.manage("AdminConfirmSignUp", **pool, Username=name)
        parameters = {"USERNAME": name, "PASSWORD": PASSWORD}
        assert await text("InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters) == expected
