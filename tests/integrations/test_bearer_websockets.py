"""`CognitoBearer` and WebSockets: the token of a browser, and refusals before the connection is accepted."""

# Without `from __future__ import annotations`, because FastAPI cannot resolve names of functions in strings.
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Annotated, Any

import anyio
import pytest
import uvicorn
from fastapi import Depends, FastAPI
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect

from cognito_async.integrations import fastapi, starlette
from tests.integrations.bearer import Members, bearer_header

# The lowest version of Starlette that we support cannot tell why it refuses a WebSocket: servers answer 403 for it.
TELLS_WHY = starlette._DENIES_WEBSOCKETS
MakeApp = Callable[[Any], Any]


async def greet(websocket: WebSocket, claims: Any) -> None:
    await websocket.accept(subprotocol="bearer" if "bearer" in websocket.scope["subprotocols"] else None)
    await websocket.send_text(f"hello {'stranger' if claims is None else claims.username}")
    await websocket.close()


def starlette_app(bearer: Any) -> Starlette:
    async def endpoint(websocket: WebSocket) -> None:
        await greet(websocket, await bearer(websocket))

    return Starlette(routes=[WebSocketRoute("/", endpoint)])


def fastapi_app(bearer: Any) -> FastAPI:
    app = FastAPI()

    @app.websocket("/")
    async def endpoint(websocket: WebSocket, claims: Annotated[Any, Depends(bearer)]) -> None:
        await greet(websocket, claims)

    return app


@pytest.fixture(params=["starlette", "fastapi"])
def kind(request: pytest.FixtureRequest) -> tuple[type[Any], MakeApp]:
    """Return the class of a framework, and a function that makes an app with one WebSocket."""
    return {
        "starlette": (starlette.CognitoBearer, starlette_app),
        "fastapi": (fastapi.CognitoBearer, fastapi_app),
    }[request.param]


@pytest.fixture
def members() -> Members:
    return Members()


@contextmanager
def refused(status: int, **headers: str) -> Iterator[None]:
    """Expect that the test client is refused before the WebSocket is accepted."""
    with pytest.raises((WebSocketDenialResponse, WebSocketDisconnect)) as caught:
        yield
    if TELLS_WHY:
        assert isinstance(caught.value, WebSocketDenialResponse) and caught.value.status_code == status
        assert {name: caught.value.headers[name.replace("_", "-")] for name in headers} == headers
    else:
        assert isinstance(caught.value, WebSocketDisconnect) and caught.value.code in (1008, 1013)


def run(anyio_backend: str, work: Callable[[], Awaitable[Any]]) -> Any:
    return anyio.run(work, backend=anyio_backend)


def test_token_comes_by_header_or_subprotocol(kind: Any, members: Members, anyio_backend: str) -> None:
    bearer, make = kind
    token = run(anyio_backend, members.token)
    client = TestClient(make(bearer(members.pool)), backend=anyio_backend)  # type: ignore[arg-type]
    with client.websocket_connect("/", headers=bearer_header(token)) as browser:
        assert browser.receive_text() == "hello alice" and browser.accepted_subprotocol is None
    for offered in (["bearer", token], ["bearer", token, "chat.v2"]):
        with client.websocket_connect("/", subprotocols=offered) as browser:
            assert browser.receive_text() == "hello alice" and browser.accepted_subprotocol == "bearer"
    client = TestClient(make(bearer(members.pool, websocket_protocol="my-token")))
    with client.websocket_connect("/", subprotocols=["my-token", token]) as browser:
        assert browser.receive_text() == "hello alice"


def test_optional_websocket_accepts_strangers(kind: Any, members: Members) -> None:
    bearer, make = kind
    client = TestClient(make(bearer(members.pool).optional))
    for offered in ([], ["chat.v2"], ["chat.v2", "bearer"]):
        with client.websocket_connect("/", subprotocols=offered) as browser:
            assert browser.receive_text() == "hello stranger"
    for offered in (["bearer"], ["bearer", "nonsense"]):
        with refused(401), client.websocket_connect("/", subprotocols=offered):
            pass


