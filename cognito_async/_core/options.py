"""What a caller may set, checked when it is set."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Pass one as `retry=` to change how often and how patiently a failed call is repeated.

    What may be repeated at all is not set here: it follows from the operation (see the README).

    Args:
        max_attempts: how often a call is sent at most, the first time included; 1 switches retries off.
        base_delay: seconds; before retry n the wait is random between 0 and `base_delay * 2**(n-1)`.
        max_delay: seconds; no wait between two attempts is longer, unless the service asks for it.

    Raises:
        ConfigurationError: when a number is out of range.
    """

    max_attempts: int = 4
    base_delay: float = 0.2
    max_delay: float = 10.0

    def __post_init__(self) -> None:
        if not isinstance(self.max_attempts, int) or self.max_attempts < 1:
            raise ConfigurationError("RetryPolicy: max_attempts counts the first try, so it is at least 1")
        delays = (self.base_delay, self.max_delay)
        if not all(isinstance(delay, (int, float)) for delay in delays) or not 0 <= delays[0] <= delays[1]:
            raise ConfigurationError("RetryPolicy: needs 0 <= base_delay <= max_delay (seconds)")


@dataclass(frozen=True, slots=True)
class UserContext:
    """Pass one as `user_context=` when your server acts for an end user, so that threat protection sees that user.

    Args:
        ip_address: the end user's address (the service otherwise sees your server's).
        encoded_data: the text that Amazon's browser script made of the user's device.

    Source: `UserContextDataType` of the service's model.
    """

    ip_address: str | None = None
    encoded_data: str | None = None
