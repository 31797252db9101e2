"""The factors that a user can sign in with."""

from __future__ import annotations

from ..settings.pool import Mfa
from ..state.entities import User
from ..state.pools import Pool

_ONE_TIME_PASSWORDS = {"EMAIL_OTP": "email", "SMS_OTP": "phone_number"}


def first_factors(pool: Pool, user: User | None) -> tuple[str, ...]:
    """Return the first factors that this user has; for an unknown user, all that the pool accepts."""
    settings = pool.settings
    has_password = user is None or user.verifier is not None
    factors = ["PASSWORD_SRP", "PASSWORD"] if "PASSWORD" in settings.first_factors and has_password else []
    # A one-time password cannot be combined with a second factor.
    if settings.mfa == "ON" or (user is not None and (user.status != "CONFIRMED" or second_factors(pool, user))):
        return tuple(factors)
    for factor, contact in _ONE_TIME_PASSWORDS.items():
        is_usable = user is None or user.attributes.get(f"{contact}_verified") == "true"
        if factor in settings.first_factors and is_usable:
            factors.append(factor)
    return tuple(factors)


def second_factors(pool: Pool, user: User) -> list[Mfa]:
    """Return the factors that the user has switched on and the pool still accepts.

    If MFA is required and only SMS is offered, SMS is the second factor of every user with a phone number,
    because it cannot be set up during a sign-in.
    """
    settings = pool.settings
    if settings.mfa == "ON" and settings.mfa_methods == ("SMS_MFA",) and user.attributes.get("phone_number"):
        return ["SMS_MFA"]
    return [] if settings.mfa == "OFF" else [each for each in settings.mfa_methods if each in user.mfa]
