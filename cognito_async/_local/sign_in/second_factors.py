"""The answers to second factors: sent codes, authenticator apps, a choice, and setting one up."""

from __future__ import annotations

import hmac

from ..accounts.contacts import set_verified_contact
from ..accounts.totp import matching_step
from ..state.attributes import is_email
from ..state.entities import Attempt, SoftwareToken, User
from ..state.pending_sign_ins import user_of
from ..state.service_state import State, judge_code
from ..wire.replies import Refusal, Reply, invalid_parameter, not_authorized
from .completion import complete
from .mfa_challenges import ask_code, ask_factor, second_factors
from .next_step import after_first_factor

_CODES = {"SMS_MFA": "SMS_MFA_CODE", "EMAIL_OTP": "EMAIL_OTP_CODE", "SMS_OTP": "SMS_OTP_CODE"}


async def sent_code(state: State, attempt: Attempt, responses: dict[str, str]) -> Reply:
    """SMS_MFA, EMAIL_OTP, SMS_OTP; as first factor the last two are followed by what follows a password."""
    wrong = _fault_of_sent(attempt, responses[_CODES[attempt.challenge]])
    if attempt.challenge == "SMS_MFA":
        judge_code(attempt.pool, attempt.name, wrong, state.now())
    elif wrong is not None:  # six of them by mail were measured to lock nobody out
        raise wrong
    user, attempt.code = user_of(attempt), None
    if not attempt.proven:
        attempt.proven = ("otp",)
        return await after_first_factor(state, attempt, user)
    if attempt.email is not None:  # it is to be set up
        _check_has_none(attempt, user)
        set_verified_contact(attempt.pool, user, "email", attempt.email)
        user.mfa = (*user.mfa, "EMAIL_OTP")
    attempt.proven = (*attempt.proven, "mfa", "otp")
    return await complete(state, attempt, user)


async def software_token(state: State, attempt: Attempt, responses: dict[str, str]) -> Reply:
    """SOFTWARE_TOKEN_MFA; a code is good once."""
    user = user_of(attempt)
    token = user.software_token
    if token is None or not token.verified:
        raise Refusal("SoftwareTokenMFANotFoundException", "Software Token MFA does not exist for the user.")
    step = matching_step(token, responses["SOFTWARE_TOKEN_MFA_CODE"], state.now())
    judge_code(attempt.pool, attempt.name, _fault_of_step(token, step), state.now())
    token.last_step = step or 0
    attempt.proven = (*attempt.proven, "mfa", "otp")
    return await complete(state, attempt, user)


async def select_type(state: State, attempt: Attempt, responses: dict[str, str]) -> Reply:
    """SELECT_MFA_TYPE: that factor's challenge is next."""
    user = user_of(attempt)
    answer = responses["ANSWER"]
    chosen = "EMAIL_OTP" if answer == "EMAIL_MFA" else answer
    if chosen not in second_factors(attempt.pool, user):
        raise invalid_parameter("Invalid MFA type selection.")
    return ask_factor(state, attempt, user, chosen)


async def set_up(state: State, attempt: Attempt, responses: dict[str, str]) -> Reply:
    """MFA_SETUP: an app that VerifySoftwareToken has seen, or an address, to which a code goes."""
    user, methods = user_of(attempt), attempt.pool.settings.mfa_methods
    if "EMAIL" in responses and "EMAIL_OTP" in methods:
        if not is_email(responses["EMAIL"]):
            raise invalid_parameter("Invalid email address format.")
        attempt.email = responses["EMAIL"]
        return ask_code(state, attempt, user, "EMAIL_OTP", "mfa")
    token = attempt.software_token
    if token is None or not token.verified:
        raise not_authorized("Invalid session for the user.")
    _check_has_none(attempt, user)
    user.software_token = token
    user.mfa = (*(each for each in user.mfa if each != "SOFTWARE_TOKEN_MFA"), "SOFTWARE_TOKEN_MFA")
    attempt.proven = (*attempt.proven, "mfa", "otp")
    return await complete(state, attempt, user)


def _fault_of_sent(attempt: Attempt, code: str) -> Refusal | None:
    right = attempt.code if attempt.user is not None else None
    if right is not None and hmac.compare_digest(right.encode(), code.encode()):
        return None
    return Refusal("CodeMismatchException", "Invalid code or auth state for the user.")


def _fault_of_step(token: SoftwareToken, step: int | None) -> Refusal | None:
    if step is None:
        return Refusal("CodeMismatchException", "Invalid code received for user")
    if step <= token.last_step:
        return Refusal("ExpiredCodeException", "Your software token has already been used once.")
    return None


def _check_has_none(attempt: Attempt, user: User) -> None:
    """Else an older sign-in that stands open could put another factor in the place of the right one."""
    if second_factors(attempt.pool, user):
        raise not_authorized("Invalid session for the user.")
