"""A route of Starlette that only a valid token opens."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from cognito_async import UserPool
from cognito_async.integrations.starlette import CognitoBearer

bearer = CognitoBearer(UserPool("eu-central-1_AbCdEfGhI", "4example5client6id7890"))
editors = bearer.require(groups={"editors"})


async def me(request: Request) -> JSONResponse:
    claims = await bearer(request)
    return JSONResponse({"username": claims.username})


async def edit(request: Request) -> JSONResponse:
    claims = await editors(request)
    return JSONResponse({"edited_by": claims.username})


app = Starlette(routes=[Route("/me", me), Route("/page", edit, methods=["PUT"])])
