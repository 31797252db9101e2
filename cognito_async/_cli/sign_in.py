"""The command `sign-in`, which prompts for the answer to each challenge of the service."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from .challenges import answer
from .options import ClientId, Endpoint, Json, PoolId, Region, Store, Username, WrongArguments, app
from .session import Target, call
from .terminal import ask_password, print_result


class Flow(StrEnum):
    """The flows with which a sign-in can begin."""

    USER_SRP_AUTH = "USER_SRP_AUTH"
    USER_PASSWORD_AUTH = "USER_PASSWORD_AUTH"  # noqa: S105 - the name of a flow
    CUSTOM_AUTH = "CUSTOM_AUTH"
    USER_AUTH = "USER_AUTH"


# These flows begin without a password by default: the service asks for one later, or not at all.
_WITHOUT_PASSWORD = (Flow.CUSTOM_AUTH, Flow.USER_AUTH)


@app.command("sign-in")
def sign_in(
    username: Username,
    user_pool_id: PoolId,
    client_id: ClientId,
    flow: Annotated[
        Flow, typer.Option(help="How to sign in. With USER_AUTH, you choose a factor.")
    ] = Flow.USER_SRP_AUTH,
    preferred_challenge: Annotated[
        str | None,
        typer.Option(
            help="The factor for USER_AUTH, so that you need not choose: EMAIL_OTP, SMS_OTP, PASSWORD_SRP or PASSWORD."
        ),
    ] = None,
    with_password: Annotated[
        bool, typer.Option("--with-password", help="Begin CUSTOM_AUTH or USER_AUTH with the password.")
    ] = False,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Sign in and store the session. Prompts for codes, and for the password unless COGNITO_PASSWORD is set."""
    if preferred_challenge and flow is not Flow.USER_AUTH:
        raise WrongArguments("--preferred-challenge needs --flow USER_AUTH")
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    needs = with_password or flow not in _WITHOUT_PASSWORD or (preferred_challenge or "").startswith("PASSWORD")
    password = ask_password() if needs else None
    given: Any = flow.value
    result = call(auth, lambda: auth.sign_in(username, password, flow=given, preferred_challenge=preferred_challenge))
    while (challenge := result.challenge) is not None:
        result = answer(auth, challenge)
    print_result(as_json, result.model_dump(mode="json"), f"Signed in as {result.user.username}.")
