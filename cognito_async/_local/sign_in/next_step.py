"""The step after a first factor: a new password, a round of CUSTOM_AUTH, a second factor, or the end."""

from __future__ import annotations

import json

from ..accounts.factors import second_factors
from ..state.attributes import missing, readable
from ..state.checks import check_reset, check_status
from ..state.entities import User
from ..state.pending_sign_ins import PendingSignIn, auth_round
from ..state.service_state import ServiceState
from ..state.sign_in_sessions import issue_challenge
from ..wire.refusals import not_authorized
from ..wire.replies import Reply
from . import custom_auth
from .completion import complete, device_is_second_factor
from .mfa_challenges import issue_second_factor


async def after_first_factor(state: ServiceState, pending: PendingSignIn, user: User) -> Reply:
    """Continue according to the user's status, which a client learns only after a first factor."""
    pending.available = ()
    check_status(user)
    check_reset(pending.client, user)
    if user.status == "FORCE_CHANGE_PASSWORD":
        if user.temporary_until is not None and state.now() >= user.temporary_until:
            raise not_authorized("Temporary password has expired and must be reset by an administrator.")
        return _issue_new_password(state, pending, user)
    if pending.rounds is not None and not _wants_second_factor(pending, user):
        pending.rounds = [*pending.rounds, auth_round("PASSWORD_VERIFIER", succeeded=True)]
        return await custom_auth.next_round(state, pending)
    return await second_factor_or_end(state, pending, user)


async def second_factor_or_end(state: ServiceState, pending: PendingSignIn, user: User) -> Reply:
    """Issue the second factor, if one is needed; otherwise complete the sign-in.

    After this, a sign-in by CUSTOM_AUTH does not call its triggers again. The service is reported to do the same after
    a second factor and after a new password.
    """
    if _wants_second_factor(pending, user):
        return await issue_second_factor(state, pending, user)
    return await complete(state, pending, user)


def _wants_second_factor(pending: PendingSignIn, user: User) -> bool:
    """Return whether a second factor is needed; a remembered device may replace it."""
    wanted = pending.pool.settings.mfa == "ON" or bool(second_factors(pending.pool, user))
    return wanted and not device_is_second_factor(pending, user)


def _issue_new_password(state: ServiceState, pending: PendingSignIn, user: User) -> Reply:
    required = [f"userAttributes.{each}" for each in missing(user.attributes, pending.pool.settings)]
    known = {name: value for name, value in readable(user, pending.client).items() if name != "sub"}
    parameters = {
        "USER_ID_FOR_SRP": user.username,
        "requiredAttributes": json.dumps(required),
        "userAttributes": json.dumps(known),
    }
    return issue_challenge(state, pending, "NEW_PASSWORD_REQUIRED", parameters)
