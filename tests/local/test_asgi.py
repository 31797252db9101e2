from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from cognito_async._core.errors import ConfigurationError
from cognito_async._local.asgi import LocalApp
from cognito_async._local.clock import MovableClock
from cognito_async._local.router import MOST_BYTES
from cognito_async._local.service import LocalService
from cognito_async.local import LocalUserPool

from .helpers import PASSWORD, START, Wire, proven, respond

pytestmark = [pytest.mark.anyio, pytest.mark.table]
SCOPE: dict[str, Any] = {"type": "http", "method": "POST", "path": "/", "headers": [(b"host", b"localhost")]}


def make_wire() -> Wire:
    service = LocalService(clock=MovableClock(START))
    clock = service.clock
    assert isinstance(clock, MovableClock)
    return Wire(service=service, clock=clock, transport=httpx.ASGITransport(app=LocalApp(service)))


async def test_application_serves_sign_up_and_sign_in() -> None:
    wire = make_wire()
    await wire.signed_up()
    done = await wire.call("RespondToAuthChallenge", **respond(await proven(wire)))
    reply = await wire.call("GetUser", AccessToken=done["AuthenticationResult"]["AccessToken"])
    assert reply["Username"] == "alice"
    assert (await wire.admin("ListUsers"))["Users"][0]["Username"] == "alice"


async def test_body_may_arrive_in_chunks() -> None:
    wire = make_wire()

    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"AccessTo'
        yield b'ken": "x"}'

    target = {"X-Amz-Target": "AWSCognitoIdentityProviderService.GetUser"}
    reply = await wire.http.post("/", content=chunks(), headers=target)
    assert reply.json()["message"] == "Invalid Access Token"


class Server:
    """An ASGI server: the events that the application receives, and those that it sends."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self._events = list(events)
        self.sent: list[Any] = []

    async def receive(self) -> dict[str, Any]:
        return self._events.pop(0)

    async def send(self, message: Any) -> None:
        self.sent.append(message)


async def test_lifespan_is_answered() -> None:
    server = Server({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    await LocalApp(LocalService())({"type": "lifespan"}, server.receive, server.send)
    assert [message["type"] for message in server.sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_disconnected_client_gets_no_reply_and_no_effect() -> None:
    wire = make_wire()
    body = f'{{"ClientId": "{wire.client.id}", "Username": "alice", "Password": "{PASSWORD}"}}'.encode()
    server = Server({"type": "http.request", "body": body, "more_body": True}, {"type": "http.disconnect"})
    await LocalApp(wire.service)(SCOPE, server.receive, server.send)
    assert server.sent == [] and wire.service.find_user(wire.pool.id, "alice") is None


async def test_endless_body_is_refused_at_the_limit() -> None:
    received = 0

    async def receive() -> dict[str, Any]:
        nonlocal received
        received += 1
        return {"type": "http.request", "body": b" " * 100_000, "more_body": True}

    server = Server()
    await LocalApp(LocalService())(SCOPE, receive, server.send)
    assert server.sent[0]["status"] == 413 and received == MOST_BYTES // 100_000 + 1


async def test_repeated_headers_are_joined() -> None:
    wire = make_wire()
    target = b"AWSCognitoIdentityProviderService.SignUp"
    headers = [(b"host", b"localhost"), (b"X-Amz-Target", target), (b"x-amz-target", target)]
    server = Server({"type": "http.request"})
    await LocalApp(wire.service)({**SCOPE, "headers": headers}, server.receive, server.send)
    assert b"SignUp, AWSCognito" in server.sent[1]["body"]
    assert (b"content-length", str(len(server.sent[1]["body"])).encode()) in server.sent[0]["headers"]


async def test_head_is_answered_like_get_without_a_body() -> None:
    """A health check with `wget --spider` sends HEAD."""
    sent = {}
    for method in ("GET", "HEAD"):
        server = Server({"type": "http.request"})
        await LocalApp(LocalService())({**SCOPE, "method": method, "path": "/health"}, server.receive, server.send)
        start, body = server.sent
        sent[method] = start["status"], dict(start["headers"])[b"content-length"], body["body"]
    assert sent == {"GET": (200, b"15", b'{"status":"ok"}'), "HEAD": (200, b"15", b"")}


def test_application_needs_a_service() -> None:
    pool: Any = LocalUserPool()
    with pytest.raises(ConfigurationError, match=r"such as LocalUserPool\(\)\.service"):
        LocalApp(pool)


async def test_other_protocols_are_refused() -> None:
    server = Server()
    with pytest.raises(NotImplementedError):
        await LocalApp(LocalService())({"type": "websocket"}, server.receive, server.send)
