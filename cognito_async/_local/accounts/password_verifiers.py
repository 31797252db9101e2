"""Passwords stored as SRP verifiers: new ones, and the comparison with a plain password."""

from __future__ import annotations

import base64
import hmac

from ..._core.concurrency.arithmetic import run_sliced
from ..state.checks import count_password_attempt
from ..state.entities import User
from ..state.pools import Pool
from ..state.service_state import ServiceState
from .srp_server import SALT_BYTES, fake_verifier, new_salt, verifier


async def new_verifier(pool: Pool, username: str, password: str, *, urgent: bool = True) -> tuple[bytes, int]:
    """Return a new salt, and the password's verifier for this salt."""
    salt = new_salt()
    return salt, await run_sliced(verifier(pool.settings.srp_name, username, password, salt), urgent=urgent)


async def set_password(state: ServiceState, pool: Pool, user: User, password: str) -> None:
    user.salt, user.verifier = await new_verifier(pool, user.username, password)
    user.modified = state.now()


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
    if user is not None and user.verifier is not None:
        return user.verifier
    return fake_verifier(state.fake_bytes(pool, name, "verifier"))


def salt_and_verifier(state: ServiceState, pool: Pool, name: str, user: User | None) -> tuple[bytes, int]:
    known_verifier = verifier_of(state, pool, name, user)
    if user is not None and user.verifier is not None:
        return user.salt, known_verifier
    salt = state.fake_bytes(pool, name, "salt")[:SALT_BYTES]
    return bytes([salt[0] or 1]) + salt[1:], known_verifier


def number_to_text(number: int) -> str:
    return base64.b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode()
