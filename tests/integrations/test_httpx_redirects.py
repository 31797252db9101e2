"""Redirects of an API that is called with `BearerAuth`: the token stays with the origin that it was sent to."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async.local import LocalUserPool
from tests.integrations.api import URL, Api, signed_in

pytestmark = pytest.mark.anyio


def redirect(api: Api, target: str, status: int = 302) -> None:
    """Redirect requests to /old."""

    async def reply(request: Any) -> Any:
        return api.library.Response(status, headers={"Location": target}) if request.url.path == "/old" else None

    api.before = reply


def paths(api: Api) -> list[tuple[str, str]]:
    return [(request.method, str(request.url).removeprefix(URL)) for request in api.requests]


async def test_token_is_not_sent_to_another_origin(api: Api) -> None:
    user, recorder = await signed_in(LocalUserPool())
    redirect(api, "https://other.test/new")
    async with api.client_of(user, follow_redirects=True) as client:
        assert (await client.get("/old")).status_code == 401, "the other origin gets no token"
    assert api.tokens == [user.tokens.access_token, None]
    assert recorder.operations == [], "it has not refused the token"


async def test_success_of_another_origin_does_not_count_as_acceptance(api: Api) -> None:
    user, recorder = await signed_in(LocalUserPool())

    async def reply(request: Any) -> Any:
        if request.url.path == "/old":
            return api.library.Response(302, headers={"Location": "https://other.test/new"})
        return api.library.Response(200 if request.url.host == "other.test" else 401)

    api.before = reply
    async with api.client_of(user, follow_redirects=True) as client:
        for _ in range(3):
            assert (await client.get("/")).status_code == 401
            assert (await client.get("/old")).status_code == 200
    assert len(recorder.operations) == 1


async def test_token_is_kept_inside_the_origin(api: Api) -> None:
    user, _ = await signed_in(LocalUserPool())
    redirect(api, "/new")
    async with api.client_of(user, follow_redirects=True) as client:
        assert (await client.get("/old")).status_code == 200
    assert api.tokens == [user.tokens.access_token] * 2


async def test_refusal_after_a_redirect_repeats_only_the_refused_request(api: Api) -> None:
    """The first request was accepted: sending it again could place an order twice."""
    user, recorder = await signed_in(LocalUserPool())
    first = user.tokens.access_token
    api.refuses = lambda token: token == first
    redirect(api, "/new", 303)
    async with api.client_of(user, follow_redirects=True) as client:
        assert (await client.post("/old", json={"tea": 2})).status_code == 200
    assert paths(api) == [("POST", "/old"), ("GET", "/new"), ("GET", "/new")]
    assert api.tokens == [first, first, user.tokens.access_token] and len(recorder.operations) == 1


async def test_body_that_was_redirected_is_sent_again(api: Api) -> None:
    user, _ = await signed_in(LocalUserPool())
    first = user.tokens.access_token
    api.refuses = lambda token: token == first
    redirect(api, "/new", 307)
    async with api.client_of(user, follow_redirects=True) as client:
        assert (await client.post("/old", content=b"tea")).status_code == 200
    assert paths(api) == [("POST", "/old"), ("POST", "/new"), ("POST", "/new")] and api.bodies == [b"tea"] * 3


async def test_redirect_that_is_not_followed_is_returned(api: Api) -> None:
    user, recorder = await signed_in(LocalUserPool())
    redirect(api, "/new")
    async with api.client_of(user) as client:
        assert (await client.get("/old")).status_code == 302
    assert len(api.requests) == 1 and recorder.operations == []
