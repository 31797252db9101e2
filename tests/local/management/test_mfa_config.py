"""GetUserPoolMfaConfig and SetUserPoolMfaConfig."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.pool import PoolSettings

from ..helpers import totp
from .helpers import ALL_FLOWS, INVALID, SMS, Manager

pytestmark = [pytest.mark.anyio, pytest.mark.table]
APP = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
BY_SMS = {"SmsMfaConfiguration": {"SmsAuthenticationMessage": "Code: {####}", "SmsConfiguration": SMS}}
BY_EMAIL = {"EmailMfaConfiguration": {"Message": "Code: {####}", "Subject": "A code"}}


async def test_factors_are_set_and_described() -> None:
    wire = Manager()
    pool = {"UserPoolId": (await wire.new_pool())["Id"]}
    assert await wire.manage("GetUserPoolMfaConfig", **pool) == {"MfaConfiguration": "OFF"}
    every = {"MfaConfiguration": "OPTIONAL", **APP, **BY_SMS, **BY_EMAIL}
    assert await wire.manage("SetUserPoolMfaConfig", **pool, **every) == every
    assert await wire.manage("GetUserPoolMfaConfig", **pool) == every
    described = await wire.described(pool["UserPoolId"])
    assert (described["MfaConfiguration"], described["SmsConfiguration"]) == ("OPTIONAL", SMS)
    # An update keeps the factors that it cannot name.
    await wire.manage("UpdateUserPool", **pool, MfaConfiguration="ON", SmsConfiguration=SMS)
    sms = {"SmsMfaConfiguration": {"SmsConfiguration": SMS}}
    assert await wire.manage("GetUserPoolMfaConfig", **pool) == {**every, **sms, "MfaConfiguration": "ON"}
    off = {"MfaConfiguration": "OFF"}
    assert await wire.manage("SetUserPoolMfaConfig", **pool, **off) == off


async def test_unknown_members_are_ignored_at_any_depth() -> None:
    wire = Manager()
    pool = {"UserPoolId": (await wire.new_pool())["Id"]}
    odd: dict[str, Any] = {"Odd": [{"Odd": 1}]}
    by_email = {"EmailMfaConfiguration": {**BY_EMAIL["EmailMfaConfiguration"], **odd}}
    given = {"MfaConfiguration": "OPTIONAL", **by_email, **odd}
    assert await wire.manage("SetUserPoolMfaConfig", **pool, **given) == {"MfaConfiguration": "OPTIONAL", **BY_EMAIL}
    schema = [{"Name": "size", "AttributeDataType": "String", **odd}]
    await wire.manage("AddCustomAttributes", **pool, CustomAttributes=schema)
    described = await wire.described(pool["UserPoolId"])
    assert not any("Odd" in each for each in described["SchemaAttributes"])


async def test_factors_that_are_not_named_are_switched_off() -> None:
    wire = Manager(PoolSettings(mfa="OPTIONAL"))
    pool = {"UserPoolId": wire.pool.id}
    before = await wire.manage("GetUserPoolMfaConfig", **pool)
    assert before.keys() == {"MfaConfiguration", *APP, *BY_SMS, *BY_EMAIL}
    assert await wire.manage("SetUserPoolMfaConfig", **pool, **APP) == {"MfaConfiguration": "OPTIONAL", **APP}
    by_email: dict[str, Any] = {"EmailMfaConfiguration": {}}
    assert await wire.manage("SetUserPoolMfaConfig", **pool, **by_email) == {"MfaConfiguration": "OPTIONAL", **by_email}


async def test_users_can_switch_on_what_the_call_has_set() -> None:
    wire = Manager()
    pool = {"UserPoolId": (await wire.new_pool())["Id"]}
    client_id = (await wire.new_client(pool["UserPoolId"], ExplicitAuthFlows=ALL_FLOWS))["ClientId"]
    await wire.new_user(pool["UserPoolId"])
    access = {"AccessToken": (await wire.tokens_of(client_id))["AccessToken"]}
    assert (await wire.refused("AssociateSoftwareToken", **access))[0] == "SoftwareTokenMFANotFoundException"
    await wire.manage("SetUserPoolMfaConfig", **pool, MfaConfiguration="OPTIONAL", **APP)
    secret = (await wire.call("AssociateSoftwareToken", **access))["SecretCode"]
    code = totp(secret, wire.clock.now())
    assert await wire.call("VerifySoftwareToken", **access, UserCode=code) == {"Status": "SUCCESS"}


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"MfaConfiguration": "ON"}, "Invalid MFA configuration given, can't disable all MFAs"),
        ({"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": False}}, "can't disable all MFAs"),
        ({"SmsMfaConfiguration": {}}, "[SmsConfiguration] is a required member of [SmsMfaConfiguration]"),
        ({"WebAuthnConfiguration": {}}, "The local pool does not have passkeys"),
    ],
)
async def test_invalid_settings_are_refused(members: dict[str, Any], words: str) -> None:
    wire = Manager()
    code, message = await wire.manage_refused("SetUserPoolMfaConfig", UserPoolId=wire.pool.id, **members)
    assert code == INVALID and words in message
