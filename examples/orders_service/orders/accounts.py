"""Routes for people without a token: they sign up, and sign in."""

from typing import Annotated

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field, SecretStr

from cognito_async import SignInResult, UserPool
from cognito_async.challenges import EmailOtp, SmsMfa, SoftwareTokenMfa

Name = Annotated[str, Field(min_length=1)]
Secret = Annotated[SecretStr, Field(min_length=1)]


class Credentials(BaseModel):
    username: Name
    password: Secret


class NewAccount(Credentials):
    email: str


class Confirmation(BaseModel):
    username: Name
    code: Name


class SecondFactor(BaseModel):
    state: Secret  # from the answer to the first request
    code: Name


class SignedIn(BaseModel):
    access_token: str
    refresh_token: str | None


class CodeRequired(BaseModel):
    challenge: str
    state: str


def account_routes(pool: UserPool, state_key: str) -> APIRouter:
    routes = APIRouter()

    def answer(result: SignInResult) -> SignedIn | CodeRequired:
        if result.challenge is not None:
            return CodeRequired(challenge=result.challenge.name, state=result.challenge.to_state(state_key))
        return SignedIn(access_token=result.tokens.access_token, refresh_token=result.tokens.refresh_token)

    @routes.post("/sign-up", status_code=201)
    async def sign_up(account: NewAccount) -> dict[str, bool]:
        password = account.password.get_secret_value()
        result = await pool.sign_up(account.username, password, attributes={"email": account.email})
        return {"confirmed": result.user_confirmed}

    @routes.post("/confirm", status_code=204)
    async def confirm(confirmation: Confirmation) -> None:
        await pool.confirm_sign_up(confirmation.username, confirmation.code)

    @routes.post("/sign-in")
    async def sign_in(credentials: Credentials) -> SignedIn | CodeRequired:
        return answer(await pool.sign_in(credentials.username, credentials.password.get_secret_value()))

    @routes.post("/sign-in/code")
    async def second_factor(factor: SecondFactor) -> SignedIn | CodeRequired:
        challenge = pool.resume(factor.state.get_secret_value(), state_key)
        if not isinstance(challenge, SoftwareTokenMfa | SmsMfa | EmailOtp):
            raise HTTPException(501, f"this service cannot answer {challenge.name} yet")
        return answer(await challenge.answer(factor.code))

    return routes
