"""USER_AUTH: the user chooses how to sign in, or says it at once."""

from __future__ import annotations

import secrets

from ..accounts.codes import pretended_contact
from ..state.entities import PendingSignIn, Pool, User
from ..state.pending_sign_ins import issue_challenge, user_of
from ..state.service_state import ServiceState
from ..wire.refusals import invalid_parameter, not_authorized
from ..wire.replies import Reply
from .completion import complete
from .mfa_challenges import code_parameters, issue_code_challenge, second_factors
from .next_step import after_first_factor
from .password_challenge import check_plain_password, issue_password_verifier
from .srp_proof import parse_a

_ONE_TIME = {"EMAIL_OTP": "email", "SMS_OTP": "phone_number"}


def first_factors(pool: Pool, user: User | None) -> tuple[str, ...]:
    """The first factors that this user has; of somebody pretended, all that the pool takes."""
    settings = pool.settings
    has_password = user is None or user.verifier is not None
    ways = ["PASSWORD_SRP", "PASSWORD"] if "PASSWORD" in settings.first_factors and has_password else []
    # A one-time password cannot be combined with a second factor.
    if settings.mfa == "ON" or (user is not None and (user.status != "CONFIRMED" or second_factors(pool, user))):
        return tuple(ways)
    for way, contact in _ONE_TIME.items():
        if way in settings.first_factors and (user is None or user.attributes.get(f"{contact}_verified") == "true"):
            ways.append(way)
    return tuple(ways)


async def begin(state: ServiceState, pending: PendingSignIn, parameters: dict[str, str]) -> Reply:
    """The preferred way, where the user has it; else the choice."""
    pending.available = first_factors(pending.pool, pending.user)
    if not pending.available:
        raise not_authorized("Incorrect username or password.")
    preferred = parameters.get("PREFERRED_CHALLENGE")
    if preferred in pending.available:
        return await go(state, pending, preferred, parameters)
    return issue_challenge(state, pending, "SELECT_CHALLENGE", {"USERNAME": pending.name})


async def select(state: ServiceState, pending: PendingSignIn, responses: dict[str, str]) -> Reply:
    """SELECT_CHALLENGE: one of the ways, with its answer if that is at hand."""
    chosen = responses.get("ANSWER", "")
    if chosen not in pending.available:
        raise invalid_parameter("Invalid challenge selection.")
    return await go(state, pending, chosen, responses)


async def go(state: ServiceState, pending: PendingSignIn, way: str | None, given: dict[str, str]) -> Reply:
    """Put the challenge of one way, or judge its answer where that came along."""
    match way:
        case "PASSWORD" if "PASSWORD" in given:
            return await password(state, pending, given)
        case "PASSWORD_SRP" if "SRP_A" in given:
            return await password_srp(state, pending, given)
        case "EMAIL_OTP" | "SMS_OTP":
            return _one_time_password(state, pending, way)
        case _:
            return issue_challenge(state, pending, str(way), {"USERNAME": pending.name})


async def password(state: ServiceState, pending: PendingSignIn, responses: dict[str, str]) -> Reply:
    """PASSWORD, as it is."""
    user = await check_plain_password(state, pending, responses["PASSWORD"])
    pending.proven = ("pwd",)
    return await after_first_factor(state, pending, user)


async def password_srp(state: ServiceState, pending: PendingSignIn, responses: dict[str, str]) -> Reply:
    """PASSWORD_SRP: the first half of a proof."""
    return await issue_password_verifier(state, pending, parse_a(responses["SRP_A"]), with_session=True)


async def step_up(state: ServiceState, pending: PendingSignIn) -> Reply:
    """What was shown before counts as the first factor."""
    return await after_first_factor(state, pending, user_of(pending))


async def after_sign_up(state: ServiceState, pending: PendingSignIn) -> Reply:
    """The code that confirmed the account counts as the first factor, and is all that is asked for."""
    pending.proven = ("otp",)
    return await complete(state, pending, user_of(pending))


def _one_time_password(state: ServiceState, pending: PendingSignIn, way: str) -> Reply:
    if pending.user is not None:
        return issue_code_challenge(state, pending, pending.user, way, "one_time_password")
    # Nothing is sent, and no code will be right.
    destination = pretended_contact(state, pending.pool, pending.name, _ONE_TIME[way])
    parameters = code_parameters(way, destination, pending.name)
    return issue_challenge(state, pending, way, parameters, code=secrets.token_hex(16))
