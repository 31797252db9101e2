"""Random concurrent calls: in the end memory, store and service agree, and no user gets another user's tokens.

Several `Auth`s of one or two processes share a store. The store lets other tasks run at every step, and in some runs
fails at random. Callers are cancelled at random. The service accepts each refresh token once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from cognito_async import Auth, CognitoUser, MemoryStore, RetryPolicy, Tokens, UserPool, errors
from cognito_async._stores.store import Record
from cognito_async.local import MovableClock
from tests.sizes import FULL
from tests.support import CLIENT_ID, POOL_ID, Answer, Recorder, jwt, refusal

pytestmark = [pytest.mark.anyio, pytest.mark.table]

NAMES = ("alice", "bob", "carol")
# In seconds: the lifetime of tokens, and a step of the clock. Tokens expire during a run, but no call times out.
LIFETIME, TICK = 3, 0.3


class Service:
    """A service that knows the newest refresh token of each session. Older ones that it gets are added to `stolen`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.count = 0
        self.newest: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.stolen: list[str] = []

    async def __call__(self, operation: str, body: dict[str, Any]) -> Answer:
        await self.world.give_way()
        answer = self.answer(operation, body)
        await self.world.give_way()
        return answer

    def answer(self, operation: str, body: dict[str, Any]) -> Answer:
        if operation == "InitiateAuth":
            session = f"session{self.count}"
            self.names[session] = body["AuthParameters"]["USERNAME"]
            return self.tokens(session)
        session, _, number = (body.get("RefreshToken") or body.get("Token") or claims(body)["jti"]).partition(".")
        if operation == "RevokeToken":
            self.newest.pop(session, None)
            return {}
        if session not in self.newest:
            return refusal("NotAuthorizedException", "the token has been revoked")
        if operation == "GetTokensFromRefreshToken":
            if self.newest[session] != number:
                self.stolen.append(f"{session}.{number}")
                return refusal("RefreshTokenReuseException", "The refresh token was used before.")
            return self.tokens(session)
        if operation in ("GlobalSignOut", "DeleteUser"):
            for other in [other for other, name in self.names.items() if name == self.names[session]]:
                self.newest.pop(other, None)
        return {"Username": self.names[session], "UserAttributes": []}

    def tokens(self, session: str) -> Answer:
        self.count += 1
        self.newest[session] = str(self.count)
        now, token = int(self.world.clock.now().timestamp()), f"{session}.{self.count}"
        access = jwt(username=self.names[session], iat=now, exp=now + LIFETIME, jti=token)
        return {"AuthenticationResult": {"AccessToken": access, "RefreshToken": token}, "ChallengeParameters": {}}


def claims(body: dict[str, Any]) -> Any:
    return Tokens(body["AccessToken"]).unverified_access_claims


