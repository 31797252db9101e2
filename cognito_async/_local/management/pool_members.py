"""The members of a pool in requests and descriptions, and its settings."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Final, get_args, get_type_hints

from ..settings.passwords import PasswordPolicy
from ..settings.pool import ACCOUNT, Mfa, PoolSettings
from ..state.descriptions import Description
from ..state.pools import Pool
from ..wire.refusals import invalid_parameter
from ..wire.replies import Reply
from ..wire.requests import Request
from .members import (
    Refused,
    Setting,
    check_refused,
    find,
    only,
    put,
    read_settings,
    read_stored,
    settle,
    show_settings,
    show_stored,
    updated_settings,
)
from .schema import read_schema, show_schema
from .triggers import read_triggers, show_triggers

_FIRST_FACTORS = "Policies.SignInPolicy.AllowedFirstAuthFactors"
_UNVERIFIED = "UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate"


def _words(field: str) -> tuple[str, ...]:
    """Return the words that a field of the settings may have in its list."""
    words: tuple[str, ...] = get_args(get_args(get_type_hints(PoolSettings)[field])[0])
    return words


def _read_recovery(given: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(each["Name"] for each in sorted(given, key=lambda each: each["Priority"]))


def _show_recovery(names: tuple[str, ...] | None) -> list[Reply] | None:
    return None if names is None else [{"Priority": at, "Name": name} for at, name in enumerate(names, 1)]


def _list(values: tuple[str, ...]) -> list[str] | None:
    return list(values) or None


# The settings that every request sets. UpdateUserPool resets those that it does not name to the defaults, as
# documented, except for those that are kept: go-to-k/cdkd#1982 has measured them at the service.
POOL_SETTINGS = (
    Setting(
        _FIRST_FACTORS, "first_factors", ("PASSWORD",), only(_FIRST_FACTORS, _words("first_factors")), list, kept=True
    ),
    Setting("AutoVerifiedAttributes", "auto_verified", (), tuple, _list),
    Setting("MfaConfiguration", "mfa", "OFF", kept=True),
    Setting(_UNVERIFIED, "verify_before_update", (), tuple, _list),
    Setting("AdminCreateUserConfig.AllowAdminCreateUserOnly", "admin_create_user_only", False),
    Setting("AccountRecoverySetting.RecoveryMechanisms", "account_recovery", None, _read_recovery, _show_recovery),
)
# The settings that only CreateUserPool sets.
FIXED_SETTINGS = (
    Setting("AliasAttributes", "alias_attributes", (), only("AliasAttributes", _words("alias_attributes")), _list),
    Setting("UsernameAttributes", "username_attributes", (), tuple, _list),
    Setting("UsernameConfiguration.CaseSensitive", "username_case_sensitive", True),
)
_DEFAULT = PasswordPolicy()
_POLICY = "Policies.PasswordPolicy"
POLICY_SETTINGS = (
    Setting(f"{_POLICY}.MinimumLength", "minimum_length", _DEFAULT.minimum_length),
    Setting(f"{_POLICY}.RequireUppercase", "require_uppercase", _DEFAULT.require_uppercase),
    Setting(f"{_POLICY}.RequireLowercase", "require_lowercase", _DEFAULT.require_lowercase),
    Setting(f"{_POLICY}.RequireNumbers", "require_numbers", _DEFAULT.require_numbers),
    Setting(f"{_POLICY}.RequireSymbols", "require_symbols", _DEFAULT.require_symbols),
    Setting(f"{_POLICY}.PasswordHistorySize", "history", _DEFAULT.history, show=lambda size: size or None),
    Setting(f"{_POLICY}.TemporaryPasswordValidityDays", "temporary_password_days", 0),
)
# The older name of the same limit. It counts only without the newer one.
_UNUSED_DAYS = "AdminCreateUserConfig.UnusedAccountValidityDays"
# Members that come back in descriptions. The pool writes its messages with the texts of the templates, and does not
# delete itself while `DeletionProtection` is active. Nothing depends on the others: messages are not sent, so their
# senders have no effect, and the service does not use the three older texts any more.
STORED: Final = (
    "DeletionProtection",
    "SmsVerificationMessage",
    "EmailVerificationMessage",
    "EmailVerificationSubject",
    "VerificationMessageTemplate",
    "SmsAuthenticationMessage",
    "EmailConfiguration",
    "SmsConfiguration",
    "UserPoolTags",
    "AdminCreateUserConfig.InviteMessageTemplate",
    "UserPoolTier",
    "UserPoolAddOns",
    "KeyConfiguration",
    "IssuerConfiguration",
)
_SHOWN_BY_DEFAULT = {
    "DeletionProtection": "INACTIVE",
    "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
    "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
    "UserPoolTags": {},
    "UserPoolTier": "ESSENTIALS",
}
REFUSED = (
    Refused("VerificationMessageTemplate.DefaultEmailOption", "links in messages", ("CONFIRM_WITH_CODE",)),
    Refused("UserPoolTier", "the limits of the tier LITE", ("ESSENTIALS", "PLUS")),
    Refused("UserPoolAddOns.AdvancedSecurityMode", "threat protection", ("OFF",)),
    Refused("UserPoolAddOns.AdvancedSecurityAdditionalFlows", "threat protection"),
    Refused("DcrConfiguration", "dynamic client registration"),
    Refused("KeyConfiguration.KeyType", "keys of KMS", ("AWS_OWNED_KEY",)),
    Refused("KeyConfiguration.KmsKeyArn", "keys of KMS"),
    Refused("IssuerConfiguration.Type", "issuers of replicated pools", ("ORIGINAL",)),
    Refused("AcrConfiguration", "authentication levels"),
)
# Members that the functions below translate.
TRANSLATED = ("PoolName", "LambdaConfig", "DeviceConfiguration", "Schema", _UNUSED_DAYS)


def create_settings(request: Request, base: PoolSettings) -> tuple[PoolSettings, dict[str, Any]]:
    """Return the settings of a new pool, and the members that only come back in descriptions."""
    schema = read_schema(request.get("Schema", []))
    fixed: dict[str, Any] = {
        **read_settings(request, FIXED_SETTINGS),
        "custom_attributes": schema.custom,
        "standard_attributes": schema.standard,
        "required_attributes": schema.required,
        "mfa_methods": (),
    }
    settings, members = update_settings(request, settle(partial(replace, base), fixed))
    return settings, {**members, "Schema": schema.constraints}


def update_settings(request: Request, base: PoolSettings) -> tuple[PoolSettings, dict[str, Any]]:
    """Return the settings after an update, and the members that only come back in descriptions."""
    check_refused(request, REFUSED)
    changed: dict[str, Any] = updated_settings(request, POOL_SETTINGS, base)
    methods = _methods(request, changed["mfa"], base.mfa_methods)
    if "phone_number" in changed["auto_verified"] and "SmsConfiguration" not in request:
        raise invalid_parameter("SMS configuration is required when phone_number is selected for auto verification")
    if not set(changed["verify_before_update"]) <= set(changed["auto_verified"]):
        listed = "AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes"
        raise invalid_parameter(f"All attributes in {listed}")
    changed |= {
        "name": request.get("PoolName", base.name),
        "password_policy": _read_policy(request, base.password_policy),
        "mfa_methods": methods,
        **_read_devices(request.get("DeviceConfiguration")),
        **read_triggers(request.get("LambdaConfig", {}), base),
    }
    return settle(partial(replace, base), changed), read_stored(request, STORED)


def show_pool(pool: Pool) -> Reply:
    """Return the description of a pool."""
    settings, description = pool.settings, pool.description
    reply: Reply = {
        **show_identity(pool),
        "Arn": arn(settings),
        "EstimatedNumberOfUsers": len(pool.users),
        "SchemaAttributes": show_schema(settings, description.members.get("Schema", {})),
    }
    show_settings(reply, settings, (*POOL_SETTINGS, *FIXED_SETTINGS))
    show_settings(reply, settings.password_policy, POLICY_SETTINGS)
    put(reply, _UNUSED_DAYS, settings.password_policy.temporary_password_days)
    put(reply, "DeviceConfiguration", _show_devices(settings))
    put(reply, "SmsConfiguration", sms_configuration(pool))
    show_stored(reply, stored_members(description), _SHOWN_BY_DEFAULT)
    for each in pool.domains.values():
        reply["Domain" if each.custom is None else "CustomDomain"] = each.name
    return reply


def show_identity(pool: Pool) -> Reply:
    """Return the part of a pool's description that is in listings too."""
    settings = pool.settings
    names: Reply = {"Id": settings.id, "Name": settings.name, "LambdaConfig": show_triggers(settings)}
    return {**names, **pool.description.times()}


