"""The examples `guard_….py`: each is a service with guarded routes, and is sent good, bad and missing tokens."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from types import ModuleType
from typing import Any

import anyio
import httpx
import pytest
from django.test import AsyncClient, Client, override_settings
from django.urls import path
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from cognito_async import TokenVerifier, errors
from cognito_async.local import LocalTransport, PoolSettings
from tests.django_project import set_up_django
from tests.docs.test_examples import BACKENDS, EXAMPLES, load
from tests.fake_aws import CLIENT_ID, PASSWORD, POOL_ID, FakeAws, keys

Answer = tuple[int, str | None, Any]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    return FakeAws(monkeypatch)


@pytest.fixture
def token(aws: FakeAws) -> str:
    return anyio.run(token_of, aws)


@pytest.fixture
def down(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return a function after which the service cannot be reached."""

    async def refuse(transport: LocalTransport, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    return lambda: monkeypatch.setattr(LocalTransport, "handle_async_request", refuse)


@pytest.fixture(autouse=True)
def logging_of_the_process() -> Iterator[None]:
    """Undo the settings that an app of Litestar makes for the whole process: it records every request of httpx."""
    level, handlers = logging.root.level, logging.root.handlers[:]
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.fixture(scope="module", autouse=True)
def django_project() -> None:
    set_up_django()


async def token_of(aws: FakeAws, name: str = "alice", **claims: Any) -> str:
    """Return the access token of a new user. `claims` are added."""
    await aws.add_user(name)
    token = (await aws.pool.sign_in(name, PASSWORD)).tokens.access_token
    payload = token.split(".")[1]
    given = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return keys().access.sign({**given, **claims})


def bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}


def ask_asgi(app: Any, backend: str, url: str, token: str | None, method: str = "GET") -> httpx.Response:
    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
            return await client.request(method, url, headers=bearer(token))

    return anyio.run(send, backend=backend)


def test_every_example_of_this_kind_is_tested() -> None:
    tests = "".join(name for name in globals() if name.startswith("test_"))
    names = [path.stem.removeprefix("guard_") for path in EXAMPLES.glob("guard_*.py")]
    assert names and not [name for name in names if name not in tests + "".join(SERVICES)]


def from_asgi(module: ModuleType, token: str | None, backend: str) -> Answer:
    answer = ask_asgi(module.app, backend, "/me", token)
    body = answer.json() if answer.is_success else None
    return answer.status_code, answer.headers.get("WWW-Authenticate"), body


def from_flask(module: ModuleType, token: str | None, backend: str) -> Answer:
    answer = module.app.test_client().get("/me", headers=bearer(token))
    return answer.status_code, answer.headers.get("WWW-Authenticate"), answer.json


def from_django(module: ModuleType, token: str | None, backend: str) -> Answer:
    with override_settings(ROOT_URLCONF=(path("me", module.me),)):
        answer = Client().get("/me", headers=bearer(token))
        return answer.status_code, answer.get("WWW-Authenticate"), answer.status_code == 200 and answer.json()


def from_ninja(module: ModuleType, token: str | None, backend: str) -> Answer:
    with override_settings(ROOT_URLCONF=(path("", module.api.urls),)):
        answer = asyncio.run(awaited(AsyncClient().get("/me", headers=bearer(token))))
        return answer.status_code, "Bearer" if answer.status_code == 401 else None, answer.json()


