"""Passwords stored as SRP verifiers: new ones, and the comparison with a plain password."""

from __future__ import annotations

import base64
import hmac

from ..._core.concurrency.arithmetic import run_sliced
from ..state.checks import count_password_attempt
from ..state.entities import User
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..wire.refusals import Refusal
from .srp_server import SALT_BYTES, fake_verifier, new_salt, verifier


async def new_verifier(pool: Pool, username: str, password: str, *, urgent: bool = True) -> tuple[bytes, int]:
    """Return a new salt, and the password's verifier for this salt."""
    salt = new_salt()
    return salt, await run_sliced(verifier(pool.settings.srp_name, username, password, salt), urgent=urgent)


async def set_password(state: ServiceState, pool: Pool, user: User, password: str) -> None:
    store_password(state, pool, user, await new_verifier(pool, user.username, password))


def store_password(state: ServiceState, pool: Pool, user: User, secret: tuple[bytes, int]) -> None:
    """Set a new salt and verifier, and store the old ones if the policy forbids to use old passwords again."""
    old = [] if user.verifier is None else [(user.salt, user.verifier)]
    # The current password is one of those that the policy counts.
    user.old_passwords = [*old, *user.old_passwords][: max(0, pool.settings.password_policy.history - 1)]
    (user.salt, user.verifier), user.modified = secret, state.now()


async def check_history(pool: Pool, user: User, password: str) -> None:
    """Refuse one of the user's last passwords, if the policy forbids to use them again.

    No source quotes the service's message.
    """
    if not pool.settings.password_policy.history or user.verifier is None:
        return
    for salt, old in [(user.salt, user.verifier), *user.old_passwords]:
        given = await run_sliced(verifier(pool.settings.srp_name, user.username, password, salt), urgent=True)
        if hmac.compare_digest(number_to_text(given), number_to_text(old)):
            raise Refusal("PasswordHistoryPolicyViolationException", "Password has previously been used")


async def check_plain_password(state: ServiceState, pool: Pool, name: str, user: User | None, password: str) -> User:
    """Return the user if the password is right. Otherwise, count a failure and refuse.

    An unknown user takes the same time, so that the time does not reveal whether a user exists.
    """
    salt, known_verifier = salt_and_verifier(state, pool, name, user)
    given = await run_sliced(verifier(pool.settings.srp_name, name, password, salt), urgent=True)
    has_password = user is not None and user.verifier is not None
    is_right = hmac.compare_digest(number_to_text(given), number_to_text(known_verifier)) and has_password
    return count_password_attempt(pool, name, user if is_right else None, state.now())


def verifier_of(state: ServiceState, pool: Pool, name: str, user: User | None) -> int:
    """Return a user's verifier; a fake one for an unknown user, or for a user without a password."""
    # Make the fake one for every user, because its time would reveal those who need it.
    fake = fake_verifier(state.fake_bytes(pool, name, "verifier"))
    return user.verifier if user is not None and user.verifier is not None else fake


def salt_and_verifier(state: ServiceState, pool: Pool, name: str, user: User | None) -> tuple[bytes, int]:
    noise = state.fake_bytes(pool, name, "salt")[:SALT_BYTES]
    fake = bytes([noise[0] or 1]) + noise[1:]
    salt = user.salt if user is not None and user.verifier is not None else fake
    return salt, verifier_of(state, pool, name, user)


def number_to_text(number: int) -> str:
    return base64.b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode()
