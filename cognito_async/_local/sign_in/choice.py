"""USER_AUTH: the user chooses how to sign in, or says it at once."""

from __future__ import annotations

import secrets

from ..accounts.codes import pretended_contact
from ..state.entities import Attempt, Pool, User
from ..state.pending_sign_ins import ask, user_of
from ..state.service_state import State
from ..wire.replies import Reply, invalid_parameter, not_authorized
from .completion import complete
from .mfa_challenges import ask_code, code_parameters, second_factors
from .next_step import after_first_factor
from .password_challenge import ask_proof, check_plain
from .srp_proof import parse_a

_ONE_TIME = {"EMAIL_OTP": "email", "SMS_OTP": "phone_number"}


def ways_in(pool: Pool, user: User | None) -> tuple[str, ...]:
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


async def begin(state: State, attempt: Attempt, parameters: dict[str, str]) -> Reply:
    """The preferred way, where the user has it; else the choice."""
    attempt.available = ways_in(attempt.pool, attempt.user)
    if not attempt.available:
        raise not_authorized("Incorrect username or password.")
    preferred = parameters.get("PREFERRED_CHALLENGE")
    if preferred in attempt.available:
        return await go(state, attempt, preferred, parameters)
    return ask(state, attempt, "SELECT_CHALLENGE", {"USERNAME": attempt.name})


async def select(state: State, attempt: Attempt, responses: dict[str, str]) -> Reply:
    """SELECT_CHALLENGE: one of the ways, with its answer if that is at hand."""
    chosen = responses.get("ANSWER", "")
    if chosen not in attempt.available:
        raise invalid_parameter("Invalid challenge selection.")
    return await go(state, attempt, chosen, responses)


async def go(state: State, attempt: Attempt, way: str | None, given: dict[str, str]) -> Reply:
    """Put the challenge of one way, or judge its answer where that came along."""
    match way:
        case "PASSWORD" if "PASSWORD" in given:
            return await password(state, attempt, given)
        case "PASSWORD_SRP" if "SRP_A" in given:
            return await password_srp(state, attempt, given)
        case "EMAIL_OTP" | "SMS_OTP":
            return _one_time_password(state, attempt, way)
        case _:
            return ask(state, attempt, str(way), {"USERNAME": attempt.name})


async def password(state: State, attempt: Attempt, responses: dict[str, str]) -> Reply:
    """PASSWORD, as it is."""
    user = await check_plain(state, attempt, responses["PASSWORD"])
    attempt.proven = ("pwd",)
    return await after_first_factor(state, attempt, user)


async def password_srp(state: State, attempt: Attempt, responses: dict[str, str]) -> Reply:
    """PASSWORD_SRP: the first half of a proof."""
    return await ask_proof(state, attempt, parse_a(responses["SRP_A"]), with_session=True)


async def step_up(state: State, attempt: Attempt) -> Reply:
    """What was shown before counts as the first factor."""
    return await after_first_factor(state, attempt, user_of(attempt))


async def after_sign_up(state: State, attempt: Attempt) -> Reply:
    """The code that confirmed the account counts as the first factor, and is all that is asked for."""
    attempt.proven = ("otp",)
    return await complete(state, attempt, user_of(attempt))


def _one_time_password(state: State, attempt: Attempt, way: str) -> Reply:
    if attempt.user is not None:
        return ask_code(state, attempt, attempt.user, way, "one_time_password")
    # Nothing is sent, and no code will be right.
    destination = pretended_contact(state, attempt.pool, attempt.name, _ONE_TIME[way])
    parameters = code_parameters(way, destination, attempt.name)
    return ask(state, attempt, way, parameters, code=secrets.token_hex(16))
