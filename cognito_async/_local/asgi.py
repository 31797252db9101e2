"""A local service as an ASGI application, for any server and any client in any language."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, cast

from .._core.errors import ConfigurationError
from .allowed_hosts import AllowedHosts, host_of, is_address
from .browsers import check_host, check_origin, preflight_response, with_cors
from .httpx_adapter import check_received
from .router import MOST_BYTES
from .service import LocalService
from .wire.refusals import Refusal
from .wire.replies import LocalResponse, refusal_response
from .wire.requests import LocalRequest

AsgiMessage = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[AsgiMessage]]
Send = Callable[[AsgiMessage], Awaitable[None]]


class LocalApp:
    """An ASGI application that serves a local service. Pass it to an ASGI server, such as uvicorn.

    It refuses requests whose `Host` is not loopback, and those of web pages from elsewhere: a page that a developer
    opens must not change the pool. In-process test clients, such as `httpx.ASGITransport`, may use any host name.

    Args:
        service: the service, such as `LocalUserPool().service`.
        allowed_hosts: other hosts to answer for, without ports, such as `cognito`. A name that begins with a dot, such
            as `.example.com`, also allows all its subdomains.

    Raises:
        ConfigurationError: if a host is malformed, or the service is another object.
    """

    def __init__(self, service: LocalService, *, allowed_hosts: Iterable[str] = ()) -> None:
        if not isinstance(cast("Any", service), LocalService):
            raise ConfigurationError("service must be a LocalService, such as LocalUserPool().service")
        self._service = service
        self._hosts = AllowedHosts(allowed_hosts)

    async def __call__(self, scope: AsgiMessage, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            body = await _body(receive)
            # `None`: the client disconnected before the end of its request.
            if body is not None:
                request = _request(scope, body)
                response = await self._response(scope, request)
                if response.lost is None:
                    await _reply(send, response, has_body=request.method != "HEAD")
                else:
                    await _lose(scope, request, response, receive, send)
        else:
            raise NotImplementedError(f"the local pool speaks HTTP, not {scope['type']}")

    async def _response(self, scope: AsgiMessage, request: LocalRequest) -> LocalResponse:
        host, origin = request.headers.get("host", ""), request.headers.get("origin")
        try:
            if not _is_in_process(scope, host):
                check_host(self._hosts, host)
            check_origin(self._hosts, origin)
        except Refusal as refusal:
            response = refusal_response(self._service.clock.now(), refusal)
        else:
            is_preflight = request.method == "OPTIONS"
            now = self._service.clock.now()
            response = preflight_response(now) if is_preflight else await self._service.handle(request)
        return with_cors(response, self._hosts, origin)


def _is_in_process(scope: AsgiMessage, host: str) -> bool:
    """Return whether a test client made the request. No web page can, because there is no socket.

    The `server` of the scope is the address of the socket. Test clients have none, and repeat the name in the URL.
    """
    server, name = scope.get("server"), host_of(host)
    return server is not None and name is not None and host_of(server[0]) == name and not is_address(name)


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


async def _lose(
    scope: AsgiMessage, request: LocalRequest, response: LocalResponse, receive: Receive, send: Send
) -> None:
    """Send no whole response: let the client wait until it disconnects, or disconnect."""
    if _is_in_process(scope, request.headers.get("host", "")):
        check_received(response)  # a test client has no connection, and passes errors of the application on
    elif response.lost == "timeout":
        await receive()  # after the body, the next event is that the client has disconnected
    else:
        # A server closes the connection if an application returns before the end of its response. uvicorn also logs it.
        # There is no `content-length`, with which boto3 takes the missing body for an empty one.
        await send({"type": "http.response.start", "status": 200, "headers": []})


async def _reply(send: Send, reply: LocalResponse, *, has_body: bool) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
    headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body if has_body else b""})
