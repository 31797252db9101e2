"""AssociateSoftwareToken, VerifySoftwareToken, SetUserMFAPreference and SetUserSettings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..settings.pool import Mfa
from ..state.entities import SoftwareToken, User
from ..state.pending_sign_ins import PendingSignIn
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..state.sign_in_sessions import answering, find_session, issue_session, user_of
from ..tokens.access_tokens import owner_of_access_token, owner_of_live_token
from ..wire.refusals import Refusal, invalid_parameter, not_authorized
from ..wire.replies import Reply
from ..wire.requests import Request
from .contacts import CONTACT_OF
from .factors import second_factors
from .totp import matching_step, new_software_token

_SETTINGS: dict[str, Mfa] = {
    "SMSMfaSettings": "SMS_MFA",
    "SoftwareTokenMfaSettings": "SOFTWARE_TOKEN_MFA",
    "EmailMfaSettings": "EMAIL_OTP",
}
# Errors about the user's status that AssociateSoftwareToken, unlike VerifySoftwareToken, does not declare.
_UNDECLARED = frozenset({"PasswordResetRequiredException", "UserNotConfirmedException"})


async def associate_software_token(state: ServiceState, request: Request) -> Reply:
    """Return the secret of a new app; within a sign-in, also a new `Session`.

    The new app does not replace the user's old one before VerifySoftwareToken has accepted its first code.
    """
    token = new_software_token()
    if "Session" in request:
        try:
            asked = _pending_set_up(state, request)
        except Refusal as refusal:
            if refusal.code not in _UNDECLARED:
                raise
            raise not_authorized("Invalid session for the user.") from None
        _check_offered(asked.pool)
        with answering(asked):
            return {
                "SecretCode": token.secret,
                "Session": issue_session(state, replace(asked, software_token=token, used=False)),
            }
    pool, _, user = await owner_of_live_token(state, _token(request), *_UNDECLARED)
    _check_offered(pool)
    user.pending_software_token = token
    return {"SecretCode": token.secret}


async def verify_software_token(state: ServiceState, request: Request) -> Reply:
    """Check the first code of an app.

    Within a sign-in, this switches the factor on: even if the client never answers MFA_SETUP, the next sign-in asks for
    a code (moto's `test_user_authentication_flow_mfa_on`, which was run against AWS). Outside of a sign-in,
    SetUserMFAPreference switches it on.
    """
    if "Session" in request:
        asked = _pending_set_up(state, request)
        _check_offered(asked.pool)
        verified = _verified(state, asked.software_token, request)
        with answering(asked):
            _switch_on(asked, verified)
            return {
                "Status": "SUCCESS",
                "Session": issue_session(state, replace(asked, software_token=verified, used=False)),
            }
    pool, _, user = await _owner(state, request)
    _check_offered(pool)
    user.software_token = _verified(state, user.pending_software_token, request)
    user.pending_software_token = None
    return {"Status": "SUCCESS"}


async def set_user_mfa_preference(state: ServiceState, request: Request) -> Reply:
    _, _, user = await _owner(state, request)
    return set_preference(user, request)


async def set_user_settings(state: ServiceState, request: Request) -> Reply:
    _, _, user = await _owner(state, request)
    return set_options(user, request)


def set_options(user: User, request: Request) -> Reply:
    """Switch SMS on or off by `MFAOptions`, for SetUserSettings, which SetUserMFAPreference has replaced."""
    sms = {"DeliveryMedium": "SMS", "AttributeName": "phone_number"}
    if any(option != sms for option in request["MFAOptions"]):
        raise invalid_parameter("Only phone_number attribute is currently supported as a MFA option.")
    return set_preference(user, {"SMSMfaSettings": {"Enabled": sms in request["MFAOptions"]}})


def set_preference(user: User, request: Request) -> Reply:
    """Switch factors on and off, and set the preferred one, which must be on.

    Like the service, accept a factor that the pool does not offer (aws-amplify/amplify-js#11260). Sign-ins ignore it.
    """
    wanted: dict[Mfa, dict[str, bool]] = {
        factor: request[member] for member, factor in _SETTINGS.items() if member in request
    }
    if sum(each.get("PreferredMfa", False) for each in wanted.values()) > 1:
        raise invalid_parameter("Only one factor can be the preferred one")
    if request.get("WebAuthnMfaSettings", {}).get("Enabled"):
        raise _not_usable("WEB_AUTHN")
    mfa: list[Mfa] = list(user.mfa)
    preferred = user.preferred_mfa
    for factor, settings in wanted.items():
        is_on = settings.get("Enabled", settings.get("PreferredMfa", False) or factor in mfa)
        is_first = settings.get("PreferredMfa", is_on and preferred == factor)
        _check_usable(user, factor, is_on, is_first)
        if factor in mfa:
            mfa.remove(factor)
        if is_on:
            mfa.append(factor)
        preferred = factor if is_first else None if preferred == factor else preferred
    user.mfa, user.preferred_mfa = tuple(mfa), preferred
    return {}


def switch_off(user: User, contact: str) -> None:
    """Switch off the factors that need this contact, because it is deleted."""
    _keep_factors(user, [factor for factor in user.mfa if CONTACT_OF.get(factor) != contact])


def delete_software_token(user: User) -> None:
    """Remove the user's authenticator app, and a new app that is not verified yet."""
    user.software_token = user.pending_software_token = None
    _keep_factors(user, [factor for factor in user.mfa if factor != "SOFTWARE_TOKEN_MFA"])


def _switch_on(asked: PendingSignIn, token: SoftwareToken) -> None:
    """Give the user this app, unless the user has a factor: an older pending sign-in must not replace it."""
    user = user_of(asked)
    if not second_factors(asked.pool, user):
        user.software_token = token
        user.mfa = (*(each for each in user.mfa if each != "SOFTWARE_TOKEN_MFA"), "SOFTWARE_TOKEN_MFA")


def _keep_factors(user: User, factors: list[Mfa]) -> None:
    user.mfa = tuple(factors)
    user.preferred_mfa = user.preferred_mfa if user.preferred_mfa in factors else None


def _check_usable(user: User, factor: Mfa, is_on: bool, is_first: bool) -> None:
    if is_first and not is_on:
        raise invalid_parameter("PreferredMfa cannot be set for a factor that is not enabled")
    if factor == "SOFTWARE_TOKEN_MFA":
        is_set_up = user.software_token is not None
    else:
        is_set_up = bool(user.attributes.get(CONTACT_OF[factor]))
    if is_on and not is_set_up:
        raise _not_usable(factor)


def _not_usable(factor: str) -> Refusal:
    return invalid_parameter(f"User does not have delivery config set to turn on {factor}")


def _check_offered(pool: Pool) -> None:
    if pool.settings.mfa == "OFF" or "SOFTWARE_TOKEN_MFA" not in pool.settings.mfa_methods:
        raise Refusal("SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool")


def _verified(state: ServiceState, token: SoftwareToken | None, request: Request) -> SoftwareToken:
    step = matching_step(token, request["UserCode"], state.now()) if token is not None else None
    if token is None or step is None:
        raise Refusal("EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA")
    return SoftwareToken(token.secret, True, request.get("FriendlyDeviceName"), step)


def _pending_set_up(state: ServiceState, request: Request) -> PendingSignIn:
    if "AccessToken" in request:
        raise invalid_parameter("Only one of AccessToken and Session can be given")
    pending = find_session(state, request["Session"], None, "MFA_SETUP")
    user_of(pending)
    return pending


async def _owner(state: ServiceState, request: Request) -> tuple[Pool, Any, User]:
    return await owner_of_access_token(state, _token(request))


def _token(request: Request) -> str:
    if "AccessToken" not in request:
        raise invalid_parameter("Missing required parameter AccessToken")
    token: str = request["AccessToken"]
    return token
