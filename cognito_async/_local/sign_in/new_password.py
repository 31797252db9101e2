"""NEW_PASSWORD_REQUIRED: a password in the place of a temporary one."""

from __future__ import annotations

from ..._core.arithmetic import run_sliced
from ..accounts.contacts import CONTACTS, set_contact, take_alias
from ..accounts.passwords import check_password
from ..accounts.srp_server import new_salt, verifier
from ..state.attributes import VERIFIED_FLAGS, check_attributes, check_writable, missing
from ..state.entities import PendingSignIn, User
from ..state.pending_sign_ins import user_of
from ..state.service_state import ServiceState
from ..wire.refusals import invalid_parameter, not_authorized
from ..wire.replies import Reply
from .next_step import second_factor_or_end

_PREFIX = "userAttributes."


async def new_password(state: ServiceState, pending: PendingSignIn, responses: dict[str, str]) -> Reply:
    user, settings, password = user_of(pending), pending.pool.settings, responses["NEW_PASSWORD"]
    secret = await _secret(settings.srp_name, user, password)
    # With no await before the change: of several sign-ins with the temporary password one replaces it.
    if user.status != "FORCE_CHANGE_PASSWORD":
        raise not_authorized("Invalid session for the user.")
    check_password(password, settings.password_policy)
    given = _given_attributes(pending, user, responses)
    user.salt, user.verifier = secret
    for name, value in given.items():
        if name in CONTACTS:
            set_contact(user, name, value)
        else:
            user.attributes[name] = value
    user.status, user.temporary_until, user.modified = "CONFIRMED", None, state.now()
    pending.trigger_source = "TokenGeneration_NewPasswordChallenge"
    return await second_factor_or_end(state, pending, user)


async def set_password(state: ServiceState, pool_name: str, user: User, password: str) -> None:
    user.salt, user.verifier = await _secret(pool_name, user, password)
    user.modified = state.now()


async def _secret(pool_name: str, user: User, password: str) -> tuple[bytes, int]:
    salt = new_salt()
    return salt, await run_sliced(verifier(pool_name, user.username, password, salt), urgent=True)


def _given_attributes(pending: PendingSignIn, user: User, responses: dict[str, str]) -> dict[str, str]:
    """What the user had not yet, if the pool, the client and the owners of other contacts have nothing against it."""
    given = {key.removeprefix(_PREFIX): value for key, value in responses.items() if key.startswith(_PREFIX)}
    for name in given:
        if name in VERIFIED_FLAGS or user.attributes.get(name):
            raise not_authorized(f"Cannot modify an already provided {name}")
    check_attributes(given, pending.pool.settings)
    check_writable(given, pending.client)
    for name in missing({**user.attributes, **given}, pending.pool.settings):
        raise invalid_parameter(f"Invalid attributes given, {name} is missing")
    for name, value in given.items():
        take_alias(pending.pool, user, name, value, force=False)
    return given
