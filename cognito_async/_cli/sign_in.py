"""The command `sign-in`, which walks through whatever the service asks for."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from .challenges import answer
from .options import ClientId, Endpoint, Json, PoolId, Region, Store, Username, app
from .session import Target, call
from .terminal import ask_password, tell


class Flow(StrEnum):
    """How a sign-in may begin."""

    USER_SRP_AUTH = "USER_SRP_AUTH"
    USER_PASSWORD_AUTH = "USER_PASSWORD_AUTH"  # noqa: S105 - the name of a flow
    CUSTOM_AUTH = "CUSTOM_AUTH"
    USER_AUTH = "USER_AUTH"


# Without a password by default: these may ask for one later, or never.
_WITHOUT = (Flow.CUSTOM_AUTH, Flow.USER_AUTH)


@app.command("sign-in")
def sign_in(
    username: Username,
    user_pool_id: PoolId,
    client_id: ClientId,
    flow: Annotated[Flow, typer.Option(help="How to begin; USER_AUTH lets you choose.")] = Flow.USER_SRP_AUTH,
    preferred_challenge: Annotated[
        str | None,
        typer.Option(help="With USER_AUTH: EMAIL_OTP, SMS_OTP, PASSWORD_SRP or PASSWORD, to skip the choice."),
    ] = None,
    with_password: Annotated[
        bool, typer.Option("--with-password", help="Begin CUSTOM_AUTH or USER_AUTH with the password.")
    ] = False,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Sign in and stay signed in. The password is asked for, or taken from COGNITO_PASSWORD."""
    if preferred_challenge and flow is not Flow.USER_AUTH:
        raise typer.BadParameter("--preferred-challenge goes with --flow USER_AUTH")
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    needs = with_password or flow not in _WITHOUT or (preferred_challenge or "").startswith("PASSWORD")
    password = ask_password() if needs else None
    given: Any = flow.value
    result = call(auth, lambda: auth.sign_in(username, password, flow=given, preferred_challenge=preferred_challenge))
    while (challenge := result.challenge) is not None:
        result = answer(auth, challenge)
    tell(as_json, result.model_dump(mode="json"), f"Signed in as {result.user.username}.")