def stored_members(description: Description) -> dict[str, Any]:
    return {path: value for path, value in description.members.items() if path in STORED}


def sms_configuration(pool: Pool) -> Reply | None:
    """Return how the pool sends SMS. A pool that was not made by a call, but has codes by SMS, shows a role anyway."""
    settings = pool.settings
    stored: Reply | None = pool.description.members.get("SmsConfiguration")
    has_second_factor = settings.mfa != "OFF" and "SMS_MFA" in settings.mfa_methods
    if stored is None and (has_second_factor or "phone_number" in settings.auto_verified):
        return {"SnsCallerArn": f"arn:aws:iam::{ACCOUNT}:role/local-pool"}
    return stored


def arn(settings: PoolSettings) -> str:
    partitions = {"us-gov": "aws-us-gov", "cn": "aws-cn", "eusc": "aws-eusc"}
    found = (partition for prefix, partition in partitions.items() if settings.region.startswith(f"{prefix}-"))
    return f"arn:{next(found, 'aws')}:cognito-idp:{settings.region}:{ACCOUNT}:userpool/{settings.id}"


def _read_policy(request: Request, base: PasswordPolicy) -> PasswordPolicy:
    unused_days: int | None = find(request, _UNUSED_DAYS)
    if find(request, _POLICY) is None:
        return replace(base, temporary_password_days=unused_days or base.temporary_password_days)
    policy = read_settings(request, POLICY_SETTINGS)
    days = policy["temporary_password_days"] or unused_days or _DEFAULT.temporary_password_days
    return settle(PasswordPolicy, {**policy, "temporary_password_days": days})


