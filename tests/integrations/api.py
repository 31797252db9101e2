"""An API of a user's own, and users of a local pool who call it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

import httpx

from cognito_async import CognitoUser
from cognito_async.integrations.httpx import BearerAuth
from cognito_async.local import LocalUserPool
from tests.support import Recorder, make_user, recording

URL = "https://api.test"
PASSWORD = "Passw0rd!"
REFRESH = "GetTokensFromRefreshToken"


class Api:
    """Replies with 401 to each token in `refuses`, or to all, and with 200 otherwise. It records the requests.

    `before`: is awaited before each reply, and may replace the reply.
    """

    def __init__(self, library: ModuleType = httpx) -> None:
        self.library = library
        self.refuses: Callable[[str], bool] = lambda token: False
        self.before: Callable[[Any], Awaitable[Any]] | None = None
        self.tokens: list[str | None] = []
        self.requests: list[Any] = []
        self.bodies: list[bytes] = []

    async def reply(self, request: Any) -> Any:
        self.bodies.append(b"".join([part async for part in request.stream]))
        header = request.headers.get("authorization")
        token = None if header is None else header.removeprefix("Bearer ")
        self.tokens.append(token)
        self.requests.append(request)
        replaced = None if self.before is None else await self.before(request)
        if replaced is not None:
            return replaced
        return self.library.Response(401 if token is None or self.refuses(token) else 200)

    def client(self, auth: Any, **options: Any) -> Any:
        reply = self.reply

        class Transport(self.library.AsyncBaseTransport):  # type: ignore[misc, name-defined]
            """Reads a body as a connection does: a `MockTransport` would keep it in memory."""

            async def handle_async_request(self, request: Any) -> Any:
                return await reply(request)

        return self.library.AsyncClient(auth=auth, transport=Transport(), base_url=URL, trust_env=False, **options)

    def client_of(self, user: CognitoUser, **options: Any) -> Any:
        return self.client(BearerAuth(user), **options)


async def signed_in(local: LocalUserPool) -> tuple[CognitoUser, Recorder]:
    """Return alice, signed in at a local pool, and the recorder of the later calls to the pool."""
    await make_user(local, "alice", PASSWORD)
    with recording(local) as (pool, recorder):
        user = (await pool.sign_in("alice", PASSWORD)).user
        recorder.calls.clear()
        return user, recorder
