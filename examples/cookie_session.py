"""Sessions without any store: the whole of it, encrypted, in the browser's cookies.

pip install 'cognito-async' fastapi uvicorn
export COGNITO_USER_POOL_ID=… COGNITO_CLIENT_ID=… SESSION_KEY=…
uvicorn cookie_session:app --app-dir examples

A cookie holds 4,096 bytes and three tokens are more, so the state is cut into pieces. Where refresh tokens rotate the
app client needs a grace period, because a browser asks for several things at once with the same cookies.
docs/how-to/web-sessions.md says what else to weigh.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, SecretStr

from cognito_async import CognitoUser, SignOutResult, UserPool, errors

PIECE, MOST_PIECES = 3800, 8
pool = UserPool(
    os.environ["COGNITO_USER_POOL_ID"],
    os.environ["COGNITO_CLIENT_ID"],
    client_secret=os.environ.get("COGNITO_CLIENT_SECRET"),
    endpoint=os.environ.get("COGNITO_ENDPOINT"),
)
KEY = os.environ["SESSION_KEY"]  # random, 32 characters or more, the same in all processes
app = FastAPI(title="Cookies")


class Login(BaseModel):
    username: str
    password: SecretStr


def signed_in(request: Request) -> CognitoUser:
    """The person whose cookies came with the request; altered ones are as good as none."""
    state = _joined(request.cookies)
    if not state:
        raise HTTPException(401, "sign in first")
    try:
        return pool.user_from_state(state, KEY)
    except errors.ConfigurationError:
        raise HTTPException(401, "sign in first") from None


Person = Annotated[CognitoUser, Depends(signed_in)]


@app.post("/sign-in")
async def sign_in(login: Login, request: Request, response: Response) -> dict[str, str]:
    result = await pool.sign_in(login.username, login.password.get_secret_value())
    if result.challenge is not None:
        raise HTTPException(501, f"this service cannot answer {result.challenge.name} yet")
    _write(request, response, result.user.to_state(KEY))
    return {"username": result.user.username}


@app.get("/me")
async def me(person: Person, request: Request, response: Response) -> dict[str, str]:
    before = person.tokens
    attributes = await person.attributes()
    if person.tokens is not before:  # renewed on the way: the browser must have the new ones
        _write(request, response, person.to_state(KEY))
    return attributes


@app.post("/sign-out")
async def sign_out(person: Person, request: Request, response: Response) -> SignOutResult:
    _write(request, response, "")
    return await person.sign_out()


@app.exception_handler(errors.SessionError)
async def over(request: Request, error: errors.SessionError) -> JSONResponse:
    """The session is over: the browser forgets it."""
    response = JSONResponse({"error": "sign in first"}, 401)
    _write(request, response, "")
    return response


def _joined(cookies: Mapping[str, str]) -> str:
    pieces = [cookies.get(f"session.{number}", "") for number in range(MOST_PIECES)]
    return "".join(pieces)


def _write(request: Request, response: Response, state: str) -> None:
    """Set the pieces, and take away those that are not needed any more."""
    pieces = [state[start : start + PIECE] for start in range(0, len(state), PIECE)]
    if len(pieces) > MOST_PIECES:
        raise HTTPException(500, "this session is too large for cookies")
    for number, piece in enumerate(pieces):
        response.set_cookie(f"session.{number}", piece, httponly=True, secure=True, samesite="lax")
    for number in range(len(pieces), MOST_PIECES):
        if f"session.{number}" in request.cookies:
            response.delete_cookie(f"session.{number}", httponly=True, secure=True, samesite="lax")
