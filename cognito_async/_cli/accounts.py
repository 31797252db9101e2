"""The commands `accounts` and `switch`, for several users who are signed in on one machine."""

from __future__ import annotations

from typing import Annotated

import typer

from .._core.errors import NoCurrentUser
from .._facade.pool import Auth
from .failure import one_line
from .options import ClientId, Endpoint, Json, PoolId, Region, Store, app
from .session import Target, call
from .terminal import print_result


@app.command("accounts")
def accounts(
    user_pool_id: PoolId,
    client_id: ClientId,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """List the users who are signed in on this machine, the most recently used first."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    names, current = call(auth, lambda: _signed_in(auth))
    lines = [one_line(name) + (" (current)" if name == current else "") for name in names]
    print_result(as_json, {"current": current, "accounts": names}, "\n".join(lines) or "No user is signed in.")


@app.command("switch")
def switch(
    username: Annotated[str, typer.Argument(help="The username, as accounts shows it.")],
    user_pool_id: PoolId,
    client_id: ClientId,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Change the current user to another one who is signed in on this machine."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    user = call(auth, lambda: auth.switch_user(username))
    print_result(
        as_json, {"user": {"username": user.username, "sub": user.sub}}, f"Switched to {one_line(user.username)}."
    )


async def _signed_in(auth: Auth) -> tuple[list[str], str | None]:
    names = [user.username for user in await auth.users()]
    try:
        return names, (await auth.current_user()).username
    except NoCurrentUser:
        return names, None
