"""A service that issues tokens for an hour, and a user with such tokens."""

from __future__ import annotations

from typing import Any

from cognito_async import CognitoUser, RetryPolicy, Tokens, UserPool
from cognito_async._session.pool_sessions import PoolSessions
from cognito_async.local import MovableClock
from tests.support import Answer, Recorder, jwt, serving, tokens_reply

HOUR = 3600
ONCE = RetryPolicy(max_attempts=1)


class Service:
    """A service that first returns the prepared `replies`, then issues tokens for an hour with new refresh tokens."""

    def __init__(self, clock: MovableClock) -> None:
        self.clock = clock
        self.count = 0
        self.replies: list[Answer] = []

    def __call__(self, operation: str, body: dict[str, Any]) -> Answer:
        if self.replies:
            return self.replies.pop(0)
        if operation != "GetTokensFromRefreshToken":
            return {"Username": "alice", "UserAttributes": []}
        self.count += 1
        return tokens_reply(refresh_token=f"refresh-{self.count}", **self.times())

    def times(self, seconds: int = HOUR) -> dict[str, int]:
        now = int(self.clock.now().timestamp())
        return {"iat": now, "exp": now + seconds}

    def tokens(self, seconds: int = HOUR) -> Tokens:
        return Tokens(jwt(username="alice", **self.times(seconds)), None, "refresh-0")


def alice(**options: Any) -> tuple[CognitoUser, Recorder, Service, MovableClock]:
    clock = MovableClock()
    service = Service(clock)
    pool, recorder = serving(service, clock=clock, retry=ONCE, **options)
    return pool.user_from_tokens(service.tokens()), recorder, service, clock


def pool_of(user: CognitoUser) -> UserPool:
    pool = object.__new__(UserPool)
    session = user._connected()
    pool._start(PoolSessions(session.client, session.refreshes))
    return pool
