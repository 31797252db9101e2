"""The factors that a user can sign in with."""

from __future__ import annotations

from ..settings.pool import ONE_TIME_PASSWORDS, Mfa
from ..state.attribute_values import is_verified
from ..state.entities import User
from ..state.pools import Pool
from .contacts import CONTACT_OF


def first_factors(pool: Pool, user: User | None) -> tuple[str, ...]:
    """Return the first factors that this user has; for an unknown user, all that the pool accepts."""
    settings = pool.settings
    has_password = user is None or user.verifier is not None
    factors = ["PASSWORD_SRP", "PASSWORD"] if "PASSWORD" in settings.first_factors and has_password else []
    # A one-time password cannot be combined with a second factor.
    if user is not None and (user.status != "CONFIRMED" or second_factors(pool, user)):
        return tuple(factors)
    for factor in ONE_TIME_PASSWORDS:
        is_usable = user is None or is_verified(user.attributes, CONTACT_OF[factor])
        if factor in settings.first_factors and is_usable:
            factors.append(factor)
    return tuple(factors)


def second_factors(pool: Pool, user: User) -> list[Mfa]:
    """Return the second factors that the pool accepts from this user.

    If MFA is required, these are all that the user has: a phone number or an email address is always a factor, and
    cannot be switched off. If MFA is optional, they are those that the user has switched on.
    """
    match pool.settings.mfa:
        case "ON":
            return [each for each in pool.settings.mfa_methods if each in user.mfa or _has(user, each)]
        case "OPTIONAL":
            return [each for each in pool.settings.mfa_methods if each in user.mfa]
        case _:
            return []


def _has(user: User, factor: Mfa) -> bool:
    if factor == "SOFTWARE_TOKEN_MFA":
        return user.software_token is not None
    return bool(user.attributes.get(CONTACT_OF[factor]))
