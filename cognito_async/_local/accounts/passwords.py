"""Password policies, and temporary passwords for invitations."""

from __future__ import annotations

import secrets
import string

from ..settings.passwords import PasswordPolicy
from ..wire.refusals import Refusal

SYMBOLS = "^$*.[]{}()?-\"!@#%&/\\,><':;|_~`+="
_KINDS = (string.ascii_uppercase, string.ascii_lowercase, string.digits, SYMBOLS)


def check_password(password: str, policy: PasswordPolicy) -> None:
    """Refuse a password, and name the first rule that it breaks."""
    rules = (
        (len(password) < policy.minimum_length, "Password not long enough"),
        (policy.require_uppercase and not _has(password, 0), "Password must have uppercase characters"),
        (policy.require_lowercase and not _has(password, 1), "Password must have lowercase characters"),
        (policy.require_numbers and not _has(password, 2), "Password must have numeric characters"),
        (policy.require_symbols and not _has_symbol(password), "Password must have symbol characters"),
    )
    for broken, what in rules:
        if broken:
            raise Refusal("InvalidPasswordException", f"Password did not conform with policy: {what}")


def temporary_password(policy: PasswordPolicy) -> str:
    """Return a random password with all kinds of characters. It has the policy's minimum length, but at least 8."""
    length = max(8, policy.minimum_length)
    return "".join(secrets.choice(_KINDS[position % 4]) for position in range(length))


def _has_symbol(password: str) -> bool:
    """Return whether there is a symbol. A space is one too, but not at the beginning or the end."""
    return _has(password, 3) or " " in password.strip(" ")


def _has(password: str, kind: int) -> bool:
    return any(character in _KINDS[kind] for character in password)
