"""Challenges for a second factor: which one a user gets, and their parameters."""

from __future__ import annotations

import json

from ..accounts.contacts import CONTACT_OF
from ..accounts.factors import second_factors
from ..accounts.messages import delivery, send_new_code
from ..state.entities import MessageKind, User
from ..state.pending_sign_ins import PendingSignIn
from ..state.service_state import ServiceState
from ..state.sign_in_sessions import issue_challenge
from ..wire.replies import Reply


async def issue_second_factor(state: ServiceState, pending: PendingSignIn, user: User) -> Reply:
    """Issue the challenge of the user's preferred factor, or of the only one.

    A user with several factors and no preferred one gets SELECT_MFA_TYPE. A user without a factor gets MFA_SETUP.
    """
    factors = second_factors(pending.pool, user)
    if not factors:
        return _issue_set_up(state, pending, user)
    if user.preferred_mfa in factors:
        return await issue_factor_challenge(state, pending, user, user.preferred_mfa)
    if len(factors) == 1:
        return await issue_factor_challenge(state, pending, user, factors[0])
    parameters = {"MFAS_CAN_CHOOSE": json.dumps(factors), "USER_ID_FOR_SRP": user.username}
    return issue_challenge(state, pending, "SELECT_MFA_TYPE", parameters)


async def issue_factor_challenge(state: ServiceState, pending: PendingSignIn, user: User, factor: str | None) -> Reply:
    """Issue the challenge of one factor. Unless the factor is an authenticator app, send a code first."""
    if factor != "SOFTWARE_TOKEN_MFA":
        return await issue_code_challenge(state, pending, user, str(factor), "mfa")
    name = (user.software_token.name if user.software_token is not None else None) or "transparent"
    parameters = {"FRIENDLY_DEVICE_NAME": name, "USER_ID_FOR_SRP": user.username}
    return issue_challenge(state, pending, "SOFTWARE_TOKEN_MFA", parameters)


async def issue_code_challenge(
    state: ServiceState, pending: PendingSignIn, user: User, challenge: str, kind: MessageKind
) -> Reply:
    """Send a code and issue its challenge: six digits for a second factor, eight for a one-time password."""
    contact = CONTACT_OF[challenge]
    destination = pending.email or user.attributes[contact]
    digits = 8 if kind == "one_time_password" else 6
    code = await send_new_code(state, pending.caller, user, contact, kind, destination, digits=digits)
    parameters = code_parameters(challenge, destination, user.username)
    return issue_challenge(state, pending, challenge, parameters, code=code, destination=destination)


def code_parameters(challenge: str, destination: str, username: str) -> dict[str, str]:
    """Return the `ChallengeParameters` for a code. They say that it was sent, even if the user is unknown."""
    details = delivery(CONTACT_OF[challenge], destination)
    return {
        "CODE_DELIVERY_DELIVERY_MEDIUM": details["DeliveryMedium"],
        "CODE_DELIVERY_DESTINATION": details["Destination"],
        "USER_ID_FOR_SRP" if challenge == "SMS_MFA" else "USERNAME": username,
    }


def _issue_set_up(state: ServiceState, pending: PendingSignIn, user: User) -> Reply:
    parameters = {
        "MFAS_CAN_SETUP": json.dumps(list(pending.pool.settings.mfa_methods)),
        "USER_ID_FOR_SRP": user.username,
    }
    return issue_challenge(state, pending, "MFA_SETUP", parameters)
