"""A WebSocket that a ticket opens, once and within 30 seconds."""

import secrets
import time
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, WebSocket, WebSocketException

from cognito_async import AccessClaims, UserPool
from cognito_async.integrations.fastapi import CognitoBearer

bearer = CognitoBearer(UserPool("eu-central-1_AbCdEfGhI", "4example5client6id7890"))
app = FastAPI()
# For several processes, use a store that all of them share, such as Redis with GETDEL
tickets: dict[str, tuple[float, AccessClaims]] = {}


@app.post("/tickets")
async def issue(user: Annotated[AccessClaims, Depends(bearer)]) -> str:
    now = time.monotonic()
    for old in [each for each, (expiry, _) in tickets.items() if expiry <= now]:
        del tickets[old]
    if len(tickets) >= 10_000:
        raise HTTPException(503)
    ticket = secrets.token_urlsafe(32)
    tickets[ticket] = now + 30, user
    return ticket


@app.websocket("/chat")
async def chat(websocket: WebSocket, ticket: str) -> None:
    expiry, user = tickets.pop(ticket, (0.0, None))
    if user is None or expiry <= time.monotonic():
        raise WebSocketException(1008)
    await websocket.accept()
    await websocket.send_text(f"Hello {user.username}")
    await websocket.close()
