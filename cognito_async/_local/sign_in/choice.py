"""USER_AUTH: the user chooses the first factor, or names it in the first call."""

from __future__ import annotations

import secrets

from ..accounts.codes import fake_contact
from ..accounts.contacts import CONTACT_OF
from ..accounts.factors import first_factors
from ..accounts.password_verifiers import check_plain_password
from ..state.checks import check_status, hides_unknown_users
from ..state.pending_sign_ins import PendingSignIn
from ..state.service_state import ServiceState
from ..state.sign_in_sessions import issue_challenge, user_of
from ..wire.refusals import invalid_parameter, not_authorized
from ..wire.replies import Reply
from .completion import complete
from .mfa_challenges import code_parameters, issue_code_challenge
from .next_step import after_first_factor
from .password_challenge import issue_password_verifier
from .srp_proof import parse_a


async def begin(state: ServiceState, pending: PendingSignIn, parameters: dict[str, str]) -> Reply:
    """Begin with the preferred factor, if the user has it. Otherwise, issue SELECT_CHALLENGE."""
    pending.available = _offered(pending)
    if not pending.available:
        raise not_authorized("Incorrect username or password.")
    preferred = parameters.get("PREFERRED_CHALLENGE")
    if preferred in pending.available:
        return await begin_with(state, pending, preferred, parameters)
    return issue_challenge(state, pending, "SELECT_CHALLENGE", {"USERNAME": pending.name})


async def select(state: ServiceState, pending: PendingSignIn, responses: dict[str, str]) -> Reply:
    """Check the answer to SELECT_CHALLENGE, the name of a factor, and begin with that factor."""
    chosen = responses.get("ANSWER", "")
    if chosen not in pending.available:
        raise invalid_parameter("Invalid challenge selection.")
    return await begin_with(state, pending, chosen, responses)


async def begin_with(state: ServiceState, pending: PendingSignIn, factor: str | None, given: dict[str, str]) -> Reply:
    """Issue the challenge of a factor, or check the answer to it if `given` has one already."""
    match factor:
        case "PASSWORD" if "PASSWORD" in given:
            return await password(state, pending, given)
        case "PASSWORD_SRP" if "SRP_A" in given:
            return await password_srp(state, pending, given)
        case "EMAIL_OTP" | "SMS_OTP":
            return await _one_time_password(state, pending, factor)
        case _:
            return issue_challenge(state, pending, str(factor), {"USERNAME": pending.name})


async def password(state: ServiceState, pending: PendingSignIn, responses: dict[str, str]) -> Reply:
    """Check the answer to PASSWORD, the plain password."""
    user = await check_plain_password(state, pending.pool, pending.name, pending.user, responses["PASSWORD"])
    pending.proven = ("pwd",)
    return await after_first_factor(state, pending, user)


async def password_srp(state: ServiceState, pending: PendingSignIn, responses: dict[str, str]) -> Reply:
    """Take the answer to PASSWORD_SRP, the first half of a proof, and ask for the second half."""
    return await issue_password_verifier(state, pending, parse_a(responses["SRP_A"]), with_session=True)


async def step_up(state: ServiceState, pending: PendingSignIn) -> Reply:
    """Continue a step-up, a sign-in whose first factor is replaced by an access token of the user."""
    return await after_first_factor(state, pending, user_of(pending))


async def after_sign_up(state: ServiceState, pending: PendingSignIn) -> Reply:
    """Complete a sign-in after a sign-up. The code that confirmed the account is the sign-in's only factor.

    An administrator may have reset the password since. How the service then answers is not known.
    """
    pending.proven = ("otp",)
    user = user_of(pending)
    check_status(user)
    if user.status != "CONFIRMED":
        raise not_authorized("Invalid session for the user.")
    return await complete(state, pending, user)


def _offered(pending: PendingSignIn) -> tuple[str, ...]:
    """Return the first factors to choose from: those of the user, who learns them before any proof, as in the service.

    If the client hides unknown users, one who cannot sign in is offered the same factors as they are.
    """
    user = pending.user
    factors = first_factors(pending.pool, user)
    if user is None or not hides_unknown_users(pending.client):
        return factors
    can_sign_in = user.enabled and user.status in ("CONFIRMED", "FORCE_CHANGE_PASSWORD") and factors
    return factors if can_sign_in else first_factors(pending.pool, None)


async def _one_time_password(state: ServiceState, pending: PendingSignIn, factor: str) -> Reply:
    user = pending.user
    if user is not None and user.enabled and factor in first_factors(pending.pool, user):
        return await issue_code_challenge(state, pending, user, factor, "one_time_password")
    # For a user who is unknown or cannot sign in, do not send a message, and refuse every code.
    destination = fake_contact(state, pending.pool, pending.typed, CONTACT_OF[factor])
    parameters = code_parameters(factor, destination, pending.name)
    return issue_challenge(state, pending, factor, parameters, code=secrets.token_hex(16))
