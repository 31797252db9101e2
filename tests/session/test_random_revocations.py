"""Random revocations: each session ends at its first refused call, and no other session does.

Several `Auth`s of two processes share a store, and copies of their sessions have none. The local pool knows which
sessions are valid. Its app client may not write one attribute, so that some calls of valid sessions are refused too.
"""

from __future__ import annotations

from random import Random
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from cognito_async import Auth, CognitoUser, MemoryStore, Tokens, UserPool, errors
from cognito_async.local import AppClientSettings, LocalTransport, LocalUserPool, PoolSettings
from tests.session.refusing import REFRESH
from tests.sizes import FULL
from tests.support import Recorder, make_user

pytestmark = pytest.mark.anyio

PASSWORD = "Passw0rd!"
NAMES = ("alice", "bob")
JUDGED = ("attributes", "devices", "write", "forbidden", "setup_totp", "step_up")
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

    async def is_valid_in_store(self, user: CognitoUser) -> bool:
        """Return whether the store has a valid session of this user, which another sign-in has saved there."""
        registry = user._connected().registry
        if registry is None or not registry.is_owner(user._connected()):
            return False
        stored = await registry.load(user.username)
        return stored is not None and self.is_valid(stored.tokens)

    def is_copy(self, user: CognitoUser) -> bool:
        """Return whether other objects can spend the refresh token of this user."""
        registry = user._connected().registry
        return registry is None or not registry.is_owner(user._connected())

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

    async def checked_call(self) -> None:
        """Make a random call, and check its outcome. No other call runs at the same time."""
        if not self.users:
            return
        user, name = self.random.choice(self.users), self.random.choice((*JUDGED, "change_password"))
        was_signed_in, is_copy = user.signed_in, self.is_copy(user)
        is_valid = was_signed_in and self.is_valid(user.tokens)
        continues = was_signed_in and (is_valid or await self.is_valid_in_store(user))
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
            assert isinstance(failure, (errors.NotAuthorizedException, errors.LimitExceededException)) or not continues
        elif not continues:
            assert isinstance(failure, errors.SessionExpired), (name, failure)
            assert not user.signed_in
            await self.check_gone(user)
        elif name == "forbidden" and is_copy and isinstance(failure, errors.SessionExpired):
            assert failure.code == "RefreshTokenReuseException" and not user.signed_in
        else:
            assert user.signed_in and self.is_valid(user.tokens), (name, failure)
            assert not is_valid or name == "forbidden" or user.tokens.access_token == before
            assert failure is None or name not in ("attributes", "devices")
            assert failure is None or isinstance(failure, (errors.NotAuthorizedException, errors.UserNotFoundException))

    async def check_gone(self, user: CognitoUser) -> None:
        """Check that no `Auth` with this session still has it, in memory or in the store."""
        registry = user._connected().registry
        if registry is not None:
            assert not registry.is_owner(user._connected())

    async def step(self, call: Any) -> None:
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
            await call()


async def new_world(seed: int, *, rotation: bool) -> World:
    world = World(seed, rotation=rotation)
    for name in NAMES:
        await make_user(world.local, name)
    return world


@pytest.mark.parametrize("rotation", [False, True])
@pytest.mark.parametrize("seed", range(20 if FULL else 4))
async def test_session_ends_at_its_first_refused_call(seed: int, rotation: bool) -> None:
    world = await new_world(seed, rotation=rotation)
    for _ in range(STEPS):
        await world.step(world.checked_call)
