"""Sessions without a store on the server: the browser's cookies hold the encrypted session.

pip install 'cognito-async' fastapi uvicorn
export COGNITO_USER_POOL_ID=… COGNITO_CLIENT_ID=… SESSION_KEY=…
uvicorn cookie_session:app --app-dir examples

A cookie holds at most 4,096 bytes. The tokens of a session are larger, so the state is split into several cookies.

If refresh tokens rotate, give the app client a grace period. A browser sends several requests at the same time: when
the first one refreshes the session, the others still carry the old refresh token. For the other trade-offs, see
docs/how-to/web-sessions.md.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, SecretStr
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cognito_async import CognitoUser, SignOutResult, UserPool, errors

PIECE, MOST_PIECES = 3800, 8  # the characters in one cookie, and the highest number of cookies
pool = UserPool(
    os.environ["COGNITO_USER_POOL_ID"],
    os.environ["COGNITO_CLIENT_ID"],
    client_secret=os.environ.get("COGNITO_CLIENT_SECRET"),
    endpoint=os.environ.get("COGNITO_ENDPOINT"),
)
KEY = os.environ["SESSION_KEY"]  # 32 random characters or more, the same in all processes
if len(KEY) < 32:
    raise SystemExit("SESSION_KEY must have at least 32 random characters")
app = FastAPI(title="Cookies")


class Login(BaseModel):
    username: str
    password: SecretStr


def signed_in(request: Request) -> CognitoUser:
    """Return the user of the request's cookies. If they are missing or altered, reply with status 401."""
    state = _joined(request.cookies)
    if not state:
        raise HTTPException(401, "sign in first")
    try:
        user = pool.user_from_state(state, KEY)
    except errors.ConfigurationError:
        raise HTTPException(401, "sign in first") from None
    request.state.session = user, user.tokens
    return user


SignedIn = Annotated[CognitoUser, Depends(signed_in)]


@app.post("/sign-in")
async def sign_in(login: Login, request: Request, response: Response) -> dict[str, str]:
    result = await pool.sign_in(login.username, login.password.get_secret_value())
    if result.challenge is not None:
        raise HTTPException(501, f"this service cannot answer {result.challenge.name} yet")
    _write(request, response, result.user.to_state(KEY))
    return {"username": result.user.username}


@app.get("/me")
async def me(user: SignedIn) -> dict[str, str]:
    return await user.attributes()


@app.post("/sign-out")
async def sign_out(user: SignedIn, request: Request, response: Response) -> SignOutResult:
    _write(request, response, "")
    return await user.sign_out()


class SendNewTokens:
    """Middleware that sends refreshed tokens to the browser, even if the call that has refreshed them was refused."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_cookies(message: Message) -> None:
            user, before = scope.get("state", {}).get("session", (None, None))
            if message["type"] == "http.response.start" and user and user.signed_in and user.tokens is not before:
                cookies = Response()
                _write(Request(scope), cookies, user.to_state(KEY))
                new = [header for header in cookies.raw_headers if header[0] == b"set-cookie"]
                message["headers"] = [*message["headers"], *new]
            await send(message)

        await self._app(scope, receive, send_with_cookies)


app.add_middleware(SendNewTokens)


@app.exception_handler(errors.SessionError)
async def session_ended(request: Request, error: errors.CognitoError) -> JSONResponse:
    """Delete the cookies of an ended session."""
    response = JSONResponse({"error": "sign in first"}, 401)
    _write(request, response, "")
    return response


@app.exception_handler(errors.CognitoError)
async def refused(request: Request, error: errors.CognitoError) -> JSONResponse:
    """Turn another error into a reply. The message is safe to show, because no error of the library holds a secret."""
    status = 503
    if isinstance(error, (errors.NotAuthorizedException, errors.UserNotFoundException)):
        status = 401 if request.url.path == "/sign-in" else 403  # an ended session is a SessionError
    elif isinstance(error, (errors.TooManyRequestsException, errors.LimitExceededException)):
        status = 429
    elif isinstance(error, (errors.ServiceError, errors.ConfigurationError)):
        status = 400
    return JSONResponse({"error": error.code or type(error).__name__, "message": error.message}, status)


def _joined(cookies: Mapping[str, str]) -> str:
    pieces = [cookies.get(f"session.{number}", "") for number in range(MOST_PIECES)]
    return "".join(pieces)


def _write(request: Request, response: Response, state: str) -> None:
    """Write the state to cookies, and delete cookies of earlier states that are no longer needed."""
    pieces = [state[start : start + PIECE] for start in range(0, len(state), PIECE)]
    if len(pieces) > MOST_PIECES:
        raise HTTPException(500, "this session is too large for cookies")
    for number, piece in enumerate(pieces):
        response.set_cookie(f"session.{number}", piece, httponly=True, secure=True, samesite="lax")
    for number in range(len(pieces), MOST_PIECES):
        if f"session.{number}" in request.cookies:
            response.delete_cookie(f"session.{number}", httponly=True, secure=True, samesite="lax")
