"""A local pool behind the routes of FastAPI, Flask and Django, in sync tests with the test client of each."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import anyio
import httpx
import pytest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client, override_settings
from django.urls import path
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from flask import Flask, Response, request

from cognito_async import TokenVerifier, errors
from cognito_async.integrations.fastapi import CognitoBearer
from cognito_async.local import LocalUserPool
from tests.django_project import set_up_django

Ask = Callable[[dict[str, str]], int]


@pytest.fixture
def local() -> LocalUserPool:
    return LocalUserPool()


def fastapi_app(local: LocalUserPool) -> FastAPI:
    editors, app = CognitoBearer(local.user_pool()).require(groups="editors"), FastAPI()

    @app.put("/page", dependencies=[Depends(editors)])
    async def edit() -> None: ...

    return app


def status_of(verifier: TokenVerifier[Any], headers: Any) -> int:
    """Return the status that a sync route answers: it verifies in an event loop of its own, as in our examples."""
    token = headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        anyio.run(verifier.verify, token)
    except errors.MissingPermission:
        return HTTPStatus.FORBIDDEN
    except errors.InvalidToken:
        return HTTPStatus.UNAUTHORIZED
    return HTTPStatus.OK


def by_test_client(local: LocalUserPool) -> Ask:
    client = TestClient(fastapi_app(local))
    return lambda headers: client.put("/page", headers=headers).status_code


def by_asgi_transport(local: LocalUserPool) -> Ask:
    app = fastapi_app(local)

    async def put(headers: dict[str, str]) -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
            return (await client.put("/page", headers=headers)).status_code

    return lambda headers: anyio.run(put, headers)


def by_flask(local: LocalUserPool) -> Ask:
    app, verifier = Flask(__name__), local.user_pool().verifier(groups="editors")

    @app.put("/page")
    def edit() -> Response:
        return Response(status=status_of(verifier, request.headers))

    return lambda headers: app.test_client().put("/page", headers=headers).status_code


def by_django(local: LocalUserPool) -> Ask:
    set_up_django()
    verifier = local.user_pool().verifier(groups="editors")

    def edit(request: HttpRequest) -> HttpResponse:
        return JsonResponse({}, status=status_of(verifier, request.headers))

    def ask(headers: dict[str, str]) -> int:
        with override_settings(ROOT_URLCONF=(path("page", edit),)):
            status: int = Client().put("/page", headers=headers).status_code
            return status

    return ask


@pytest.mark.parametrize("ask_by", [by_test_client, by_asgi_transport, by_flask, by_django])
def test_sync_test_of_a_guarded_route(ask_by: Callable[[LocalUserPool], Ask], local: LocalUserPool) -> None:
    ask = ask_by(local)
    editor, reader = local.make_user(groups=["editors"]), local.make_user()
    assert ask(local.auth_headers(editor)) == HTTPStatus.OK
    assert ask(local.auth_headers(reader)) == HTTPStatus.FORBIDDEN
    bad = [local.sign_token.expired(editor), local.sign_token.foreign_key(editor), local.sign_token.other_pool(editor)]
    for token in (*bad, local.sign_token.unsigned(editor)):
        assert ask({"Authorization": f"Bearer {token}"}) == HTTPStatus.UNAUTHORIZED
    local.rotate_keys()
    made = local.make_user(groups=["editors"])
    assert ask(local.auth_headers(made)) == HTTPStatus.OK
    local.clock.advance(3600)
    assert ask(local.auth_headers(made)) == HTTPStatus.UNAUTHORIZED


def test_test_client_and_its_test_share_the_pool(local: LocalUserPool) -> None:
    pool, app = local.user_pool(), FastAPI()

    @app.post("/sign-up/{name}")
    async def sign_up(name: str) -> str:
        await pool.sign_up(name, "Passw0rd!", attributes={"email": f"{name}@example.com"})
        return name

    @app.post("/confirm/{name}/{code}")
    async def confirm(name: str, code: str) -> bool:
        await pool.confirm_sign_up(name, code)
        return (await pool.sign_in(name, "Passw0rd!")).signed_in

    client = TestClient(app)
    assert client.post("/sign-up/alice").json() == "alice"
    assert client.post(f"/confirm/alice/{local.outbox[-1].code}").json() is True
    local.faults.throttle("SignUp", times=None)
    with pytest.raises(errors.TooManyRequestsException):
        client.post("/sign-up/bob")
