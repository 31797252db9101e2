"""What comes after a right first factor."""

from __future__ import annotations

import json

from . import custom_auth
from .asking import ask_second_factor, second_factors
from .attempts import ask
from .attributes import missing, readable
from .finish import complete, device_is_second_factor
from .records import Attempt, User
from .state import State
from .wire import Refusal, Reply, not_authorized


async def after_password(state: State, attempt: Attempt, user: User) -> Reply:
    """Only who knows the password learns what else the user's state asks for."""
    if user.status == "RESET_REQUIRED":
        if attempt.client.prevent_user_existence_errors == "ENABLED":
            raise not_authorized("Incorrect username or password.")
        raise Refusal("PasswordResetRequiredException", "Password reset required for the user")
    if user.status == "FORCE_CHANGE_PASSWORD":
        if user.temporary_until is not None and state.now() >= user.temporary_until:
            raise not_authorized("Temporary password has expired and must be reset by an administrator.")
        return _ask_new_password(state, attempt, user)
    if attempt.rounds is not None:
        attempt.rounds = [*attempt.rounds, {"challengeName": "PASSWORD_VERIFIER", "challengeResult": True}]
        return await custom_auth.next_round(state, attempt)
    return await after_first_factor(state, attempt, user)


async def after_first_factor(state: State, attempt: Attempt, user: User) -> Reply:
    """The second factor, unless a remembered device stands for it; then the end."""
    attempt.available = ()
    wanted = attempt.pool.settings.mfa == "ON" or second_factors(attempt, user)
    if wanted and not device_is_second_factor(attempt):
        return ask_second_factor(state, attempt, user)
    return await complete(state, attempt, user)


def _ask_new_password(state: State, attempt: Attempt, user: User) -> Reply:
    required = [f"userAttributes.{each}" for each in missing(user.attributes, attempt.pool.settings)]
    known = {name: value for name, value in readable(user, attempt.client).items() if name != "sub"}
    parameters = {
        "USER_ID_FOR_SRP": user.username,
        "requiredAttributes": json.dumps(required),
        "userAttributes": json.dumps(known),
    }
    return ask(state, attempt, "NEW_PASSWORD_REQUIRED", parameters)
