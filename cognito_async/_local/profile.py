"""GetUser and DeleteUser."""

from __future__ import annotations

from .attributes import readable, to_wire
from .sessions import owner_of_access_token
from .state import State
from .wire import Reply, Request


async def get_user(state: State, request: Request) -> Reply:
    """The keys about MFA are left out, as the service does while there is nothing to say."""
    _, client, user = await owner_of_access_token(state, request["AccessToken"])
    return {"Username": user.username, "UserAttributes": to_wire(readable(user, client))}


async def delete_user(state: State, request: Request) -> Reply:
    pool, _, user = await owner_of_access_token(state, request["AccessToken"])
    pool.remove(user)
    return {}
