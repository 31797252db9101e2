"""The answers to second factors: sent codes, authenticator apps, a choice, and setting one up."""

from __future__ import annotations

import hmac

from ..accounts.contacts import set_verified_contact
from ..accounts.totp import matching_step
from ..state.attributes import is_email
from ..state.entities import PendingSignIn, SoftwareToken, User
from ..state.pending_sign_ins import user_of
from ..state.service_state import ServiceState, count_code_attempt
from ..wire.refusals import Refusal, invalid_parameter, not_authorized
from ..wire.replies import Reply
from .completion import complete
from .mfa_challenges import issue_code_challenge, issue_factor_challenge, second_factors
from .next_step import after_first_factor

_CODES = {"SMS_MFA": "SMS_MFA_CODE", "EMAIL_OTP": "EMAIL_OTP_CODE", "SMS_OTP": "SMS_OTP_CODE"}


async def sent_code(state: ServiceState, pending: PendingSignIn, responses: dict[str, str]) -> Reply:
    """SMS_MFA, EMAIL_OTP, SMS_OTP; as first factor the last two are followed by what follows a password."""
    wrong = _fault_of_sent(pending, responses[_CODES[pending.challenge]])
    if pending.challenge == "SMS_MFA":
        count_code_attempt(pending.pool, pending.name, wrong, state.now())
    elif wrong is not None:  # six of them by mail were measured to lock nobody out
        raise wrong
    user, pending.code = user_of(pending), None
    if not pending.proven:
        pending.proven = ("otp",)
        return await after_first_factor(state, pending, user)
    if pending.email is not None:  # it is to be set up
        _check_has_none(pending, user)
        set_verified_contact(pending.pool, user, "email", pending.email)
        user.mfa = (*user.mfa, "EMAIL_OTP")
    pending.proven = (*pending.proven, "mfa", "otp")
    return await complete(state, pending, user)


async def software_token(state: ServiceState, pending: PendingSignIn, responses: dict[str, str]) -> Reply:
    """SOFTWARE_TOKEN_MFA; a code is good once."""
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
    """SELECT_MFA_TYPE: that factor's challenge is next."""
    user = user_of(pending)
    answer = responses["ANSWER"]
    chosen = "EMAIL_OTP" if answer == "EMAIL_MFA" else answer
    if chosen not in second_factors(pending.pool, user):
        raise invalid_parameter("Invalid MFA type selection.")
    return issue_factor_challenge(state, pending, user, chosen)


async def set_up(state: ServiceState, pending: PendingSignIn, responses: dict[str, str]) -> Reply:
    """MFA_SETUP: an app that VerifySoftwareToken has seen, or an address, to which a code goes."""
    user, methods = user_of(pending), pending.pool.settings.mfa_methods
    if "EMAIL" in responses and "EMAIL_OTP" in methods:
        if not is_email(responses["EMAIL"]):
            raise invalid_parameter("Invalid email address format.")
        pending.email = responses["EMAIL"]
        return issue_code_challenge(state, pending, user, "EMAIL_OTP", "mfa")
    token = pending.software_token
    if token is None or not token.verified:
        raise not_authorized("Invalid session for the user.")
    _check_has_none(pending, user)
    user.software_token = token
    user.mfa = (*(each for each in user.mfa if each != "SOFTWARE_TOKEN_MFA"), "SOFTWARE_TOKEN_MFA")
    pending.proven = (*pending.proven, "mfa", "otp")
    return await complete(state, pending, user)


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
    """Else an older sign-in that stands open could put another factor in the place of the right one."""
    if second_factors(pending.pool, user):
        raise not_authorized("Invalid session for the user.")
