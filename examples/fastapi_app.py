"""A service with accounts: one `UserPool` for all requests, and typed results in its OpenAPI page.

pip install 'cognito-async' fastapi uvicorn
export COGNITO_USER_POOL_ID=… COGNITO_CLIENT_ID=…
uvicorn fastapi_app:app --app-dir examples
"""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Cookie, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, SecretStr

from cognito_async import (
    CodeDelivery,
    ConfirmSignUpResult,
    SignInResult,
    SignOutResult,
    SignUpResult,
    UserContext,
    UserPool,
    errors,
)

# Made at import time: nothing is opened before the first call.
pool = UserPool(
    os.environ["COGNITO_USER_POOL_ID"],
    os.environ["COGNITO_CLIENT_ID"],
    client_secret=os.environ.get("COGNITO_CLIENT_SECRET"),
    endpoint=os.environ.get("COGNITO_ENDPOINT"),
)

# Sessions by a random name that the browser keeps in a cookie. Put them where all your processes see them.
# They are encrypted, so a copy of that place is worth nothing without the key.
sessions: dict[str, str] = {}
KEY = os.environ.get("SESSION_KEY") or secrets.token_urlsafe(32)
SessionName = Annotated[str, Cookie(alias="session")]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    await pool.aclose()


app = FastAPI(title="Accounts", lifespan=lifespan)


class NewAccount(BaseModel):
    username: str
    password: SecretStr
    email: str


class Confirmation(BaseModel):
    username: str
    code: str


class Login(BaseModel):
    username: str
    password: SecretStr


@app.post("/sign-up")
async def sign_up(account: NewAccount, request: Request) -> SignUpResult:
    return await pool.sign_up(
        account.username,
        account.password.get_secret_value(),
        attributes={"email": account.email},
        user_context=_person_behind(request),
    )


@app.post("/confirm")
async def confirm(confirmation: Confirmation, request: Request) -> ConfirmSignUpResult:
    return await pool.confirm_sign_up(confirmation.username, confirmation.code, user_context=_person_behind(request))


@app.post("/resend")
async def resend(username: str) -> CodeDelivery:
    return await pool.resend_sign_up(username)


@app.post("/sign-in")
async def sign_in(login: Login, request: Request, response: Response) -> SignInResult:
    result = await pool.sign_in(login.username, login.password.get_secret_value(), user_context=_person_behind(request))
    if result.challenge is not None:
        raise HTTPException(501, f"this service cannot answer {result.challenge.name} yet")
    name = secrets.token_urlsafe(32)
    sessions[name] = result.user.to_state(KEY)
    response.set_cookie("session", name, httponly=True, secure=True, samesite="lax")
    return result


@app.get("/me")
async def me(session: SessionName) -> dict[str, str]:
    user = pool.user_from_state(_kept(session), KEY)
    attributes = await user.attributes()
    # An expired access token was renewed on the way: keep what is newest, unless she has signed out meanwhile.
    if session in sessions:
        sessions[session] = user.to_state(KEY)
    return attributes


@app.post("/sign-out")
async def sign_out(session: SessionName, response: Response, everywhere: bool = False) -> SignOutResult:
    user = pool.user_from_state(_kept(session), KEY)
    del sessions[session]
    response.delete_cookie("session")
    return await user.sign_out(global_=everywhere)


@app.exception_handler(errors.CognitoError)
async def refused(request: Request, error: errors.CognitoError) -> JSONResponse:
    """What the service or the network said, for people; no error of the library holds a secret."""
    status = 502
    if isinstance(error, (errors.NotAuthorizedException, errors.SessionError)):
        status = 401
    elif isinstance(error, (errors.TooManyRequestsException, errors.LimitExceededException)):
        status = 429
    elif isinstance(error, (errors.ServiceError, errors.ConfigurationError)):
        status = 400
    return JSONResponse({"error": error.code or type(error).__name__, "message": error.message}, status)


def _person_behind(request: Request) -> UserContext:
    """Threat protection should see the person, not this server."""
    return UserContext(ip_address=request.client.host if request.client else None)


def _kept(session: str) -> str:
    if session not in sessions:
        raise HTTPException(401, "sign in first")
    return sessions[session]
