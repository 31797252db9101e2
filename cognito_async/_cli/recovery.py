"""The commands `forgot-password`, `change-password` and `delete-account`."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from .. import errors
from .failure import PROGRAM, Failure
from .options import ClientId, Code, Endpoint, Json, PoolId, Region, Store, Username, app
from .session import Target, call, until_right
from .terminal import ask, ask_code, ask_password, code_went, has_terminal, note, tell

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
    """Set a new password with a code that is sent first, unless it is given. COGNITO_NEW_PASSWORD, or asked for."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    if code is None:
        delivery = call(auth, lambda: auth.forgot_password(username))
        if as_json or not has_terminal():
            next_step = f"Next: {PROGRAM} forgot-password {username} CODE"
            facts = {"code_delivery": delivery.model_dump(mode="json")}
            tell(as_json, facts, f"{code_went(delivery)}\n{next_step}")
            return
        note(code_went(delivery))
        until_right(auth, lambda: partial(auth.confirm_forgot_password, username, ask_code(), _new_password()))
    else:
        until_right(
            auth,
            lambda: partial(auth.confirm_forgot_password, username, code, _new_password()),
            mendable=(errors.InvalidPasswordException,),
            variable=_NEW,
        )
    tell(as_json, {"username": username}, f"{username} has a new password.\nNext: {PROGRAM} sign-in {username}")


@app.command("change-password")
def change_password(
    user_pool_id: PoolId,
    client_id: ClientId,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Change the password of who is signed in: from COGNITO_PASSWORD to COGNITO_NEW_PASSWORD, or asked for."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    user = call(auth, auth.current_user)
    previous = ask_password("Password so far")
    until_right(
        auth,
        lambda: partial(user.change_password, previous, _new_password()),
        mendable=(errors.InvalidPasswordException,),
        variable=_NEW,
    )
    tell(as_json, {"username": user.username}, f"{user.username} has a new password.")


@app.command("delete-account")
def delete_account(
    user_pool_id: PoolId,
    client_id: ClientId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Delete the account of who is signed in, for good."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    user = call(auth, auth.current_user)
    if not yes and ask(f"This deletes {user.username} for good. Type the user name to go on") != user.username:
        raise Failure("Aborted", "that was another name; nothing was deleted")
    call(auth, user.delete)
    tell(as_json, {"username": user.username}, f"{user.username} is deleted.")


def _new_password() -> str:
    return ask_password("New password", new=True, variable=_NEW)
