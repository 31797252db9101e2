"""A service with accounts and orders. `create_app` takes the user pool, so a test can pass another one."""

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Security
from fastapi.responses import JSONResponse

from cognito_async import AccessClaims, ClientClaims, UserPool, errors
from cognito_async.integrations.fastapi import CognitoBearer

from .accounts import account_routes
from .book import NewOrder, Order, OrderBook


def create_app(pool: UserPool, *, state_key: str) -> FastAPI:
    """Return the service.

    Args:
        pool: the user pool, whose users place orders.
        state_key: encrypts the state of a sign-in between its two requests; 32 random characters.
    """
    app = FastAPI(title="Orders")
    app.include_router(account_routes(pool, state_key))
    app.include_router(order_routes(CognitoBearer(pool), OrderBook()))
    app.add_exception_handler(errors.CognitoError, refuse)
    return app


def order_routes(bearer: CognitoBearer[AccessClaims | ClientClaims], book: OrderBook) -> APIRouter:
    routes = APIRouter()

    @routes.get("/orders")
    async def list_orders(customer: Annotated[AccessClaims, Depends(bearer)]) -> list[Order]:
        return book.of(customer.sub)

    @routes.post("/orders", status_code=201)
    async def create_order(new: NewOrder, customer: Annotated[AccessClaims, Depends(bearer)]) -> Order:
        return book.add(customer.sub, new)

    @routes.delete("/orders/{order_id}", status_code=204, dependencies=[Depends(bearer.require(groups="managers"))])
    async def delete_order(order_id: int) -> None:
        if not book.remove(order_id):
            raise HTTPException(404)

    @routes.get("/report", dependencies=[Security(bearer, scopes=["orders/report"])])
    async def report() -> dict[str, int]:
        return {"orders": len(book)}

    return routes


async def refuse(request: Request, error: Exception) -> JSONResponse:
    """Answer an error of Cognito. Its text is safe to show, because it never contains a secret."""
    match error:
        case errors.NotAuthorizedException() | errors.UserNotFoundException():
            return _answer(401, "Incorrect username or password.")
        case errors.TooManyRequestsException() | errors.LimitExceededException():
            return _answer(429, "Please try again later.")
        case errors.UsernameExistsException():
            return _answer(409, error.message)
        case errors.OutcomeUnknown():
            return _answer(503, "Nobody knows whether this was done. Please try again.")
        case errors.TransportError() | errors.InternalErrorException():
            return _answer(503, "Please try again later.")
        case errors.CognitoError():
            return _answer(400, error.message)
        case _:
            raise error


def _answer(status: int, text: str) -> JSONResponse:
    return JSONResponse({"detail": text}, status)
