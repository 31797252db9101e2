"""The answers to second factors: sent codes, authenticator apps, a choice, and setting one up."""

from __future__ import annotations

import hmac

from .asking import ask_code, ask_factor, second_factors
from .attempts import user_of
from .attributes import is_email
from .finish import complete
from .next_step import after_first_factor
from .records import Attempt
from .state import State, judge_code
from .totp import matching_step
from .wire import Refusal, Reply, invalid_parameter, not_authorized

_CODES = {"SMS_MFA": "SMS_MFA_CODE", "EMAIL_OTP": "EMAIL_OTP_CODE", "SMS_OTP": "SMS_OTP_CODE"}


async def sent_code(state: State, attempt: Attempt, responses: dict[str, str]) -> Reply:
    """SMS_MFA, EMAIL_OTP, SMS_OTP; as first factor the last two are followed by what follows a password."""
    code = responses[_CODES[attempt.challenge]]
    user, wrong = attempt.user, None
    if user is None or attempt.code is None or not hmac.compare_digest(attempt.code.encode(), code.encode()):
        wrong = Refusal("CodeMismatchException", "Invalid code or auth state for the user.")
    if attempt.challenge == "SMS_MFA":
        judge_code(attempt.pool, attempt.name, wrong, state.now())
    elif wrong is not None:  # six of them by mail were measured to lock nobody out
        raise wrong
    user, attempt.code = user_of(attempt), None
    if not attempt.proven:
        attempt.proven = ("otp",)
        return await after_first_factor(state, attempt, user)
    if attempt.email is not None:  # it was set up just now
        user.attributes |= {"email": attempt.email, "email_verified": "true"}
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
    wrong = None
    if step is None:
        wrong = Refusal("CodeMismatchException", "Invalid code received for user")
    elif step <= token.last_step:
        wrong = Refusal("ExpiredCodeException", "Your software token has already been used once.")
    judge_code(attempt.pool, attempt.name, wrong, state.now())
    token.last_step = step or 0
    attempt.proven = (*attempt.proven, "mfa", "otp")
    return await complete(state, attempt, user)


async def select_type(state: State, attempt: Attempt, responses: dict[str, str]) -> Reply:
    """SELECT_MFA_TYPE: that factor's challenge is next."""
    user = user_of(attempt)
    answer = responses["ANSWER"]
    chosen = "EMAIL_OTP" if answer == "EMAIL_MFA" else answer
    if chosen not in second_factors(attempt, user):
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
    user.software_token = token
    user.mfa = (*(each for each in user.mfa if each != "SOFTWARE_TOKEN_MFA"), "SOFTWARE_TOKEN_MFA")
    attempt.proven = (*attempt.proven, "mfa", "otp")
    return await complete(state, attempt, user)
