"""A cache of a source's credentials. It refreshes them before they expire, once for all waiting calls of a process."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..._core.clock import Clock, Deadline
from ..._core.concurrency.failure import Failure
from ..._core.concurrency.process_flights import ProcessFlights
from ..._core.outside import clamp
from ..identity import Credentials
from .source import Source, require_credentials

# Credentials are refreshed this many seconds before they expire. If they are valid for less than twice as long when
# they are loaded, they are refreshed after half of that time.
AHEAD_SECONDS = 300.0
# Seconds before a failed source is asked again, while cached credentials are still valid.
PAUSE_SECONDS = 60.0


class CachedCredentials:
    """The credentials of a source, as a `CredentialsProvider` for all calls of a pool, on all event loops.

    Args:
        source: called if no credentials are cached, or if they expire soon.
        clock: decides whether credentials have expired.
    """

    def __init__(self, source: Source, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        # The credentials, and the time to refresh them. Both are in one tuple, which is replaced as a whole, because
        # several threads may use one pool.
        self._cached: tuple[Credentials, datetime] | None = None
        self._requests: ProcessFlights[Credentials | Failure] = ProcessFlights()  # under one key, the empty string

    async def __call__(self) -> Credentials:
        if (credentials := self._source.load_nowait()) is not None:
            return credentials
        cached, now = self._cached, self._clock.now()
        if cached is not None and now < cached[1]:
            return cached[0]
        if cached is not None and _are_valid(cached[0], now) and self._requests.is_running(""):
            return cached[0]  # another call is refreshing them
        # The caller has its own deadline, and cancels this call.
        outcome = await self._requests.run("", lambda: self._refreshed(cached), Deadline(self._clock, None))
        if isinstance(outcome, Credentials):
            return outcome
        try:
            raise outcome.as_exception() from None
        finally:
            del outcome  # otherwise the error and this frame would form a reference cycle

    async def _refreshed(self, known: tuple[Credentials, datetime] | None) -> Credentials | Failure:
        newest = self._cached
        if newest is not None and newest is not known:
            return newest[0]  # another thread has just refreshed them
        try:
            credentials = require_credentials(await self._source.load(self._clock))
        except Exception as error:  # noqa: BLE001 - a caller's own provider may raise anything
            valid = self._keep_until_retry()
            return Failure(error) if valid is None else valid
        except BaseException:
            self._keep_until_retry()  # this call was cancelled; the next one need not wait for the source as long
            raise
        self._cache(credentials)
        return credentials

    def _keep_until_retry(self) -> Credentials | None:
        """Use the cached credentials for PAUSE_SECONDS more, and return them; return `None` if they have expired."""
        now, cached = self._clock.now(), self._cached
        if cached is None or not _are_valid(cached[0], now):
            return None
        self._cached = cached[0], now + timedelta(seconds=PAUSE_SECONDS)
        return cached[0]

    def _cache(self, credentials: Credentials) -> None:
        now, ends = self._clock.now(), credentials.expires_at
        if ends is None:
            seconds = self._source.cache_seconds
        else:
            remaining = (clamp(ends) - now).total_seconds()
            # While AWS cannot refresh an instance's credentials, it issues expired ones and accepts them.
            seconds = max(remaining - AHEAD_SECONDS, remaining / 2) if remaining > 0 else PAUSE_SECONDS
        self._cached = (credentials, now + timedelta(seconds=seconds)) if seconds > 0 else None


def _are_valid(credentials: Credentials, now: datetime) -> bool:
    return credentials.expires_at is None or now < credentials.expires_at
