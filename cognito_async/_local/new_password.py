"""NEW_PASSWORD_REQUIRED: a password in the place of a temporary one."""

from __future__ import annotations

from collections.abc import Iterator

from .._ground.arithmetic import run_sliced
from .attempts import user_of
from .attributes import VERIFIED_FLAGS, check_attributes, missing
from .next_step import second_factor_or_end
from .passwords import check_password
from .records import Attempt, User
from .srp_server import new_salt, verifier
from .state import State
from .wire import Reply, invalid_parameter, not_authorized

_PREFIX = "userAttributes."


async def new_password(state: State, attempt: Attempt, responses: dict[str, str]) -> Reply:
    user, settings = user_of(attempt), attempt.pool.settings
    check_password(responses["NEW_PASSWORD"], settings.password_policy)
    given = dict(_given_attributes(responses, user))
    check_attributes(given, settings)
    for name in missing({**user.attributes, **given}, settings):
        raise invalid_parameter(f"Invalid attributes given, {name} is missing")
    await set_password(state, attempt.pool.settings.srp_name, user, responses["NEW_PASSWORD"])
    user.attributes.update(given)
    user.status, user.temporary_until = "CONFIRMED", None
    attempt.trigger_source = "TokenGeneration_NewPasswordChallenge"
    return await second_factor_or_end(state, attempt, user)


async def set_password(state: State, pool_name: str, user: User, password: str) -> None:
    salt = new_salt()
    user.verifier = await run_sliced(verifier(pool_name, user.username, password, salt), urgent=True)
    user.salt, user.modified = salt, state.now()


def _given_attributes(responses: dict[str, str], user: User) -> Iterator[tuple[str, str]]:
    for key, value in responses.items():
        name = key.removeprefix(_PREFIX)
        if name == key:
            continue
        if name in VERIFIED_FLAGS or user.attributes.get(name):
            raise not_authorized(f"Cannot modify an already provided {name}")
        yield name, value