def _methods(request: Request, mfa: str, known: tuple[Mfa, ...]) -> tuple[Mfa, ...]:
    """Return the second factors of a pool. Without `MfaConfiguration` in the request, they do not change."""
    if "MfaConfiguration" not in request:
        return known
    methods: tuple[Mfa, ...] = tuple(each for each in known if each != "SMS_MFA")
    if mfa != "OFF" and "SmsConfiguration" in request:
        methods = ("SMS_MFA", *methods)
    if mfa != "OFF" and not methods:
        what = "SMS configuration and Auto verification for phone_number are required"
        raise invalid_parameter(f"{what} when MFA is required/optional")
    return methods


def _read_devices(given: dict[str, bool] | None) -> dict[str, Any]:
    if given is None:
        return {"device_tracking": "OFF", "device_replaces_mfa": True}
    on_prompt, replaces = (
        given.get(name, False) for name in ("DeviceOnlyRememberedOnUserPrompt", "ChallengeRequiredOnNewDevice")
    )
    return {"device_tracking": "OPT_IN" if on_prompt else "ALWAYS", "device_replaces_mfa": replaces}


def _show_devices(settings: PoolSettings) -> Reply | None:
    if settings.device_tracking == "OFF":
        return None
    return {
        "ChallengeRequiredOnNewDevice": settings.device_replaces_mfa,
        "DeviceOnlyRememberedOnUserPrompt": settings.device_tracking == "OPT_IN",
    }
