"""Random revocations: each session ends at its first refused call, and no other session does.

Several `Auth`s of two processes share a store, and copies of their sessions have none. The local pool knows which
sessions are valid. Its app client may not write one attribute, so that some calls of valid sessions are refused too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random

import anyio
import anyio.lowlevel
import httpx
import pytest

from cognito_async import CognitoUser, MemoryStore, Tokens, UserPool, errors
from cognito_async.local import AppClientSettings, LocalTransport, LocalUserPool, PoolSettings
from tests.session.refusing import REFRESH
from tests.sizes import FULL
from tests.support import Recorder, make_user

pytestmark = [pytest.mark.anyio, pytest.mark.table]

PASSWORD = "Passw0rd!"
NAMES = ("alice", "bob")
JUDGED = ("attributes", "devices", "write", "forbidden", "setup_totp", "step_up")
REFUSED = (errors.NotAuthorizedException, errors.UserNotFoundException)
STEPS = 150


class GivingWay(httpx.AsyncBaseTransport):
    """A transport that lets other tasks run before and after each request."""

    def __init__(self, random: Random, inner: httpx.AsyncBaseTransport) -> None:
        self.random, self.inner = random, inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for _ in range(self.random.randint(0, 3)):
            await anyio.lowlevel.checkpoint()
        response = await self.inner.handle_async_request(request)
        for _ in range(self.random.randint(0, 3)):
            await anyio.lowlevel.checkpoint()
        return response


class World:
    def __init__(self, seed: int, *, rotation: bool) -> None:
        self.random = Random(seed)
        client = AppClientSettings(
            refresh_token_rotation=rotation, write_attributes=frozenset({"email", "name"}), access_token_validity=86_400
        )
        self.local = LocalUserPool(PoolSettings(mfa="OPTIONAL"), client)
        self.recorder = Recorder(inner=GivingWay(self.random, LocalTransport(self.local.service)))
        self.store = MemoryStore()
        self.pools = [self.process(), self.process()]
        self.auths = [pool.auth(store=self.store) for pool in self.pools for _ in range(2)]
        self.users: list[CognitoUser] = []

    def process(self) -> UserPool:
        return UserPool(
            self.local.settings.id,
            self.local.client.id,
            http_client=httpx.AsyncClient(transport=self.recorder, trust_env=False),
            clock=self.local.clock,
            credentials=self.local.credentials,
            timeout=None,
        )

    def is_valid(self, tokens: Tokens) -> bool:
        """Return whether the service accepts these tokens."""
        claims = tokens.unverified_access_claims
        pool = self.local.service._pool(self.local.settings.id)
        user = pool.find_by_sub(claims["sub"])
        return user is not None and user.enabled and claims["event_id"] in pool.token_families

    def is_spent(self, tokens: Tokens) -> bool:
        """Return whether another session has refreshed these tokens, which rotation allows only once."""
        service = self.local.service
        known = service._state.opaque_tokens.open_refresh_token(tokens.refresh_token or "") or {}
        family = service._pool(self.local.settings.id).token_families.get(known["event"])
        return self.local.client.refresh_token_rotation and (family is None or known["id"] not in family.refresh_tokens)

    async def stored_tokens(self, user: CognitoUser) -> list[Tokens | None]:
        """Return a list with the user's tokens in the store, `None` if there are none.

        The list is empty if the store does not hold this session.
        """
        registry = user._connected().registry
        if registry is None or not registry.is_owner(user._connected()):
            return []
        stored = await registry.load(user.username)
        return [None if stored is None else stored.tokens]

    async def sign_in(self) -> None:
        auth, name = self.random.choice(self.auths), self.random.choice(NAMES)
        try:
            self.users.append((await auth.sign_in(name, PASSWORD, flow="USER_PASSWORD_AUTH")).user)
        except (errors.NotAuthorizedException, errors.UserNotFoundException):
            await self.repair(name)

    async def repair(self, name: str) -> None:
        """Enable or create a user who is disabled or deleted."""
        if self.local.service.find_user(self.local.settings.id, name) is None:
            await make_user(self.local, name)
        else:
            await self.pools[0].admin.enable_user(name)

    async def restore(self) -> None:
        self.users += await self.random.choice(self.auths).users()

    async def copy(self) -> None:
        signed_in = [user for user in self.users if user.signed_in]
        if signed_in:
            user, pool = self.random.choice(signed_in), self.random.choice(self.pools)
            self.users.append(pool.user_from_state(user.to_state()))

    async def revoke(self) -> None:
        name, admin = self.random.choice(NAMES), self.pools[0].admin
        try:
            match self.random.randrange(4):
                case 0:
                    await admin.sign_out(name)
                case 1:
                    await admin.disable_user(name)
                case 2 if self.random.random() < 0.5:
                    await admin.delete_user(name)
                case _:
                    await self.revoke_one()
        except errors.UserNotFoundException:
            await self.repair(name)

    async def revoke_one(self) -> None:
        signed_in = [user for user in self.users if user.signed_in]
        if signed_in:
            user = self.random.choice(signed_in)
            await self.local.user_pool().user_from_tokens(user.tokens).sign_out()

    async def call(self, user: CognitoUser, name: str) -> None:
        match name:
            case "attributes":
                await user.attributes()
            case "devices":
                await user.devices()
            case "write":
                await user.update_attributes({"name": "x"})
            case "forbidden":
                await user.update_attributes({"nickname": "x"})
            case "setup_totp":
                await user.setup_totp()
            case "step_up":
                await user.step_up(["urn:high"])
            case _:
                await user.change_password("wrong", "Another-passw0rd")

    async def random_call(self, make: Callable[[CognitoUser, str], Awaitable[None]]) -> None:
        if self.users:
            await make(self.random.choice(self.users), self.random.choice((*JUDGED, "change_password")))

    async def unchecked_call(self, user: CognitoUser, name: str) -> None:
        """Make a call that may be cancelled."""
        with anyio.CancelScope() as scope, suppress(errors.CognitoError):
            async with anyio.create_task_group() as group:
                if self.random.random() < 0.2:
                    group.start_soon(self.cancel, scope)
                with suppress(errors.CognitoError):
                    await self.call(user, name)

    async def cancel(self, scope: anyio.CancelScope) -> None:
        for _ in range(self.random.randint(1, 20)):
            await anyio.lowlevel.checkpoint()
        scope.cancel()

    async def checked_call(self, user: CognitoUser, name: str) -> None:
        """Make a call, and check its outcome. No other call runs at the same time."""
        was_signed_in = user.signed_in
        is_valid = was_signed_in and self.is_valid(user.tokens)
        stored = await self.stored_tokens(user) if was_signed_in else []
        is_stored = any(tokens is not None and self.is_valid(tokens) for tokens in stored)
        is_spent = was_signed_in and any(self.is_spent(tokens) for tokens in (user.tokens, *stored) if tokens)
        before = user.tokens.access_token if was_signed_in else None
        begun = len(self.recorder.calls)
        failure = None
        try:
            await self.call(user, name)
        except errors.CognitoError as error:
            failure = error
        refreshes = [operation for operation, _ in self.recorder.calls[begun:] if operation == REFRESH]
        assert len(refreshes) <= 1
        if not was_signed_in:
            assert type(failure) is errors.NotSignedIn and len(self.recorder.calls) == begun
        elif name == "change_password":
            assert user.signed_in or isinstance(failure, errors.SessionExpired)
            limited = isinstance(failure, errors.LimitExceededException)
            assert limited or isinstance(failure, REFUSED) or not (is_valid or is_stored)
        elif not (is_valid or is_stored):
            assert isinstance(failure, errors.SessionExpired), (name, failure)
            assert not user.signed_in
            await self.check_gone(user, was_stored=bool(stored))
        elif isinstance(failure, errors.SessionExpired):
            # The check that follows a refused call found that another session has spent the refresh token, or that
            # another sign-in of this user was saved in the store and has ended.
            assert not user.signed_in and (name == "forbidden" or not is_valid), name
            assert is_spent or (stored and not is_stored), (name, is_valid, is_stored)
        else:
            assert user.signed_in and self.is_valid(user.tokens), (name, failure, is_valid, is_stored)
            assert not is_valid or name == "forbidden" or user.tokens.access_token == before
            assert failure is None or name not in ("attributes", "devices")
            assert failure is None or isinstance(failure, REFUSED)

    async def check_gone(self, user: CognitoUser, *, was_stored: bool) -> None:
        """Check that no `Auth` with this session still has it, in memory or in the store."""
        registry = user._connected().registry
        if registry is not None:
            assert not registry.is_owner(user._connected())
            assert not was_stored or await registry.load(user.username) is None

    async def step(self, make: Callable[[CognitoUser, str], Awaitable[None]]) -> None:
        kind = self.random.random()
        if kind < 0.15:
            await self.sign_in()
        elif kind < 0.2:
            await self.restore()
        elif kind < 0.25:
            await self.copy()
        elif kind < 0.33:
            await self.revoke()
        else:
            await self.random_call(make)


async def new_world(seed: int, *, rotation: bool) -> World:
    world = World(seed, rotation=rotation)
    for name in NAMES:
        await make_user(world.local, name)
    return world


@pytest.mark.parametrize("rotation", [False, True])
@pytest.mark.parametrize("seed", range(20 if FULL else 1))
@pytest.mark.table
async def test_session_ends_at_its_first_refused_call(seed: int, rotation: bool) -> None:
    world = await new_world(seed, rotation=rotation)
    for _ in range(STEPS):
        await world.step(world.checked_call)


@pytest.mark.parametrize("rotation", [False, True])
@pytest.mark.parametrize("seed", range(20 if FULL else 1))
@pytest.mark.table
async def test_sessions_end_among_concurrent_calls(seed: int, rotation: bool) -> None:
    world = await new_world(seed, rotation=rotation)

    async def steps() -> None:
        for _ in range(STEPS // 5):
            with suppress(errors.ServiceError):  # two tasks may repair, revoke and sign in the same user
                await world.step(world.unchecked_call)

    with anyio.fail_after(60):
        async with anyio.create_task_group() as group:
            for _ in range(8):
                group.start_soon(steps)
    for user in list(world.users):
        await world.checked_call(user, "attributes")
    for user in world.users:
        assert not user.signed_in or world.is_valid(user.tokens)
    for auth in world.auths:
        for user in await auth.users():
            await world.checked_call(user, "attributes")
        assert all(world.is_valid(user.tokens) for user in await auth.users())
