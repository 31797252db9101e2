"""Fake values for users who do not exist: always the same for a name, and in the form of real ones."""

from __future__ import annotations

import hashlib
import re
import string
import uuid

from .attribute_values import is_email, is_phone_number
from .pools import Pool
from .service_state import ServiceState

# The form of `sub`s, which are random UUIDs.
_SUB = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_ALPHABETS = (string.digits, string.ascii_lowercase, string.ascii_uppercase)


def fake_username(state: ServiceState, pool: Pool, name: str) -> str:
    """Return the `USERNAME` in the challenges of an unknown user. Those of a user show the real username.

    The developer guide says that it is a UUID. Because the service shows the real usernames of users, a UUID reveals
    an unknown name, unless usernames are UUIDs too. Therefore, the local pool shows a UUID only in this case.
    """
    typed = name if pool.settings.username_case_sensitive else name.lower()
    if pool.settings.username_attributes:
        return typed if _SUB.fullmatch(typed) else _fake_sub(state, pool, name)
    if not _is_alias(pool, name):
        return typed
    # Behind an alias is another username. Take its form from the oldest user, who is replaced the least often.
    oldest = next(iter(pool.users.values()), None)
    if oldest is None or _SUB.fullmatch(oldest.username):
        return _fake_sub(state, pool, name)
    noise = hashlib.shake_256(state.fake_bytes(pool, name, "username")).digest(len(oldest.username))
    return "".join(map(_replace, oldest.username, noise))


def _fake_sub(state: ServiceState, pool: Pool, name: str) -> str:
    return str(uuid.UUID(bytes=state.fake_bytes(pool, name, "id")[:16], version=4))


def _is_alias(pool: Pool, name: str) -> bool:
    aliases = pool.settings.alias_attributes
    return ("email" in aliases and is_email(name)) or ("phone_number" in aliases and is_phone_number(name))


def _replace(character: str, noise: int) -> str:
    """Return another character of the same kind; for one that is no ASCII letter or digit, the character itself."""
    alphabet = next((each for each in _ALPHABETS if character in each), character)
    return alphabet[noise % len(alphabet)]
