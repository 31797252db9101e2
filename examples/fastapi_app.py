"""A web service with accounts: one `UserPool` serves all requests, and the OpenAPI page shows the typed results.

The server stores the sessions. docs/how-to/web-sessions.md explains why, and describes sessions in cookies instead.

pip install 'cognito-async' fastapi uvicorn
export COGNITO_USER_POOL_ID=… COGNITO_CLIENT_ID=…
uvicorn fastapi_app:app --app-dir examples
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Cookie, Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, SecretStr

from cognito_async import (
    Auth,
    CodeDelivery,
    ConfirmSignUpResult,
    MemoryStore,
    SignInResult,
    SignOutResult,
    SignUpResult,
    UserContext,
    UserPool,
    errors,
)

# This is safe at import time, because the pool opens no connection before the first call.
pool = UserPool(
    os.environ["COGNITO_USER_POOL_ID"],
    os.environ["COGNITO_CLIENT_ID"],
    client_secret=os.environ.get("COGNITO_CLIENT_SECRET"),
    endpoint=os.environ.get("COGNITO_ENDPOINT"),
)

# For several processes use a store that they share, such as cognito_async.integrations.redis.RedisStore.
store = MemoryStore()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    await pool.aclose()


app = FastAPI(title="Accounts", lifespan=lifespan)


def session_name(session: Annotated[str | None, Cookie()] = None) -> str:
    """Return the name of the browser's session from its cookie. Without one, reply with status 401."""
    if session is None:
        raise HTTPException(401, "sign in first")
    return session


SessionName = Annotated[str, Depends(session_name)]


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
        user_context=_user_context(request),
    )


@app.post("/confirm")
async def confirm(confirmation: Confirmation, request: Request) -> ConfirmSignUpResult:
    return await pool.confirm_sign_up(confirmation.username, confirmation.code, user_context=_user_context(request))


@app.post("/resend")
async def resend(username: str) -> CodeDelivery:
    return await pool.resend_sign_up(username)


@app.post("/sign-in")
async def sign_in(login: Login, request: Request, response: Response) -> SignInResult:
    name = secrets.token_urlsafe(32)  # a new name, because an attacker may have set the cookie that the browser sent
    password = login.password.get_secret_value()
    result = await _browser(name).sign_in(login.username, password, user_context=_user_context(request))
    if result.challenge is not None:
        raise HTTPException(501, f"this service cannot answer {result.challenge.name} yet")
    response.set_cookie("session", name, httponly=True, secure=True, samesite="lax")
    return result


@app.get("/me")
async def me(session: SessionName) -> dict[str, str]:
    user = await _browser(session).current_user()
    try:
        return await user.attributes()  # refreshes tokens that expire soon, and stores the new ones
    except errors.UserNotFoundException:
        raise HTTPException(401, "the account was deleted") from None


@app.post("/sign-out")
async def sign_out(session: SessionName, response: Response, everywhere: bool = False) -> SignOutResult:
    response.delete_cookie("session")
    return await _browser(session).sign_out(global_=everywhere)


@app.exception_handler(errors.CognitoError)
async def refused(request: Request, error: errors.CognitoError) -> JSONResponse:
    """Turn an error into a reply. The message is safe to show, because no error of the library holds a secret."""
    status = 503
    if isinstance(error, (errors.NotAuthorizedException, errors.SessionError)):
        status = 401
    elif isinstance(error, (errors.TooManyRequestsException, errors.LimitExceededException)):
        status = 429
    elif isinstance(error, (errors.ServiceError, errors.ConfigurationError)):
        status = 400
    return JSONResponse({"error": error.code or type(error).__name__, "message": error.message}, status)


def _user_context(request: Request) -> UserContext:
    """Return the user's IP address. Without it, threat protection sees only the address of this server."""
    return UserContext(ip_address=request.client.host if request.client else None)


def _browser(session: str) -> Auth:
    """Return the `Auth` of one browser. The store has only a hash of the cookie, so a leak does not reveal cookies."""
    return pool.auth(store=store, namespace=hashlib.sha256(session.encode()).hexdigest())
