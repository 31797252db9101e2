"""Servers for tests: one sends scripted replies, and one records the calls to a local pool."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

import httpx

from cognito_async import Auth, CognitoUser, DeviceSecret, Tokens, UserPool
from cognito_async.local import LocalTransport, LocalUserPool, MovableClock

Answer = tuple[int, dict[str, Any]] | dict[str, Any] | Exception
POOL_ID = "eu-central-1_Script"
CLIENT_ID = "scriptedclient"
BINDING = (POOL_ID, CLIENT_ID)
DEVICE_KEY = "eu-central-1_11111111-2222-3333-4444-555555555555"


def jwt(**claims: Any) -> str:
    """Return an unsigned token with these claims; the client reads claims without verifying the token."""
    return "h." + base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=") + ".s"


ACCESS_TOKEN = jwt(username="alice", exp=4_000_000_000)


def tokens_reply(*, refresh_token: str | None = "refresh", **claims: Any) -> dict[str, Any]:
    """Return a reply with tokens for alice."""
    claims = {"username": "alice", "sub": "alice-sub", "exp": 4_000_000_000, **claims}
    result = {"AccessToken": jwt(**claims), "IdToken": jwt(**claims), "TokenType": "Bearer", "ExpiresIn": 3600}
    if refresh_token is not None:
        result["RefreshToken"] = refresh_token
    return {"AuthenticationResult": result, "ChallengeParameters": {}}


def refusal(code: str, message: str = "", status: int = 400) -> tuple[int, dict[str, Any]]:
    """Return the status and body of an error reply."""
    return status, {"__type": code, "message": message}


@dataclass
class Recorder(httpx.AsyncBaseTransport):
    """Records every call as (operation, body). The replies come from a list, a function or another transport."""

    answers: Iterator[Answer] | Callable[[str, dict[str, Any]], Answer | Awaitable[Answer]] | None = None
    inner: httpx.AsyncBaseTransport | None = None
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        content = await request.aread()
        operation = request.headers["x-amz-target"].partition(".")[2]
        body: dict[str, Any] = json.loads(content)
        self.calls.append((operation, body))
        if self.inner is not None:
            return await self.inner.handle_async_request(request)
        assert self.answers is not None
        answer = self.answers(operation, body) if callable(self.answers) else next(self.answers)
        if isinstance(answer, Awaitable):
            answer = await answer
        if isinstance(answer, Exception):
            raise answer
        status, reply = answer if isinstance(answer, tuple) else (200, answer)
        return httpx.Response(status, json=reply)

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.calls]


def scripted(*answers: Answer, **options: Any) -> tuple[UserPool, Recorder]:
    """Return a pool whose server sends these replies, one for each call."""
    return serving(iter(answers), **options)


def serving(answers: Any, **options: Any) -> tuple[UserPool, Recorder]:
    """Return a pool whose server sends these replies.

    Args:
        answers: an iterator of replies, or a function that returns the reply to `(operation, body)`.
    """
    recorder = Recorder(answers)
    options.setdefault("clock", MovableClock())
    client = httpx.AsyncClient(transport=recorder, trust_env=False)
    return located(UserPool(POOL_ID, CLIENT_ID, http_client=client, **options)), recorder


def located(pool: UserPool) -> UserPool:
    """Read the profile of AWS's tools now. Otherwise the first call does so in a thread.

    `wait_all_tasks_blocked` does not wait for a thread, so a test could go on before its call is at the service.
    """
    pool._client.config.location.read()
    return pool


def set_service_time(pool: UserPool, time: datetime) -> None:
    """Let a pool believe that this is the service's time, as if this were its first reply."""
    service_time = pool._client.state.pipeline.service_time
    service_time._measured = None
    service_time.observe(format_datetime(time))


async def adopt(auth: Auth, user: CognitoUser, device: DeviceSecret | None = None) -> None:
    """Make a user the current one of an `Auth`, as a sign-in does."""
    session, registry = user._connected(), auth._registry
    session.registry, session.device = registry, device
    await registry.add(session)
    if device is not None:
        await registry.devices.keep(device.username, device, None, ())


def user_of(*answers: Answer, **options: Any) -> tuple[CognitoUser, Recorder]:
    """Return alice, signed in. Her server sends these replies, one for each call."""
    pool, recorder = scripted(*answers, **options)
    return pool.user_from_tokens(Tokens(ACCESS_TOKEN, None, "refresh")), recorder


# Every call of a signed-in user. `delete` comes last, because it ends the session.
USER_CALLS: dict[str, Callable[[Any], Awaitable[Any]]] = {
    "attributes": lambda user: user.attributes(),
    "update_attributes": lambda user: user.update_attributes({"nickname": "Al"}),
    "delete_attributes": lambda user: user.delete_attributes(["nickname"]),
    "send_attribute_code": lambda user: user.send_attribute_code("email"),
    "confirm_attribute": lambda user: user.confirm_attribute("email", "123456"),
    "verified_contacts": lambda user: user.verified_contacts(),
    "auth_factors": lambda user: user.auth_factors(),
    "change_password": lambda user: user.change_password("old", "new"),
    "mfa_preference": lambda user: user.mfa_preference(),
    "set_mfa_preference": lambda user: user.set_mfa_preference(totp="ENABLED"),
    "setup_totp": lambda user: user.setup_totp(),
    "verify_totp": lambda user: user.verify_totp("123456"),
    "devices": lambda user: user.devices(),
    "device": lambda user: user.device(DEVICE_KEY),
    "remember_device": lambda user: user.remember_device(DEVICE_KEY),
    "forget_device": lambda user: user.forget_device(DEVICE_KEY),
    "step_up": lambda user: user.step_up(["urn:high"]),
    "delete": lambda user: user.delete(),
}


@contextmanager
def recording(local: LocalUserPool, client: Any = None, **options: Any) -> Iterator[tuple[UserPool, Recorder]]:
    """Yield a client of a local pool, and the recorder of its calls."""
    chosen = client or local.client
    recorder = Recorder(inner=LocalTransport(local.service))
    yield (
        UserPool(
            local.settings.id,
            chosen.id,
            client_secret=chosen.secret,
            http_client=httpx.AsyncClient(transport=recorder, trust_env=False),
            **{"clock": local.clock, "credentials": local.credentials, **options},
        ),
        recorder,
    )


async def make_user(local: LocalUserPool, username: str = "alice", password: str = "Passw0rd!") -> None:
    """Create a confirmed user."""
    pool = local.user_pool()
    await pool.sign_up(username, password, attributes={"email": f"{username}@example.com"})
    await pool.confirm_sign_up(username, local.outbox[-1].code)
