"""ConfirmDevice, GetDevice, ListDevices, ForgetDevice and UpdateDeviceStatus."""

from __future__ import annotations

import base64

from .._crypto.groups import N
from .records import Device, User
from .sessions import owner_of_access_token
from .state import State
from .wire import Refusal, Reply, Request, invalid_parameter

_MOST_DEVICES = 60


async def confirm_device(state: State, request: Request) -> Reply:
    """The device that a sign-in has offered gets its verifier; whether it is remembered, the pool or the user says."""
    pool, _, user = await owner_of_access_token(state, request["AccessToken"])
    device = _known(user, request)
    if device.verifier is not None:
        raise Refusal("DeviceKeyExistsException", "Device already exists.")
    config = request.get("DeviceSecretVerifierConfig", {})
    salt = _decoded(config, "Salt")
    # Reduced, because a longer number would make for longer blocks of arithmetic.
    verifier = int.from_bytes(_decoded(config, "PasswordVerifier"), "big") % N
    if verifier == 0:
        raise invalid_parameter("Invalid PasswordVerifier given.")
    device.salt, device.verifier = salt, verifier
    device.name, device.modified = request.get("DeviceName"), state.now()
    device.remembered = pool.settings.device_tracking == "ALWAYS"
    return {"UserConfirmationNecessary": not device.remembered}


async def get_device(state: State, request: Request) -> Reply:
    _, _, user = await owner_of_access_token(state, _token(request))
    return {"Device": _shown(_confirmed(user, request))}


async def list_devices(state: State, request: Request) -> Reply:
    _, _, user = await owner_of_access_token(state, request["AccessToken"])
    start = 0
    if "PaginationToken" in request:
        known = state.seal.open_page(request["PaginationToken"])
        if known is None:
            raise invalid_parameter("Invalid pagination token given.")
        start = known["start"]
    end = start + (request.get("Limit") or _MOST_DEVICES)
    confirmed = [device for device in user.devices.values() if device.verifier is not None]
    reply: Reply = {"Devices": [_shown(device) for device in confirmed[start:end]]}
    if end < len(confirmed):
        reply["PaginationToken"] = state.seal.page({"start": end})
    return reply


async def forget_device(state: State, request: Request) -> Reply:
    _, _, user = await owner_of_access_token(state, _token(request))
    del user.devices[_confirmed(user, request).key]
    return {}


async def update_device_status(state: State, request: Request) -> Reply:
    _, _, user = await owner_of_access_token(state, request["AccessToken"])
    device = _confirmed(user, request)
    device.remembered = request.get("DeviceRememberedStatus") == "remembered"
    device.modified = state.now()
    return {}


def _known(user: User, request: Request) -> Device:
    device = user.devices.get(request["DeviceKey"])
    if device is None:
        raise Refusal("ResourceNotFoundException", "Device does not exist.")
    return device


def _confirmed(user: User, request: Request) -> Device:
    device = _known(user, request)
    if device.verifier is None:
        raise Refusal("ResourceNotFoundException", "Device does not exist.")
    return device


def _token(request: Request) -> str:
    """Required, although the model says otherwise."""
    if "AccessToken" not in request:
        raise invalid_parameter("Missing required parameter AccessToken")
    token: str = request["AccessToken"]
    return token


def _decoded(config: Request, name: str) -> bytes:
    try:
        data = base64.b64decode(config.get(name, ""), validate=True)
    except ValueError:
        data = b""
    if not any(data):
        raise invalid_parameter(f"Invalid {name} given.")
    return data


def _shown(device: Device) -> Reply:
    attributes = {
        "device_status": "valid",
        "device_name": device.name or "",
        "last_ip_used": device.last_ip,
    }
    return {
        "DeviceKey": device.key,
        "DeviceAttributes": [{"Name": name, "Value": value} for name, value in attributes.items() if value],
        "DeviceCreateDate": round(device.created.timestamp(), 3),
        "DeviceLastModifiedDate": round(device.modified.timestamp(), 3),
        "DeviceLastAuthenticatedDate": round(device.authenticated.timestamp(), 3),
    }
