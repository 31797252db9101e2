"""The command `token`, which prints a token for scripts."""

from __future__ import annotations

from typing import Annotated

import typer

from .failure import Failure
from .options import ClientId, Endpoint, Json, PoolId, Region, Store, app
from .session import Target, call
from .terminal import print_result


@app.command("token")
def token(
    user_pool_id: PoolId,
    client_id: ClientId,
    sends_id_token: Annotated[bool, typer.Option("--id", help="Print the ID token, not the access token.")] = False,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Print the access token of the signed-in user, for scripts. If it expires soon, refresh it first.

    The output is a secret: whoever has it can act as the user until it expires. No other command prints a token.

    Use it as the value of a header: curl -H "Authorization: Bearer $(cognito-async token)" https://api.example.com
    """
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    tokens = call(auth, auth.current_session)
    if sends_id_token and tokens.id_token is None:
        raise Failure("NoIdToken", "this session has no ID token")
    use = "id" if sends_id_token else "access"
    name = f"{use}_token"
    print_result(as_json, {"token": tokens.reveal()[name], "token_use": use}, tokens.reveal()[name])
