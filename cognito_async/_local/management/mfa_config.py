"""GetUserPoolMfaConfig and SetUserPoolMfaConfig."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from ..settings.pool import Mfa
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..wire.refusals import invalid_parameter
from ..wire.replies import Reply
from ..wire.requests import Request
from .members import not_supported, settle
from .pool_members import sms_configuration

_EMAIL = "EmailMfaConfiguration"


async def get_user_pool_mfa_config(state: ServiceState, request: Request) -> Reply:
    return _show(state.pool(request["UserPoolId"]))


async def set_user_pool_mfa_config(state: ServiceState, request: Request) -> Reply:
    """Set which second factors the pool has. Factors that the request does not name are switched off."""
    pool = state.pool(request["UserPoolId"])
    if "WebAuthnConfiguration" in request:
        raise not_supported("passkeys", "WebAuthnConfiguration")
    mfa = request.get("MfaConfiguration", pool.settings.mfa)
    methods, stored = _read(request)
    if mfa != "OFF" and not methods:
        what = "can't disable all MFAs with a required or optional configuration."
        raise invalid_parameter(f"Invalid MFA configuration given, {what}")
    pool.settings = settle(partial(replace, pool.settings), {"mfa": mfa, "mfa_methods": methods})
    members = {name: value for name, value in pool.description.members.items() if name != _EMAIL}
    pool.description = replace(pool.description, modified=state.now(), members={**members, **stored})
    return _show(pool)


def _read(request: Request) -> tuple[tuple[Mfa, ...], dict[str, Any]]:
    """Return the factors that a request switches on, and the members that only come back in descriptions."""
    methods: list[Mfa] = []
    stored: dict[str, Any] = {}
    sms: Request | None = request.get("SmsMfaConfiguration")
    if sms is not None:
        if "SmsConfiguration" not in sms:
            raise invalid_parameter("[SmsConfiguration] is a required member of [SmsMfaConfiguration].")
        methods.append("SMS_MFA")
        stored |= sms
    if request.get("SoftwareTokenMfaConfiguration", {}).get("Enabled"):
        methods.append("SOFTWARE_TOKEN_MFA")
    if _EMAIL in request:
        methods.append("EMAIL_OTP")
        stored[_EMAIL] = request[_EMAIL]
    return tuple(methods), stored


def _show(pool: Pool) -> Reply:
    settings, members = pool.settings, pool.description.members
    reply: Reply = {"MfaConfiguration": settings.mfa}
    if settings.mfa == "OFF":
        return reply
    if "SMS_MFA" in settings.mfa_methods:
        text = members.get("SmsAuthenticationMessage")
        message = {} if text is None else {"SmsAuthenticationMessage": text}
        reply["SmsMfaConfiguration"] = {**message, "SmsConfiguration": sms_configuration(pool)}
    if "SOFTWARE_TOKEN_MFA" in settings.mfa_methods:
        reply["SoftwareTokenMfaConfiguration"] = {"Enabled": True}
    if "EMAIL_OTP" in settings.mfa_methods:
        reply[_EMAIL] = members.get(_EMAIL, {})
    return reply
