"""A program on a device that a local pool remembers, which signs its user in again in any flow."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx

from cognito_async import DeviceSecret, MemoryStore, Tokens, UserPool, challenges
from cognito_async._facade.sign_in.results import SignInResult
from cognito_async._local.settings.pool import Mfa
from cognito_async._stores.store import record_key
from cognito_async.local import LocalTransport, LocalUserPool, PoolSettings, User
from cognito_async.lowlevel import totp_code
from tests.custom_triggers import CUSTOM
from tests.support import make_user

PASSWORD = "Passw0rd!"
CANONICAL, ALIAS = "Alice", "alice@example.com"


SETTINGS = PoolSettings(
    alias_attributes=("email",),
    first_factors=("PASSWORD", "EMAIL_OTP"),
    mfa="OPTIONAL",
    device_tracking="ALWAYS",
    triggers=CUSTOM,
)


class Transport(httpx.AsyncBaseTransport):
    """Passes requests to a local pool, and counts those that it refuses because it does not know the device."""

    def __init__(self, local: LocalUserPool) -> None:
        self.inner = LocalTransport(local.service)
        self.refused = 0
        self.proofs = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(await request.aread())
        response = await self.inner.handle_async_request(request)
        self.proofs += body.get("ChallengeName") == "DEVICE_PASSWORD_VERIFIER" and response.status_code == 200
        self.refused += "Device does not exist." in (await response.aread()).decode()
        return response


@dataclass
class Program:
    """A program on a device that the pool remembers. It passes the device as an argument, or has it in its store.

    With `moves`, each challenge is answered in another process, which gets it as a state.
    """

    local: LocalUserPool
    transport: Transport
    device: DeviceSecret
    store: MemoryStore | None
    moves: bool
    tokens: Tokens
    secret: str | None = None
    by_admin: bool = False

    def process(self) -> Any:
        """Return the `Auth`, `UserPool` or `UserPoolAdmin` of a new process."""
        pool = UserPool(
            self.local.settings.id,
            self.local.client.id,
            http_client=httpx.AsyncClient(transport=self.transport, trust_env=False),
            clock=self.local.clock,
            credentials=self.local.credentials,
        )
        if self.store is not None:
            return pool.auth(store=self.store)
        return pool.admin if self.by_admin else pool

    @property
    def argument(self) -> dict[str, Any]:
        return {"device": self.device} if self.store is None else {}

    async def begin(self, name: str, password: str | None = None, **options: Any) -> SignInResult:
        result: SignInResult = await self.process().sign_in(name, password, **options, **self.argument)
        return result

    def challenge(self, result: SignInResult) -> Any:
        asked = result.challenge
        assert asked is not None
        return self.process().resume(asked.to_state(), **self.argument) if self.moves else asked

    def code(self) -> str:
        return self.local.outbox[-1].code

    def app_code(self) -> str:
        assert self.secret is not None
        self.local.clock.advance(31)  # the pool accepts each code once
        return totp_code(self.secret, self.local.clock.now())


# The places of the device. With "state", each challenge is answered in another process.
BY_ARGUMENT = ["argument", "state and argument"]
SOURCES = [*BY_ARGUMENT, "store", "state and store"]
# The canonical name, the alias, and both in another letter case.
NAMES = [CANONICAL, ALIAS, "aLICE", "Alice@EXAMPLE.com"]


async def make_program(
    source: str, settings: PoolSettings = SETTINGS, *, app: bool = True, typed: str = ALIAS
) -> Program:
    """Return a program whose user has signed in once, on a new device, and has an app as the second factor.

    Args:
        source: where the program has the device from.
        settings: the settings of the pool.
        app: whether the user has an app.
        typed: the name of the first sign-in.
    """
    local = LocalUserPool(settings)
    await make_user(local, CANONICAL)
    store = MemoryStore() if "store" in source else None
    pool = local.user_pool()
    caller = pool if store is None else pool.auth(store=store)
    result = await caller.sign_in(typed, PASSWORD, flow="USER_PASSWORD_AUTH")
    if isinstance(result.challenge, challenges.MfaSetup):
        first = await result.challenge.associate()
        result = await first.verify(totp_code(first.secret, local.clock.now()))
        found(local).software_token = None
    user = result.user
    assert user.device_secret is not None
    program = Program(local, Transport(local), user.device_secret, store, "state" in source, user.tokens)
    if app:
        setup = await user.setup_totp()
        program.secret = setup.secret
        await setup.verify(program.app_code())
        await user.set_mfa_preference(totp="PREFERRED")
    return program


def found(local: LocalUserPool) -> User:
    """Return the user as the pool has it."""
    user = local.service.find_user(local.settings.id, CANONICAL)
    assert user is not None
    return user


def set_factors(local: LocalUserPool, *factors: Mfa) -> None:
    """Switch these second factors of the user on, and all others off."""
    user = found(local)
    user.attributes["phone_number"], user.mfa, user.preferred_mfa = "+4930123456", factors, None


async def check(program: Program, result: SignInResult, key: str) -> None:
    """Check that the user, the store and the pool have this device, and that the session can be refreshed."""
    user = result.user
    assert result.signed_in and user.device_secret is not None and user.device_secret.key == key
    assert [each.key for each in await user.devices()] == [key]
    await user.refresh()
    if program.store is not None:
        binding = program.local.settings.id, program.local.client.id
        record = await program.store.load(record_key("device", binding, CANONICAL))
        assert record is not None and DeviceSecret.from_state(record.text, binding).key == key