@pytest.mark.table
def test_refused_websocket_gets_the_answer_of_a_request(kind: Any, members: Members, anyio_backend: str) -> None:
    bearer, make = kind
    token = run(anyio_backend, members.token)
    editors = bearer(members.pool).require(groups="editors")
    down = bearer(members.outage())
    both = {"subprotocols": ["bearer", token], "headers": bearer_header(token)}
    for each, sent, status, header in (
        (editors, {}, 401, {"www_authenticate": "Bearer"}),
        (editors, {"subprotocols": ["bearer", "x"]}, 401, {"www_authenticate": 'Bearer error="invalid_token"'}),
        (editors, {"subprotocols": ["bearer", token]}, 403, {"www_authenticate": 'Bearer error="insufficient_scope"'}),
        (editors, both, 400, {"www_authenticate": 'Bearer error="invalid_request"'}),
        (down, {"subprotocols": ["bearer", token]}, 503, {"retry_after": "1"}),
    ):
        client = TestClient(make(each), backend=anyio_backend)  # type: ignore[arg-type]
        with refused(status, **header), client.websocket_connect("/", **sent):
            pass


@pytest.mark.anyio
@pytest.mark.parametrize(("down", "code"), [(False, 1008), (True, 1013)])
async def test_server_without_denial_responses_closes(kind: Any, members: Members, down: bool, code: int) -> None:
    bearer, make = kind
    token = await members.token()
    app = make(bearer(members.outage() if down else members.pool).require(groups="editors"))
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/", "headers": [], "query_string": b"", "subprotocols": ["bearer", token]}
    await app(scope, receive, send)
    [message] = sent
    assert message["type"] == "websocket.close" and message["code"] == code


def test_accepted_websocket_is_closed(members: Members) -> None:
    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept()
        await bearer(websocket)

    bearer = starlette.CognitoBearer(members.pool)
    client = TestClient(Starlette(routes=[WebSocketRoute("/", endpoint)]))
    with client.websocket_connect("/") as browser, pytest.raises(WebSocketDisconnect) as closed:
        browser.receive_text()
    assert closed.value.code == 1008


@asynccontextmanager
async def served(app: Any) -> AsyncGenerator[int]:
    """Serve an app with uvicorn, and yield its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, ws="wsproto", lifespan="off", log_config=None))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.serve, [listener])
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True


async def handshake(port: int, *headers: str) -> str:
    """Ask to open a WebSocket, and return the head of the answer."""
    lines = [
        *("GET / HTTP/1.1", "Host: app", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"),
        *("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", *headers, "", ""),
    ]
    async with await anyio.connect_tcp("127.0.0.1", port) as stream:
        await stream.send("\r\n".join(lines).encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += await stream.receive()
        return answer.partition(b"\r\n\r\n")[0].decode().lower()


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # uvicorn runs on asyncio only
@pytest.mark.table
async def test_uvicorn_refuses_before_it_accepts(kind: Any, members: Members) -> None:
    bearer, make = kind
    token = await members.token()
    async with served(make(bearer(members.pool, realm="chat"))) as port:
        accepted = await handshake(port, f"Sec-WebSocket-Protocol: bearer, {token}")
        assert accepted.startswith("http/1.1 101 ") and "sec-websocket-protocol: bearer" in accepted
        for headers, problem in (([], ""), (["Sec-WebSocket-Protocol: bearer, x"], ', error="invalid_token"')):
            answer = await handshake(port, *headers)
            assert answer.startswith("http/1.1 401 " if TELLS_WHY else "http/1.1 403 ")
            assert f'www-authenticate: bearer realm="chat"{problem}' in answer or not TELLS_WHY
    async with served(make(bearer(members.outage()))) as port:
        answer = await handshake(port, f"Authorization: Bearer {token}")
        assert answer.startswith("http/1.1 503 " if TELLS_WHY else "http/1.1 403 ")
        assert "retry-after: 1" in answer or not TELLS_WHY
