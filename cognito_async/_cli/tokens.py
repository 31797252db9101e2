"""The commands `token`, which prints a token for scripts, and `decode`, which shows what a token says."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import anyio
import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from .._core.errors import CognitoError, ConfigurationError
from .._core.outside import time_of
from .._core.redact import mask
from .._core.secret import Secret
from .._facade.pool import Auth
from .._tokens.claims import read_claims
from .failure import WRONG_USAGE, Failure, one_line
from .options import ClientId, Endpoint, Json, PoolId, Region, Store, app
from .session import Target, call
from .terminal import ask, has_terminal, print_result

_MOST_CHARACTERS = 65_536
_TIMES = ("exp", "nbf", "iat", "auth_time")


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


@app.command("decode")
def decode(
    user_pool_id: PoolId,
    client_id: ClientId,
    endpoint: Endpoint = None,
    region: Region = None,
    as_json: Json = False,
) -> None:
    """Show the claims of an access token or an ID token, and whether this user pool has issued it to this app client.

    The token is read from standard input: an argument would be visible to all users of this machine. If the token is
    not valid, its claims are shown all the same, and the exit status is 1.

    For example: cognito-async token | cognito-async decode
    """
    token = _read_token()
    claims = _claims_of(token)
    auth = Target(user_pool_id, client_id, endpoint, region, store=None).auth()
    failure: Failure | None = None
    try:
        anyio.run(_verify, auth, token)
    except ConfigurationError as error:
        raise Failure.of(error, status=WRONG_USAGE) from None
    except CognitoError as error:
        # Without keys, it is not known whether the token is valid.
        holds = False if error.reason else None
        failure = Failure.of(error, facts={"holds": holds, "reason": error.reason, "claims": claims})
    if failure is None:
        verdict = f"This {claims['token_use']} token is valid for this user pool and app client."
        print_result(as_json, {"holds": True, "reason": None, "claims": claims}, Group(_table(claims), Text(verdict)))
    else:
        if not as_json:
            print_result(as_json, {}, _table(claims))
        raise failure


async def _verify(auth: Auth, token: Secret[str]) -> None:
    async with auth:
        await auth.pool.verifier(None).verify(token.reveal())


def _read_token() -> Secret[str]:
    """Return the token from a prompt or from standard input, without spaces and the word `Bearer` around it."""
    if has_terminal():
        text = Secret.of(mask(ask("Token", hidden=True)))
    else:
        try:
            text = Secret(sys.stdin.read(_MOST_CHARACTERS + 1))
        except (AttributeError, ValueError):  # stdin is closed, or is not text
            text = Secret("")
    found = Secret(text.reveal().strip().removeprefix("Bearer ").strip())
    if not found:
        raise Failure("MissingInput", "there is no token on standard input")
    return found


def _claims_of(token: Secret[str]) -> dict[str, Any]:
    try:
        return read_claims(token)
    except ConfigurationError:
        pass
    raise Failure(
        "MalformedToken", "this is not an access token or an ID token; nobody but Cognito can read a refresh token"
    )


def _table(claims: dict[str, Any]) -> Table:
    table = Table("claim", "value")
    for name, value in claims.items():
        shown = value if isinstance(value, str) else json.dumps(value)
        time = time_of(value) if name in _TIMES else None
        date = f" ({time:%Y-%m-%d %H:%M:%S} UTC)" if time else ""
        table.add_row(Text(one_line(name), overflow="fold"), Text(one_line(shown) + date, overflow="fold"))
    return table
