"""Routes of FastAPI that require scopes, groups or a stronger authentication."""

# --8<-- [start:preload]
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Annotated

from fastapi import Depends, FastAPI, Security

from cognito_async import AccessClaims, ClientClaims, UserPool, errors
from cognito_async.integrations.fastapi import CognitoBearer

bearer = CognitoBearer(UserPool("eu-central-1_AbCdEfGhI", "4example5client6id7890"))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    with suppress(errors.KeysUnavailable):  # the first request tries again
        await bearer.verifier.preload()
    yield


app = FastAPI(lifespan=lifespan)
# --8<-- [end:preload]

# --8<-- [start:requirements]
editors = bearer.require(groups={"editors", "admins"})


@app.get("/orders")
async def orders(
    caller: Annotated[
        AccessClaims | ClientClaims, Security(bearer, scopes=["orders/read"])
    ],
) -> str:
    return f"the orders of {caller.username or caller.client_id}"


@app.put("/page")
async def edit(user: Annotated[AccessClaims, Depends(editors)]) -> str:
    return f"edited by {user.username}"


@app.delete("/page", dependencies=[Depends(editors.require(acr="urn:example:strong"))])
async def delete() -> None: ...


# --8<-- [end:requirements]


# --8<-- [start:optional]
@app.get("/")
async def home(user: Annotated[AccessClaims | None, Depends(bearer.optional)]) -> str:
    return "Hello" if user is None else f"Hello {user.username}"


# --8<-- [end:optional]
