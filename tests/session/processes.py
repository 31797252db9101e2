"""Several processes with one store: the store, the service and the clock that they share."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx

from cognito_async import Auth, CognitoUser, MemoryStore, RetryPolicy, UserPool, errors
from cognito_async._stores.store import record_key
from cognito_async.local import MovableClock
from tests.support import BINDING, CLIENT_ID, POOL_ID, Answer, Recorder, located, refusal, tokens_reply

HOUR = 3600
SESSION = record_key("session", BINDING, "alice")


class Rotating:
    """A service that accepts each refresh token once and counts the refreshes."""

    def __init__(self, clock: MovableClock) -> None:
        self.clock = clock
        self.first = "refresh-0"
        self.valid = {self.first}
        self.revoked: list[str] = []
        self.unavailable: str | None = None
        self.count = 0
        self.before: list[Any] = []

    async def __call__(self, operation: str, body: dict[str, Any]) -> Answer:
        now = int(self.clock.now().timestamp())
        times = {"iat": now, "exp": now + HOUR}
        if operation == "InitiateAuth":
            self.valid.add(self.first)
            return tokens_reply(refresh_token=self.first, origin_jti=self.first, **times)
        if operation == "RevokeToken":
            self.revoked.append(body["Token"])
            self.valid.clear()
            return {} if body["Token"] != self.unavailable else refusal("InternalErrorException", "Try again later.")
        self.count += 1
        if self.before:
            await self.before.pop(0)()
        if body["RefreshToken"] not in self.valid:
            return refusal("RefreshTokenReuseException", "The refresh token was used before.")
        self.valid = {*self.valid, f"refresh-{self.count}"} - {body["RefreshToken"]}
        return tokens_reply(refresh_token=f"refresh-{self.count}", origin_jti=self.first, **times)


class World:
    """A clock, a service and a store that several processes share."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.clock = MovableClock()
        self.service = Rotating(self.clock)
        self.store = store if store is not None else MemoryStore()

    def process(self, **options: Any) -> Auth:
        client = httpx.AsyncClient(transport=Recorder(self.service), trust_env=False)
        pool = UserPool(
            POOL_ID, CLIENT_ID, http_client=client, clock=self.clock, retry=RetryPolicy(max_attempts=1), **options
        )
        return located(pool).auth(store=self.store)

    async def signed_in(self) -> tuple[Auth, CognitoUser]:
        auth = self.process()
        return auth, (await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).user

    async def stored_token(self) -> str | None:
        record = await MemoryStore.load(self.store, SESSION)
        return None if record is None else self.process().pool.user_from_state(record.text).tokens.refresh_token


class Failing(MemoryStore):
    """A store whose methods fail as many times as `failures` says. With `written`, a failing save writes its text."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: dict[str, int] = {}
        self.written = True

    def _pass(self, method: str) -> None:
        left = self.failures.get(method, 0)
        if left:
            self.failures[method] = left - 1
            raise errors.StoreError("the store is gone")

    async def load(self, key: str) -> Any:
        self._pass("load")
        return await super().load(key)

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        if self.failures.get("save") and self.written:
            await super().save(key, text, expected=expected)  # only the reply is lost
        self._pass("save")
        return await super().save(key, text, expected=expected)

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        self._pass("lock")
        return super().lock(key)
