"""The state of refreshes that all sessions of one app client share."""

from __future__ import annotations

import secrets
from weakref import WeakValueDictionary

from .._aws.codes import is_temporary
from .._client.pool_client import PoolClient
from .._core.clock import Clock
from .._core.concurrency.guard import guard
from .._core.concurrency.single_flight import SingleFlight
from .._core.errors import TransportError
from .._flows.refresh import RefreshFlow
from .checked_tokens import CheckedTokens
from .outcomes import RefreshOutcome
from .rotated_tokens import RotatedTokens

# The shortest and the longest pause (seconds) after an early refresh has failed. No early refresh starts in a pause, so
# that the service can recover, and callers with a valid token do not wait.
_PAUSE_SECONDS = (5.0, 15.0)
_ALL = ""
_random = secrets.SystemRandom()
_shared: WeakValueDictionary[object, Refreshes] = WeakValueDictionary()


class Refreshes:
    """The refreshes that are running or paused, the tokens that they rotated, and the service's refresh settings.

    All `UserPool`s of the process share them that call the same app client in the same way. Otherwise copies of one
    session, each from a pool of its own, could spend a refresh token twice.

    Attributes:
        running: the running refreshes. Their key is a hash of the refresh token in memory.
        requests: the running requests. Their key is a hash of the refresh token that they send. If the session is in a
            shared store, this can be a newer token than the one in memory.
        rotated: a cache of the tokens that replaced spent refresh tokens.
        checked: the refused calls after which a refresh has shown that the session is valid.
        learned_flow: the refresh flow that has worked; `None` until one has.
        rotating: whether the service may replace the refresh token at a refresh; true until a reply shows that it
            does not.
    """

    def __init__(self, clock: Clock) -> None:
        self.running: SingleFlight[RefreshOutcome] = SingleFlight()
        self.requests: SingleFlight[RefreshOutcome] = SingleFlight()
        self.rotated = RotatedTokens(clock)
        self.checked = CheckedTokens()
        self.learned_flow: RefreshFlow | None = None
        self.rotating = True
        self._clock = clock
        self._paused_until: dict[str, float] = {}

    @classmethod
    def of(cls, client: PoolClient) -> Refreshes:
        """Return the refreshes of this client's app client, endpoint, `http_client` and clock."""
        config = client.config
        # Each client has a clock of its own by default. Another clock or HTTP client may be that of one test.
        clock = None if type(config.clock) is Clock else id(config.clock)
        key = config.location.expected_url, client.app_client.binding, id(config.http_client), clock
        with guard:
            return _shared.setdefault(key, cls(config.clock))

    def are_paused(self, session: str) -> bool:
        """Return whether early refreshes of a session must wait; `session` is its `refresh_key`."""
        now, paused = self._clock.monotonic(), self._paused_until
        return paused.get(_ALL, now) > now or paused.get(session, now) > now

    def pause(self, session: str, error: Exception) -> None:
        """Pause early refreshes of this session after an error.

        After a network error, throttling or a status 5xx, pause those of all sessions, because they would fail too.
        """
        now = self._clock.monotonic()
        key = _ALL if isinstance(error, TransportError) or is_temporary(error) else session
        with guard:
            paused = {name: ends for name, ends in self._paused_until.items() if ends > now}
            self._paused_until = paused | {key: now + _random.uniform(*_PAUSE_SECONDS)}
