"""What a served pool does for web pages, by requests to its ASGI application."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from cognito_async._local.asgi import LocalApp

from .helpers import PASSWORD, Wire

pytestmark = [pytest.mark.anyio, pytest.mark.table]
ALLOWED = ("cognito", ".example.test")
FRIENDS = [
    *("http://localhost:3000", "https://localhost", "http://127.0.0.1:5173", "http://[::1]:8080"),
    *("http://app.localhost:3000", "http://LOCALHOST:3000", "http://cognito:3000", "https://app.example.test"),
]
STRANGERS = [
    *("https://evil.test", "http://localhost.evil.test", "http://127.0.0.1.nip.io", "http://localhost@evil.test"),
    *("null", "", "localhost", "//localhost", "file://localhost", "http://", "http:///localhost", "http://localhost/"),
    *("http://localhost:3000, http://localhost:3000", "http://localhost http://evil.test", "http://10.0.0.1", "*"),
    *("chrome-extension://localhost", "http://localhost:80x", "http://localhost?x", "xhttp://localhost"),
]


class Page:
    """A page of an origin, in a browser that sends its requests to a served pool."""

    def __init__(self, origin: str, host: str = "localhost:9229") -> None:
        self.wire = Wire()
        self._app = LocalApp(self.wire.service, allowed_hosts=ALLOWED)
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app=self._app), base_url="http://localhost:9229")
        self._headers = {"Origin": origin, "Host": host}

    async def request(
        self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        return await self._http.request(method, path, headers={**self._headers, **(headers or {})}, **more)

    async def sign_up(self) -> httpx.Response:
        """Make the call without the content type of AWS: a browser asks for no permission for `text/plain`."""
        target = "AWSCognitoIdentityProviderService.SignUp"
        return await self.request(
            "POST",
            "/",
            {"Content-Type": "text/plain", "X-Amz-Target": target},
            json={"ClientId": self.wire.client.id, "Username": "alice", "Password": PASSWORD},
        )

    async def all_requests(self) -> list[httpx.Response]:
        preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-amz-target"}
        return [
            await self.request("OPTIONS", "/", preflight),
            await self.sign_up(),
            await self.request("GET", "/health"),
            await self.request("GET", f"/{self.wire.pool.id}/.well-known/jwks.json"),
            await self.request("GET", f"/{self.wire.pool.id}/.well-known/openid-configuration"),
        ]


@pytest.mark.parametrize("origin", FRIENDS)
async def test_pages_of_this_machine_and_allowed_hosts_may_call(origin: str) -> None:
    page = Page(origin)
    replies = await page.all_requests()
    # Refusals too, so that the page can show why.
    refused = [await page.sign_up(), await page.request("GET", "/nowhere"), await Page(origin, "evil.test").sign_up()]
    assert [reply.status_code for reply in (*replies, *refused)] == [200] * 5 + [400, 404, 403]
    for reply in (*replies, *refused):
        assert reply.headers["access-control-allow-origin"] == origin
        assert reply.headers["vary"] == "Origin"
        assert "x-amzn-ErrorType" in reply.headers["access-control-expose-headers"]


@pytest.mark.parametrize("origin", STRANGERS)
async def test_pages_of_strangers_are_refused_without_effect(origin: str) -> None:
    page = Page(origin)
    for reply in await page.all_requests():
        assert (reply.status_code, reply.json()["__type"]) == (403, "ForbiddenException")
        assert "web pages" in reply.json()["message"]
        assert not [name for name in reply.headers if name.startswith("access-control-")]
        assert reply.headers["vary"] == "Origin"
    assert page.wire.service.find_user(page.wire.pool.id, "alice") is None


@pytest.mark.parametrize(
    ("origin", "remedy"),
    [
        ("https://app.test:3000", "`cognito-async local --allow-host app.test`"),
        ("null", "no host that could be allowed"),
        ("http://a b", "no host that could be allowed"),
    ],
)
async def test_refusal_says_how_to_allow_a_page(origin: str, remedy: str) -> None:
    message = (await Page(origin).sign_up()).json()["message"]
    assert repr(origin) in message and remedy in message


async def test_page_under_a_name_that_was_rebound_is_refused() -> None:
    """Its requests are of the same origin for the browser, so the host is what shows them."""
    page = Page("http://evil.test:9229", "evil.test:9229")
    assert [reply.status_code for reply in await page.all_requests()] == [403] * 5
    assert page.wire.service.find_user(page.wire.pool.id, "alice") is None


async def test_preflight_allows_what_clients_of_aws_send() -> None:
    reply = await Page("http://localhost:3000").request("OPTIONS", "/")
    allowed = reply.headers["access-control-allow-headers"].lower().split(",")
    assert {"content-type", "x-amz-target", "x-amz-user-agent", "cache-control", "authorization"} <= set(allowed)
    assert {"amz-sdk-invocation-id", "amz-sdk-request", "x-amz-date", "x-amz-content-sha256"} <= set(allowed)
    assert "POST" in reply.headers["access-control-allow-methods"]


async def test_clients_that_are_no_browsers_get_no_permission() -> None:
    wire = Wire()
    transport = httpx.ASGITransport(app=LocalApp(wire.service))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        reply = await http.get("/health")
    assert reply.status_code == 200 and "access-control-allow-origin" not in reply.headers
    assert reply.headers["vary"] == "Origin"
