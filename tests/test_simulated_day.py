"""A day of a signed-in program, simulated in seconds: with a bad network, a wrong clock and restarts.

The service is a local pool with device tracking. The transport loses requests and replies at random. The program must
stay signed in, because the service never ends its session.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from cognito_async import Auth, CognitoUser, FileStore, MemoryStore, TokenStore, UserPool, errors
from cognito_async.local import AppClientSettings, LocalTransport, LocalUserPool, MovableClock, PoolSettings
from tests.sizes import FULL
from tests.support import make_user

pytestmark = pytest.mark.anyio

PASSWORD = "Passw0rd!"


class BadNetwork(httpx.AsyncBaseTransport):
    """A network with good and bad periods. In a bad one most calls fail, before or after the service receives them.

    If refresh tokens rotate, no reply is lost. Otherwise the client could send an old token after the grace
    period, and the service would end the session.
    """

    def __init__(self, local: LocalUserPool, random: Random) -> None:
        rotating = local.client.refresh_token_rotation
        self.fates = ["good", "cut", "busy"] if rotating else ["good", "cut", "lost", "busy", "broken"]
        self.inner = LocalTransport(local.service)
        self.random = random
        self.is_bad = False
        self.seen: Counter[str] = Counter()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        operation = request.headers["x-amz-target"].partition(".")[2]
        fate = self.random.choice(self.fates) if self.is_bad else "good"
        self.seen[fate] += 1
        if fate == "cut":
            raise httpx.ConnectError("no route")
        if fate == "busy":
            return httpx.Response(400, json={"__type": "TooManyRequestsException", "message": "Rate exceeded"})
        reply = await self.inner.handle_async_request(request)
        await reply.aread()
        self.seen[operation] += fate == "good" and reply.status_code == 200
        if fate == "lost":
            raise httpx.ReadError("connection reset")
        if fate == "broken":
            return httpx.Response(502, text="<html>Bad gateway</html>")
        return reply


class WrongClock(MovableClock):
    """The program's clock, which is ahead of the service's by `hours` (behind it if negative)."""

    def __init__(self, local: LocalUserPool, hours: float) -> None:
        super().__init__()
        self._local = local
        self._offset = timedelta(hours=hours)

    def now(self) -> datetime:
        return self._local.clock.now() + self._offset

    def monotonic(self) -> float:
        return self._local.clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._local.clock.sleep(seconds)

    def move_on_after(self, seconds: float) -> Any:
        return self._local.clock.move_on_after(seconds)


class Day:
    """One program on one machine. `restart` simulates a new process with the same store."""

    def __init__(self, local: LocalUserPool, store: TokenStore, hours: float, seed: int) -> None:
        self.local = local
        self.random = Random(seed)
        self.network = BadNetwork(local, self.random)
        self.clock = WrongClock(local, hours)
        self.store = store
        self.counts: Counter[str] = Counter()
        self.auth = self.restart()

    def restart(self) -> Auth:
        client = httpx.AsyncClient(transport=self.network, trust_env=False)
        pool = UserPool(self.local.settings.id, self.local.client.id, http_client=client, clock=self.clock)
        self.auth = pool.auth(store=self.store)
        return self.auth

    async def run_step(self, user: CognitoUser) -> CognitoUser:
        """Let up to two minutes pass, make one call, and sometimes restart or change the network."""
        self.local.clock.advance(self.random.uniform(1, 120))
        if self.random.random() < 0.05:
            self.network.is_bad = not self.network.is_bad
        if self.random.random() < 0.02:
            user = await self.restart().current_user()
            self.counts["restarts"] += 1
        try:
            if self.random.random() < 0.5:
                tokens = await user.session()
                assert tokens.expires_at is not None
                self.counts["valid" if tokens.expires_at > self.local.clock.now() else "expired"] += 1
            else:
                await user.attributes()
            self.counts["done"] += 1
        except (errors.TransportError, errors.TooManyRequestsException, errors.UnknownServiceError) as error:
            self.counts[type(error).__name__] += 1
        return user


# One day takes a second: with `CI=true` there are sixteen, else one on each backend.
DAYS = list(product(("asyncio", "trio"), [(-1, False), (0, False), (1, False), (1, True)], range(2)))
SOME = [("asyncio", (-1, False), 0), ("trio", (1, True), 1)]


@pytest.mark.parametrize(
    ("anyio_backend", "hours", "rotation", "seed"), [(each, *day, seed) for each, day, seed in (DAYS if FULL else SOME)]
)
@pytest.mark.table
async def test_session_survives_a_day_of_failures(hours: float, rotation: bool, seed: int, tmp_path: Path) -> None:
    local = LocalUserPool(PoolSettings(device_tracking="ALWAYS"), AppClientSettings(refresh_token_rotation=rotation))
    await make_user(local)
    store: TokenStore = FileStore(tmp_path / "session.json") if seed == 0 else MemoryStore()
    day = Day(local, store, hours, seed)
    user = (await day.auth.sign_in("alice", PASSWORD)).user
    start = local.clock.now()
    while local.clock.now() < start + timedelta(hours=24):
        user = await day.run_step(user)
    assert user.signed_in and (await day.auth.current_user()) is user
    day.network.is_bad = False
    local.clock.advance(3600)
    assert (await user.attributes())["email"] == "alice@example.com"
    # If the clock is ahead, each new process treats valid tokens as expired until the service's first reply.
    most = 30 + (day.counts["restarts"] if hours > 0 else 0)
    assert 20 <= day.network.seen["GetTokensFromRefreshToken"] <= most, "one refresh an hour"
    assert day.counts["done"] > 300 and day.counts["restarts"] > 3
    assert all(day.network.seen[fate] for fate in day.network.fates), "the network was bad enough"
    if hours == 0:
        assert not day.counts["expired"], "session() returned only valid tokens"
