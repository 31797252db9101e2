"""A local service as an ASGI application, for any server and any client in any language."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from .router import MOST_BYTES
from .service import LocalService
from .wire.replies import LocalResponse
from .wire.requests import LocalRequest

AsgiMessage = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[AsgiMessage]]
Send = Callable[[AsgiMessage], Awaitable[None]]


class LocalApp:
    """An ASGI application that serves a local service. Pass it to an ASGI server, such as uvicorn."""

    def __init__(self, service: LocalService) -> None:
        self._service = service

    async def __call__(self, scope: AsgiMessage, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            body = await _body(receive)
            # `None`: the client disconnected before the end of its request.
            if body is not None:
                await _reply(send, await self._service.handle(_request(scope, body)))
        else:
            raise NotImplementedError(f"the local pool speaks HTTP, not {scope['type']}")


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})
        if event == "lifespan.shutdown":
            return


async def _body(receive: Receive) -> bytes | None:
    """Return the body; `None` if the client disconnects. Stop reading a body as soon as it is too long."""
    body = bytearray()
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        body += event.get("body", b"")
        if not event.get("more_body", False) or len(body) > MOST_BYTES:
            return bytes(body)


def _request(scope: AsgiMessage, body: bytes) -> LocalRequest:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return LocalRequest(scope["method"], scope["path"], headers, body)


async def _reply(send: Send, reply: LocalResponse) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
    headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
