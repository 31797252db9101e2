"""A FastAPI service with a sign-up, and a route for signed-in users."""

from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field, SecretStr

from cognito_async import SignUpResult, UserPool, errors

pool = UserPool("eu-central-1_AbCdEfGhI", "4example5client6id7890")
app = FastAPI()


class Account(BaseModel):
    username: Annotated[str, Field(min_length=1)]
    password: Annotated[SecretStr, Field(min_length=1)]
    email: str


@app.post("/sign-up")
async def sign_up(account: Account) -> SignUpResult:
    try:
        return await pool.sign_up(
            account.username,
            account.password.get_secret_value(),
            attributes={"email": account.email},
        )
    except (
        errors.UsernameExistsException,
        errors.InvalidPasswordException,
        errors.InvalidParameterException,
    ) as error:
        raise HTTPException(400, error.message) from None
    except (errors.ServiceError, errors.TransportError):
        raise HTTPException(503) from None


@app.get("/me")
async def me(
    bearer: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())],
) -> dict[str, str]:
    try:
        user = pool.user_from_access_token(bearer.credentials)
    except errors.ConfigurationError:  # the token is no JWT
        raise HTTPException(401) from None
    try:
        return await user.attributes()
    except (
        errors.NotAuthorizedException,
        errors.SessionError,
        errors.UserNotFoundException,
    ):
        raise HTTPException(401) from None
    except (errors.ServiceError, errors.TransportError):
        raise HTTPException(503) from None
