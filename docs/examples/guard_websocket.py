"""A WebSocket that only a valid token opens."""

from typing import Annotated

from fastapi import Depends, FastAPI, WebSocket

from cognito_async import AccessClaims, UserPool
from cognito_async.integrations.fastapi import CognitoBearer

bearer = CognitoBearer(UserPool("eu-central-1_AbCdEfGhI", "4example5client6id7890"))
app = FastAPI()


@app.websocket("/chat")
async def chat(
    websocket: WebSocket, user: Annotated[AccessClaims, Depends(bearer)]
) -> None:
    offered = websocket.scope["subprotocols"]
    await websocket.accept(subprotocol="bearer" if "bearer" in offered else None)
    await websocket.send_text(f"Hello {user.username}")
    await websocket.close()
