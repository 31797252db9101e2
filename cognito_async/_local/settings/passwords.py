"""The rules for a pool's passwords."""

from __future__ import annotations

from dataclasses import dataclass

from ..._core.errors import ConfigurationError
from .field_types import check_fields


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """Rules for passwords; the defaults are the service's.

    Args:
        minimum_length: 6 to 99 characters.
        temporary_password_days: the days for which a temporary password is valid, 1 to 365.
        history: how many of a user's last passwords may not be used again, up to 24; none by default.

    Raises:
        ConfigurationError: if a limit is outside of the service's range.
    """

    minimum_length: int = 8
    require_uppercase: bool = True
    require_lowercase: bool = True
    require_numbers: bool = True
    require_symbols: bool = True
    temporary_password_days: int = 7
    history: int = 0

    def __post_init__(self) -> None:
        check_fields(self)
        if not 6 <= self.minimum_length <= 99:
            raise ConfigurationError("minimum_length must be 6 to 99")
        if not 1 <= self.temporary_password_days <= 365:  # the service reads 0 as its default, 7
            raise ConfigurationError("temporary_password_days must be 1 to 365")
        if not 0 <= self.history <= 24:
            raise ConfigurationError("history must be 0 to 24")
