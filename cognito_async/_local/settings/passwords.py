"""The rules for a pool's passwords."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """Rules for passwords; the defaults are the service's.

    Args:
        history: how many of a user's last passwords may not be used again, up to 24; none by default.
    """

    minimum_length: int = 8
    require_uppercase: bool = True
    require_lowercase: bool = True
    require_numbers: bool = True
    require_symbols: bool = True
    temporary_password_days: int = 7
    history: int = 0
