"""`CognitoBearer` for Starlette: who gets in, and the answers of RFC 6750 to everybody else."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cognito_async import TokenVerifier, errors
from cognito_async.integrations.starlette import CognitoBearer
from tests.integrations.bearer import SCOPE, Members, bearer_header
from tests.leaks.tools import render_by_tools
from tests.support import jwt

pytestmark = pytest.mark.anyio
NOTHING_SENT = (401, "Bearer")
INVALID = (401, 'Bearer error="invalid_token"')


def app_with(bearer: CognitoBearer[Any]) -> httpx.AsyncClient:
    """Return a client of a service with one route, which says who calls."""

    async def me(request: Request) -> JSONResponse:
        claims = await bearer(request)
        return JSONResponse({"username": None if claims is None else claims.username})

    app = Starlette(routes=[Route("/", me)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app")


async def answer(bearer: CognitoBearer[Any], *authorization: str) -> httpx.Response:
    """Return the answer to a request with these `Authorization` headers."""
    async with app_with(bearer) as client:
        return await client.get("/", headers=[("Authorization", each) for each in authorization])


def refusal(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.headers["WWW-Authenticate"]


async def test_valid_token_is_let_in() -> None:
    members = Members()
    token = await members.token()
    for source in (members.pool, members.pool.verifier(), members.pool.verifier(None)):
        response = await answer(CognitoBearer(source), f"Bearer {token}")
        assert (response.status_code, response.json()) == (200, {"username": "alice"})


@pytest.mark.parametrize("prefix", ["Bearer ", "bearer ", "BEARER ", "BeArEr    ", " \tBearer "])
@pytest.mark.table
async def test_scheme_is_read_in_any_case_and_with_spaces(prefix: str) -> None:
    members = Members()
    response = await answer(CognitoBearer(members.pool), f"{prefix}{await members.token()} ")
    assert response.status_code == 200


@pytest.mark.parametrize("sent", ["", "Basic YWxpY2U6cGFzcw==", "Bearers x", "x Bearer y", "Digest bearer"])
@pytest.mark.table
async def test_request_without_a_bearer_token_is_refused(sent: str) -> None:
    members = Members()
    for authorization in ([sent] if sent else [], [f"{sent}"]):
        assert refusal(await answer(CognitoBearer(members.pool), *authorization)) == NOTHING_SENT
        optional = await answer(CognitoBearer(members.pool).optional, *authorization)
        assert (optional.status_code, optional.json()) == (200, {"username": None})


@pytest.mark.parametrize(
    "form",
    ["Bearer", "Bearer ", "Bearer\t{}", "Bearer={}", "Bearer {}x", "Bearer {} {}", "Bearer {},", "Bearer {}=",
     "Bearer Bearer {}", 'Bearer token="{}"', "Bearer \u00e9{}", "Bearer {}, Bearer {}"],
)  # fmt: skip
@pytest.mark.table
async def test_token_in_another_form_is_refused_also_if_optional(form: str) -> None:
    members = Members()
    sent = form.replace("{}", await members.token())
    bearer = CognitoBearer(members.pool)
    for each in (bearer, bearer.optional, CognitoBearer(members.pool, auto_error=False)):
        async with app_with(each) as client:
            assert refusal(await client.get("/", headers=[(b"Authorization", sent.encode("latin-1"))])) == INVALID


async def test_bad_tokens_are_refused_without_a_reason() -> None:
    members, other = Members(), Members()
    token = await members.token()
    identity = (await members.pool.sign_in("alice", "Passw0rd!")).tokens.id_token
    foreign = await other.token("mallory", iss="https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Other")
    changed = token[:-8] + ("A" * 8 if token[-8:] != "A" * 8 else "B" * 8)
    for bad in (identity, foreign, changed, jwt(username="alice"), "nonsense"):
        response = await answer(CognitoBearer(members.pool).optional, f"Bearer {bad}")
        assert refusal(response) == INVALID
        assert response.text == "Invalid token"


async def test_expired_token_is_refused_and_told_so() -> None:
    members = Members()
    token = await members.token()
    members.local.clock.advance(3600)
    bearer = CognitoBearer(members.pool, realm="orders", auto_error=False)
    response = await answer(bearer, f"Bearer {token}")
    expected = 'Bearer realm="orders", error="invalid_token", error_description="The token has expired"'
    assert refusal(response) == (401, expected)
    assert response.text == "The token has expired"


@pytest.mark.parametrize("second", ["Bearer {}", "Basic YWxpY2U6cGFzcw==", ""])
async def test_second_authorization_header_is_refused(second: str) -> None:
    members = Members()
    token = await members.token()
    for bearer in (CognitoBearer(members.pool), CognitoBearer(members.pool).optional):
        for headers in ((f"Bearer {token}", second.format(token)), (second.format(token), f"Bearer {token}")):
            assert refusal(await answer(bearer, *headers)) == (400, 'Bearer error="invalid_request"')


async def test_missing_scope_is_told() -> None:
    members = Members()
    token = await members.token()
    bearer = CognitoBearer(members.pool)
    assert (await answer(bearer.require(scopes=SCOPE), f"Bearer {token}")).status_code == 200
    response = await answer(bearer.require(scopes=["orders/write", SCOPE]), f"Bearer {token}")
    assert refusal(response) == (403, f'Bearer error="insufficient_scope", scope="{SCOPE} orders/write"')


async def test_requirements_of_the_verifier_are_told_too() -> None:
    members = Members()
    token = await members.token()
    response = await answer(CognitoBearer(members.pool.verifier(scopes=["b", "a"])), f"Bearer {token}")
    assert refusal(response) == (403, 'Bearer error="insufficient_scope", scope="a b"')
    response = await answer(CognitoBearer(members.pool.verifier(acr=["urn:high"])), f"Bearer {token}")
    assert refusal(response) == (401, 'Bearer error="insufficient_user_authentication", acr_values="urn:high"')


async def test_user_must_be_in_one_of_the_groups() -> None:
    members = Members()
    token = await members.token("alice", "editors")
    bearer = CognitoBearer(members.pool)
    assert (await answer(bearer.require(groups={"admins", "editors"}), f"Bearer {token}")).status_code == 200
    response = await answer(bearer.require(groups="admins"), f"Bearer {token}")
    assert refusal(response) == (403, 'Bearer error="insufficient_scope"')
    assert "admins" not in response.text


async def test_required_groups_add_up() -> None:
    members = Members()
    token = await members.token("alice", "editors", "germans")
    editors = CognitoBearer(members.pool).require(groups={"editors", "admins"})
    assert (await answer(editors.require(groups="germans"), f"Bearer {token}")).status_code == 200
    for first, second in (("germans", "french"), ("french", "germans")):
        both = CognitoBearer(members.pool).require(groups=first).require(groups=second)
        assert (await answer(both, f"Bearer {token}")).status_code == 403
    assert (await answer(editors.require(scopes="a/b"), f"Bearer {token}")).status_code == 403
    assert (await answer(editors.require(scopes="a/b").require(scopes=SCOPE), f"Bearer {token}")).status_code == 403
    assert (await answer(editors, f"Bearer {token}")).status_code == 200, "it has not changed"


async def test_step_up_is_asked_for() -> None:
    members = Members()
    token, strong = await members.token(), await members.token("bob", acr="urn:high")
    bearer = CognitoBearer(members.pool).require(acr=["urn:high", "urn:higher"]).require(scopes=SCOPE)
    assert (await answer(bearer, f"Bearer {strong}")).status_code == 200
    assert (await answer(bearer.require(acr="urn:high"), f"Bearer {strong}")).status_code == 200
    assert (await answer(bearer.require(acr="urn:higher"), f"Bearer {strong}")).status_code == 401
    expected = 'Bearer error="insufficient_user_authentication", acr_values="urn:high urn:higher"'
    assert refusal(await answer(bearer, f"Bearer {token}")) == (401, expected)
    with pytest.raises(errors.ConfigurationError, match="two levels"):
        bearer.require(acr="urn:low")


async def test_optional_bearer_still_requires_what_it_requires() -> None:
    members = Members()
    token = await members.token()
    optional = CognitoBearer(members.pool).require(groups="editors").optional
    assert (await answer(optional)).status_code == 200
    assert (await answer(optional, f"Bearer {token}")).status_code == 403
    assert (await answer(optional.require(scopes="a/b"))).status_code == 200


async def test_missing_keys_are_answered_with_503(caplog: pytest.LogCaptureFixture) -> None:
    members = Members()
    token = await members.token()
    bearer = CognitoBearer(members.outage(clock=members.local.clock))
    for _ in range(8):  # after some of them, the verifier waits before it asks again
        response = await answer(bearer.optional, f"Bearer {token}")
        assert response.status_code == 503 and "WWW-Authenticate" not in response.headers
        assert response.headers["Retry-After"].isdigit() and int(response.headers["Retry-After"]) >= 1
    assert int(response.headers["Retry-After"]) > 1
    assert refusal(await answer(bearer, "Bearer nonsense")) == INVALID
    assert refusal(await answer(bearer)) == NOTHING_SENT
    assert "the keys of the user pool cannot be fetched" in caplog.text and "ConnectError" in caplog.text


async def test_fraction_of_a_second_is_rounded_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def verify(self: Any, token: str, **required: Any) -> Any:
        raise errors.KeysUnavailable("no keys", retry_after=waits.pop())

    members = Members()
    monkeypatch.setattr(TokenVerifier, "verify", verify)
    waits = [None, 7.0, 1.2]
    for told in ("2", "7", "1"):
        assert (await answer(CognitoBearer(members.pool), "Bearer x")).headers["Retry-After"] == told


async def test_header_values_are_quoted() -> None:
    members = Members()
    token = await members.token()
    bearer = CognitoBearer(members.pool, realm='a "b" \\').require(scopes=['x"y\\z\u00e9\u2028'])
    expected = 'Bearer realm="a \\"b\\" \\\\", error="insufficient_scope", scope="x\\"y\\\\z??"'
    assert refusal(await answer(bearer, f"Bearer {token}")) == (403, expected)


async def test_cached_keys_need_no_waiting() -> None:
    members = Members()
    bearer = CognitoBearer(members.pool)
    await bearer.verifier.preload()
    headers = [(b"authorization", f"Bearer {await members.token()}".encode())]
    call = bearer(Request({"type": "http", "headers": headers}))
    with pytest.raises(StopIteration) as stopped:
        call.send(None)
    assert stopped.value.value.username == "alice"


async def test_refused_token_shows_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    members = Members()
    token = await members.token()
    bearer = CognitoBearer(members.pool).require(groups="editors")
    down = CognitoBearer(members.outage())
    connection = Request({"type": "http", "headers": [(b"authorization", f"Bearer {token}".encode())]})
    for each in (bearer, down):
        with pytest.raises(HTTPException) as caught:
            await each(connection)
        assert caught.value.__cause__ is caught.value.__context__ is None
        shown = [text for _, text in render_by_tools(caught.value)] + [repr(caught.value), repr(vars(caught.value))]
        for part in token.split("."):
            assert not [text for text in (*shown, repr(each), caplog.text) if part[:10] in text]


async def test_refusals_are_logged_with_their_reason(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "cognito_async")
    bearer = CognitoBearer(Members().pool)
    await answer(bearer, "Bearer nonsense")
    assert "a token is refused: parts" in caplog.text
    await answer(bearer, "Token x")
    assert "there is no token" in caplog.text
    await answer(bearer, "Bearer x", "Bearer x")
    assert "more than one token" in caplog.text


async def test_users_own_exception_handler_answers() -> None:
    async def handler(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return JSONResponse({"detail": error.detail}, error.status_code, error.headers)

    async def me(request: Request) -> None:
        await bearer(request)

    bearer = CognitoBearer(Members().pool)
    app = Starlette(routes=[Route("/", me)], exception_handlers={HTTPException: handler})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
        response = await client.get("/", headers=bearer_header("x"))
    assert refusal(response) == INVALID and response.json() == {"detail": "Invalid token"}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"source": "eu-central-1_AbCdEfGhI"}, "UserPool or a TokenVerifier, not str"),
        ({"realm": "a\r\nb"}, "realm"),
        ({"realm": 5}, "realm"),
        ({"websocket_protocol": ""}, "websocket_protocol"),
        ({"websocket_protocol": "a b"}, "websocket_protocol"),
        ({"websocket_protocol": 5}, "websocket_protocol"),
        ({"auto_error": 1}, "auto_error"),
    ],
)
def test_invalid_argument_is_refused(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(errors.ConfigurationError, match=problem):
        CognitoBearer(**{"source": Members().pool, **options})


@pytest.mark.parametrize("invalid", [{"groups": ()}, {"acr": []}, {"scopes": ["a b"]}, {"groups": [5]}])
def test_invalid_requirement_is_refused(invalid: dict[str, Any]) -> None:
    with pytest.raises(errors.ConfigurationError):
        CognitoBearer(Members().pool).require(**invalid)


def test_views_with_the_same_rules_are_equal() -> None:
    bearer = CognitoBearer(Members().pool)
    assert bearer.optional == bearer.optional and hash(bearer.optional) == hash(bearer.optional)
    assert bearer.require(groups={"a"}) == bearer.require(groups=["a"]) != bearer.require(groups="b")
    assert bearer not in (bearer.optional, CognitoBearer(Members().pool), "bearer")


def test_repr_shows_the_rules() -> None:
    bearer = CognitoBearer(Members().pool, realm="orders")
    assert "us-east-1_LocalPool" in repr(bearer) and "realm='orders'" in repr(bearer)
    assert "editors" in repr(bearer.require(groups="editors")) and "groups" not in repr(bearer)
    assert repr(object.__new__(CognitoBearer)) == "CognitoBearer()"
