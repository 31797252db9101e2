"""Keeps what a source gave, renews it before it ends, and asks only once however many wait."""

from __future__ import annotations

from datetime import datetime, timedelta

import anyio

from ..._core.clock import Clock
from ..._core.per_loop import PerLoop
from ..._core.single_flight import Failure
from ..identity import Credentials
from .source import Source, found

# How long before their end credentials are renewed; those that live shortly, at half of their time.
AHEAD_SECONDS = 300.0
# How long a source is left alone that failed while there were credentials still.
PAUSE_SECONDS = 60.0


class _Line:
    """Who waits on one event loop: the first asks, and what comes of it is for all who came meanwhile."""

    def __init__(self) -> None:
        self.turn = anyio.Lock()
        self.number = 0
        self.outcome: Credentials | Failure


class Kept:
    """The credentials of a source, as a `CredentialsProvider` for all calls of a pool, on any event loop.

    Args:
        source: asked when nothing is kept, or what is kept ends soon.
        clock: what time it is.
    """

    def __init__(self, source: Source, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        # And when to ask again. Set as a whole, because several threads may use one pool.
        self._held: tuple[Credentials, datetime] | None = None
        self._lines = PerLoop(_Line)

    async def __call__(self) -> Credentials:
        if (at_hand := self._source.at_hand()) is not None:
            return at_hand
        now, held = self._clock.now(), self._held
        if held is not None and now < held[1]:
            return held[0]
        line = self._lines.get()
        if line.turn.locked() and held is not None and _are_good(held[0], now):
            return held[0]  # somebody is renewing them
        before = line.number
        async with line.turn:
            if line.number == before:
                line.outcome = await self._renewed()
                line.number += 1
            outcome = line.outcome
        if isinstance(outcome, Failure):
            raise outcome.told() from None
        return outcome

    async def _renewed(self) -> Credentials | Failure:
        try:
            credentials = found(await self._source.look(self._clock))
        except Exception as error:  # noqa: BLE001 - a caller's own provider may raise anything
            still = self._postponed()
            return Failure(error) if still is None else still
        except BaseException:
            self._postponed()  # cancelled: the next call need not wait as long as this one did
            raise
        self._keep(credentials)
        return credentials

    def _postponed(self) -> Credentials | None:
        now, held = self._clock.now(), self._held
        if held is None or not _are_good(held[0], now):
            return None
        self._held = held[0], now + timedelta(seconds=PAUSE_SECONDS)
        return held[0]

    def _keep(self, credentials: Credentials) -> None:
        now, ends = self._clock.now(), credentials.expires_at
        if ends is None:
            seconds = self._source.lasting
        else:
            remaining = (ends - now).total_seconds()
            # An instance may be given credentials that have ended, while AWS cannot renew them but takes them still.
            seconds = max(remaining - AHEAD_SECONDS, remaining / 2) if remaining > 0 else PAUSE_SECONDS
        self._held = (credentials, now + timedelta(seconds=seconds)) if seconds > 0 else None


def _are_good(credentials: Credentials, now: datetime) -> bool:
    return credentials.expires_at is None or now < credentials.expires_at
