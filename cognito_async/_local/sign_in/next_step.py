"""What comes after a right first factor."""

from __future__ import annotations

import json

from ..state.attributes import missing, readable
from ..state.entities import Attempt, User
from ..state.pending_sign_ins import ask
from ..state.service_state import State, check_reset
from ..wire.replies import Reply, not_authorized
from . import custom_auth
from .completion import complete, device_is_second_factor
from .mfa_challenges import ask_second_factor, second_factors


async def after_first_factor(state: State, attempt: Attempt, user: User) -> Reply:
    """Only who has shown a first factor learns what else the user's state asks for."""
    attempt.available = ()
    check_reset(attempt.client, user)
    if user.status == "FORCE_CHANGE_PASSWORD":
        if user.temporary_until is not None and state.now() >= user.temporary_until:
            raise not_authorized("Temporary password has expired and must be reset by an administrator.")
        return _ask_new_password(state, attempt, user)
    if attempt.rounds is not None and not _wants_second_factor(attempt, user):
        attempt.rounds = [*attempt.rounds, {"challengeName": "PASSWORD_VERIFIER", "challengeResult": True}]
        return await custom_auth.next_round(state, attempt)
    return await second_factor_or_end(state, attempt, user)


async def second_factor_or_end(state: State, attempt: Attempt, user: User) -> Reply:
    """The second factor, if there is to be one; then the end.

    The triggers of CUSTOM_AUTH are asked no more: so it is reported of the service, both where the password is
    followed by a second factor and where it had to be replaced.
    """
    if _wants_second_factor(attempt, user):
        return ask_second_factor(state, attempt, user)
    return await complete(state, attempt, user)


def _wants_second_factor(attempt: Attempt, user: User) -> bool:
    """A remembered device may stand for it."""
    wanted = attempt.pool.settings.mfa == "ON" or bool(second_factors(attempt.pool, user))
    return wanted and not device_is_second_factor(attempt)


def _ask_new_password(state: State, attempt: Attempt, user: User) -> Reply:
    required = [f"userAttributes.{each}" for each in missing(user.attributes, attempt.pool.settings)]
    known = {name: value for name, value in readable(user, attempt.client).items() if name != "sub"}
    parameters = {
        "USER_ID_FOR_SRP": user.username,
        "requiredAttributes": json.dumps(required),
        "userAttributes": json.dumps(known),
    }
    return ask(state, attempt, "NEW_PASSWORD_REQUIRED", parameters)
