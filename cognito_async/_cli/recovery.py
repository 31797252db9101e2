"""The commands `forgot-password`, `change-password` and `delete-account`."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from .. import errors
from .failure import PROGRAM, Failure
from .options import ClientId, Code, Endpoint, Json, PoolId, Region, Store, Username, app
from .session import Target, call, until_accepted
from .terminal import ask, ask_code, ask_password, describe_delivery, has_terminal, note, print_result

_NEW = "COGNITO_NEW_PASSWORD"


@app.command("forgot-password")
def forgot_password(
    username: Username,
    user_pool_id: PoolId,
    client_id: ClientId,
    code: Code = None,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Set a new password for a user who forgot the old one, with a code that the service sends.

    Without CODE, the command sends a code and prompts for it.
    With --json, or without a terminal, it only sends the code.
    Prompts for the new password unless COGNITO_NEW_PASSWORD is set.
    """
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    if code is None:
        delivery = call(auth, lambda: auth.forgot_password(username))
        if as_json or not has_terminal():
            next_step = f"Next: {PROGRAM} forgot-password {username} CODE"
            facts = {"code_delivery": delivery.model_dump(mode="json")}
            print_result(as_json, facts, f"{describe_delivery(delivery)}\n{next_step}")
            return
        note(describe_delivery(delivery))
        until_accepted(auth, lambda: partial(auth.confirm_forgot_password, username, ask_code(), _new_password()))
    else:
        until_accepted(
            auth,
            lambda: partial(auth.confirm_forgot_password, username, code, _new_password()),
            retry_on=(errors.InvalidPasswordException,),
            variable=_NEW,
        )
    print_result(as_json, {"username": username}, f"{username} has a new password.\nNext: {PROGRAM} sign-in {username}")


@app.command("change-password")
def change_password(
    user_pool_id: PoolId,
    client_id: ClientId,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Change the signed-in user's password.

    Prompts for the current password unless COGNITO_PASSWORD is set.
    Prompts for the new password unless COGNITO_NEW_PASSWORD is set.
    """
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    user = call(auth, auth.current_user)
    previous = ask_password("Current password")
    until_accepted(
        auth,
        lambda: partial(user.change_password, previous, _new_password()),
        retry_on=(errors.InvalidPasswordException,),
        variable=_NEW,
    )
    print_result(as_json, {"username": user.username}, f"{user.username} has a new password.")


@app.command("delete-account")
def delete_account(
    user_pool_id: PoolId,
    client_id: ClientId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Delete the signed-in user's account permanently."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    user = call(auth, auth.current_user)
    if not yes and ask(f"This deletes {user.username} permanently. Type the username to continue") != user.username:
        raise Failure("Aborted", "the name does not match; nothing was deleted")
    call(auth, user.delete)
    print_result(as_json, {"username": user.username}, f"{user.username} is deleted.")


def _new_password() -> str:
    return ask_password("New password", new=True, variable=_NEW)