class GivingWay(MemoryStore):
    """A store that lets other tasks run at every step, and sometimes fails before or after its work."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    async def _pass(self) -> None:
        await self.world.give_way()
        if self.world.random.random() < self.world.failing:
            raise errors.StoreError("the store is away")

    async def load(self, key: str) -> Record | None:
        await self._pass()
        found = await super().load(key)
        await self.world.give_way()
        return found

    async def save(self, key: str, text: str, *, expected: int | None = None) -> int | None:
        await self._pass()
        version = await super().save(key, text, expected=expected)
        await self._pass()
        return version

    async def delete(self, key: str) -> None:
        await self._pass()
        await super().delete(key)
        await self._pass()


class World:
    def __init__(self, seed: int, failing: float, processes: int, auths: int) -> None:
        self.random = Random(seed)
        self.failing = failing
        self.clock = MovableClock()
        self.service = Service(self)
        self.store = GivingWay(self)
        self.users: list[CognitoUser] = []
        self.ticks = 0
        self.under_way: list[int] = []
        self.auths = [auth for _ in range(processes) for auth in self.process(auths)]

    def process(self, auths: int) -> list[Auth]:
        client = httpx.AsyncClient(transport=Recorder(self.service), trust_env=False)
        pool = UserPool(POOL_ID, CLIENT_ID, http_client=client, clock=self.clock, retry=RetryPolicy(max_attempts=1))
        return [pool.auth(store=self.store) for _ in range(auths)]

    async def give_way(self) -> None:
        for _ in range(self.random.choice([0, 0, 1, 3])):
            await anyio.lowlevel.checkpoint()

    async def run_calls(self) -> None:
        for _ in range(25):
            with anyio.CancelScope() as scope, suppress(errors.SessionError, errors.StoreError, errors.ServiceError):
                if self.random.random() < 0.15:
                    await self.cancelled(scope)
                else:
                    await self.random_call()

    async def tick(self) -> None:
        """Advance the clock, unless a call has run for two ticks, because tokens must not expire during a call."""
        if all(self.ticks - began < 2 for began in self.under_way):
            self.ticks += 1
            await self.clock.sleep(TICK)

    async def cancelled(self, scope: anyio.CancelScope) -> None:
        async def cancel() -> None:
            for _ in range(self.random.randint(1, 25)):
                await anyio.lowlevel.checkpoint()
            scope.cancel()

        async def work() -> None:
            with suppress(errors.SessionError, errors.StoreError, errors.ServiceError):
                await self.random_call()
            group.cancel_scope.cancel()

        async with anyio.create_task_group() as group:
            group.start_soon(cancel)
            group.start_soon(work)

    async def random_call(self) -> None:
        auth, user = self.random.choice(self.auths), self.random.choice([None, *self.users])
        calls: list[Callable[[], Awaitable[Any]]] = [
            lambda: self.sign_in(auth),
            auth.sign_out,
            lambda: self.remember(auth.current_user()),
            lambda: self.remember(auth.users()),
            lambda: self.switch(auth),
            self.tick,
        ]
        if user is not None:
            calls += [
                *[lambda: self.checked(user, user.session())] * 3,
                *[lambda: self.checked(user, user.refresh())] * 2,
                user.attributes,
                user.sign_out,
                lambda: user.sign_out(global_=True) if self.random.random() < 0.3 else user.session(),
                lambda: user.delete() if self.random.random() < 0.2 else user.session(),
            ]
        began = self.ticks
        self.under_way.append(began)
        try:
            await self.random.choice(calls)()
        finally:
            self.under_way.remove(began)

    async def sign_in(self, auth: Auth) -> None:
        self.users.append((await auth.sign_in(self.random.choice(NAMES), "p", flow="USER_PASSWORD_AUTH")).user)

    async def remember(self, found: Awaitable[Any]) -> None:
        users = await found
        self.users += users if isinstance(users, list) else [users]

    async def switch(self, auth: Auth) -> None:
        name = self.random.choice(NAMES)
        assert (await auth.switch_user(name)).username == name

    async def checked(self, user: CognitoUser, call: Awaitable[Tokens]) -> None:
        tokens = await call
        assert tokens.unverified_access_claims["username"] == user.username
        assert tokens.expires_at is not None and tokens.expires_at > self.clock.now()


@pytest.mark.parametrize(("processes", "auths"), [(1, 1), (1, 2), (2, 1), (2, 2)])
@pytest.mark.parametrize("failing", [0.0, 0.03])
@pytest.mark.parametrize("seed", range(6 if FULL else 1))
async def test_random_concurrent_calls_stay_consistent(seed: int, failing: float, processes: int, auths: int) -> None:
    world = World(seed, failing, processes, auths)
    with anyio.fail_after(60):
        async with anyio.create_task_group() as group:
            for _ in range(8):
                group.start_soon(world.run_calls)
    world.failing = 0.0
    if not failing:
        await _check_that_stored_tokens_are_valid(world)
    if not failing and processes == 1:
        assert not world.service.stolen
    for user in world.users:
        assert not user.signed_in or user.tokens.unverified_access_claims["username"] == user.username
    await _check_that_sign_out_of_all_is_final(world, clean=not failing)


async def _check_that_stored_tokens_are_valid(world: World) -> None:
    for key in await _keys(world, "session"):
        record = await MemoryStore.load(world.store, key)
        assert record is not None
        stored = world.auths[0].pool.user_from_state(record.text)
        assert stored.username == key.rpartition("/")[2] == stored.tokens.unverified_access_claims["username"]
        session, _, number = (stored.tokens.refresh_token or "").partition(".")
        assert world.service.newest.get(session, number) == number, "a spent token must not be stored"


async def _check_that_sign_out_of_all_is_final(world: World, *, clean: bool) -> None:
    for auth in world.auths:
        for user in await auth.users():
            await user.sign_out()
        await auth.sign_out()  # an `Auth` whose session another one has ended still has a current user
        assert await auth.users() == []
        with pytest.raises(errors.NoCurrentUser):
            await auth.current_user()
    if clean:
        assert not await _keys(world, "session") and not await _keys(world, "users")


async def _keys(world: World, kind: str) -> list[str]:
    return [key for key in world.store._records if key.startswith(kind)]
