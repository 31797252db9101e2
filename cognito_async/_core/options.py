"""Options that users pass as one object, checked when it is made."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from .errors import ConfigurationError
from .outside import is_number


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Pass one as `retry=` to change how often failed calls are retried, and after which waits.

    Whether a call may be retried depends on its operation: see "Retries and outcomes" in the documentation.

    Args:
        max_attempts: the maximum number of attempts of a call, the first one included; 4 by default, 1 for no retries.
        base_delay: the longest wait before the first retry, in seconds; 0.2 by default. It doubles for each further
            retry. The actual wait is a random part of it.
        max_delay: the longest wait before any retry, in seconds; 10 by default. If the service asks for a wait, the
            library adds this random wait to it.

    Raises:
        ConfigurationError: if a number is out of range.
    """

    max_attempts: int = 4
    base_delay: float = 0.2
    max_delay: float = 10.0

    def __post_init__(self) -> None:
        if not isinstance(self.max_attempts, int) or self.max_attempts < 1:
            raise ConfigurationError("RetryPolicy: max_attempts must be at least 1, which is the first attempt")
        if not is_number(self.base_delay, 0) or not is_number(self.max_delay, self.base_delay, math.inf):
            raise ConfigurationError("RetryPolicy: the delays must be seconds with 0 <= base_delay <= max_delay")


@dataclass(frozen=True, slots=True)
class UserContext:
    """The end user for whom your server acts. Pass one as `user_context=` for the pool's threat protection.

    Args:
        ip_address: the end user's IP address. Without it, the service sees only the address of your server.
        encoded_data: the fingerprint of the end user's device, as Amazon's browser script encodes it.

    Source: `UserContextDataType` of the service's model.
    """

    ip_address: str | None = None
    encoded_data: str | None = field(default=None, repr=False)
