"""The checks of answers to second factors: codes, authenticator apps, the choice of a factor, and the set-up."""

from __future__ import annotations

import hmac

from ..accounts.contacts import CONTACT_OF, set_verified_contact
from ..accounts.factors import second_factors
from ..accounts.totp import matching_step
from ..state.attribute_values import is_email
from ..state.checks import count_code_attempt
from ..state.entities import SoftwareToken, User
from ..state.pending_sign_ins import PendingSignIn
from ..state.service_state import ServiceState
from ..state.sign_in_sessions import user_of
from ..wire.refusals import Refusal, invalid_parameter, not_authorized
from ..wire.replies import Reply
from .completion import complete
from .mfa_challenges import issue_code_challenge, issue_factor_challenge
from .next_step import after_first_factor

_CODES = {"SMS_MFA": "SMS_MFA_CODE", "EMAIL_OTP": "EMAIL_OTP_CODE", "SMS_OTP": "SMS_OTP_CODE"}


async def sent_code(state: ServiceState, pending: PendingSignIn, responses: dict[str, str]) -> Reply:
    """Check the answer to SMS_MFA, EMAIL_OTP or SMS_OTP. The last two may also be the first factor."""
    wrong = _fault_of_sent(pending, responses[_CODES[pending.challenge]])
    if pending.challenge == "SMS_MFA":
        count_code_attempt(pending.pool, pending.name, wrong, state.now())
    elif wrong is not None:  # without a lockout: at the service, six wrong codes by mail caused none
        raise wrong
    user, pending.code = user_of(pending), None
    if not pending.proven:
        pending.proven = ("otp",)
        return await after_first_factor(state, pending, user)
    if pending.email is not None:  # the user is setting up this factor
        _check_has_none(pending, user)
        set_verified_contact(pending.pool, user, "email", pending.email)
        user.mfa = (*user.mfa, "EMAIL_OTP")
    else:
        _verify_contact(pending, user)
    pending.proven = (*pending.proven, "mfa", "otp")
    return await complete(state, pending, user)


async def software_token(state: ServiceState, pending: PendingSignIn, responses: dict[str, str]) -> Reply:
    """Check the answer to SOFTWARE_TOKEN_MFA. Each code is accepted once."""
    user = user_of(pending)
    token = user.software_token
    if token is None or not token.verified:
        raise Refusal("SoftwareTokenMFANotFoundException", "Software Token MFA does not exist for the user.")
    step = matching_step(token, responses["SOFTWARE_TOKEN_MFA_CODE"], state.now())
    count_code_attempt(pending.pool, pending.name, _fault_of_step(token, step), state.now())
    token.last_step = step or 0
    pending.proven = (*pending.proven, "mfa", "otp")
    return await complete(state, pending, user)


async def select_type(state: ServiceState, pending: PendingSignIn, responses: dict[str, str]) -> Reply:
    """Check the answer to SELECT_MFA_TYPE, the name of a factor, and issue the factor's challenge."""
    user = user_of(pending)
    answer = responses["ANSWER"]
    chosen = "EMAIL_OTP" if answer == "EMAIL_MFA" else answer
    if chosen not in second_factors(pending.pool, user):
        raise invalid_parameter("Invalid MFA type selection.")
    return await issue_factor_challenge(state, pending, user, chosen)


async def set_up(state: ServiceState, pending: PendingSignIn, responses: dict[str, str]) -> Reply:
    """Check the answer to MFA_SETUP.

    The user has set up an app, which VerifySoftwareToken has accepted, or gives an email address, which gets a code.
    """
    user, methods = user_of(pending), pending.pool.settings.mfa_methods
    if "EMAIL" in responses and "EMAIL_OTP" in methods:
        if not is_email(responses["EMAIL"]):
            raise invalid_parameter("Invalid email address format.")
        pending.email = responses["EMAIL"]
        return await issue_code_challenge(state, pending, user, "EMAIL_OTP", "mfa")
    token = pending.software_token
    if token is None or not token.verified or user.software_token is not token:
        raise not_authorized("Invalid session for the user.")
    pending.proven = (*pending.proven, "mfa", "otp")
    return await complete(state, pending, user)


def _verify_contact(pending: PendingSignIn, user: User) -> None:
    """Mark the contact that got the code as verified, unless it has changed since."""
    contact = CONTACT_OF[pending.challenge]
    if user.attributes.get(contact) == pending.destination:
        set_verified_contact(pending.pool, user, contact, user.attributes[contact])


def _fault_of_sent(pending: PendingSignIn, code: str) -> Refusal | None:
    right = pending.code if pending.user is not None else None
    if right is not None and hmac.compare_digest(right.encode(), code.encode()):
        return None
    return Refusal("CodeMismatchException", "Invalid code or auth state for the user.")


def _fault_of_step(token: SoftwareToken, step: int | None) -> Refusal | None:
    if step is None:
        return Refusal("CodeMismatchException", "Invalid code received for user")
    if step <= token.last_step:
        return Refusal("ExpiredCodeException", "Your software token has already been used once.")
    return None


def _check_has_none(pending: PendingSignIn, user: User) -> None:
    """Refuse a set-up if the user has a factor: otherwise, an older pending sign-in could replace that factor."""
    if second_factors(pending.pool, user):
        raise not_authorized("Invalid session for the user.")
