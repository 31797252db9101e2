"""The commands `mfa …` and `devices …`: second factors and devices of who is signed in."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import Annotated, Any

import typer

from .failure import one_line
from .options import ClientId, Endpoint, Json, PoolId, Region, Store, app
from .session import Target, call, until_right
from .terminal import ask_app_code, require_terminal, show_totp_secret, tell

mfa = typer.Typer(help="Second factors of who is signed in.")
devices = typer.Typer(help="Devices of who is signed in.")
app.add_typer(mfa, name="mfa")
app.add_typer(devices, name="devices")


class Switch(StrEnum):
    """How a second factor can be switched."""

    PREFERRED = "PREFERRED"
    NOT_PREFERRED = "NOT_PREFERRED"
    ENABLED = "ENABLED"
    DISABLED = "DISABLED"


Choice = Annotated[Switch | None, typer.Option(help="PREFERRED and NOT_PREFERRED (not any more) switch it on too.")]
Key = Annotated[str | None, typer.Argument(help="The device key; this device if not given.")]


@mfa.command("show")
def show_mfa(
    user_pool_id: PoolId,
    client_id: ClientId,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Show which second factors are switched on."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    user = call(auth, auth.current_user)
    found = call(auth, user.mfa_preference)
    line = f"Switched on: {', '.join(found.enabled) or 'none'}. Preferred: {found.preferred or 'none'}."
    tell(as_json, found.model_dump(mode="json"), one_line(line))


@mfa.command("totp")
def set_up_totp(
    user_pool_id: PoolId,
    client_id: ClientId,
    issuer: Annotated[str | None, typer.Option(help="What the app will call this account's service.")] = None,
    device_name: Annotated[str | None, typer.Option(help="What you call the app.")] = None,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Set up an authenticator app, and have sign-ins ask for its codes."""
    if issuer is not None and ":" in issuer:
        raise typer.BadParameter("an issuer has no colon: authenticator apps part it from the account name there")
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    user = call(auth, auth.current_user)
    require_terminal("there is no terminal to show the secret on")
    setup = call(auth, user.setup_totp)
    show_totp_secret(setup, issuer or user_pool_id)
    until_right(auth, lambda: partial(setup.verify, ask_app_code(), device_name))
    call(auth, lambda: user.set_mfa_preference(totp="PREFERRED"))
    tell(as_json, {"preferred": "SOFTWARE_TOKEN_MFA"}, "Sign-ins ask for codes of the app from now on.")


@mfa.command("set")
def set_mfa(
    user_pool_id: PoolId,
    client_id: ClientId,
    sms: Choice = None,
    totp: Choice = None,
    email: Choice = None,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Switch second factors on and off."""
    switches = {"sms": sms, "totp": totp, "email": email}
    given: dict[str, Any] = {name: switch.value for name, switch in switches.items() if switch is not None}
    if not given or list(given.values()).count("PREFERRED") > 1:
        raise typer.BadParameter("set takes --sms, --totp or --email, at most one of them as the preferred one")
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    user = call(auth, auth.current_user)
    call(auth, lambda: user.set_mfa_preference(**given))
    tell(as_json, given, "Done.")


@devices.command("list")
def list_devices(
    user_pool_id: PoolId,
    client_id: ClientId,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Show the devices that the pool knows."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    user = call(auth, auth.current_user)
    this = user.device_secret
    found = call(auth, user.devices)
    lines: list[str] = []  # no table: a narrow one would cut the keys, which other commands want whole
    for each in found:
        seen = "" if each.last_authenticated is None else f"{each.last_authenticated:%Y-%m-%d %H:%M}"
        here = "this one" if this is not None and each.key == this.key else ""
        lines.append("  ".join(one_line(text) for text in (each.key, each.name, seen, here) if text))
    facts = {"devices": [each.model_dump(mode="json") for each in found]}
    tell(as_json, facts, "\n".join(lines) or "The pool knows no devices.")


@devices.command("remember")
def remember_device(
    user_pool_id: PoolId,
    client_id: ClientId,
    key: Key = None,
    forget: Annotated[bool, typer.Option("--not", help="Do not remember it any more.")] = False,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Have a device stand for the second factor; or not any more."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    user = call(auth, auth.current_user)
    call(auth, lambda: user.remember_device(key, remembered=not forget))
    tell(as_json, {"remembered": not forget}, "Not remembered any more." if forget else "Remembered.")


@devices.command("forget")
def forget_device(
    user_pool_id: PoolId,
    client_id: ClientId,
    key: Key = None,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Have the pool forget a device."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    user = call(auth, auth.current_user)
    call(auth, lambda: user.forget_device(key))
    tell(as_json, {"forgotten": key}, "Forgotten.")
