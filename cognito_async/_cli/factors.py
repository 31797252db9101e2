"""The commands `mfa …` and `devices …`: second factors and devices of the signed-in user."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import Annotated, Any

import typer

from .failure import one_line
from .options import ClientId, Endpoint, Json, PoolId, Region, Store, WrongArguments, app
from .session import Target, call, until_accepted
from .terminal import ask_app_code, print_result, require_terminal, show_totp_secret

mfa = typer.Typer(help="Second factors of the signed-in user.")
devices = typer.Typer(help="Devices of the signed-in user.")
app.add_typer(mfa, name="mfa")
app.add_typer(devices, name="devices")


class Switch(StrEnum):
    """The states into which `mfa set` can put a second factor."""

    PREFERRED = "PREFERRED"
    NOT_PREFERRED = "NOT_PREFERRED"
    ENABLED = "ENABLED"
    DISABLED = "DISABLED"


Choice = Annotated[
    Switch | None, typer.Option(help="The new state of this factor. PREFERRED and NOT_PREFERRED also switch it on.")
]
Key = Annotated[str | None, typer.Argument(help="The device key (default: this device).")]


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
    print_result(as_json, found.model_dump(mode="json"), one_line(line))


@mfa.command("totp")
def set_up_totp(
    user_pool_id: PoolId,
    client_id: ClientId,
    issuer: Annotated[
        str | None, typer.Option(help="The name of your service that the app shows (default: the pool ID).")
    ] = None,
    device_name: Annotated[str | None, typer.Option(help="A name for the device on which the app runs.")] = None,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Set up an authenticator app as the preferred second factor."""
    if issuer is not None and ":" in issuer:
        raise WrongArguments("the issuer must not contain a colon, which separates issuer and account in the app")
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    user = call(auth, auth.current_user)
    require_terminal("there is no terminal to show the secret on")
    setup = call(auth, user.setup_totp)
    show_totp_secret(setup, issuer or user_pool_id)
    until_accepted(auth, lambda: partial(setup.verify, ask_app_code(), device_name))
    call(auth, lambda: user.set_mfa_preference(totp="PREFERRED"))
    print_result(as_json, {"preferred": "SOFTWARE_TOKEN_MFA"}, "From now on, sign-ins ask for a code of the app.")


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
    """Switch second factors on or off, and choose the preferred one."""
    switches = {"sms": sms, "totp": totp, "email": email}
    given: dict[str, Any] = {name: switch.value for name, switch in switches.items() if switch is not None}
    if not given or list(given.values()).count("PREFERRED") > 1:
        raise WrongArguments("set needs --sms, --totp or --email, and only one of them can be the preferred one")
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    user = call(auth, auth.current_user)
    call(auth, lambda: user.set_mfa_preference(**given))
    print_result(as_json, given, "Done.")


@devices.command("list")
def list_devices(
    user_pool_id: PoolId,
    client_id: ClientId,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """List the devices of the signed-in user that the user pool knows."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    user = call(auth, auth.current_user)
    own = user.device_secret
    found = call(auth, user.devices)
    lines: list[str] = []  # no table: a narrow one would truncate the keys, and other commands need whole keys
    for each in found:
        seen = "" if each.last_authenticated is None else f"{each.last_authenticated:%Y-%m-%d %H:%M}"
        mark = "this one" if own is not None and each.key == own.key else ""
        lines.append("  ".join(one_line(text) for text in (each.key, each.name, seen, mark) if text))
    facts = {"devices": [each.model_dump(mode="json") for each in found]}
    print_result(as_json, facts, "\n".join(lines) or "The pool knows no devices.")


@devices.command("remember")
def remember_device(
    user_pool_id: PoolId,
    client_id: ClientId,
    key: Key = None,
    forget: Annotated[bool, typer.Option("--not", help="Stop remembering the device.")] = False,
    endpoint: Endpoint = None,
    region: Region = None,
    store: Store = None,
    as_json: Json = False,
) -> None:
    """Remember a device, so that later sign-ins on it need no other second factor, if the pool allows this."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    user = call(auth, auth.current_user)
    call(auth, lambda: user.remember_device(key, remembered=not forget))
    print_result(as_json, {"remembered": not forget}, "No longer remembered." if forget else "Remembered.")


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
    """Remove a device from the user's devices in the user pool."""
    auth = Target(user_pool_id, client_id, endpoint, region, store).auth()
    user = call(auth, auth.current_user)
    call(auth, lambda: user.forget_device(key))
    print_result(as_json, {"forgotten": key}, "Forgotten.")
