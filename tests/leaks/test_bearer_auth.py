"""The tokens that a `BearerAuth` sends must not show in it, in the log, or in the errors of a request."""

from __future__ import annotations

from typing import Any, Literal

import httpx
import pytest

from cognito_async import errors
from cognito_async.integrations.httpx import BearerAuth
from tests.leaks.markers import JTI, TOKENS, marker, tokens_of
from tests.leaks.watch import Watch
from tests.support import refusal, scripted, tokens_reply

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("token_use", ["access", "id"])
async def test_bearer_auth_shows_no_token(watch: Watch, token_use: Literal["access", "id"]) -> None:
    newer = marker("jti of a newer token")
    renewed = tokens_reply(refresh_token=marker("newer refresh token"), jti=newer)
    expired = refusal("NotAuthorizedException", "Refresh Token has expired")
    pool, recorder = scripted(renewed, expired)
    user = pool.user_from_tokens(TOKENS)
    auth = BearerAuth(user, token_use=token_use)
    watch.secrets |= {*tokens_of(TOKENS), JTI, newer, *renewed["AuthenticationResult"].values()} - {"Bearer", 3600}
    seen: list[str] = []

    async def refuse(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["Authorization"])
        return httpx.Response(200 if len(seen) == 2 else 401)

    async with httpx.AsyncClient(auth=auth, transport=httpx.MockTransport(refuse), trust_env=False) as client:
        watch.see("a new auth", auth)
        await client.get("https://api.test/")
        watch.see("an auth that has refreshed", auth)
        with pytest.raises(errors.SessionExpired) as caught:
            await client.get("https://api.test/")
        watch.see_error("a failed refresh", caught.value)
    watch.see("an auth whose session has ended", auth)
    assert len(seen) == 3 and len(set(seen)) == 2 and len(recorder.calls) == 2


async def test_bearer_auth_shows_no_token_that_cannot_be_sent(watch: Watch) -> None:
    mark: Any = marker("a token with a line break")
    pool, _ = scripted()
    user = pool.user_from_tokens(TOKENS.model_copy(update={"id_token": f"{mark}\r\nX: y"}))
    watch.secrets |= {mark, *tokens_of(TOKENS)}
    async with httpx.AsyncClient(auth=BearerAuth(user, token_use="id"), trust_env=False) as client:
        with pytest.raises(errors.ConfigurationError) as caught:
            await client.get("https://api.test/")
    watch.see_error("a token that cannot be sent", caught.value)
