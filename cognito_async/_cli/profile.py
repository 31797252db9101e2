"""The commands `attributes …`: attributes of the signed-in user."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from .failure import PROGRAM, one_line
from .options import ClientId, Code, Endpoint, Json, PoolId, Region, Store, app, parse_pairs
from .session import Target, call, with_code
from .terminal import describe_delivery, has_terminal, note, print_result

attributes = typer.Typer(help="Show and change the attributes of the signed-in user.")
app.add_typer(attributes, name="attributes")
Name = Annotated[str, typer.Argument(help="The attribute: email or phone_number.")]


@attributes.command("list")
def show(
    user_pool_id: PoolId,
    client_id: ClientId,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Show the attributes of the signed-in user, as the service has them now."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    user = call(auth, auth.current_user)
    found = call(auth, user.attributes)
    table = Table("attribute", "value")
    for name, value in found.items():
        table.add_row(Text(one_line(name), overflow="fold"), Text(one_line(value), overflow="fold"))
    print_result(as_json, {"attributes": found}, table)


@attributes.command("set")
def change(
    changes: Annotated[list[str], typer.Argument(metavar="NAME=VALUE...", help="Attributes with their new values.")],
    user_pool_id: PoolId,
    client_id: ClientId,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Change attributes. A new e-mail address or phone number may need verification: see attributes verify."""
    given = parse_pairs(changes, "attributes set")
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    user = call(auth, auth.current_user)
    updated = call(auth, lambda: user.update_attributes(given))
    lines = [
        f"{name}: changed."
        if delivery is None
        else f"{name}: {describe_delivery(delivery)} Next: {PROGRAM} attributes verify {name}"
        for name, delivery in updated.items()
    ]
    facts = {name: None if delivery is None else delivery.model_dump(mode="json") for name, delivery in updated.items()}
    print_result(as_json, {"updated": facts}, "\n".join(lines))


@attributes.command("delete")
def delete(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="The attributes to delete.")],
    user_pool_id: PoolId,
    client_id: ClientId,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Delete attributes of the signed-in user."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    user = call(auth, auth.current_user)
    call(auth, lambda: user.delete_attributes(names))
    print_result(as_json, {"deleted": names}, f"Deleted: {', '.join(names)}.")


@attributes.command("verify")
def verify(
    name: Name,
    user_pool_id: PoolId,
    client_id: ClientId,
    code: Code = None,
    resend: Annotated[
        bool,
        typer.Option("--resend", help="Send a new code first. With --json, or without a terminal, do nothing else."),
    ] = False,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Verify an e-mail address or phone number with the code that the service sent to it."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    user = call(auth, auth.current_user)
    if resend:
        delivery = call(auth, lambda: user.send_attribute_code(name))
        if as_json or not has_terminal():
            print_result(as_json, {"code_delivery": delivery.model_dump(mode="json")}, describe_delivery(delivery))
            return
        note(describe_delivery(delivery))
    with_code(auth, code, lambda given: user.confirm_attribute(name, given))
    print_result(as_json, {"verified": name}, f"{name} is verified.")
