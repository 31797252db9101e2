"""The challenges of a second factor: which one a user is asked for, and how each is put."""

from __future__ import annotations

import json
import secrets

from ..accounts.codes import delivery, medium
from ..accounts.contacts import CONTACT_OF
from ..state.entities import Message, MessageKind, PendingSignIn, Pool, User
from ..state.pending_sign_ins import issue_challenge
from ..state.service_state import ServiceState
from ..state.settings import Mfa
from ..wire.replies import Reply


def second_factors(pool: Pool, user: User) -> list[Mfa]:
    """The factors that the user has switched on and the pool still takes.

    Where everybody needs one and codes by SMS are all there is, a phone number is enough: a sign-in cannot set it up.
    """
    settings = pool.settings
    if settings.mfa == "ON" and settings.mfa_methods == ("SMS_MFA",) and user.attributes.get("phone_number"):
        return ["SMS_MFA"]
    return [] if settings.mfa == "OFF" else [each for each in settings.mfa_methods if each in user.mfa]


def issue_second_factor(state: ServiceState, pending: PendingSignIn, user: User) -> Reply:
    """The preferred factor, the only one, or a choice; setting one up where the pool wants what the user has not."""
    factors = second_factors(pending.pool, user)
    if not factors:
        return _issue_set_up(state, pending, user)
    if user.preferred_mfa in factors:
        return issue_factor_challenge(state, pending, user, user.preferred_mfa)
    if len(factors) == 1:
        return issue_factor_challenge(state, pending, user, factors[0])
    parameters = {"MFAS_CAN_CHOOSE": json.dumps(factors), "USER_ID_FOR_SRP": user.username}
    return issue_challenge(state, pending, "SELECT_MFA_TYPE", parameters)


def issue_factor_challenge(state: ServiceState, pending: PendingSignIn, user: User, factor: str | None) -> Reply:
    """One factor's challenge; a code is sent where it is one that is sent."""
    if factor != "SOFTWARE_TOKEN_MFA":
        return issue_code_challenge(state, pending, user, str(factor), "mfa")
    name = (user.software_token.name if user.software_token is not None else None) or "transparent"
    parameters = {"FRIENDLY_DEVICE_NAME": name, "USER_ID_FOR_SRP": user.username}
    return issue_challenge(state, pending, "SOFTWARE_TOKEN_MFA", parameters)


def issue_code_challenge(
    state: ServiceState, pending: PendingSignIn, user: User, challenge: str, kind: MessageKind
) -> Reply:
    """A challenge whose code is sent: six digits for a second factor, eight for a one-time password."""
    contact = CONTACT_OF[challenge]
    destination = pending.email or user.attributes[contact]
    digits = 8 if kind == "one_time_password" else 6
    code = pending.pool.settings.fixed_code or f"{secrets.randbelow(10**digits):0{digits}}"
    state.post(Message(destination, medium(contact), contact, code, user.username, kind))
    return issue_challenge(state, pending, challenge, code_parameters(challenge, destination, user.username), code=code)


def code_parameters(challenge: str, destination: str, username: str) -> dict[str, str]:
    """`ChallengeParameters` of a code that was sent, or is said to have been."""
    told = delivery(CONTACT_OF[challenge], destination)
    return {
        "CODE_DELIVERY_DELIVERY_MEDIUM": told["DeliveryMedium"],
        "CODE_DELIVERY_DESTINATION": told["Destination"],
        "USER_ID_FOR_SRP" if challenge == "SMS_MFA" else "USERNAME": username,
    }


def _issue_set_up(state: ServiceState, pending: PendingSignIn, user: User) -> Reply:
    parameters = {
        "MFAS_CAN_SETUP": json.dumps(list(pending.pool.settings.mfa_methods)),
        "USER_ID_FOR_SRP": user.username,
    }
    return issue_challenge(state, pending, "MFA_SETUP", parameters)