async def awaited(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


SERVICES: dict[str, Callable[[ModuleType, str | None, str], Answer]] = {
    "starlette": from_asgi,
    "litestar": from_asgi,
    "flask": from_flask,
    "django": from_django,
    "ninja": from_ninja,
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.table
def test_service_answers_as_it_should(
    name: str, backend: str, aws: FakeAws, token: str, down: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    module, ask = load(f"guard_{name}"), SERVICES[name]
    assert ask(module, token, backend)[::2] == (200, {"username": "alice"})
    for bad, challenge in ((None, "Bearer"), (token[:-9], 'Bearer error="invalid_token"'), ("x y", "Bearer")):
        status, answered, _ = ask(module, bad, backend)
        assert status == 401 and answered is not None and answered.startswith(challenge.partition(" ")[0])
        assert answered == challenge or name == "ninja" or bad == "x y"
    if hasattr(module, "verifier"):
        demanding = TokenVerifier(POOL_ID, client_id=CLIENT_ID, token_use="access", groups="editors")
        with monkeypatch.context() as patch:
            patch.setattr(module, "verifier", demanding)
            assert ask(module, token, backend)[0] == 403
    down()
    assert ask(load(f"guard_{name}"), token, backend)[0] == 503


@pytest.mark.parametrize("backend", BACKENDS)
def test_fastapi_example_requires_what_it_says(aws: FakeAws, token: str, backend: str) -> None:
    app = load("guard_fastapi").app
    groups = {"cognito:groups": ["editors"]}
    editor = anyio.run(lambda: token_of(aws, "bob", **groups))
    strong = anyio.run(lambda: token_of(aws, "carol", **groups, acr="urn:example:strong"))
    reader = anyio.run(lambda: token_of(aws, "dave", scope="orders/read"))
    assert ask_asgi(app, backend, "/", None).json() == "Hello"
    assert ask_asgi(app, backend, "/", token).json() == "Hello alice"
    assert ask_asgi(app, backend, "/orders", reader).json() == "the orders of dave"
    refused = ask_asgi(app, backend, "/orders", token)
    assert (refused.status_code, 'scope="orders/read"' in refused.headers["WWW-Authenticate"]) == (403, True)
    assert ask_asgi(app, backend, "/page", token, "PUT").status_code == 403
    assert ask_asgi(app, backend, "/page", editor, "PUT").json() == "edited by bob"
    assert ask_asgi(app, backend, "/page", strong, "DELETE").status_code == 200
    refused = ask_asgi(app, backend, "/page", editor, "DELETE")
    assert refused.status_code == 401 and "urn:example:strong" in refused.headers["WWW-Authenticate"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_fastapi_example_starts_with_and_without_keys(
    aws: FakeAws, token: str, down: Callable[[], None], backend: str
) -> None:
    async def start(module: ModuleType) -> None:
        async with module.lifespan(module.app):
            pass

    module = load("guard_fastapi")
    anyio.run(start, module, backend=backend)
    down()
    assert ask_asgi(module.app, backend, "/", token).status_code == 200, "the keys are there"
    module = load("guard_fastapi")
    anyio.run(start, module, backend=backend)
    assert ask_asgi(module.app, backend, "/", token).status_code == 503


def test_websocket_example_greets_the_user(aws: FakeAws, token: str) -> None:
    client = TestClient(load("guard_websocket").app)
    for sent in ({"headers": bearer(token)}, {"subprotocols": ["bearer", token]}):
        with client.websocket_connect("/chat", **sent) as browser:
            assert browser.receive_text() == "Hello alice"


def test_tickets_example_opens_once_and_in_time(aws: FakeAws, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = load("guard_tickets")
    client = TestClient(module.app)
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    assert client.post("/tickets").status_code == 401
    ticket, late = (client.post("/tickets", headers=bearer(token)).json() for _ in range(2))
    with client.websocket_connect(f"/chat?ticket={ticket}") as browser:
        assert browser.receive_text() == "Hello alice"
    now[0] += 30
    for wrong in (ticket, late, "nonsense"):
        with pytest.raises(WebSocketDisconnect), client.websocket_connect(f"/chat?ticket={wrong}"):
            pass
    client.post("/tickets", headers=bearer(token))
    now[0] += 30
    client.post("/tickets", headers=bearer(token))
    assert len(module.tickets) == 1, "old ones are removed"
    module.tickets.update({str(number): (1e9, None) for number in range(10_000)})
    assert client.post("/tickets", headers=bearer(token)).status_code == 503


@pytest.mark.parametrize("backend", BACKENDS)
def test_pools_example_tells_pools_apart(aws: FakeAws, token: str, backend: str) -> None:
    app = load("guard_pools").app
    assert ask_asgi(app, backend, "/me", token).json() == {"pool": POOL_ID, "username": "alice"}
    assert ask_asgi(app, backend, "/reports", token).json() == "the reports for alice"
    customers = aws.service.add_pool(PoolSettings(id="eu-central-1_JkLmNoPqR"), keys=keys())
    other = anyio.run(lambda: token_of(aws, "bob", iss=customers.issuer, client_id="7example8client9id0123"))
    assert ask_asgi(app, backend, "/me", other).json() == {"pool": "eu-central-1_JkLmNoPqR", "username": "bob"}
    assert ask_asgi(app, backend, "/reports", other).status_code == 401


def test_lambda_example_authorizes(aws: FakeAws, token: str, down: Callable[[], None]) -> None:
    module = load("guard_lambda")
    allowed = module.authorize({"headers": {"authorization": f"Bearer {token}"}}, None)
    assert allowed == {"isAuthorized": True, "context": {"username": "alice"}}
    for headers in ({}, {"authorization": token}, {"authorization": "Bearer x"}):
        assert module.authorize({"headers": headers}, None) == {"isAuthorized": False}
    payload = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    texts = {name: str(value) for name, value in payload.items()}
    event = {"requestContext": {"authorizer": {"jwt": {"claims": texts}}}}
    assert module.me(event, None) == {"username": "alice"}
    down()
    with pytest.raises(errors.KeysUnavailable):
        load("guard_lambda").authorize({"headers": {"authorization": f"Bearer {token}"}}, None)
